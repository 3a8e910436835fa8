"""What a create is told of the account's other tasks equals what a look at all of them tells."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.ledger import ZERO, Topup, committed
from mockserver.lifecycle import ended_at_ms
from mockserver.records import OperatorEvent, Plan, Task
from mockserver.store.usage import Tally
from tests.asgi import START_MS
from tests.mockserver.store.values import account
from tests.strategies import AMOUNTS, PLANS, SPANS_MS, task

ACCOUNT = replace(account(), given=Decimal("0.5"), topups=(Topup(START_MS, Decimal("0.1")),))


@st.composite
def members(draw: st.DrawFn) -> list[Task]:
    """Tasks created one after the other."""
    made: list[Task] = []
    at_ms = START_MS
    for index in range(draw(st.integers(0, 4))):
        at_ms += draw(SPANS_MS)
        key = draw(st.sampled_from(["mv_live_a", "mv_live_b"]))
        changes = {
            "plan": draw(PLANS),
            "total": draw(AMOUNTS),
            "charge_on": draw(st.sampled_from(["success", "submit"])),
        }
        made.append(task(task_id=f"task_{index}", created_at_ms=at_ms, api_key=key, **changes))
    return made


@pytest.mark.clause("C-LEDGER", "A-CONCURRENCY-LIMIT", "A-RATE-LIMIT", "A-NO-BALANCE")
@given(st.data(), members())
def test_the_sums_are_those_over_all_tasks(data: st.DataObject, made: list[Task]) -> None:
    """Balance, what is affordable, what is unfinished, and who created what when: at every instant."""
    tasks: dict[str, Task] = {}
    tally, now_ms = Tally(ACCOUNT, tasks), START_MS
    for each in [*made, None, None]:
        if each is not None:
            tasks[each.task_id] = each
            tally.add(each)
            now_ms = max(now_ms, each.created_at_ms)
        else:
            now_ms += data.draw(SPANS_MS)
        balance = ACCOUNT.credit - sum((committed(known, now_ms) for known in tasks.values()), ZERO)
        amount = data.draw(AMOUNTS | st.just(balance) | st.just(balance + Decimal("0.00001")))
        assert tally.affords(amount, now_ms) == (balance >= amount)
        if data.draw(st.booleans()):
            assert tally.balance(now_ms) == balance
        if data.draw(st.booleans()):
            unfinished = [known for known in tasks.values() if ended_at_ms(known, now_ms) is None]
            assert tally.unfinished(now_ms) == unfinished
        since_ms = now_ms - data.draw(SPANS_MS)
        for key in ("mv_live_a", "mv_live_b"):
            recent = [known.created_at_ms for known in tasks.values() if known.api_key == key]
            assert tally.created_since(key, since_ms) == [at_ms for at_ms in recent if at_ms > since_ms]


@pytest.mark.clause("C-LEDGER")
def test_what_is_noted_of_an_ended_task_changes_no_sum() -> None:
    """It was counted for good when it had ended; only what is open can change."""
    first, second = task(), task(task_id="task_1", plan=Plan(500, 9000))
    tally = Tally(ACCOUNT, {each.task_id: each for each in (first, second)})
    assert tally.unfinished(START_MS + 2500) == [second]
    balance = tally.balance(START_MS + 2500)
    tally.replace(replace(first, seen_events=3))
    tally.replace(replace(second, operator=(OperatorEvent(START_MS + 2600, "cancel"),)))
    assert tally.unfinished(START_MS + 2600) == []
    assert tally.balance(START_MS + 2600) == balance + second.price.total


@pytest.mark.clause("C-LEDGER")
def test_thousands_of_tasks_are_swept_now_and_then() -> None:
    """Ended tasks are folded away while new ones come, and the sums stay true."""
    tasks: dict[str, Task] = {}
    tally = Tally(replace(ACCOUNT, given=Decimal(10_000)), tasks)
    for index in range(3000):
        made = task(task_id=f"task_{index}", created_at_ms=START_MS + index, total=Decimal(1))
        tasks[made.task_id] = made
        tally.add(made)
    assert len(tally.unfinished(START_MS + 2999)) == 2500
    assert tally.balance(START_MS + 10_000) == Decimal("7000.1")
    assert tally.unfinished(START_MS + 10_000) == []
    assert Tally(tally.account, tasks).balance(START_MS + 10_000) == Decimal("7000.1")
