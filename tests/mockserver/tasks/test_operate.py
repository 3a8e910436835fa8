"""What an operator can do to a task (API.md §7)."""

import pytest

from mockserver.problems import Problem
from mockserver.records import OperatorEvent, Task
from mockserver.tasks.operate import operate
from mockserver.tasks.read import TASK_NOT_FOUND
from tests.asgi import START_MS, Caller


@pytest.mark.clause("C-TASKS")
async def test_each_deed_is_an_event_on_the_accounts_clock() -> None:
    """Hold, release, an outcome with its words; a poll shows them."""
    caller = Caller()
    task_id = await caller.made()
    account_id = (await caller.account()).account_id
    caller.advance(1)
    held = await operate(caller.service, account_id, task_id, "hold")
    caller.advance(100)
    assert await caller.status(task_id) == "processing"
    await operate(caller.service, account_id, task_id, "release")
    caller.advance(1)
    ended = await operate(
        caller.service, account_id, task_id, "outcome", outcome="failed", code="content_policy", message="No."
    )
    assert isinstance(held, Task)
    assert isinstance(ended, Task)
    assert ended.operator == (
        OperatorEvent(START_MS + 1000, "hold"),
        OperatorEvent(START_MS + 101_000, "release"),
        OperatorEvent(START_MS + 102_000, "outcome", "failed", "content_policy", "No."),
    )
    assert (await caller.read(task_id)).json["error"] == {"code": "content_policy", "message": "No."}


@pytest.mark.clause("C-TASKS")
async def test_an_ended_task_is_left_alone() -> None:
    """409, and nothing changes; a task ends at the very moment it is due."""
    caller = Caller()
    task_id = await caller.made()
    account_id = (await caller.account()).account_id
    caller.advance(2.5)
    for kind in ("cancel", "outcome", "hold", "release"):
        refused = await operate(caller.service, account_id, task_id, kind)
        assert isinstance(refused, Problem)
        assert (refused.code, refused.refusal.status) == ("task_ended", 409)
        assert "succeeded" in refused.message
    assert await caller.status(task_id) == "succeeded"


@pytest.mark.clause("C-TASKS")
async def test_holding_twice_and_releasing_what_is_not_held_change_nothing() -> None:
    """The task comes back as it is."""
    caller = Caller()
    task_id = await caller.made()
    account_id = (await caller.account()).account_id
    for kind, events in (("release", 0), ("hold", 1), ("hold", 1), ("release", 2), ("release", 2)):
        task = await operate(caller.service, account_id, task_id, kind)  # type: ignore[arg-type]
        assert isinstance(task, Task)
        assert len(task.operator) == events


@pytest.mark.clause("C-TASKS")
async def test_no_such_task() -> None:
    """Of an unknown account, or an unknown id: 404."""
    caller = Caller()
    account_id = (await caller.account()).account_id
    assert await operate(caller.service, account_id, "task_0", "cancel") == TASK_NOT_FOUND
    assert await operate(caller.service, "acct_0", "task_0", "cancel") == TASK_NOT_FOUND
