"""A journal in memory: the latest exchanges, bounded in number and in bytes.

An exchange is packed into one piece of memory, and unpacked when somebody reads it: a thousand of them are a thousand
pieces and not thirty thousand, so that a request finds its memory where the last one left it. Packing is done for some
at a time: one after the other they cost a third of what each costs between two requests.
"""

import asyncio
import marshal
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import Any

from mockserver.records import Exchange, Message, Rule, Why

TOGETHER = 32
"""How many exchanges are packed at a time."""

LONG_BYTES = 8 * 1024
"""Bodies above that are packed, and weighed, at once: what is fresh stays small."""

WITHOUT_REFERENCES = 2
"""The format that looks for no object twice: no two parts of an exchange are the same long text."""

Packed = tuple[str, int, bytes, Rule | None, Why]
"""(exchange id, weight in bytes, everything that is text, number or bytes, and what many exchanges share)."""


@dataclass(slots=True)
class Journal:
    """A ring of packed exchanges, bounded by count and by bytes, and the `fresh` ones after it.

    `seq` numbers them from 1 and never goes back; the last one has it.
    """

    limit: int
    max_bytes: int
    ring: deque[Packed] = field(default_factory=deque)
    fresh: list[Exchange] = field(default_factory=list)
    seq: int = 0
    dropped: int = 0
    size_bytes: int = 0
    grown: asyncio.Event | None = None

    def append(self, exchange: Exchange) -> None:
        self.seq += 1
        self.fresh.append(exchange)
        if len(self.fresh) >= TOGETHER or exchange.request.size_bytes + exchange.response.size_bytes > LONG_BYTES:
            self.settle()
        if self.grown is not None:
            self.grown.set()
            self.grown = None

    def settle(self) -> None:
        """Pack the fresh ones, and let go of those for which there is no room."""
        ring = self.ring
        for exchange in self.fresh:
            packed = pack(exchange)
            ring.append(packed)
            self.size_bytes += packed[1]
            while len(ring) > self.limit or (self.size_bytes > self.max_bytes and len(ring) > 1):
                self.size_bytes -= ring.popleft()[1]
                self.dropped += 1
        self.fresh.clear()

    def after(self, seq: int) -> Iterator[tuple[int, Exchange]]:
        """The exchanges numbered above `seq`, with their numbers."""
        self.settle()
        first = self.seq - len(self.ring) + 1
        for number, packed in enumerate(islice(self.ring, max(0, seq - first + 1), None), max(first, seq + 1)):
            yield number, unpack(packed)

    def find(self, exchange_id: str) -> Exchange | None:
        self.settle()
        return next((unpack(packed) for packed in self.ring if packed[0] == exchange_id), None)

    async def wait(self) -> None:
        if self.grown is None:
            self.grown = asyncio.Event()
        await self.grown.wait()

    def clear(self) -> None:
        self.fresh.clear()
        self.ring.clear()
        self.size_bytes = 0
        self.dropped = 0


def pack(exchange: Exchange) -> Packed:
    """One exchange as few objects; `marshal` serves, for no other process ever reads it."""
    request, response = exchange.request, exchange.response
    packed = marshal.dumps(
        (
            exchange.at_ms,
            exchange.operation,
            exchange.method,
            exchange.path,
            exchange.query,
            exchange.status,
            exchange.task_id,
            exchange.idempotency_key,
            exchange.assumed,
            exchange.duration_us,
            request.headers,
            request.body,
            request.size_bytes,
            request.sha256,
            response.headers,
            response.body,
            response.size_bytes,
            response.sha256,
        ),
        WITHOUT_REFERENCES,
    )
    return exchange.exchange_id, weight(exchange), packed, exchange.fault, exchange.why


def unpack(packed: Packed) -> Exchange:
    """The exchange, equal to what was packed."""
    exchange_id, _, content, fault, why = packed
    parts: tuple[Any, ...] = marshal.loads(content)
    request, response = Message(*parts[10:14]), Message(*parts[14:])
    members = (exchange_id, *parts[:8], fault, *parts[8:10], request, response, why)
    return Exchange(*members)


def weight(exchange: Exchange) -> int:
    """About how many bytes an exchange takes; headers, path and query are as long as a client makes them."""
    headers = sum(map(len, chain.from_iterable(exchange.request.headers)))
    bodies = len(exchange.request.body) + len(exchange.response.body)
    return 1024 + bodies + len(exchange.path) + len(exchange.query) + headers
