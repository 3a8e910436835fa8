"""The cheapest client there is: prepared bytes out, status and body back, over a connection that stays open."""

import asyncio
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

END_OF_HEAD = b"\r\n\r\n"
LENGTH = b"\r\ncontent-length: "


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer."""

    status: int
    body: bytes


class Line(asyncio.Protocol):
    """One connection; one request at a time."""

    def __init__(self) -> None:
        self._transport: Any = None
        self._waiting: asyncio.Future[Reply] | None = None
        self._got = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._got += data
        head, end, body = self._got.partition(END_OF_HEAD)
        if not end:
            return
        place = head.lower().find(LENGTH)
        size_bytes = int(head[place + len(LENGTH) :].partition(b"\r\n")[0]) if place >= 0 else 0
        if len(body) >= size_bytes and self._waiting is not None:
            self._got = b""
            waiting, self._waiting = self._waiting, None
            waiting.set_result(Reply(int(head[9:12]), body))

    def connection_lost(self, error: Exception | None) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(ConnectionError("the server closed the connection"))

    async def ask(self, request: bytes) -> Reply:
        """Send it and wait.

        Raises:
            ConnectionError: if the connection breaks.
        """
        self._waiting = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._waiting

    def close(self) -> None:
        """Hang up."""
        self._transport.close()


async def connect(base_url: str) -> Line:
    """A connection to the server."""
    place = urlsplit(base_url)
    _, line = await asyncio.get_running_loop().create_connection(Line, place.hostname or "", place.port or 80)
    return line
