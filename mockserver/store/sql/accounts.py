"""Accounts and their keys."""

from collections.abc import Callable, Sequence
from functools import partial

from sqlalchemy import Connection

from mockserver.accounts import Account, Key
from mockserver.problems import Problem
from mockserver.store import Look
from mockserver.store.sql import statements
from mockserver.store.sql.batch import Batch
from mockserver.store.sql.database import Database
from mockserver.store.sql.part import Options, Part, changes, locked, wanted
from mockserver.store.sql.rows import account_of, account_values, task_of
from mockserver.store.sql.schema import name

MOST = 128
"""Requests that share a look."""


class Accounts(Part):
    """The verbs of the dashboard, and the one look of every request."""

    def __init__(self, database: Database, options: Options) -> None:
        super().__init__(database, options)
        self._looks: Batch[tuple[str, str], Look | None] = Batch(self._look, MOST)

    async def read(self, api_key: str, task_id: str) -> Look | None:
        return await self._looks.do((api_key, name(task_id)))

    async def _look(self, batch: Sequence[tuple[str, str]]) -> list[Look | None]:
        return await self._read(partial(_looked, batch))

    async def find_key(self, key: str) -> Key | None:
        def find(connection: Connection) -> Key | None:
            row = connection.execute(statements.FIND_KEY, {"key": key}).one_or_none()
            return None if row is None else Key(*row)

        return await self._read(find)

    async def keys(self, account_id: str) -> list[Key]:
        def find(connection: Connection) -> list[Key]:
            return [Key(*row) for row in connection.execute(statements.KEYS_OF, {"account": account_id})]

        return sorted(await self._read(find), key=lambda key: key.key)

    async def put_key(self, key: Key) -> bool:
        def put(connection: Connection) -> bool:
            if locked(connection, key.account_id) is None:
                return False
            connection.execute(statements.PUT_KEY, {"key": key.key, "account_id": key.account_id, "state": key.state})
            return True

        return await self._write(put)

    async def open_account(self, account: Account, key: str) -> bool:
        return await self._write_new(lambda connection: opened(connection, account, key))

    async def account(self, account_id: str) -> Account | None:
        def find(connection: Connection) -> Account | None:
            row = connection.execute(statements.READ_ACCOUNT, {"account": account_id}).one_or_none()
            return None if row is None else account_of(*row)

        return await self._read(find)

    async def accounts(self) -> list[Account]:
        def find(connection: Connection) -> list[Account]:
            return [account_of(*row) for row in connection.execute(statements.ACCOUNTS)]

        return await self._read(find)

    async def change_account(
        self, account_id: str, change: Callable[[Account], Account | Problem]
    ) -> Account | Problem | None:
        def work(connection: Connection) -> Account | Problem | None:
            found = locked(connection, account_id)
            if found is None:
                return None
            account, spent, has_media = found
            changed = change(account)
            if isinstance(changed, Account) and changed != account:
                connection.execute(statements.CHANGE_ACCOUNT, changes(changed, spent, has_media=has_media))
            return changed

        return await self._write(work)


def opened(connection: Connection, account: Account, key: str, spent: int = 0, *, has_media: bool = False) -> bool:
    """Write a new account with its first key and an empty journal, unless one of the names was ever known."""
    named = account.account_id
    if connection.execute(statements.WERE_KNOWN, {"account": named, "key": key}).first() is not None:
        return False
    values = {"account_id": named, **account_values(account), "spent": spent, "has_media": has_media}
    connection.execute(statements.ADD_ACCOUNT, values)
    connection.execute(statements.ADD_KEY, {"key": key, "account_id": named, "state": "active"})
    connection.execute(statements.ADD_JOURNAL, {"account_id": named, "seq": 0, "end_bytes": 0, "cleared": 0})
    return True


def _looked(batch: Sequence[tuple[str, str]], connection: Connection) -> list[Look | None]:
    found: dict[tuple[str, str], Look] = {}
    for row in connection.execute(statements.READ, wanted(set(batch))):
        key, task_id, state, account_id, data, ordinal, serial, has_media, task_data, body = row
        task = None if task_data is None else task_of(account_id, task_data, body)
        account = account_of(account_id, data, ordinal, serial)
        found[key, task_id] = Look(Key(key, account_id, state), account, task, has_media)
    return [found.get(asked) for asked in batch]
