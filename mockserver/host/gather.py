"""A response's head goes out with the first bytes of its body.

uvicorn writes them one after the other. On a loopback each write is a third of what a small answer costs: a system
call, a packet, and a client woken up for half an answer.
"""

import asyncio
from typing import Any, cast

CONTINUE = b"HTTP/1.1 100"


class Gathering:
    """A transport that holds back the first write of each response until the next one, or until the response ends.

    The rest of a transport is the wrapped one's.
    """

    __slots__ = ("_begun", "_held", "_protocol", "_transport")

    def __init__(self, protocol: Any, transport: asyncio.Transport) -> None:
        self._protocol = protocol
        self._transport = transport
        self._begun: object = None
        self._held = b""

    def write(self, data: bytes) -> None:
        if self._held:
            data, self._held = self._held + data, b""
        elif self._begun is not self._protocol.cycle and not data.startswith(CONTINUE):
            self._begun = self._protocol.cycle
            if b"content-length" in data:  # Without a length, the rest may be long in coming.
                self._held = data
                return
        self._transport.write(data)

    def flush(self) -> None:
        """Send what was held back."""
        if self._held:
            data, self._held = self._held, b""
            self._transport.write(data)

    def write_eof(self) -> None:
        self.flush()
        self._transport.write_eof()

    def close(self) -> None:
        self.flush()
        self._transport.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


def gathered(protocol: type[asyncio.Protocol]) -> type[asyncio.Protocol]:
    """The uvicorn protocol, writing through a `Gathering`."""

    def connection_made(self: Any, transport: asyncio.Transport) -> None:
        protocol.connection_made(self, cast("asyncio.Transport", Gathering(self, transport)))

    def on_response_complete(self: Any) -> None:
        self.transport.flush()
        cast("Any", protocol).on_response_complete(self)

    members = {"connection_made": connection_made, "on_response_complete": on_response_complete}
    return cast("type[asyncio.Protocol]", type(protocol.__name__, (protocol,), members))
