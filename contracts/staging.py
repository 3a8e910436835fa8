"""A life as the server is told of it: requests, fault rules, plan. Pure.

Logical tasks are told apart by a nonce in the prompt. Twins have none: what is asked for is to be equal; nor have
requests without a prompt.
"""

from typing import Any

from contracts.lives import FaultAt, Life, LogicalTask, nonce
from mockserver.planning import PlanBook, PlanEntry

TWINS = 2
MOST_AT_ONCE = 3
"""Clients that run at the same time."""

ELSEWHERE = "elsewhere"
"""In a redirect's `to`: the other origin, whatever it is called this time."""


def is_marked(life: Life, index: int) -> bool:
    """Whether the requests of that task hold its nonce."""
    return not life.twin and isinstance(life.tasks[index].input.get("prompt"), str)


def requests_of(life: Life) -> list[dict[str, Any]]:
    """What each client run is given; runs of one life start at once."""
    if life.twin:
        return [_request(life.tasks[0], "")] * TWINS
    return [_request(task, _mark(life, index)) for index, task in enumerate(life.tasks)]


def _mark(life: Life, index: int) -> str:
    """The nonce; where there are several tasks, each says in its prompt how it goes."""
    if not is_marked(life, index):
        return ""
    if len(life.tasks) == 1:
        return nonce(life, index)
    task = life.tasks[index]
    plan = f"[mock:queued={task.queued_s:g}s] [mock:processing={task.processing_s:g}s]"
    end = "" if task.outcome == "succeeded" else f" [mock:{task.outcome}{f'={task.code}' if task.code else ''}]"
    return f"{nonce(life, index)} {plan}{end}"


def _request(task: LogicalTask, mark: str) -> dict[str, Any]:
    given = dict(task.input)
    if mark:
        given["prompt"] = f"{given['prompt']} {mark}"
    return {"model": task.model, "input": given}


def plan_of(life: Life) -> PlanBook:
    """How a task goes whose prompt says nothing about it."""
    task = life.tasks[0]
    return PlanBook(
        PlanEntry(
            queued_ms=round(task.queued_s * 1000),
            processing_ms=round(task.processing_s * 1000),
            outcome=task.outcome,
            code=task.code,
            message=task.message,
        )
    )


def rules_of(life: Life, elsewhere: str) -> list[dict[str, Any]]:
    """The fault rules of the life's account, as the control plane takes them (CONTROL.md)."""
    return [_rule(life, fault, elsewhere) for fault in life.faults]


def _rule(life: Life, fault: FaultAt, elsewhere: str) -> dict[str, Any]:
    rule: dict[str, Any] = {"name": fault.name, "on": fault.operation, "times": fault.times, **fault.parameters}
    if rule.get("to") == ELSEWHERE:
        rule["to"] = elsewhere
    if fault.attempt > 1:
        rule["after"] = fault.attempt - 1
    if is_marked(life, fault.task):
        rule["task"] = nonce(life, fault.task)
    return rule
