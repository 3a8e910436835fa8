"""What an operator can do to one task: end it, stop its time, let it run on (API.md §7). Each is an event appended."""

from dataclasses import replace
from functools import partial
from typing import Literal

from mockserver.lifecycle import ended_at_ms, is_held, status_at
from mockserver.problems import Problem
from mockserver.records import OperatorEvent, Outcome, Task
from mockserver.tasks import Service
from mockserver.tasks.read import TASK_NOT_FOUND


async def operate(
    service: Service,
    account_id: str,
    task_id: str,
    kind: Literal["cancel", "outcome", "hold", "release"],
    *,
    outcome: Outcome | None = None,
    code: str | None = None,
    message: str | None = None,
) -> Task | Problem:
    """The task after the event; a task that has ended is left as it is and refused (409)."""
    account = await service.store.account(account_id)
    if account is None:
        return TASK_NOT_FOUND
    event = OperatorEvent(account.now_ms(service.wall_ms()), kind, outcome, code, message)
    changed = await service.store.change_task(account_id, task_id, partial(append, event))
    return TASK_NOT_FOUND if changed is None else changed


def append(event: OperatorEvent, task: Task) -> Task | Problem:
    """The task after the event, or why there is none; to hold what is held, or release what is not, changes nothing."""
    if ended_at_ms(task, event.at_ms) is not None:
        return Problem("task_ended", f"The task has ended as {status_at(task, event.at_ms)}, and that is final.")
    if (event.kind == "hold" and is_held(task)) or (event.kind == "release" and not is_held(task)):
        return task
    return replace(task, operator=(*task.operator, event))
