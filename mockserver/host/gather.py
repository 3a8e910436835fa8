"""A response's head goes out with the first bytes of its body, and with the other responses of the same moment.

uvicorn writes head and body one after the other, and each as it comes. On a loopback a write is a third of what a small
answer costs: a system call, a packet, and a client woken up. Of many clients, or one with many connections, the first
write of a turn of the loop wakes it up, and it is awake for the others.
"""

import asyncio
from typing import Any, cast

CONTINUE = b"HTTP/1.1 100"

MOST_BYTES = 64 * 1024
"""What is larger than that goes out at once."""


class Turn:
    """The transports with something to write at the end of this turn of the loop."""

    __slots__ = ("_waiting",)

    def __init__(self) -> None:
        self._waiting: list[Gathering] = []

    def add(self, transport: "Gathering", loop: asyncio.AbstractEventLoop) -> None:
        if not self._waiting:
            loop.call_soon(self._end)
        self._waiting.append(transport)

    def _end(self) -> None:
        waiting, self._waiting = self._waiting, []
        for transport in waiting:
            transport.flush()


class Gathering:
    """A transport that holds back the first write of each response until the next one, and both until the turn ends.

    What follows them, or is long, or has no end that is known, goes out at once. The rest of a transport is the wrapped
    one's.
    """

    __slots__ = ("_begun", "_held", "_is_waiting", "_protocol", "_transport", "_turn")

    def __init__(self, protocol: Any, transport: asyncio.Transport, turn: Turn) -> None:
        self._protocol = protocol
        self._transport = transport
        self._turn = turn
        self._begun: object = None
        self._held = b""
        self._is_waiting = False

    def write(self, data: bytes) -> None:
        begun, self._begun = self._begun, self._protocol.cycle
        if begun is not self._begun:
            if data.startswith(CONTINUE):
                self._begun = begun
            elif b"content-length" in data:  # Without a length, the rest may be long in coming.
                self._held += data
                return
        elif self._held and not self._is_waiting and len(data) < MOST_BYTES:
            self._held += data
            self.end()
            return
        data, self._held = self._held + data, b""
        self._transport.write(data)

    def end(self) -> None:
        """No more belongs to what is held back: it goes out when the turn ends."""
        if self._held and not self._is_waiting:
            self._is_waiting = True
            self._turn.add(self, self._protocol.loop)

    def flush(self) -> None:
        """Send what is held back, now."""
        self._is_waiting = False
        data, self._held = self._held, b""
        if data and not self._transport.is_closing():
            self._transport.write(data)

    def write_eof(self) -> None:
        self.flush()
        self._transport.write_eof()

    def close(self) -> None:
        self.flush()
        self._transport.close()

    def abort(self) -> None:
        self.flush()
        self._transport.abort()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


def gathered(protocol: type[asyncio.Protocol]) -> type[asyncio.Protocol]:
    """The uvicorn protocol, writing through a `Gathering`."""
    turn = Turn()

    def connection_made(self: Any, transport: asyncio.Transport) -> None:
        protocol.connection_made(self, cast("asyncio.Transport", Gathering(self, transport, turn)))

    def on_response_complete(self: Any) -> None:
        self.transport.end()
        cast("Any", protocol).on_response_complete(self)

    members = {"connection_made": connection_made, "on_response_complete": on_response_complete}
    return cast("type[asyncio.Protocol]", type(protocol.__name__, (protocol,), members))
