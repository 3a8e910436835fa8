"""Money as a function of (record, now_ms): what is held, charged and given back, never stored (D-COST, API.md §6).

`balance = given + topped up - held - charged`, at every instant. Amounts are `Decimal` with five places.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Literal

from mockserver.lifecycle import state_at
from mockserver.records import TERMINAL, ChargeOn, Price, Status, Task

ZERO = Decimal("0.00000")
PLACES = Decimal("0.00001")

EntryType = Literal["hold", "settle", "release", "charge", "refund", "topup"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the ledger; `at_ms` is the instant of the change it belongs to."""

    entry_id: str
    at_ms: int
    type: EntryType
    amount: Decimal
    task_id: str | None = None
    idempotency_key: str | None = None


@dataclass(frozen=True, slots=True)
class Topup:
    """Money added by the dashboard's user at `at_ms`, when the account had had `ordinal` tasks."""

    at_ms: int
    amount: Decimal
    ordinal: int = 0


@dataclass(frozen=True, slots=True)
class Totals:
    """`held` is reserved by unfinished tasks, `charged` is net of refunds."""

    held: Decimal
    charged: Decimal


@lru_cache(maxsize=1024)
def price(unit: Decimal, reference_us: int | None, billing: str, charge_on: ChargeOn) -> Price:
    """The cost of one task: the figure itself, or per whole second of the reference video (at least one)."""
    if billing == "per_task" or reference_us is None:
        return Price(unit, None, unit.quantize(PLACES), charge_on)
    seconds = max(1, reference_us // 1_000_000)
    return Price(unit, seconds, (unit * seconds).quantize(PLACES), charge_on)


def cost_actual(task: Task, now_ms: int) -> Decimal | None:
    """What the task cost in the end: 0 if it failed or was cancelled, None before it ended (API.md §4)."""
    return cost_of(task, state_at(task, now_ms).status)


def cost_of(task: Task, status: Status) -> Decimal | None:
    """`cost_actual` where the status is known already."""
    if status == "succeeded":
        return task.price.total
    return ZERO if status in TERMINAL else None


def committed(task: Task, now_ms: int) -> Decimal:
    """What the task takes from the balance at `now_ms`: all of it, unless it failed or was cancelled."""
    return ZERO if state_at(task, now_ms).status in ("failed", "cancelled") else task.price.total


def totals(tasks: Iterable[Task], now_ms: int) -> Totals:
    """Sum what `tasks` hold and have been charged."""
    held = charged = ZERO
    for task in tasks:
        taken = committed(task, now_ms)
        if task.price.charge_on == "submit" or state_at(task, now_ms).status == "succeeded":
            charged += taken
        else:
            held += taken
    return Totals(held, charged)


def _task_entries(task: Task, now_ms: int) -> Iterator[Entry]:
    """The first entry at the create, the second at the end if it changes anything."""

    def entry(at_ms: int, kind: EntryType) -> Entry:
        return Entry(
            f"entry_{task.task_id.removeprefix('task_')}_{kind}",
            at_ms,
            kind,
            task.price.total,
            task.task_id,
            task.idempotency_key,
        )

    on_submit = task.price.charge_on == "submit"
    yield entry(task.created_at_ms, "charge" if on_submit else "hold")
    state = state_at(task, now_ms)
    if state.status == "succeeded" and not on_submit:
        yield entry(state.at_ms, "settle")
    elif state.status in ("failed", "cancelled"):
        yield entry(state.at_ms, "refund" if on_submit else "release")


def entries(tasks: Iterable[Task], topups: Iterable[Topup], now_ms: int) -> list[Entry]:
    """The whole ledger in order of time; of one instant, in order of what was done."""
    lines = [
        (topup.at_ms, topup.ordinal, 0, Entry(f"entry_topup_{index}", topup.at_ms, "topup", topup.amount))
        for index, topup in enumerate(topups)
    ]
    for ordinal, task in enumerate(tasks):
        lines.extend((entry.at_ms, ordinal, 1, entry) for entry in _task_entries(task, now_ms))
    return [line for _, _, _, line in sorted(lines, key=lambda place: place[:3])]
