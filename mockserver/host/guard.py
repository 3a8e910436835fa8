"""Bounds on what comes before a body: a request's head must be whole in time, and small.

uvicorn's parsers leave both open (llhttp has no limit at all). The guard stands between the transport and the parser
and looks at bytes only while a head is incomplete, so that a usual request costs it a comparison or two.
"""

import asyncio
import re
from collections.abc import Callable
from typing import Any

MAX_HEAD_BYTES = 64 * 1024
LINGER_S = 2.0
"""How long a refused client may go on sending, so that it comes to read why; closing at once would reset the lot."""

_UPGRADE = re.compile(rb"\r\n[Uu]pgrade:[^\r\n]*")

TOO_LARGE = (431, "Request Header Fields Too Large")
TOO_SLOW = (408, "Request Timeout")


def guarded(implementation: type[Any], head_timeout_s: float) -> Callable[..., asyncio.Protocol]:
    """What uvicorn takes for a protocol class: `implementation`, one of its own, behind a guard."""

    def make(**options: Any) -> asyncio.Protocol:
        return Guard(implementation(**options), head_timeout_s)

    return make


class Guard(asyncio.Protocol):
    """One connection. `inner` is uvicorn's protocol, which keeps its place in the server's list of connections."""

    def __init__(self, inner: Any, head_timeout_s: float) -> None:
        self._inner = inner
        self._head_timeout_s = head_timeout_s
        self._head_bytes = 0
        self._is_refused = False
        self._timer: asyncio.TimerHandle | None = None

    def pause_writing(self) -> None:
        self._inner.pause_writing()

    def resume_writing(self) -> None:
        self._inner.resume_writing()

    def eof_received(self) -> None:
        self._inner.eof_received()

    def connection_made(self, transport: Any) -> None:
        self._inner.connection_made(transport)
        self._start_timer()

    def connection_lost(self, error: Exception | None) -> None:
        self._stop_timer()
        self._inner.connection_lost(error)

    def data_received(self, data: bytes) -> None:
        if self._is_refused:
            return
        inner = self._inner
        if not self._awaits_head():
            inner.data_received(data)
            return
        before, part = inner.cycle, data[: MAX_HEAD_BYTES - self._head_bytes]
        inner.data_received(_without_upgrade(part) if b"pgrade:" in part else part)
        if inner.transport.is_closing():
            return
        if inner.cycle is not before:
            self._head_bytes = 0
            self._stop_timer()
        else:
            self._head_bytes += len(part)
            if self._timer is None:
                self._start_timer()
            if self._head_bytes >= MAX_HEAD_BYTES:
                self._refuse(TOO_LARGE)
                return
        if len(part) < len(data):
            self.data_received(data[len(part) :])

    def _awaits_head(self) -> bool:
        """Whether the next byte belongs to the head of a request; then there is no cycle, or a finished one."""
        cycle = self._inner.cycle
        return cycle is None or cycle.scope is not self._inner.scope or not cycle.more_body

    def _start_timer(self) -> None:
        self._timer = self._inner.loop.call_later(self._head_timeout_s, self._refuse, TOO_SLOW)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _refuse(self, answer: tuple[int, str]) -> None:
        """Say why, where a request was begun and no other answer is on its way; read nothing more, and close."""
        self._stop_timer()
        self._is_refused = True
        inner, (status, reason) = self._inner, answer
        if not self._head_bytes or not (inner.cycle is None or inner.cycle.response_complete):
            inner.transport.close()
            return
        text = f"{reason}.".encode()
        head = f"HTTP/1.1 {status} {reason}\r\nconnection: close\r\ncontent-type: text/plain; charset=utf-8\r\n"
        inner.transport.write(head.encode() + b"content-length: %d\r\n\r\n%b" % (len(text), text))
        inner.transport.write_eof()
        self._timer = inner.loop.call_later(LINGER_S, inner.transport.close)


def _without_upgrade(part: bytes) -> bytes:
    """The head without an offer of another protocol, which nobody takes here; llhttp would give up the body with it.

    Java's client makes the offer with its first request, POST or not.
    """
    head = part.partition(b"\r\n\r\n")[0]
    return _UPGRADE.sub(b"", head) + part[len(head) :]
