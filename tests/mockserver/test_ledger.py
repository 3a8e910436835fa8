"""Money is a function of records and time, and its sums always agree (D-COST, API.md §6)."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.ledger import ZERO, Entry, Topup, committed, cost_actual, cost_of, entries, price, totals
from mockserver.lifecycle import status_at
from mockserver.records import TERMINAL, OperatorEvent, Plan, Task
from tests.asgi import START_MS
from tests.strategies import AMOUNTS, SPANS_MS, instants, lives, task

SIGN = {"hold": -1, "release": 1, "charge": -1, "refund": 1, "topup": 1, "settle": 0}


@st.composite
def books(draw: st.DrawFn) -> tuple[list[Task], list[Topup], int]:
    """An account's tasks as they are now, its top-ups, and an instant at or after all that was done to them."""
    kinds: list[str] = draw(st.lists(st.sampled_from(["success", "submit"]), max_size=4))
    versions = [
        draw(lives(task_id=f"task_{index}", charge_on=kind, total=draw(AMOUNTS))) for index, kind in enumerate(kinds)
    ]
    tasks = [life[-1] for life in versions]
    topups = [Topup(START_MS + draw(SPANS_MS), draw(AMOUNTS)) for _ in range(draw(st.integers(0, 2)))]
    latest_ms = [event.at_ms for task in tasks for event in task.operator] + [topup.at_ms for topup in topups]
    now_ms = max([START_MS + 9999, *latest_ms, *(draw(instants(life)) for life in versions)])
    return tasks, topups, now_ms + draw(SPANS_MS)


@pytest.mark.clause("C-LEDGER", "A-CHARGE-ON", "D-COST")
@given(books(), AMOUNTS)
def test_balance_holds_and_charges_are_what_there_was(
    book: tuple[list[Task], list[Topup], int], given_at_first: Decimal
) -> None:
    """Balance + holds + charges = given + topped up, whether worked out from the totals or from the entries."""
    tasks, topups, now_ms = book
    credit = given_at_first + sum((topup.amount for topup in topups), ZERO)
    sums = totals(tasks, now_ms)
    balance = credit - sum((committed(each, now_ms) for each in tasks), ZERO)
    assert balance + sums.held + sums.charged == credit
    lines = entries(tasks, topups, now_ms)
    assert given_at_first + sum(SIGN[line.type] * line.amount for line in lines) == balance


@pytest.mark.clause("C-LEDGER", "A-CHARGE-ON")
@given(books())
def test_charges_are_those_of_succeeded_tasks(book: tuple[list[Task], list[Topup], int]) -> None:
    """With `charge_on: success` nothing else is ever charged; with `submit` unfinished tasks are, until they fail."""
    tasks, _, now_ms = book
    charged = held = ZERO
    for each in tasks:
        status = status_at(each, now_ms)
        if status == "succeeded" or (each.price.charge_on == "submit" and status not in TERMINAL):
            charged += each.price.total
        elif status not in TERMINAL:
            held += each.price.total
    assert (totals(tasks, now_ms).charged, totals(tasks, now_ms).held) == (charged, held)


@pytest.mark.clause("C-LEDGER", "A-CHARGE-ON")
@given(books())
def test_the_entries_of_a_task(book: tuple[list[Task], list[Topup], int]) -> None:
    """Each task has a hold and perhaps a settle or a release; or a charge and perhaps a refund; in order of time."""
    tasks, topups, now_ms = book
    lines = entries(tasks, topups, now_ms)
    assert [line.at_ms for line in lines] == sorted(line.at_ms for line in lines)
    assert len({line.entry_id for line in lines}) == len(lines)
    assert len([line for line in lines if line.type == "topup"]) == len(topups)
    for each in tasks:
        own = [line for line in lines if line.task_id == each.task_id]
        ended = {"succeeded": "settle", "failed": "release", "cancelled": "release"}
        expected = ["hold", ended.get(status_at(each, now_ms))]
        if each.price.charge_on == "submit":
            expected = ["charge", {"release": "refund"}.get(expected[1] or "")]
        assert [line.type for line in own] == [kind for kind in expected if kind]
        assert own[0].at_ms == each.created_at_ms
        assert {line.amount for line in own} == {each.price.total}


@pytest.mark.clause("A-COST-ENDED", "D-COST")
@given(st.data(), lives())
def test_cost_actual(data: st.DataObject, versions: list[Task]) -> None:
    """Nothing before the end, the price after a success, 0 after a failure or a cancellation."""
    whole, now_ms = versions[-1], data.draw(instants(versions))
    status = status_at(whole, now_ms)
    expected = whole.price.total if status == "succeeded" else ZERO if status in TERMINAL else None
    assert cost_actual(whole, now_ms) == cost_of(whole, status) == expected


@pytest.mark.clause("A-CHARGE-ON", "C-LEDGER")
def test_entries_of_one_instant_stand_in_order_of_creation() -> None:
    """Two instant tasks: hold and settle of the first, then of the second; the key comes with them."""
    first = task(plan=Plan(0, 0), idempotency_key="k")
    second = replace(first, task_id="task_1", idempotency_key=None)
    assert entries([first, second], [], START_MS) == [
        Entry("entry_0_hold", START_MS, "hold", Decimal("0.11574"), "task_0", "k"),
        Entry("entry_0_settle", START_MS, "settle", Decimal("0.11574"), "task_0", "k"),
        Entry("entry_1_hold", START_MS, "hold", Decimal("0.11574"), "task_1"),
        Entry("entry_1_settle", START_MS, "settle", Decimal("0.11574"), "task_1"),
    ]


@pytest.mark.clause("C-LEDGER")
def test_a_release_stands_at_the_moment_of_the_cancellation() -> None:
    """The second entry has the instant of the change, however late anybody looks."""
    cancelled = task(operator=(OperatorEvent(START_MS + 100, "cancel"),))
    assert [(line.type, line.at_ms - START_MS) for line in entries([cancelled], [], START_MS + 10**6)] == [
        ("hold", 0),
        ("release", 100),
    ]


@pytest.mark.clause("A-BILLING", "D-COST")
@pytest.mark.parametrize(
    ("reference_us", "billing", "seconds", "total"),
    [
        (8_000_000, "per_task", None, "0.11574"),
        (8_000_000, "per_second", 8, "0.92592"),
        (8_999_999, "per_second", 8, "0.92592"),
        (999_999, "per_second", 1, "0.11574"),
        (0, "per_second", 1, "0.11574"),
        (None, "per_second", None, "0.11574"),
    ],
)
def test_price(reference_us: int | None, billing: str, seconds: int | None, total: str) -> None:
    """The documented figure, or that figure for each whole second of the reference, at least one."""
    made = price(Decimal("0.11574"), reference_us, billing, "success")
    assert (made.seconds, str(made.total), made.charge_on) == (seconds, total, "success")
