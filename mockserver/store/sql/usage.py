"""What a create must know of the account's other tasks, asked of the database where the sums kept do not answer."""

from collections.abc import Callable, Sequence
from decimal import Decimal

from sqlalchemy import Connection

from mockserver.accounts import Account
from mockserver.records import Task
from mockserver.store.sql import statements
from mockserver.store.sql.rows import money, task_of


class LockedUsage:
    """True while the lock on the account's row is held. `spent` is what all tasks cost, as if none were given back.

    `flush` writes the tasks that were accepted in this transaction and are not in the database yet.
    """

    def __init__(self, connection: Connection, account: Account, spent: int, flush: Callable[[], None]) -> None:
        self._connection = connection
        self._flush = flush
        self.account = account
        self.spent = spent

    def affords(self, amount: Decimal, now_ms: int) -> bool:
        if self.account.credit - money(self.spent) >= amount:
            return True
        return self.balance(now_ms) >= amount

    def balance(self, now_ms: int) -> Decimal:
        self._flush()
        asked = {"account": self.account.account_id, "at_ms": now_ms}
        refunded = self._connection.execute(statements.REFUNDED, asked).scalar_one()
        return self.account.credit - money(self.spent - int(refunded))

    def unfinished(self, now_ms: int) -> Sequence[Task]:
        self._flush()
        asked = {"account": self.account.account_id, "at_ms": now_ms}
        return [task_of(*row) for row in self._connection.execute(statements.UNFINISHED, asked)]

    def created_since(self, api_key: str, since_ms: int) -> Sequence[int]:
        self._flush()
        asked = {"account": self.account.account_id, "at_ms": since_ms, "key": api_key}
        return list(self._connection.execute(statements.CREATED_SINCE, asked).scalars())
