"""An account's tasks whole, and what an operator can do to one."""

import asyncio
from collections.abc import Sequence
from typing import Annotated

from fastapi import Depends
from starlette.responses import Response

from mockserver.accounts import Account
from mockserver.control import answers, shapes
from mockserver.control.intake import Asked, Sent, invalid
from mockserver.control.refusal import granted
from mockserver.control.route import ACCOUNT, Named, Route, Serving, shown
from mockserver.lifecycle import status_at
from mockserver.problems import Problem
from mockserver.records import Task, Violation
from mockserver.settings import MIB
from mockserver.tasks import Service
from mockserver.tasks.operate import operate
from mockserver.tasks.read import TASK_NOT_FOUND
from mockserver.wire.control.task import record

PAGE_BYTES = 16 * MIB
"""A page ends early where the inputs on it grow beyond this: they may hold whole files."""


async def list_tasks(
    service: Serving, account: Named, query: Annotated[shapes.TaskQuery, Depends(Asked(shapes.TaskQuery))]
) -> Response:
    """The account's tasks in order of creation, a page at a time."""
    tasks = await service.store.tasks(account.account_id)
    if query.after is not None:
        places = [index for index, task in enumerate(tasks) if task.task_id == query.after]
        if not places:
            raise invalid([Violation("after", "cursor", "This is the 'next' of no page.", "C-SHAPE")])
        tasks = tasks[places[0] + 1 :]
    now_ms = account.now_ms(service.wall_ms())
    return await asyncio.to_thread(_page, tasks, query, now_ms)


def _page(tasks: Sequence[Task], query: shapes.TaskQuery, now_ms: int) -> Response:
    if query.status is not None:
        tasks = [task for task in tasks if status_at(task, now_ms) == query.status]
    chosen = page(tasks, query.limit)
    following = chosen[-1].task_id if len(chosen) < len(tasks) else None
    return shown({"tasks": [record(task, now_ms) for task in chosen], "next": following})


def page(tasks: Sequence[Task], limit: int, most_bytes: int = PAGE_BYTES) -> Sequence[Task]:
    """The first `limit` tasks, or fewer if their inputs are very large, but at least one where there is any."""
    size_bytes = 0
    for index, task in enumerate(tasks[:limit]):
        size_bytes += len(task.body)
        if size_bytes > most_bytes and index:
            return tasks[:index]
    return tasks[:limit]


async def read_task(service: Serving, account: Named, task_id: str) -> Response:
    """One task, with everything that decided how it goes."""
    return _shown(service, account, await service.store.task(account.account_id, task_id))


async def cancel_task(service: Serving, account: Named, task_id: str) -> Response:
    """End the task now, as cancelled."""
    return _shown(service, account, await operate(service, account.account_id, task_id, "cancel"))


async def override_task(
    service: Serving, account: Named, task_id: str, body: Annotated[shapes.Override, Depends(Sent(shapes.Override))]
) -> Response:
    """End the task now, with an outcome of one's own."""
    account_id, code, message = account.account_id, body.code, body.message
    end = await operate(service, account_id, task_id, "outcome", outcome=body.outcome, code=code, message=message)
    return _shown(service, account, end)


async def hold_task(service: Serving, account: Named, task_id: str) -> Response:
    """Stop the task's time in the state it is in."""
    return _shown(service, account, await operate(service, account.account_id, task_id, "hold"))


async def release_task(service: Serving, account: Named, task_id: str) -> Response:
    """Let the rest of the task's state run from now."""
    return _shown(service, account, await operate(service, account.account_id, task_id, "release"))


def _shown(service: Service, account: Account, task: Task | Problem | None) -> Response:
    return shown(record(granted(task, TASK_NOT_FOUND), account.now_ms(service.wall_ms())))


TASK = f"{ACCOUNT}/tasks/{{task_id}}"

ROUTES = (
    Route("GET", f"{ACCOUNT}/tasks", list_tasks, answers.Tasks),
    Route("GET", TASK, read_task, answers.Task),
    Route("POST", f"{TASK}/cancel", cancel_task, answers.Task),
    Route("POST", f"{TASK}/outcome", override_task, answers.Task),
    Route("POST", f"{TASK}/hold", hold_task, answers.Task),
    Route("POST", f"{TASK}/release", release_task, answers.Task),
)
