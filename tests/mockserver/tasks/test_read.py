"""Polls under an `auto` clock: what finds nothing new answers so, and then time jumps (API.md §7)."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.lifecycle import final_change_ms
from mockserver.planning import PlanBook, PlanEntry
from mockserver.settings import Settings
from mockserver.tasks.clock import set_clock
from mockserver.tasks.operate import operate
from mockserver.tasks.read import TASK_NOT_FOUND, Found, find, look, polled
from mockserver.tasks.tenants import UNKNOWN_KEY
from tests.asgi import KEY, START_MS, Caller, kling
from tests.strategies import PLANS

AUTO = Settings(clock="auto")


@pytest.mark.clause("C-CLOCK")
async def test_every_state_is_seen_twice() -> None:
    """The first look at a state is news; the second finds nothing new, and moves time to the next change."""
    caller = Caller(AUTO)
    task_id = await caller.made()
    seen = [await caller.status(task_id) for _ in range(6)]
    assert seen == ["queued", "processing", "processing", "succeeded", "succeeded", "succeeded"]
    assert (await caller.account()).now_ms(caller.wall_ms) == START_MS + 2500


@pytest.mark.clause("C-CLOCK")
async def test_polls_of_events_move_time_too() -> None:
    """One look at the task and one at its events are two polls."""
    caller = Caller(AUTO)
    task_id = await caller.made()
    seen = []
    for _ in range(3):
        seen.append(await caller.status(task_id))
        seen.append((await caller.events(task_id)).json["events"][-1]["status"])
    assert seen == ["queued", "processing", "processing", "succeeded", "succeeded", "succeeded"]


@pytest.mark.clause("C-CLOCK")
async def test_nothing_but_polls_moves_an_auto_clock() -> None:
    """Neither the wall nor refusals nor creates."""
    caller = Caller(AUTO)
    await caller.made()
    caller.advance(100)
    await caller.create({"model": "x", "input": {}})
    assert (await caller.read("task_0")).status == 404
    await caller.made(kling(prompt="again"))
    assert (await caller.account()).now_ms(caller.wall_ms) == START_MS


@pytest.mark.clause("C-CLOCK")
async def test_the_jump_is_to_the_next_change_of_any_task() -> None:
    """Who waits for a slow task sees the fast ones end on the way."""
    caller = Caller(AUTO)
    await caller.set_plan(PlanBook(queue=(PlanEntry(queued_ms=1000, processing_ms=5000), PlanEntry(queued_ms=300))))
    slow = await caller.made()
    await caller.made()
    times = []
    for _ in range(7):
        await caller.read(slow)
        times.append((await caller.account()).now_ms(caller.wall_ms) - START_MS)
    assert times == [300, 1000, 1000, 2300, 6000, 6000, 6000]


@pytest.mark.clause("C-CLOCK")
@pytest.mark.parametrize("prompt", ["a", "[mock:stuck]"])
async def test_a_task_that_nothing_will_happen_to(prompt: str) -> None:
    """Held or stuck: polls answer, and time stays where it is."""
    caller = Caller(AUTO)
    task_id = await caller.made(kling(prompt=prompt))
    if prompt == "a":
        await operate(caller.service, (await caller.account()).account_id, task_id, "hold")
    seen = [await caller.status(task_id) for _ in range(5)]
    assert seen[-1] == ("queued" if prompt == "a" else "processing")
    assert (await caller.account()).now_ms(caller.wall_ms) == START_MS + (0 if prompt == "a" else 500)


@pytest.mark.clause("C-CLOCK")
async def test_a_task_that_was_processing_at_its_create_is_news_no_more() -> None:
    """The create has shown it."""
    caller = Caller(AUTO)
    await caller.set_plan(PlanBook(PlanEntry(queued_ms=0)))
    task_id = await caller.made()
    assert [await caller.status(task_id) for _ in range(2)] == ["processing", "succeeded"]


@pytest.mark.clause("D-AUTH", "C-ACCOUNT", "H-NOT-FOUND")
async def test_a_new_key_has_no_tasks() -> None:
    """Its account is opened by the first look for one; without a key there is no account to look in."""
    caller = Caller()
    looked = await look(caller.service, KEY, "task_0")
    assert looked is not None
    assert (looked.account, find(caller.service, looked)) == (await caller.account(), TASK_NOT_FOUND)
    assert find(caller.service, await look(caller.service, None, "task_0")) == UNKNOWN_KEY


@pytest.mark.clause("C-CLOCK")
async def test_of_two_polls_at_one_time_only_one_moves_the_clock() -> None:
    """The other finds that time has moved already, or is no longer its to move."""
    caller = Caller(AUTO)
    task_id = await caller.made()
    found = find(caller.service, await look(caller.service, KEY, task_id))
    assert isinstance(found, Found)
    for _ in range(2):
        assert await polled(caller.service, found)
        assert (await caller.account()).now_ms(caller.wall_ms) == START_MS + 500
    await set_clock(caller.service, found.account.account_id, "real", None, None)
    assert await polled(caller.service, found)
    assert (await caller.account()).now_ms(caller.wall_ms) == START_MS + 500


@pytest.mark.clause("C-CLOCK", "D-STATUS")
@settings(max_examples=50)
@given(st.lists(PLANS.filter(lambda plan: plan.outcome != "stuck"), min_size=1, max_size=3))
async def test_whoever_polls_gets_to_the_end(plans: list[object]) -> None:
    """Two looks at each of its states, and one for every change of the others, are enough for any task."""
    caller = Caller(AUTO)
    entries = [
        PlanEntry(queued_ms=plan.queued_ms, processing_ms=plan.processing_ms, outcome=plan.outcome)  # type: ignore[attr-defined]
        for plan in plans
    ]
    await caller.set_plan(PlanBook(queue=tuple(entries)))
    task_ids = [await caller.made() for _ in plans]
    seen = [await caller.status(task_ids[0]) for _ in range(4 + 3 * len(plans))]
    assert seen[-1] == plans[0].outcome  # type: ignore[attr-defined]
    account = await caller.account()
    task = await caller.store.task(account.account_id, task_ids[0])
    assert task is not None
    assert account.now_ms(caller.wall_ms) >= (final_change_ms(task) or 0)
