"""Reads: one look in the store, no write. Only an `auto` clock moves, after a poll that found nothing new."""

from dataclasses import replace
from functools import partial

from mockserver.accounts import Account
from mockserver.lifecycle import events_at, next_change_ms
from mockserver.problems import Problem
from mockserver.records import Task, record
from mockserver.store import Look
from mockserver.tasks import Service
from mockserver.tasks.tenants import DISABLED_KEY, UNKNOWN_KEY, key_of

TASK_NOT_FOUND = Problem("task_not_found", "This account has no task of that id.")


@record
class Found:
    """A task as it is at `now_ms` on its account's clock."""

    task: Task
    account: Account
    now_ms: int


async def look(service: Service, api_key: str | None, task_id: str = "") -> Look | None:
    """Whose key it is, in whatever state, and the task; an unknown key opens its account under `--keys open`."""
    if api_key is None:
        return None
    looked = await service.store.read(api_key, task_id)
    if looked is not None:
        return looked
    if await key_of(service, api_key) is not None:
        return await service.store.read(api_key, task_id)
    return None


async def enter(service: Service, api_key: str | None, looked: Look | None = None) -> Look | Problem:
    """The account of a key (D-AUTH): 401 for none, a refusal of its own for a disabled one.

    `looked` is what somebody has just found under the key, so that nobody looks again.
    """
    looked = looked or await look(service, api_key)
    if looked is None:
        return UNKNOWN_KEY
    return looked if looked.key.state == "active" else _dead(looked)


def _dead(looked: Look) -> Problem:
    return UNKNOWN_KEY if looked.key.state == "deleted" else DISABLED_KEY


def find(service: Service, looked: Look | None) -> Found | Problem:
    """The task of a poll, if the key lives and the account has one of that id."""
    if looked is None:
        return UNKNOWN_KEY
    if looked.key.state != "active":
        return _dead(looked)
    account, task = looked.account, looked.task
    return TASK_NOT_FOUND if task is None else Found(task, account, account.clock.now_ms(service.wall_ms()))


async def polled(service: Service, found: Found) -> bool:
    """Under an `auto` clock: note what the poll showed; if that was nothing new, jump to the next change.

    False if there was neither: nothing new, and nothing to come.
    """
    shown = len(events_at(found.task, found.now_ms))
    account_id = found.account.account_id
    if shown > found.task.seen_events:
        await service.store.change_task(account_id, found.task.task_id, partial(_seen, shown))
        return True
    upcoming = [next_change_ms(task, found.now_ms) for task in await service.store.tasks(account_id)]
    due_ms = min((at_ms for at_ms in upcoming if at_ms is not None), default=None)
    if due_ms is not None:
        await service.store.change_account(account_id, partial(_jump, due_ms, service.wall_ms()))
    return due_ms is not None


def _seen(shown: int, task: Task) -> Task:
    return replace(task, seen_events=max(shown, task.seen_events))


def _jump(due_ms: int, wall_ms: int, account: Account) -> Account:
    if account.clock.mode != "auto" or account.now_ms(wall_ms) >= due_ms:
        return account
    return replace(account, clock=account.clock.at(due_ms, wall_ms))
