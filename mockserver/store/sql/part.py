"""What the parts of the store share: the database, once it is known to have this version's tables."""

import asyncio
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import orjson
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from mockserver.accounts import Account
from mockserver.store import BadStore, Unavailable
from mockserver.store.sql import statements, version
from mockserver.store.sql.database import Database, Work
from mockserver.store.sql.rows import account_of, account_values
from mockserver.store.sql.schema import name

T = TypeVar("T")
Locked = tuple[Account, int, bool]
LOG = logging.getLogger("mindvideo-mock")


@dataclass(frozen=True, slots=True)
class Options:
    """What each account may keep, how long a create may be in flight before somebody else may take its key, and after
    how many creates PostgreSQL looks at its tables for the first time."""

    journal_size: int
    journal_bytes: int
    lease_s: float
    snapshot_limit: int
    media_bytes: int
    look_at: int


class Part:
    """One subject of the store's verbs."""

    def __init__(self, database: Database, options: Options) -> None:
        self._database = database
        self._options = options
        self._opening = asyncio.Lock()
        self._is_open = False

    async def open(self) -> None:
        """Look at the schema, and make it where the database is empty."""
        async with self._opening:
            if not self._is_open and not await self._database.read(version.check):
                await self._database.write(version.migrate)
            self._is_open = True

    async def _reopen(self) -> None:
        """`open` for a server that started before its database did."""
        try:
            await self.open()
        except BadStore as error:
            LOG.error("The store cannot be served: %s.", error)
            raise Unavailable(str(error)) from error

    async def _read(self, work: Work[T]) -> T:
        if not self._is_open:
            await self._reopen()
        return await self._database.read(work)

    async def _view(self, work: Work[T]) -> T:
        if not self._is_open:
            await self._reopen()
        return await self._database.view(work)

    async def _change(self, work: Work[T]) -> T:
        if not self._is_open:
            await self._reopen()
        return await self._database.change(work)

    async def _write(self, work: Work[T]) -> T:
        if not self._is_open:
            await self._reopen()
        return await self._database.write(work)

    async def _write_new(self, work: Work[bool]) -> bool:
        """False, too, where somebody else has just taken a name that `work` found free."""
        try:
            return await self._write(work)
        except IntegrityError:
            return False


def locked(connection: Connection, account_id: str) -> Locked | None:
    """The account, what its tasks cost, and whether it has media; it is ours until the transaction ends."""
    return locked_all(connection, [account_id]).get(account_id)


def locked_all(connection: Connection, account_ids: Iterable[str]) -> dict[str, Locked]:
    """Those of the accounts that there are, as `locked` has them."""
    rows = connection.execute(statements.LOCK_ACCOUNTS, wanted([each] for each in account_ids))
    return {row.account_id: (account_of(*row[:4]), row.spent, row.has_media) for row in rows}


def wanted(items: Iterable[Sequence[str]]) -> dict[str, str]:
    """The parameter of statements that are asked for many things at once."""
    return {"wanted": orjson.dumps([[name(text) for text in item] for item in items]).decode()}


def changes(account: Account, spent: int, *, has_media: bool) -> dict[str, Any]:
    """The parameters of `CHANGE_ACCOUNT`."""
    values = {**account_values(account), "spent": spent, "has_media": has_media}
    return {"account": account.account_id} | {f"new_{name}": value for name, value in values.items()}
