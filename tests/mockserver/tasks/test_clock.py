"""Moving an account's time (CONTROL.md, Clock)."""

import pytest

from mockserver.accounts import LATEST_MS, Account, AccountClock, ClockMode
from mockserver.planning import PlanBook, PlanEntry
from mockserver.problems import Problem
from mockserver.tasks.clock import advance, advance_to_end, advance_to_next, set_clock
from mockserver.tasks.operate import operate
from mockserver.tasks.read import TASK_NOT_FOUND
from tests.asgi import KEY, START_MS, Caller


async def shown_ms(caller: Caller) -> int:
    """The account's time after START, in milliseconds."""
    return (await caller.account()).now_ms(caller.wall_ms) - START_MS


async def frozen() -> tuple[Caller, str]:
    """A server whose only account stands still, and the account's id."""
    caller = Caller()
    account = await caller.change(clock=AccountClock("frozen", 1, START_MS, START_MS))
    return caller, account.account_id


@pytest.mark.clause("C-CLOCK")
@pytest.mark.parametrize(("before", "after"), [("real", "frozen"), ("frozen", "real"), ("auto", "real")])
async def test_a_change_of_mode_keeps_the_time(before: ClockMode, after: ClockMode) -> None:
    """Whatever the wall did meanwhile."""
    caller = Caller()
    account_id = (await caller.account()).account_id
    await set_clock(caller.service, account_id, before, 2, None)
    caller.advance(10)
    stood_ms = await shown_ms(caller)
    changed = await set_clock(caller.service, account_id, after, None, None)
    assert isinstance(changed, Account)
    assert (changed.clock.mode, changed.clock.speed) == (after, 2)
    assert await shown_ms(caller) == stood_ms == (20_000 if before == "real" else 0)
    caller.advance(1)
    assert await shown_ms(caller) == stood_ms + (2000 if after == "real" else 0)


@pytest.mark.clause("C-CLOCK")
async def test_time_runs_backwards_only_without_tasks() -> None:
    """409 once there are some; after a reset there are none."""
    caller, account_id = await frozen()
    assert isinstance(await set_clock(caller.service, account_id, None, None, START_MS - 5000), Account)
    assert await shown_ms(caller) == -5000
    await caller.made()
    refused = await set_clock(caller.service, account_id, "real", 3, START_MS - 5001)
    assert isinstance(refused, Problem)
    assert refused.code == "clock_conflict"
    assert (await caller.account()).clock.mode == "frozen"
    assert isinstance(await set_clock(caller.service, account_id, None, None, START_MS - 5000), Account)
    assert isinstance(await set_clock(caller.service, account_id, None, None, START_MS), Account)
    assert await caller.store.reset(account_id)
    assert isinstance(await set_clock(caller.service, account_id, None, None, START_MS - 9000), Account)


@pytest.mark.clause("C-CLOCK")
async def test_advancing() -> None:
    """By so much, in any mode; never beyond the year 9999."""
    caller, account_id = await frozen()
    assert isinstance(await advance(caller.service, account_id, 0), Account)
    assert isinstance(await advance(caller.service, account_id, 1500), Account)
    assert await shown_ms(caller) == 1500
    refused = await advance(caller.service, account_id, LATEST_MS)
    assert isinstance(refused, Problem)
    assert refused.code == "clock_conflict"
    assert await shown_ms(caller) == 1500
    await set_clock(caller.service, account_id, "real", None, None)
    await advance(caller.service, account_id, 500)
    caller.advance(1)
    assert await shown_ms(caller) == 3000


@pytest.mark.clause("C-CLOCK")
async def test_advancing_to_the_next_change() -> None:
    """The earliest of any task; where nothing is to come, time stays."""
    caller, account_id = await frozen()
    await advance_to_next(caller.service, account_id)
    assert await shown_ms(caller) == 0
    await caller.set_plan(PlanBook(queue=(PlanEntry(queued_ms=3000, processing_ms=9000), PlanEntry(queued_ms=1000))))
    slow, fast = await caller.made(), await caller.made()
    stops = []
    for _ in range(5):
        await advance_to_next(caller.service, account_id)
        stops.append(await shown_ms(caller))
    assert stops == [1000, 3000, 12_000, 12_000, 12_000]
    assert await caller.status(slow) == await caller.status(fast) == "succeeded"


@pytest.mark.clause("C-CLOCK")
async def test_advancing_to_the_end() -> None:
    """Of one task, or until all are idle."""
    caller, account_id = await frozen()
    first = await caller.made()
    await caller.set_plan(PlanBook(PlanEntry(queued_ms=60_000)))
    second = await caller.made()
    await advance_to_end(caller.service, account_id, first)
    assert (await shown_ms(caller), await caller.status(first), await caller.status(second)) == (
        2500,
        "succeeded",
        "queued",
    )
    await advance_to_end(caller.service, account_id, first)
    assert await shown_ms(caller) == 2500
    await advance_to_end(caller.service, account_id, None)
    assert (await shown_ms(caller), await caller.status(second)) == (62_000, "succeeded")


@pytest.mark.clause("C-CLOCK")
@pytest.mark.parametrize("why", ["stuck", "held"])
async def test_what_never_ends_is_not_waited_for(why: str) -> None:
    """409 at once, without moving; a task that does end can be waited for all the same."""
    caller, account_id = await frozen()
    ending = await caller.made()
    if why == "stuck":
        await caller.set_plan(PlanBook(PlanEntry(outcome="stuck")))
    endless = await caller.made()
    if why == "held":
        await operate(caller.service, account_id, endless, "hold")
    for target in (None, endless):
        refused = await advance_to_end(caller.service, account_id, target)
        assert isinstance(refused, Problem)
        assert (refused.code, endless in refused.message) == ("clock_conflict", True)
    assert await shown_ms(caller) == 0
    assert isinstance(await advance_to_end(caller.service, account_id, ending), Account)
    await operate(caller.service, account_id, endless, "cancel")
    assert isinstance(await advance_to_end(caller.service, account_id, None), Account)


@pytest.mark.clause("C-CLOCK")
async def test_unknown_accounts_and_tasks() -> None:
    """None for an account that is not there, 404 for a task that is not."""
    caller, account_id = await frozen()
    assert await set_clock(caller.service, "acct_0", "real", None, None) is None
    assert await advance(caller.service, "acct_0", 1) is None
    assert await advance_to_next(caller.service, "acct_0") is None
    assert await advance_to_end(caller.service, "acct_0", None) is None
    assert await advance_to_end(caller.service, account_id, "task_0") == TASK_NOT_FOUND


@pytest.mark.clause("C-CLOCK")
async def test_a_fast_clock() -> None:
    """With speed 60 a task of 2.5 s is over within 42 ms of the wall."""
    caller = Caller()
    await set_clock(caller.service, (await caller.account(KEY)).account_id, None, 60, None)
    task_id = await caller.made()
    caller.wall_ms += 41
    assert await caller.status(task_id) == "processing"
    caller.wall_ms += 1
    assert await caller.status(task_id) == "succeeded"
