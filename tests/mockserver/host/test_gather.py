"""A response's head goes out with the first bytes of its body, at the end of the turn, and never later."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import cast

import pytest

from mockserver.client import ControlClient
from mockserver.host.gather import MOST_BYTES, Gathering, Turn
from mockserver.server import Server
from tests.wire import connected, head, rest, until

HEAD = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n"
STREAMED = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
ROUNDS = 50


@dataclass
class Loop:
    """What is to be called at the end of the turn."""

    soon: list[Callable[[], None]] = field(default_factory=list)

    def call_soon(self, callback: Callable[[], None]) -> None:
        self.soon.append(callback)

    def end_turn(self) -> None:
        assert len(self.soon) <= 1
        while self.soon:
            self.soon.pop()()


@dataclass
class Wire:
    """A transport that notes what it is told."""

    said: list[bytes] = field(default_factory=list)
    is_gone: bool = False

    def write(self, data: bytes) -> None:
        self.said.append(data)

    def write_eof(self) -> None:
        self.said.append(b"eof")

    def close(self) -> None:
        self.said.append(b"close")

    def abort(self) -> None:
        self.said.append(b"abort")

    def is_closing(self) -> bool:
        return self.is_gone


class Connection:
    """One of uvicorn's, as far as it matters here: a response is under way."""

    def __init__(self, loop: Loop, turn: Turn) -> None:
        self.loop = loop
        self.cycle: object = object()
        self.wire = Wire()
        self.transport = Gathering(self, cast("asyncio.Transport", self.wire), turn)

    def respond(self, *parts: bytes) -> None:
        """The next response, whole."""
        self.cycle = object()
        for part in parts:
            self.transport.write(part)
        self.transport.end()


@pytest.fixture
def connections() -> list[Connection]:
    """Two on one loop."""
    loop, turn = Loop(), Turn()
    return [Connection(loop, turn) for _ in range(2)]


def test_head_and_body_are_one_write_at_the_end_of_the_turn(connections: list[Connection]) -> None:
    """Of each response on each connection; the loop is asked once."""
    loop = connections[0].loop
    for _ in range(2):
        for each in connections:
            each.respond(HEAD, b"{}")
            assert each.wire.said == []
        loop.end_turn()
        for each in connections:
            assert each.wire.said == [HEAD + b"{}"]
            each.wire.said.clear()


def test_what_follows_does_not_wait(connections: list[Connection]) -> None:
    """Nor does what is long; and nothing is said twice."""
    first, second = connections
    for part in (HEAD, b"{", b"}"):
        first.transport.write(part)
    assert first.wire.said == [HEAD + b"{}"]
    second.respond(HEAD, bytes(MOST_BYTES))
    assert second.wire.said == [HEAD + bytes(MOST_BYTES)]
    first.loop.end_turn()
    first.respond(HEAD, b"{}")
    first.respond(HEAD, b"[]")
    first.loop.end_turn()
    assert first.wire.said[1:] == [HEAD + b"{}" + HEAD + b"[]"]


def test_responses_of_one_turn_keep_their_order(connections: list[Connection]) -> None:
    """Requests that did not wait are answered one after the other."""
    first = connections[0]
    first.respond(HEAD, b"{}")
    first.respond(STREAMED, b"2\r\n[]\r\n")
    first.respond(HEAD, b"()")
    first.loop.end_turn()
    assert b"".join(first.wire.said) == HEAD + b"{}" + STREAMED + b"2\r\n[]\r\n" + HEAD + b"()"


def test_what_has_no_length_is_not_held(connections: list[Connection]) -> None:
    """The rest of a stream may be long in coming; its parts are never taken for a head."""
    first = connections[0]
    first.respond(STREAMED, b"a content-length in a part")
    assert first.wire.said == [STREAMED, b"a content-length in a part"]


def test_continue_is_no_response(connections: list[Connection]) -> None:
    """It goes out at once; the response's head after it is held."""
    first = connections[0]
    first.respond(CONTINUE, HEAD)
    assert first.wire.said == [CONTINUE]
    first.loop.end_turn()
    assert first.wire.said == [CONTINUE, HEAD]


@pytest.mark.parametrize("end", ["write_eof", "close", "abort"])
def test_the_end_brings_out_what_was_held(connections: list[Connection], end: str) -> None:
    """A half-close, a close and a reset; the rest of a transport is the wrapped one's."""
    first = connections[0]
    first.respond(HEAD)
    getattr(first.transport, end)()
    first.loop.end_turn()
    assert first.wire.said == [HEAD, end.removeprefix("write_").encode()]
    assert first.transport.is_closing() is False


def test_nothing_is_written_to_who_has_left(connections: list[Connection]) -> None:
    """The answer is for nobody then."""
    first = connections[0]
    first.respond(HEAD, b"{}")
    first.wire.is_gone = True
    first.loop.end_turn()
    assert first.wire.said == []


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
