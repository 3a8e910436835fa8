"""What a task is at an instant: pure functions of (record, now_ms). Nothing here is ever stored (D-STATUS, API.md §9).

A plan gives the boundaries of the states in *task time*, which stands still while an operator holds the task. Folding
the operator's events over them gives instants on the account's clock. A change due at T is there at T.
"""

from mockserver.records import TERMINAL, Outcome, Status, Task, record


@record
class Change:
    """One status entered at one instant; `index` counts from 0 and names the event for ever."""

    index: int
    status: Status
    at_ms: int
    code: str | None = None
    message: str | None = None


def _shifted_ms(task: Task, boundary_ms: int) -> int | None:
    """The instant at which task time reaches `boundary_ms`; None while an open hold stops it before that."""
    shift_ms = 0
    held_since_ms: int | None = None
    for event in task.operator:
        if event.kind == "hold":
            if event.at_ms - task.created_at_ms - shift_ms >= boundary_ms:
                break
            held_since_ms = event.at_ms
        elif event.kind == "release" and held_since_ms is not None:
            shift_ms += event.at_ms - held_since_ms
            held_since_ms = None
    if held_since_ms is not None:
        return None
    return task.created_at_ms + boundary_ms + shift_ms


def _final_status(outcome: Outcome | None) -> Status:
    return outcome if outcome in ("failed", "cancelled") else "succeeded"


def timeline(task: Task) -> tuple[Change, ...]:
    """Every change the task has had or will have, in order, if no operator touches it again."""
    plan = task.plan
    changes = [Change(0, "queued", task.created_at_ms)]
    ending = next((event for event in task.operator if event.kind in ("cancel", "outcome")), None)
    processing_at_ms = _shifted_ms(task, plan.queued_ms)
    ended_at_ms = None if plan.outcome == "stuck" else _shifted_ms(task, plan.queued_ms + plan.processing_ms)
    cut_ms = ending.at_ms if ending is not None else None
    if processing_at_ms is not None and (cut_ms is None or processing_at_ms <= cut_ms):
        changes.append(Change(1, "processing", processing_at_ms))
    if ending is not None:
        status: Status = "cancelled" if ending.kind == "cancel" else _final_status(ending.outcome)
        changes.append(Change(len(changes), status, ending.at_ms, ending.code, ending.message))
    elif ended_at_ms is not None:
        changes.append(Change(len(changes), _final_status(plan.outcome), ended_at_ms, plan.code, plan.message))
    return tuple(changes)


def events_at(task: Task, now_ms: int) -> tuple[Change, ...]:
    """The changes that have happened by `now_ms`; the first is always `queued` at the create (D-EVENTS)."""
    return tuple(change for change in timeline(task) if change.at_ms <= now_ms or change.index == 0)


def state_at(task: Task, now_ms: int) -> Change:
    """The latest change: the status, and since when."""
    if not task.operator:
        return _planned_state(task, now_ms)
    return events_at(task, now_ms)[-1]


def _planned_state(task: Task, now_ms: int) -> Change:
    """`state_at` by arithmetic alone, for the task no operator has touched: a poll's fast path."""
    plan = task.plan
    processing_at_ms = task.created_at_ms + plan.queued_ms
    if now_ms < processing_at_ms:
        return Change(0, "queued", task.created_at_ms)
    ended_at_ms = processing_at_ms + plan.processing_ms
    if plan.outcome == "stuck" or now_ms < ended_at_ms:
        return Change(1, "processing", processing_at_ms)
    outcome = plan.outcome
    return Change(2, outcome, ended_at_ms, plan.code, plan.message)


def status_at(task: Task, now_ms: int) -> Status:
    """One of the five words of D-STATUS."""
    return state_at(task, now_ms).status


def has_ended(task: Task, now_ms: int) -> bool:
    """Whether no event can follow."""
    if task.operator:
        return status_at(task, now_ms) in TERMINAL
    plan = task.plan
    return plan.outcome != "stuck" and now_ms >= task.created_at_ms + plan.queued_ms + plan.processing_ms


def ended_at_ms(task: Task, now_ms: int) -> int | None:
    """When the task ended, if it has by `now_ms`."""
    state = state_at(task, now_ms)
    return state.at_ms if state.status in TERMINAL else None


def next_change_ms(task: Task, now_ms: int) -> int | None:
    """The instant of the next change after `now_ms`; None for an ended, held or stuck task."""
    return next((change.at_ms for change in timeline(task) if change.at_ms > now_ms), None)


def final_change_ms(task: Task) -> int | None:
    """When the task ends or ended; None while it is stuck or held, so that waiting for it would never end."""
    last = timeline(task)[-1]
    return last.at_ms if last.status in TERMINAL else None


def is_held(task: Task) -> bool:
    """Whether an operator has stopped the task's time and not released it."""
    marks = [event.kind for event in task.operator if event.kind in ("hold", "release")]
    return bool(marks) and marks[-1] == "hold"


def _task_time_ms(task: Task, now_ms: int) -> int:
    """How long the time of an unfinished task has run by `now_ms`: since the create, but for what it was held."""
    spent_ms, running_since_ms = 0, task.created_at_ms
    held = False
    for event in task.operator:
        if event.at_ms > now_ms:
            break
        held = event.kind == "hold"
        if held:
            spent_ms += event.at_ms - running_since_ms
        else:
            running_since_ms = event.at_ms
    return spent_ms if held else spent_ms + now_ms - running_since_ms


def progress_at(task: Task, now_ms: int) -> int:
    """Whole percent, 0 while queued, 100 only when succeeded (an `extra_fields: some` member); it stands in a hold."""
    state = state_at(task, now_ms)
    if state.status == "succeeded":
        return 100
    if state.status != "processing" or not task.plan.processing_ms:
        return 0
    return min(99, (_task_time_ms(task, now_ms) - task.plan.queued_ms) * 100 // task.plan.processing_ms)
