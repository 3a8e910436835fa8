"""A response's head goes out with the first bytes of its body, and never later than it would have to."""

import asyncio
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, cast

import pytest

from mockserver.client import ControlClient
from mockserver.host.gather import Gathering
from mockserver.server import Server
from tests.wire import connected, head, rest, until

HEAD = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n"
STREAMED = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
ROUNDS = 50


class Wire:
    """A transport that notes what it is told."""

    def __init__(self) -> None:
        self.said: list[bytes] = []

    def write(self, data: bytes) -> None:
        self.said.append(data)

    def write_eof(self) -> None:
        self.said.append(b"eof")

    def close(self) -> None:
        self.said.append(b"close")

    def is_closing(self) -> bool:
        return False


@pytest.fixture
def wire() -> Wire:
    """Nothing has been written yet."""
    return Wire()


@pytest.fixture
def transport(wire: Wire) -> Gathering:
    """Before a connection on which the first response is under way."""
    return Gathering(SimpleNamespace(cycle=object()), cast("asyncio.Transport", wire))


def next_response(transport: Gathering) -> None:
    cast("Any", transport)._protocol.cycle = object()


def test_head_and_body_are_one_write(wire: Wire, transport: Gathering) -> None:
    """Of each response on the connection; what follows goes out as it comes."""
    for _ in range(2):
        transport.write(HEAD)
        assert wire.said == []
        transport.write(b"{")
        transport.write(b"}")
        assert wire.said == [HEAD + b"{", b"}"]
        wire.said.clear()
        next_response(transport)


def test_what_has_no_length_is_not_held(wire: Wire, transport: Gathering) -> None:
    """The rest of a stream may be long in coming; its parts are never taken for a head."""
    transport.write(STREAMED)
    transport.write(b"a content-length in a part")
    assert wire.said == [STREAMED, b"a content-length in a part"]


def test_continue_is_no_response(wire: Wire, transport: Gathering) -> None:
    """It goes out at once; the response's head after it is held."""
    transport.write(CONTINUE)
    transport.write(HEAD)
    assert wire.said == [CONTINUE]
    transport.flush()
    transport.flush()
    assert wire.said == [CONTINUE, HEAD]


def test_the_end_brings_out_what_was_held(wire: Wire, transport: Gathering) -> None:
    """A half-close and a close; the rest of a transport is the wrapped one's."""
    transport.write(HEAD)
    transport.write_eof()
    next_response(transport)
    transport.write(HEAD)
    transport.close()
    assert wire.said == [HEAD, b"eof", HEAD, b"close"]
    assert transport.is_closing() is False


@pytest.fixture(scope="module", params=["httptools", "h11"])
def server(request: pytest.FixtureRequest) -> Iterator[ControlClient]:
    """A server on one HTTP implementation."""
    with Server(http=request.param) as started:
        yield started.control


def test_an_answer_comes_in_one_piece(server: ControlClient) -> None:
    """The first read of the socket has all of it, however often."""
    sent = head("GET", "/api/v1/tasks/task_0", "Authorization: Bearer mv_live_gather")
    with connected(server.base_url) as connection:
        for _ in range(ROUNDS):
            connection.sendall(sent)
            answer = connection.recv(65536)
            assert answer.startswith(b"HTTP/1.1 404")
            assert answer.endswith(b"}")


def test_an_answer_without_a_body_comes_too(server: ControlClient) -> None:
    """HEAD, on a connection that stays open."""
    with connected(server.base_url) as connection:
        for _ in range(3):
            connection.sendall(head("HEAD", "/_mock/health"))
            assert b"content-length: 15" in until(connection, b"\r\n\r\n")


def test_requests_one_after_the_other_without_waiting(server: ControlClient) -> None:
    """Pipelined ones are answered in order, each whole."""
    ask = head("GET", "/_mock/health")
    last = head("GET", "/_mock/health", "Connection: close")
    with connected(server.base_url) as connection:
        connection.sendall(ask * 4 + last)
        answers = rest(connection).split(b"HTTP/1.1 200 OK")[1:]
    assert [answer.endswith(b'{"status":"ok"}') for answer in answers] == [True] * 5
