"""Tasks, and the create: judged and written inside the lock on the account's row."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from mockserver.accounts import Account
from mockserver.problems import Problem
from mockserver.records import Task
from mockserver.store import Accepted, Decide
from mockserver.store.sql import statements
from mockserver.store.sql.batch import Batch
from mockserver.store.sql.claims import Claims
from mockserver.store.sql.database import Database
from mockserver.store.sql.part import Options, changes, locked
from mockserver.store.sql.rows import bare, task_changes, task_of, task_values, units
from mockserver.store.sql.schema import LIVE
from mockserver.store.sql.usage import LockedUsage
from mockserver.store.usage import Tally

MOST = 64
"""Creates of one account that share a transaction."""

Result = Accepted | Problem | Literal["lost"] | None


@dataclass(slots=True)
class Wanted:
    """A create that waits for its turn; `owner` is under which name its key is held."""

    idempotency_key: str | None
    owner: str
    decide: Decide


class Lost(Exception):
    """Somebody else has taken a key: nothing of the transaction may stand."""


class Tasks(Claims):
    """What is created under a claim ends it: so claims are known here."""

    def __init__(self, database: Database, options: Options) -> None:
        super().__init__(database, options)
        self._creates: dict[str, Batch[Wanted, Result]] = {}

    async def task(self, account_id: str, task_id: str) -> Task | None:
        def find(connection: Connection) -> Task | None:
            row = connection.execute(statements.READ_TASK, {"account": account_id, "task": task_id}).one_or_none()
            return None if row is None else task_of(*row)

        return await self._read(find)

    async def tasks(self, account_id: str) -> list[Task]:
        def find(connection: Connection) -> list[Task]:
            return [task_of(*row) for row in connection.execute(statements.TASKS_OF, {"account": account_id})]

        return await self._read(find)

    async def change_task(
        self, account_id: str, task_id: str, change: Callable[[Task], Task | Problem]
    ) -> Task | Problem | None:
        asked = {"account": account_id, "task": task_id}

        def work(connection: Connection) -> Task | Problem | None:
            row = None
            if locked(connection, account_id) is not None:
                row = connection.execute(statements.READ_TASK, asked).one_or_none()
            if row is None:
                return None
            task = task_of(*row)
            changed = change(task)
            if isinstance(changed, Task) and changed != task:
                connection.execute(statements.CHANGE_TASK, asked | task_changes(changed))
            return changed

        return await self._write(work)

    async def usage(self, account_id: str) -> Tally | None:
        """As of now; only a create's own stays true."""

        def find(connection: Connection) -> Tally | None:
            found = locked(connection, account_id)
            if found is None:
                return None
            rows = connection.execute(statements.TASKS_OF, {"account": account_id})
            tasks = [task_of(*row) for row in rows]
            return Tally(found[0], {task.task_id: task for task in tasks})

        return await self._write(find)

    async def commit(self, account_id: str, idempotency_key: str | None, decide: Decide) -> Result:
        owner = "" if idempotency_key is None else self._owner(account_id, idempotency_key)
        batch = self._creates.get(account_id)
        if batch is None:
            batch = self._creates[account_id] = Batch(partial(self._create, account_id), MOST)
        try:
            made = await batch.do(Wanted(idempotency_key, owner, decide))
        finally:
            if batch.is_idle:
                self._creates.pop(account_id, None)
        if idempotency_key is not None and isinstance(made, Accepted):
            flight = self._landed(account_id, idempotency_key)
            if flight is not None:
                flight.ended.set()
        return made

    async def _create(self, account_id: str, batch: Sequence[Wanted]) -> Sequence[Result | Exception]:
        """All in one transaction; where a key was lost, each in its own, to find out which."""
        try:
            return await self._write(lambda connection: _created(connection, account_id, batch))
        except Lost:
            if len(batch) == 1:
                return ["lost"]
        results: list[Result | Exception] = []
        for each in batch:
            results.extend(await self._create(account_id, [each]))
        return results


def _created(connection: Connection, account_id: str, batch: Sequence[Wanted]) -> list[Result | Exception]:
    found = locked(connection, account_id)
    if found is None:
        return [None] * len(batch)
    before, spent, has_media = found
    new: list[dict[str, Any]] = []

    def flush() -> None:
        if new:
            connection.execute(statements.ADD_TASKS, new)
            new.clear()

    usage = LockedUsage(connection, before, spent, flush)
    claims: list[dict[str, Any]] = []
    results = []
    for wanted in batch:
        result = _judged(wanted, usage)
        results.append(result)
        if isinstance(result, Accepted):
            new.append(task_values(result.task, usage.account.serial))
            usage.account, usage.spent = result.account, usage.spent + units(result.task.price.total)
            if wanted.idempotency_key is not None:
                claims.append(_claim(account_id, wanted, result))
    flush()
    if claims:
        try:
            connection.execute(statements.COMMIT_CLAIMS, claims)
        except IntegrityError as error:
            raise Lost from error
    if usage.account is not before:
        _update(connection, before, usage.account, usage.spent, has_media=has_media)
    return results


def _judged(wanted: Wanted, usage: LockedUsage) -> Result | Exception:
    """What comes of one; an error is its own and not that of the others."""
    try:
        return wanted.decide(usage.account, usage)
    except Exception as error:
        return error


def _claim(account_id: str, wanted: Wanted, made: Accepted) -> dict[str, Any]:
    return {
        "account_id": account_id,
        "snapshot_id": LIVE,
        "idempotency_key": wanted.idempotency_key,
        "task_id": made.task.task_id,
        "created_ms": made.task.created_at_ms,
        "status": made.status,
        "body": made.body,
        "fence": 0,
        "mine": wanted.owner,
    }


def _update(connection: Connection, before: Account, after: Account, spent: int, *, has_media: bool) -> None:
    """Most creates move the counters alone, and the rest need not be written."""
    if bare(before) == bare(after):
        counters = {"new_ordinal": after.ordinal, "new_serial": after.serial, "new_spent": spent}
        connection.execute(statements.COUNT_CREATES, {"account": after.account_id, **counters})
    else:
        connection.execute(statements.CHANGE_ACCOUNT, changes(after, spent, has_media=has_media))
