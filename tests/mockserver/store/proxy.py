"""A road to the database that a test can close, and open again."""

import asyncio
from contextlib import suppress

from sqlalchemy import make_url


class Proxy:
    """Listens on a free port and hands everything on to a database; `url` leads through it."""

    def __init__(self, target: str) -> None:
        self._target = make_url(target)
        self._server: asyncio.Server | None = None
        self._port = 0
        self._roads: set[asyncio.StreamWriter] = set()
        self._serving: set[asyncio.Task[None]] = set()
        self._is_silent = False

    @property
    def url(self) -> str:
        return self._target.set(host="127.0.0.1", port=self._port).render_as_string(hide_password=False)

    async def open(self) -> None:
        """Let connections through."""
        self._is_silent = False
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self._port)
        self._port = self._server.sockets[0].getsockname()[1]

    async def cut(self) -> None:
        """Break every connection, and refuse new ones."""
        assert self._server is not None
        self._server.close()
        for writer in self._roads:
            writer.transport.abort()
        if self._serving:
            await asyncio.wait(self._serving)

    def fall_silent(self) -> None:
        """Take everything and hand nothing on, not even that somebody is gone, as a network does that is cut off."""
        self._is_silent = True

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        serving = asyncio.ensure_future(self._connect(reader, writer))
        self._serving.add(serving)
        serving.add_done_callback(self._serving.discard)

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(self._target.host, self._target.port or 5432)
        self._roads |= {writer, back}
        with suppress(OSError):
            await asyncio.gather(self._carry(reader, back), self._carry(there, writer))
        for each in (writer, back):
            self._roads.discard(each)
            each.close()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            if not self._is_silent:
                writer.write(data)
        if not self._is_silent:
            writer.close()
