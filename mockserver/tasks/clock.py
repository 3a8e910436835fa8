"""Moving an account's time (CONTROL.md, Clock). It never runs backwards for an account that has tasks."""

from dataclasses import replace
from functools import partial

from mockserver.accounts import LATEST_MS, Account, ClockMode
from mockserver.lifecycle import ended_at_ms, final_change_ms, next_change_ms
from mockserver.problems import Problem
from mockserver.tasks import Service
from mockserver.tasks.read import TASK_NOT_FOUND


async def set_clock(
    service: Service, account_id: str, mode: ClockMode | None, speed: float | None, now_ms: int | None
) -> Account | Problem | None:
    """Change any of the three; what is not given stays, the time included."""
    return await service.store.change_account(account_id, partial(_set, service.wall_ms(), mode, speed, now_ms))


def _set(
    wall_ms: int, mode: ClockMode | None, speed: float | None, now_ms: int | None, account: Account
) -> Account | Problem:
    current_ms = account.now_ms(wall_ms)
    target_ms = current_ms if now_ms is None else now_ms
    if target_ms < current_ms and account.ordinal:
        return Problem("clock_conflict", "Time cannot run backwards for an account that has tasks: reset it first.")
    clock = account.clock.at(target_ms, wall_ms)
    speed = clock.speed if speed is None else speed
    return replace(account, clock=replace(clock, mode=mode or clock.mode, speed=speed))


async def advance(service: Service, account_id: str, by_ms: int) -> Account | Problem | None:
    """Move on by `by_ms` ≥ 0 milliseconds."""
    return await service.store.change_account(account_id, partial(_advance, service.wall_ms(), by_ms))


def _advance(wall_ms: int, by_ms: int, account: Account) -> Account | Problem:
    return _move(wall_ms, account.now_ms(wall_ms) + by_ms, account)


def _move(wall_ms: int, target_ms: int, account: Account) -> Account | Problem:
    """Go to `target_ms`, or stay where that is past."""
    now_ms = account.now_ms(wall_ms)
    if target_ms > LATEST_MS:
        return Problem("clock_conflict", "Time ends with the year 9999.")
    return replace(account, clock=account.clock.at(max(now_ms, target_ms), wall_ms))


async def advance_to_next(service: Service, account_id: str) -> Account | Problem | None:
    """Move to the earliest change of any task; stay where there is none to come."""
    account = await service.store.account(account_id)
    if account is None:
        return None
    now_ms = account.now_ms(service.wall_ms())
    changes = [next_change_ms(task, now_ms) for task in await service.store.tasks(account_id)]
    target_ms = min((at_ms for at_ms in changes if at_ms is not None), default=now_ms)
    return await service.store.change_account(account_id, partial(_move, service.wall_ms(), target_ms))


async def advance_to_end(service: Service, account_id: str, task_id: str | None) -> Account | Problem | None:
    """Move to the end of one task, or of all; refused (409) while one of them would never end."""
    account = await service.store.account(account_id)
    if account is None:
        return None
    now_ms = account.now_ms(service.wall_ms())
    tasks = await service.store.tasks(account_id)
    if task_id is not None:
        tasks = [task for task in tasks if task.task_id == task_id]
        if not tasks:
            return TASK_NOT_FOUND
    target_ms = now_ms
    for task in tasks:
        if ended_at_ms(task, now_ms) is not None:
            continue
        end_ms = final_change_ms(task)
        if end_ms is None:
            return Problem("clock_conflict", f"{task.task_id} is stuck or held and would never end: end or release it.")
        target_ms = max(target_ms, end_ms)
    return await service.store.change_account(account_id, partial(_move, service.wall_ms(), target_ms))
