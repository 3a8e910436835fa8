"""What faults do to a connection, seen from a raw socket, on both of uvicorn's HTTP implementations."""

import json
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from mockserver import Server
from mockserver.client import Account
from mockserver.clock import monotonic_s
from tests.asgi import kling

PATIENCE_S = 10


@dataclass(frozen=True, slots=True)
class Heard:
    """All that came back, and how the connection ended."""

    data: bytes
    end: str

    @property
    def head(self) -> bytes:
        return self.data.partition(b"\r\n\r\n")[0]

    @property
    def body(self) -> bytes:
        return self.data.partition(b"\r\n\r\n")[2]


@pytest.fixture(scope="module", params=["httptools", "h11"])
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    with Server(http=request.param) as running:
        yield running


@pytest.fixture
def account(server: Server) -> Account:
    return server.new_account(clock={"mode": "frozen"})


def connect(account: Account) -> socket.socket:
    host, _, port = account.base_url.removeprefix("http://").partition(":")
    return socket.create_connection((host, int(port)), timeout=PATIENCE_S)


def request(account: Account, method: str, path: str, body: bytes = b"", idempotency_key: str = "k1") -> bytes:
    """The bytes of a request that wants the connection closed after its answer."""
    lines = [
        f"{method} {path} HTTP/1.1",
        "Host: mock.example",
        "Connection: close",
        f"Authorization: Bearer {account.key}",
        f"Idempotency-Key: {idempotency_key}",
    ]
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + body


def heard(connection: socket.socket) -> Heard:
    """Everything until the end of the connection."""
    data = b""
    try:
        while part := connection.recv(65536):
            data += part
    except ConnectionResetError:
        return Heard(data, "reset")
    return Heard(data, "closed")


def create(account: Account, idempotency_key: str = "k1") -> Heard:
    """One create over a connection of its own."""
    with connect(account) as connection:
        body = json.dumps(kling()).encode()
        connection.sendall(request(account, "POST", "/api/v1/tasks", body, idempotency_key))
        return heard(connection)


def charged_tasks(account: Account) -> int:
    """How many tasks hold money."""
    return len([entry for entry in account.ledger()["entries"] if entry["type"] == "hold"])


@pytest.mark.clause("F-FAULT")
@pytest.mark.parametrize(
    ("name", "parameters", "end", "committed"),
    [
        ("lost_request", {}, "reset", 0),
        ("lost_response", {}, "reset", 1),
        ("close", {"phase": "before"}, "closed", 0),
        ("close", {"phase": "after"}, "closed", 1),
    ],
)
def test_not_one_byte(account: Account, name: str, parameters: dict[str, Any], end: str, committed: int) -> None:
    """No byte comes back; a retry with the key finds the one task there is, charged once."""
    account.fault(name, on="create", **parameters)
    assert create(account) == Heard(b"", end)
    assert charged_tasks(account) == committed
    (exchange,) = account.journal()
    assert (exchange["fault"], exchange["status"], exchange["idempotency_key"]) == (name, None, "k1")
    assert create(account).head.startswith(b"HTTP/1.1 200")
    assert charged_tasks(account) == 1


def test_truncate(account: Account) -> None:
    """The whole length is announced, ten bytes arrive, and the task is there."""
    account.fault("truncate", on="create", bytes=10)
    answer = create(account)
    length = int(answer.head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
    assert (len(answer.body), answer.end) == (10, "closed")
    assert length > 10
    assert charged_tasks(account) == 1


@pytest.mark.parametrize("kind", ["json", "bytes", "chunk"])
def test_garbage(account: Account, kind: str) -> None:
    """The status stays; the body is no JSON, no text, or no chunk."""
    account.fault("garbage", on="create", kind=kind)
    answer = create(account)
    assert answer.head.startswith(b"HTTP/1.1 200")
    if kind == "chunk":
        assert answer.body.endswith(b"zz\r\nno chunk\r\n")
    else:
        with pytest.raises(ValueError, match=r"."):
            json.loads(answer.body)
    assert charged_tasks(account) == 1


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("stall", {"seconds": 0.05, "phase": "before_headers"}),
        ("stall", {"seconds": 0.05, "phase": "after_headers"}),
        ("drip", {"interval_s": 0.0001}),
        ("slice", {"bytes": 16, "interval_s": 0.0001}),
        ("latency", {"seconds": 0.05}),
    ],
)
def test_slow_and_whole(account: Account, name: str, parameters: dict[str, Any]) -> None:
    """The answer is late or in pieces, but whole."""
    account.fault(name, on="create", **parameters)
    answer = create(account)
    assert json.loads(answer.body)["status"] == "queued"
    assert charged_tasks(account) == 1


@pytest.mark.parametrize("phase", ["before_headers", "after_headers"])
def test_a_client_that_leaves_ends_the_stall(account: Account, phase: str) -> None:
    """Nobody waits for a client that has gone: the exchange is in the journal long before the stall would be over."""
    account.fault("stall", on="create", seconds=600, phase=phase)
    with connect(account) as connection:
        connection.sendall(request(account, "POST", "/api/v1/tasks", json.dumps(kling()).encode()))
        if phase == "after_headers":
            assert connection.recv(16) == b"HTTP/1.1 200 OK\r"
        else:
            assert account.faults()[0]["fired"] in (0, 1)
    (exchange,) = account.journal(wait_s=PATIENCE_S)
    assert exchange["fault"] == "stall"
    assert charged_tasks(account) == 1


@pytest.mark.parametrize("kind", ["truncated", "wrong_length"])
def test_downloads(account: Account, kind: str) -> None:
    """A download promises more than arrives."""
    create(account)
    account.clock.advance(until="idle")
    task_id = account.tasks()[0]["task_id"]
    with connect(account) as connection:
        connection.sendall(request(account, "GET", f"/api/v1/tasks/{task_id}"))
        url = json.loads(heard(connection).body)["output"]["videos"][0]["url"]
    account.fault("output", kind=kind)
    with connect(account) as connection:
        connection.sendall(request(account, "GET", url.removeprefix("http://mock.example")))
        answer = heard(connection)
    length = int(answer.head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
    assert len(answer.body) < length
    assert (length - len(answer.body) == 1) == (kind == "wrong_length")


def test_refuse() -> None:
    """The listener goes down: the request is reset, later connections are refused, and it comes up again by itself."""
    with Server(output_port=0) as server:
        account = server.new_account()
        account.fault("refuse", on="create", seconds=0.3)
        assert create(account) == Heard(b"", "reset")
        with pytest.raises(ConnectionRefusedError):
            connect(account)
        until_s = monotonic_s() + 30
        while monotonic_s() < until_s:
            try:
                connect(account).close()
            except ConnectionRefusedError:
                continue
            break
        assert charged_tasks(account) == 0
        assert create(account).head.startswith(b"HTTP/1.1 200")
        account.fault("refuse", on="create", seconds=600)
        assert create(account, "k2").end == "reset"
