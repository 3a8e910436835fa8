"""Small real files: as the server itself makes them, as `data:` URIs, and on a web server of their own."""

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache

from mockserver.media import names, synth


@cache
def named(name: str) -> bytes:
    """The file the server serves under that name."""
    media = names.parse(name)
    assert media is not None
    return synth.named(media)


@cache
def data_uri(name: str) -> str:
    """The same as a `data:` URI."""
    media = names.parse(name)
    assert media is not None
    return f"data:{media.content_type};base64,{b64encode(named(name)).decode()}"


@asynccontextmanager
async def serving(content: bytes, gate: asyncio.Event | None = None) -> AsyncIterator[str]:
    """A web server on the loopback address that has one file under every path, once the gate is open."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        if gate is not None:
            await gate.wait()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(content) + content)
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/file"
