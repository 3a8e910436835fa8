"""Tasks, and the create: judged and written inside the lock on the account's row."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from mockserver.problems import Problem
from mockserver.records import Task
from mockserver.store import Accepted, Decide, Unavailable
from mockserver.store.sql import statements
from mockserver.store.sql.batch import Batch
from mockserver.store.sql.claims import Claims
from mockserver.store.sql.database import Database
from mockserver.store.sql.part import Options, changes, locked, locked_all
from mockserver.store.sql.rows import bare, task_changes, task_of, task_values, units
from mockserver.store.sql.schema import LIVE
from mockserver.store.sql.statistics import Statistics
from mockserver.store.sql.usage import LockedUsage
from mockserver.store.usage import Tally

MOST = 64
"""Creates that share a transaction."""

Result = Accepted | Problem | Literal["lost"] | None


@dataclass(slots=True)
class Wanted:
    """A create that waits for its turn; `owner` is under which name its key is held."""

    account_id: str
    idempotency_key: str | None
    owner: str
    decide: Decide


class Lost(Exception):
    """Somebody else has taken a key: nothing of the transaction may stand."""


class Tasks(Claims):
    """What is created under a claim ends it: so claims are known here."""

    def __init__(self, database: Database, options: Options) -> None:
        super().__init__(database, options)
        self._creates: Batch[Wanted, Result] = Batch(self._create, MOST)
        self._statistics = Statistics(options.look_at)

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
        made = await self._creates.do(Wanted(account_id, idempotency_key, owner, decide))
        if idempotency_key is not None and isinstance(made, Accepted):
            flight = self._landed(account_id, idempotency_key)
            if flight is not None:
                flight.ended.set()
        return made

    async def _create(self, batch: Sequence[Wanted]) -> list[Result | Exception]:
        """All in one transaction; where a key was lost, each in its own, to find out which."""
        results: list[Result | Exception]
        try:
            results = await self._write(lambda connection: Creating(connection, batch).results())
        except Lost:
            if len(batch) == 1:
                return ["lost"]
        else:
            if self._statistics.count(sum(isinstance(each, Accepted) for each in results)):
                await self._analyse()
            return results
        results = []
        for each in batch:
            results.extend(await self._create([each]))
        return results

    async def _analyse(self) -> None:
        """Let PostgreSQL look at its tables; nothing depends on it but speed."""
        if not self._database.is_sqlite:
            with suppress(Unavailable):
                await self._database.change(lambda connection: connection.execute(statements.ANALYSE))


class Creating:
    """One transaction: every account that creates is locked, its creates are judged in turn, all is written at once."""

    def __init__(self, connection: Connection, batch: Sequence[Wanted]) -> None:
        self._connection = connection
        self._batch = batch
        self._found = locked_all(connection, {wanted.account_id for wanted in batch})
        self._usages = {
            name: LockedUsage(connection, account, spent, self._flush)
            for name, (account, spent, _) in self._found.items()
        }
        self._tasks: list[dict[str, Any]] = []
        self._claims: list[dict[str, Any]] = []
        self._creators: set[str] = set()

    def results(self) -> list[Result | Exception]:
        """What comes of each, in the order they came.

        Raises:
            Lost: if somebody else has taken the key of one of them; nothing may stand then.
        """
        results = [self._judged(wanted) for wanted in self._batch]
        self._flush()
        if self._claims:
            self._claims.sort(key=lambda claim: (claim["account_id"], claim["idempotency_key"]))
            try:
                self._connection.execute(statements.COMMIT_CLAIMS, self._claims)
            except IntegrityError as error:
                raise Lost from error
        self._count()
        return results

    def _judged(self, wanted: Wanted) -> Result | Exception:
        """An error is that of one create, and not of the others."""
        usage = self._usages.get(wanted.account_id)
        if usage is None:
            return None
        try:
            made = wanted.decide(usage.account, usage)
        except Exception as error:
            return error
        if isinstance(made, Accepted):
            self._creators.add(wanted.account_id)
            self._tasks.append(task_values(made.task, usage.account.serial))
            usage.account, usage.spent = made.account, usage.spent + units(made.task.price.total)
            if wanted.idempotency_key is not None:
                self._claims.append(_claim(wanted, made))
        return made

    def _flush(self) -> None:
        if self._tasks:
            self._connection.execute(statements.ADD_TASKS, self._tasks)
            self._tasks = []

    def _count(self) -> None:
        """Most creates move the counters alone, and the rest of the account need not be written."""
        counted = []
        for name in sorted(self._creators):
            before, _, has_media = self._found[name]
            after, spent = self._usages[name].account, self._usages[name].spent
            if bare(before) == bare(after):
                counters = {"new_ordinal": after.ordinal, "new_serial": after.serial, "new_spent": spent}
                counted.append({"account": name, **counters})
            else:
                self._connection.execute(statements.CHANGE_ACCOUNT, changes(after, spent, has_media=has_media))
        if counted:
            self._connection.execute(statements.COUNT_CREATES, counted)


def _claim(wanted: Wanted, made: Accepted) -> dict[str, Any]:
    return {
        "account_id": wanted.account_id,
        "snapshot_id": LIVE,
        "idempotency_key": wanted.idempotency_key,
        "task_id": made.task.task_id,
        "created_ms": made.task.created_at_ms,
        "status": made.status,
        "body": made.body,
        "fence": 0,
        "mine": wanted.owner,
    }
