"""A small generator of load in Python: where there is no wrk, and where an exact number of requests is wanted.

It is slower than the server it asks, so that ratios by it are kinder than those by wrk.
"""

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from mockserver.clock import monotonic_s
from tests.bench.asked import Asked, requests


@dataclass(slots=True)
class Waits:
    """How long each answer took, in seconds, and how many were no success."""

    waits_s: list[float] = field(default_factory=list)
    failed: int = 0


def run(
    base_url: str, asked: Asked, name: str, connections: int, *, seconds: float | None = None, limit: int | None = None
) -> Waits:
    """Ask over so many connections: for `seconds`, or `limit` times."""
    place = urlsplit(base_url)
    request = requests(asked, name, place.netloc)
    waits, until_s, left = Waits(), monotonic_s() + (seconds or 0), limit or 0

    def is_on() -> bool:
        nonlocal left
        if limit is None:
            return monotonic_s() < until_s
        left -= 1
        return left >= 0

    async def crowd() -> None:
        asking = (
            _connection(place.hostname or "", place.port or 80, request, is_on, waits) for _ in range(connections)
        )
        await asyncio.gather(*asking)

    asyncio.run(crowd())
    return waits


async def _connection(
    host: str, port: int, request: Callable[[], bytes], is_on: Callable[[], bool], waits: Waits
) -> None:
    reader, writer = await asyncio.open_connection(host, port)
    while is_on():
        started_s = monotonic_s()
        writer.write(request())
        head = await reader.readuntil(b"\r\n\r\n")
        await _skip_body(reader, head.lower())
        waits.waits_s.append(monotonic_s() - started_s)
        waits.failed += not head.startswith(b"HTTP/1.1 2")
    writer.close()
    await writer.wait_closed()


async def _skip_body(reader: asyncio.StreamReader, head: bytes) -> None:
    if length := re.search(rb"content-length: (\d+)", head):
        await reader.readexactly(int(length[1]))
    elif b"transfer-encoding: chunked" in head:
        while (size := int(await reader.readline(), 16)) > 0:
            await reader.readexactly(size + 2)
        await reader.readline()
