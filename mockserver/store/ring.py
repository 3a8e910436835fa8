"""A journal in memory: the latest exchanges, bounded in number and in bytes."""

import asyncio
from collections import deque
from dataclasses import dataclass, field
from itertools import chain

from mockserver.records import Exchange


@dataclass(slots=True)
class Journal:
    """A ring of (sequence number, exchange, weight in bytes), bounded by count and by bytes.

    `seq` numbers them from 1 and never goes back.
    """

    limit: int
    max_bytes: int
    ring: deque[tuple[int, Exchange, int]] = field(default_factory=deque)
    seq: int = 0
    dropped: int = 0
    size_bytes: int = 0
    grown: asyncio.Event | None = None

    def append(self, exchange: Exchange) -> None:
        self.seq += 1
        size_bytes = weight(exchange)
        ring = self.ring
        ring.append((self.seq, exchange, size_bytes))
        self.size_bytes += size_bytes
        while len(ring) > self.limit or (self.size_bytes > self.max_bytes and len(ring) > 1):
            self.size_bytes -= ring.popleft()[2]
            self.dropped += 1
        if self.grown is not None:
            self.grown.set()
            self.grown = None

    async def wait(self) -> None:
        if self.grown is None:
            self.grown = asyncio.Event()
        await self.grown.wait()

    def clear(self) -> None:
        self.ring.clear()
        self.size_bytes = 0
        self.dropped = 0


def weight(exchange: Exchange) -> int:
    """About how many bytes an exchange takes; headers, path and query are as long as a client makes them."""
    headers = sum(map(len, chain.from_iterable(exchange.request.headers)))
    bodies = len(exchange.request.body) + len(exchange.response.body)
    return 1024 + bodies + len(exchange.path) + len(exchange.query) + headers
