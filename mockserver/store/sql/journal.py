"""The journals. An append is O(1): the bounds are applied by who reads, and rows beyond them go now and then."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection

from mockserver.clock import monotonic_s
from mockserver.records import Exchange
from mockserver.store import Page
from mockserver.store.ring import weight
from mockserver.store.sql import statements
from mockserver.store.sql.batch import Batch
from mockserver.store.sql.database import Database
from mockserver.store.sql.part import Options, Part
from mockserver.store.sql.rows import exchange_of, exchange_values
from mockserver.store.sql.schema import SERVER

MOST = 128
"""Exchanges that share a transaction."""

TRIMS = 8
"""How many times a journal is trimmed while it is filled once anew."""

PAUSE_S = 0.1
"""How often a waiting reader looks for what other replicas have appended."""

Appended = tuple[str | None, Exchange]


class Journals(Part):
    """Each account has one; that of no account is the server's."""

    def __init__(self, database: Database, options: Options) -> None:
        super().__init__(database, options)
        self._bounds = {"limit": options.journal_size, "most_bytes": options.journal_bytes}
        self._appends: Batch[Appended, None] = Batch(self._append, MOST)
        self._grown = asyncio.Event()

    async def append(self, account_id: str | None, exchange: Exchange) -> None:
        await self._appends.do((account_id, exchange))

    async def _append(self, batch: Sequence[Appended]) -> Sequence[None]:
        await self._write(lambda connection: self._appended(connection, batch))
        self._grown.set()
        self._grown = asyncio.Event()
        return [None] * len(batch)

    def _appended(self, connection: Connection, batch: Sequence[Appended]) -> None:
        """Write them all; accounts in one order for everybody, so that no two transactions wait for each other."""
        homes: defaultdict[str, list[Exchange]] = defaultdict(list)
        for account_id, exchange in batch:
            homes[account_id or SERVER].append(exchange)
        rows: list[dict[str, Any]] = []
        homeless = homes.pop(SERVER, [])
        for account_id in sorted(homes):
            placed = self._placed(connection, account_id, homes[account_id])
            homeless.extend(homes[account_id] if placed is None else [])
            rows.extend(placed or [])
        if homeless:
            rows.extend(self._placed(connection, SERVER, homeless) or [])
        connection.execute(statements.ADD_EXCHANGES, rows)

    def _placed(self, connection: Connection, account_id: str, added: list[Exchange]) -> list[dict[str, Any]] | None:
        """The rows, numbered; None if there is no such journal. What has no room any more may go meanwhile."""
        weights = [weight(exchange) for exchange in added]
        more = {"account": account_id, "more": len(added), "more_bytes": sum(weights)}
        row = connection.execute(statements.ADVANCE_JOURNAL, more).one_or_none()
        if row is None:
            return None
        last, end_bytes = row
        seq, start_bytes = last - len(added), end_bytes - sum(weights)
        if self._is_due(seq, last, "limit") or self._is_due(start_bytes, end_bytes, "most_bytes"):
            oldest = {"oldest": last - self._bounds["limit"], "oldest_bytes": end_bytes - self._bounds["most_bytes"]}
            connection.execute(statements.TRIM_JOURNAL, {"account": account_id, "last": last, **oldest})
        rows = []
        for exchange, size_bytes in zip(added, weights, strict=True):
            seq += 1
            place = {"account_id": account_id, "seq": seq, "start_bytes": start_bytes}
            rows.append(place | exchange_values(exchange))
            start_bytes += size_bytes
        return rows

    def _is_due(self, before: int, after: int, bound: str) -> bool:
        step = max(1, self._bounds[bound] // TRIMS)
        return before // step != after // step

    async def exchanges(self, account_id: str | None, after: int) -> Page:
        def find(connection: Connection) -> Page:
            asked = {"account": account_id or SERVER, "after": after, **self._bounds}
            rows = (
                connection.execute(statements.PAGE, asked).all()
                or connection.execute(statements.PAGE, asked | {"account": SERVER}).all()
            )
            last, cleared, first = rows[0][:3]
            found = [(row[3], exchange_of(*row[4:])) for row in rows if row[3] is not None]
            return Page(found, self._bounds["limit"], last - cleared if first is None else first - 1 - cleared)

        return await self._read(find)

    async def appended(self, account_id: str | None, after: int, wait_s: float) -> None:
        deadline_s = monotonic_s() + wait_s
        while True:
            grown = self._grown
            if (await self.exchanges(account_id, after)).exchanges:
                return
            left_s = deadline_s - monotonic_s()
            if left_s <= 0:
                return
            try:
                await asyncio.wait_for(grown.wait(), min(PAUSE_S, left_s))
            except TimeoutError:
                continue

    async def clear_journal(self, account_id: str | None) -> None:
        await self._write(lambda connection: cleared(connection, account_id or SERVER))

    async def exchange(self, exchange_id: str) -> tuple[str | None, Exchange] | None:
        def find(connection: Connection) -> tuple[str | None, Exchange] | None:
            asked = {"exchange_id": exchange_id, **self._bounds}
            row = connection.execute(statements.READ_EXCHANGE, asked).one_or_none()
            return None if row is None else (row[0] or None, exchange_of(*row[1:]))

        return await self._read(find)


def cleared(connection: Connection, account_id: str) -> None:
    """Empty a journal; an append that comes meanwhile comes after."""
    home = account_id
    if connection.execute(statements.CLEAR_JOURNAL, {"account": home}).first() is None:
        home = SERVER
        connection.execute(statements.CLEAR_JOURNAL, {"account": home})
    connection.execute(statements.CLEAR_EXCHANGES, {"account": home})
