"""All that an account owns, read at one moment, a page at a time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Executable

from mockserver.accounts import Key
from mockserver.store import Claim
from mockserver.store.belongings import Blob, Claimed, Content, Placed, Saved, Write, in_order, taken
from mockserver.store.sql import statements, transfer
from mockserver.store.sql.part import Part, wanted
from mockserver.store.sql.rows import account_of, media_of, task_of
from mockserver.store.sql.schema import LIVE

PAGE = 64
"""Rows that are held at a time: a task may weigh ten megabytes."""


class Exports(Part):
    """What leaves for another store."""

    async def export(self, account_id: str, wall_ms: int, write: Write) -> bool:
        return await self._view(lambda connection: Leaving(connection, account_id, write).all(wall_ms))


@dataclass(frozen=True, slots=True)
class Leaving:
    """One transaction that looks."""

    connection: Connection
    account_id: str
    write: Write

    def all(self, wall_ms: int) -> bool:
        """Write every belonging, in order; False if there is no such account."""
        row = self._ask(statements.READ_ACCOUNT).one_or_none()
        if row is None:
            return False
        self.write(taken(account_of(*row), wall_ms))
        for key in sorted((Key(*row) for row in self._ask(statements.KEYS_OF)), key=lambda key: key.key):
            self.write(key)
        for name in sorted(self._ask(transfer.CONTENT_IDS).scalars()):
            self.write(Content(name, self._ask(transfer.READ_CONTENT, content=name).scalar_one()))
        self._held(LIVE)
        saved = [Saved(row[0], account_of(*row[1:])) for row in self._ask(statements.SNAPSHOTS_OF)]
        for each in in_order(saved):
            self.write(each)
            self._held(each.snapshot_id)
        return True

    def _ask(self, statement: Executable, **parameters: Any) -> Any:
        return self.connection.execute(statement, {"account": self.account_id, **parameters})

    def _held(self, snapshot_id: str) -> None:
        for row in self._task_rows(snapshot_id):
            self.write(task_of(*row))
        keys = sorted(self._ask(transfer.CLAIMED_KEYS, snapshot=snapshot_id).scalars())
        for at in range(0, len(keys), PAGE):
            self._claims(snapshot_id, keys[at : at + PAGE])
        for data, name in self._ask(transfer.MEDIA, snapshot=snapshot_id):
            self.write(Placed(media_of(data, None), name))
        for digest, name in sorted(map(tuple, self._ask(transfer.BLOBS, snapshot=snapshot_id))):
            self.write(Blob(digest, name))

    def _task_rows(self, snapshot_id: str) -> Iterator[Sequence[Any]]:
        rows = self._ask(transfer.TASKS_AFTER, snapshot=snapshot_id, after=-1, most=PAGE).all()
        while rows:
            yield from (row[1:] for row in rows)
            rows = self._ask(transfer.TASKS_AFTER, snapshot=snapshot_id, after=rows[-1][0], most=PAGE).all()

    def _claims(self, snapshot_id: str, keys: Sequence[str]) -> None:
        rows = self._ask(transfer.CLAIMS_NAMED, snapshot=snapshot_id, **wanted([key] for key in keys))
        claims = {key: Claim(*claim) for key, *claim in rows}
        for key in keys:
            self.write(Claimed(key, claims[key]))
