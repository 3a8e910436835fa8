"""What an account owned elsewhere, written in one transaction, a few rows at a time."""

from typing import Any

from sqlalchemy import Connection, Executable
from sqlalchemy.exc import IntegrityError

from mockserver.accounts import Account, Key
from mockserver.records import Task
from mockserver.store.belongings import Adoption, Belonging, Belongings, Blob, Claimed, Content, Placed, Saved
from mockserver.store.sql import statements, transfer
from mockserver.store.sql.journal import cleared
from mockserver.store.sql.part import Part, changes, locked
from mockserver.store.sql.rows import account_values, media_data, task_values, units, url_digest
from mockserver.store.sql.schema import LIVE
from mockserver.store.tenant import resumed

ROWS, ROWS_BYTES = 200, 4 * 2**20
"""How much is collected before it is written."""


class Unfit(Exception):
    """It cannot be adopted: nothing of the transaction may stand."""

    def __init__(self, why: Adoption) -> None:
        super().__init__(why)
        self.why = why


class Imports(Part):
    """What comes from another store."""

    async def adopt(self, belongings: Belongings, wall_ms: int, *, replace: bool) -> Adoption:
        try:
            await self._write(lambda connection: _adopted(connection, belongings, wall_ms, replace=replace))
        except Unfit as error:
            return error.why
        except IntegrityError:
            return "known"  # Somebody else has made it meanwhile.
        return "adopted"


def _adopted(connection: Connection, belongings: Belongings, wall_ms: int, *, replace: bool) -> None:
    stream = iter(belongings)
    account = next(stream)
    assert isinstance(account, Account), "the account comes first"
    serial = _cleared(connection, account, replace=replace)
    arriving = Arriving(connection, account)
    for belonging in stream:
        arriving.add(belonging)
    arriving.end()
    owned = changes(resumed(account, serial, wall_ms), arriving.spent[LIVE], has_media=arriving.has_media[LIVE])
    connection.execute(statements.CHANGE_ACCOUNT, owned)


def _cleared(connection: Connection, account: Account, *, replace: bool) -> int:
    """Lock the account, or make it, and empty it; its serial.

    Raises:
        Unfit: if it is known here, and may not be replaced.
    """
    named = {"account": account.account_id}
    found = locked(connection, account.account_id)
    if not replace and (found or connection.execute(transfer.WAS_KNOWN, named).first()):
        raise Unfit("known")
    connection.execute(statements.KILL_KEYS, named)
    if found is None:
        values = {"account_id": account.account_id, **account_values(account), "spent": 0, "has_media": False}
        connection.execute(statements.ADD_ACCOUNT, values)
        connection.execute(statements.ADD_JOURNAL, _NEW_JOURNAL | {"account_id": account.account_id})
        return account.serial
    for statement in transfer.CLEAR:
        connection.execute(statement, named)
    cleared(connection, account.account_id)
    return found[0].serial


_NEW_JOURNAL = {"seq": 0, "end_bytes": 0, "cleared": 0}


class Arriving:
    """The rows of one account as they come; `spent` and `has_media` by snapshot id."""

    def __init__(self, connection: Connection, account: Account) -> None:
        self._connection = connection
        self._account_id = account.account_id
        self._saved = {LIVE: account}
        self._snapshot_id = LIVE
        self._rows: list[dict[str, Any]] = []
        self._statement: Executable | None = None
        self._size_bytes = 0
        self._seq = 0
        self.spent = {LIVE: 0}
        self.has_media = {LIVE: False}

    def add(self, belonging: Belonging) -> None:
        """Write it, now or soon.

        Raises:
            Unfit: if it is a key of another account.
        """
        where = {"account_id": self._account_id, "snapshot_id": self._snapshot_id}
        match belonging:
            case Task():
                self._seq += 1
                self.spent[self._snapshot_id] += units(belonging.price.total)
                row = task_values(belonging, self._seq - 1) | where
                self._collect(statements.ADD_TASKS, row, len(belonging.body))
            case Claimed(key, claim):
                held = {"task_id": claim.task_id, "created_ms": claim.created_at_ms, "status": claim.status}
                row = {**where, "idempotency_key": key, **held, "body": claim.body, "fence": 0}
                self._collect(transfer.ADD_CLAIMS, row, len(claim.body))
            case Placed(media, name):
                self._seq += 1
                self.has_media[self._snapshot_id] = True
                place = {"url_digest": url_digest(media.url), "seq": self._seq}
                self._collect(transfer.ADD_MEDIA, {**where, **place, "data": media_data(media), "content_id": name})
            case Blob(digest, name):
                self._collect(transfer.ADD_BLOBS, {**where, "digest": digest, "content_id": name})
            case Key(key, account_id, state):
                self._take(key, account_id, state)
            case Content(name, content):
                row = {"account_id": self._account_id, "content_id": name, "content": content}
                self._collect(statements.PUT_CONTENT, row, len(content))
            case _:
                assert isinstance(belonging, Saved), "one account at a time"
                self._begin(belonging.snapshot_id, belonging.account)

    def _begin(self, name: str, account: Account) -> None:
        """What comes next is a snapshot's."""
        self._snapshot_id, self._seq = name, 0
        self._saved[name], self.spent[name], self.has_media[name] = account, 0, False

    def end(self) -> None:
        """Write the rest."""
        self._flush()
        for name, account in self._saved.items():
            if name != LIVE:
                values = {**account_values(account), "spent": self.spent[name], "has_media": self.has_media[name]}
                saved = {"account_id": self._account_id, "snapshot_id": name, **values}
                self._connection.execute(statements.SAVE_ACCOUNT, saved)

    def _take(self, key: str, account_id: str, state: str) -> None:
        row = {"key": key, "account_id": account_id, "state": state}
        if self._connection.execute(transfer.TAKE_KEY, row).first() is None:
            raise Unfit("key_taken")

    def _collect(self, statement: Executable, row: dict[str, Any], size_bytes: int = 0) -> None:
        if statement is not self._statement or len(self._rows) >= ROWS or self._size_bytes > ROWS_BYTES:
            self._flush()
        self._statement = statement
        self._rows.append(row)
        self._size_bytes += size_bytes

    def _flush(self) -> None:
        if self._statement is not None and self._rows:
            self._connection.execute(self._statement, self._rows)
        self._rows, self._size_bytes = [], 0
