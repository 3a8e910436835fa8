"""What only a host can do to a connection: reset it, close it without an answer, write past HTTP, stop listening.

uvicorn answers 500 where an ASGI app answers nothing, so the faults that answer nothing need the transport. Both of its
HTTP implementations hand it to `connection_made`, and copy their state into the scope of each request.
"""

import asyncio
import struct
from collections.abc import Callable
from typing import Any, cast

NAME = "mindvideo.connection"
_LINGER_NOT = struct.pack("ii", 1, 0)

Refuse = Callable[[int, float], None]
"""Stop listening on a port for so many seconds."""


class TransportConnection:
    """A connection by its transport."""

    __slots__ = ("_refuse", "_transport")

    def __init__(self, transport: asyncio.Transport, refuse: Refuse) -> None:
        self._transport = transport
        self._refuse = refuse

    def reset(self) -> None:
        import socket

        raw = self._transport.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT)
        self._transport.abort()

    def close(self) -> None:
        self._transport.close()

    def write(self, data: bytes) -> None:
        self._transport.write(data)

    def refuse(self, seconds: float) -> None:
        self._refuse(self._transport.get_extra_info("sockname")[1], seconds)


def with_connection(protocol: type[asyncio.Protocol], refuse: Refuse) -> type[asyncio.Protocol]:
    """The uvicorn protocol, putting its connection into the scope of every request."""

    def connection_made(self: Any, transport: asyncio.Transport) -> None:
        protocol.connection_made(self, transport)
        self.app_state = {**self.app_state, NAME: TransportConnection(transport, refuse)}

    return cast("type[asyncio.Protocol]", type(protocol.__name__, (protocol,), {"connection_made": connection_made}))
