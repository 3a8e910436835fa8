"""An account's money and limits kept ready, so that a create looks at its unfinished tasks and no others."""

from collections.abc import Sequence
from decimal import Decimal
from itertools import takewhile

from mockserver.accounts import Account
from mockserver.ledger import ZERO, committed
from mockserver.lifecycle import has_ended
from mockserver.records import Task


class Tally:
    """The sums over an account's tasks: exact when asked, and cheap to keep.

    Ended tasks are final, so they are folded into one sum and forgotten; `_open` holds the others, and those that
    have ended since anybody looked. It is swept when it has doubled, so a create costs O(1) amortized.
    """

    __slots__ = ("_ended", "_open", "_open_total", "_sweep_at", "_tasks", "account")

    def __init__(self, account: Account, tasks: dict[str, Task]) -> None:
        self.account = account
        self._tasks = tasks
        self._open = dict(tasks)
        self._open_total = sum((task.price.total for task in tasks.values()), ZERO)
        self._ended = ZERO
        self._sweep_at = 256

    def add(self, task: Task) -> None:
        """Count a new task in."""
        if len(self._open) >= self._sweep_at:
            self._sweep(task.created_at_ms)
            self._sweep_at = max(256, 2 * len(self._open))
        self._open[task.task_id] = task
        self._open_total += task.price.total

    def replace(self, task: Task) -> None:
        """Note what an operator did; an ended task never changes, so only open ones can."""
        if task.task_id in self._open:
            self._open[task.task_id] = task

    def _sweep(self, now_ms: int) -> None:
        for task in [task for task in self._open.values() if has_ended(task, now_ms)]:
            del self._open[task.task_id]
            self._open_total -= task.price.total
            self._ended += committed(task, now_ms)

    def affords(self, amount: Decimal, now_ms: int) -> bool:
        if self.account.credit - self._ended - self._open_total >= amount:
            return True
        return self.balance(now_ms) >= amount

    def balance(self, now_ms: int) -> Decimal:
        self._sweep(now_ms)
        return self.account.credit - self._ended - self._open_total

    def unfinished(self, now_ms: int) -> Sequence[Task]:
        self._sweep(now_ms)
        return list(self._open.values())

    def created_since(self, api_key: str, since_ms: int) -> Sequence[int]:
        recent = takewhile(lambda task: task.created_at_ms > since_ms, reversed(self._tasks.values()))
        return [task.created_at_ms for task in recent if task.api_key == api_key][::-1]
