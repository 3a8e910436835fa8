"""Hostile and unusual heads of requests, byte for byte, on both HTTP implementations."""

from collections.abc import Iterator
from contextlib import suppress

import pytest

from mockserver.client import ControlClient
from mockserver.host.guard import MAX_HEAD_BYTES
from mockserver.server import Server
from tests.wire import connected, head, rest, status, until

CREATE = ("Authorization: Bearer mv_live_guard", "Content-Type: application/json")
IMPLEMENTATIONS = ["httptools", "h11"]
PATIENCE_S = 0.2


@pytest.fixture(scope="module", params=IMPLEMENTATIONS)
def server(request: pytest.FixtureRequest) -> Iterator[ControlClient]:
    """A server on one HTTP implementation."""
    with Server(http=request.param) as started:
        yield started.control


@pytest.fixture(scope="module", params=IMPLEMENTATIONS)
def hasty(request: pytest.FixtureRequest) -> Iterator[ControlClient]:
    """A server that waits for nobody."""
    with Server(http=request.param, body_timeout_s=PATIENCE_S) as started:
        yield started.control


def answered(server: ControlClient, sent: bytes) -> int:
    """The status of the answer to these bytes, after which the connection is closed; 0 for no answer."""
    with connected(server.base_url) as connection:
        connection.sendall(sent)
        answer = rest(connection)
    assert server.is_healthy()
    return status(answer) if answer else 0


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(head("GET", "/_mock/health", f"X: {'a' * 1_000_000}"), id="one long header"),
        pytest.param(head("GET", "/_mock/health", *(f"X{n}: y" for n in range(50_000))), id="many headers"),
        pytest.param(head("GET", f"/{'a' * 200_000}"), id="long path"),
        pytest.param(b"\r\n" * 100_000, id="blank lines"),
        pytest.param(head("GET", "/_mock/health", "X: y").replace(b"y", b"\x00"), id="NUL"),
        pytest.param(head("GET", "/_mock/health", "no colon"), id="no colon"),
        pytest.param(head("GET", "/\xff\xfe"), id="bytes that are no text in the path"),
        pytest.param(b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n", id="TLS"),
        pytest.param(
            head("POST", "/api/v1/tasks", *CREATE, "Content-Length: 1", "Content-Length: 2"), id="two lengths"
        ),
        pytest.param(head("POST", "/api/v1/tasks", *CREATE, "Content-Length: -1"), id="negative length"),
        pytest.param(head("POST", "/api/v1/tasks", *CREATE, f"Content-Length: {'9' * 400}"), id="endless length"),
        pytest.param(
            head("POST", "/api/v1/tasks", *CREATE, "Transfer-Encoding: chunked") + b"zz\r\n", id="garbage for a chunk"
        ),
    ],
)
def test_absurd_heads(server: ControlClient, sent: bytes) -> None:
    """What is no request, or too much of one, is a 4xx at once; the server goes on."""
    with connected(server.base_url) as connection:
        connection.sendall(sent)
        assert 400 <= status(until(connection, b"\r\n\r\n")) < 500
    assert server.is_healthy()


def test_head_at_the_bound(server: ControlClient) -> None:
    """A head just within the bound is served, one byte more is 431; how it is cut into pieces makes no difference."""
    bare = head("GET", "/_mock/health", "Connection: close", "X: ")
    for surplus, expected in ((-1, 200), (1, 431)):
        padded = bare[:-4] + b"a" * (MAX_HEAD_BYTES + surplus - len(bare)) + bare[-4:]
        assert answered(server, padded) == expected
        with connected(server.base_url) as connection:
            for start in range(0, len(padded), 9999):
                connection.sendall(padded[start : start + 9999])
            assert status(rest(connection)) == expected


def test_bodies_are_not_heads(server: ControlClient) -> None:
    """A long body after a short head, and the next request right behind it, are read as what they are."""
    body = b'{"model": "%b"}' % (b"a" * (3 * MAX_HEAD_BYTES))
    first = head("POST", "/api/v1/tasks", *CREATE, f"Content-Length: {len(body)}") + body
    second = head("GET", "/_mock/health", "Connection: close")
    with connected(server.base_url) as connection:
        connection.sendall(first + second)
        answers = rest(connection)
    assert status(answers) == 400
    assert answers.endswith(b'{"status":"ok"}')


def test_head_behind_an_answer_under_way() -> None:
    """An endless head behind a request that is not answered yet closes the connection, and puts nothing before it.

    (h11 reads nothing behind such a request.)
    """
    slow = head("GET", "/_mock/accounts/mv_live_guard/journal?wait_s=60&status=599")
    with Server() as server, connected(server.base_url) as connection:
        connection.sendall(slow)
        connection.sendall(b"GET /" + b"a" * (2 * MAX_HEAD_BYTES))
        with suppress(ConnectionResetError):  # it closed with bytes unread
            assert rest(connection) == b""
        assert server.control.is_healthy()


@pytest.mark.parametrize("name", ["Upgrade", "upgrade"])
@pytest.mark.parametrize("protocol", ["h2c", "websocket"])
def test_offers_of_another_protocol(server: ControlClient, name: str, protocol: str) -> None:
    """An offer to upgrade is not taken: the request is served whole, body and all, and so is the next."""
    body = b"0123456789\r\nUpgrade: none\r\n"
    offer = ("Connection: Upgrade, HTTP2-Settings", f"{name}: {protocol}", "HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA")
    request = head("POST", "/api/v1/tasks", *CREATE, f"Content-Length: {len(body)}", *offer) + body
    with connected(server.base_url) as connection:
        connection.sendall(request[:-5])
        connection.sendall(request[-5:])
        assert status(until(connection, b"request_id")) == 400
        connection.sendall(head("GET", "/_mock/health", "Connection: close"))
        assert rest(connection).endswith(b'{"status":"ok"}')
    seen = server.account("mv_live_guard").journal()[-1]
    assert seen["request"]["body"] == body.decode()


def test_slow_heads(hasty: ControlClient) -> None:
    """A head that does not end in time is 408, on a connection's first request and on a later one."""
    assert answered(hasty, b"GET /_mock/health HTTP/1.1\r\nHost: te") == 408
    with connected(hasty.base_url) as connection:
        connection.sendall(head("GET", "/_mock/health"))
        until(connection, b"}")
        connection.sendall(b"GET /_mock")
        assert status(rest(connection)) == 408


def test_silent_clients(hasty: ControlClient) -> None:
    """A connection on which nothing comes is closed without a word."""
    assert answered(hasty, b"") == 0


def test_clients_that_leave(hasty: ControlClient) -> None:
    """A client may leave at any point of a head."""
    for part in (b"", b"GET /", head("GET", "/_mock/health")):
        with connected(hasty.base_url) as connection:
            connection.sendall(part)
    assert hasty.is_healthy()
