"""Which fault rule, if any, a request meets. Pure: rules in, the same with their counters moved on out (CONTROL.md).

A rule is addressed by operation, logical task and attempt, never by the time of arrival, so that equal runs meet equal
faults.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from random import Random

from mockserver.records import Rule

ANY = "any"
TASK = "task"


@dataclass(frozen=True, slots=True)
class Asked:
    """What rules are held against: operation, prompt and id of the logical task, the account's time and seed."""

    operation: str
    prompt: str
    task_id: str | None
    now_ms: int
    seed: int


def _addressed(rule: Rule, asked: Asked) -> bool:
    if rule.on not in (asked.operation, ANY) or (rule.on == ANY and asked.operation == TASK):
        return False
    if rule.task is not None and rule.task not in asked.prompt:
        return False
    return not rule.waits or (rule.bound_to is not None and rule.bound_to == asked.task_id)


def _ready(rule: Rule, asked: Asked) -> bool:
    """Whether a rule that has just counted the request fires on it."""
    if rule.seen <= rule.after or (rule.times is not None and rule.fired >= rule.times):
        return False
    if rule.attempt is not None and rule.seen != rule.attempt:
        return False
    if rule.expires_at_ms is not None and asked.now_ms >= rule.expires_at_ms:
        return False
    if rule.probability is None:
        return True
    return Random(f"{asked.seed}/{rule.fault_id}/{rule.seen}").random() < rule.probability


def fire(rules: Iterable[Rule], asked: Asked) -> tuple[tuple[Rule, ...], Rule | None]:
    """Every addressed rule counts the request, and the first that is ready fires: one a request."""
    moved: list[Rule] = []
    fired: Rule | None = None
    for rule in rules:
        if not _addressed(rule, asked):
            moved.append(rule)
            continue
        counted = replace(rule, seen=rule.seen + 1)
        if fired is None and _ready(counted, asked):
            fired = counted = replace(counted, fired=counted.fired + 1)
        moved.append(counted)
    return tuple(moved), fired


def bind(rules: Iterable[Rule], prompt: str, task_id: str) -> tuple[Rule, ...]:
    """The rules after a create: those that wait for the next created task take this one."""
    return tuple(
        replace(rule, bound_to=task_id)
        if rule.waits and rule.bound_to is None and (rule.task is None or rule.task in prompt)
        else rule
        for rule in rules
    )
