"""The smallest life in which a promise is still broken: fewer tasks, fewer faults, earlier, milder. Pure.

Works on lives as plain data, so that what a sweep found or a token brought shrinks as well as what was drawn.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from contracts.lives import FaultAt, Life, LogicalTask, token
from contracts.sweep import DEFAULT_MODEL
from mockserver import models

FOR_EVER = 1000
"""What counts as the number of a fault that does not stop."""

MILD_TIMES = (1, 2, 4)


def size(life: Life) -> tuple[int, ...]:
    """What makes a life small, most important first."""
    return (
        len(life.tasks) + life.twin,
        len(life.faults),
        sum(FOR_EVER if fault.times is None else fault.times for fault in life.faults),
        sum(fault.attempt for fault in life.faults),
        len(life.dialect),
        sum(task.outcome != "succeeded" for task in life.tasks),
        sum(len(fault.parameters) for fault in life.faults),
        round(sum(task.queued_s + task.processing_s for task in life.tasks) * 1000),
        sum(map(_strangeness, life.tasks)),
        abs(life.seed),
        len(token(life)),
    )


def _strangeness(task: LogicalTask) -> int:
    """0 for the main model's documented example, 1 for another model's, 2 for any other input."""
    model = models.get(task.model)
    if model is None or task.input != model.example_input:
        return 2
    return int(task.model != DEFAULT_MODEL)


def shrink(life: Life, breaks: Callable[[Life], bool], budget: int) -> Life:
    """A life that `breaks`, and of which no smaller one is known that does; at most `budget` are tried."""
    seen = {token(life)}
    while True:
        for candidate in sorted(smaller(life), key=size):
            name = token(candidate)
            if name in seen or size(candidate) >= size(life):
                continue
            if budget <= 0:
                return life
            seen.add(name)
            budget -= 1
            if breaks(candidate):
                life = candidate
                break
        else:
            return life


def smaller(life: Life) -> Iterator[Life]:
    """Lives a step smaller in one way each."""
    if life.twin:
        yield replace(life, twin=False)
    if life.dialect:
        yield replace(life, dialect={})
    for name in life.dialect:
        yield replace(life, dialect={key: value for key, value in life.dialect.items() if key != name})
    if life.seed:
        yield replace(life, seed=0)
    for index in range(len(life.tasks) if len(life.tasks) > 1 else 0):
        yield _alone(life, index)
    yield from _fewer_faults(life)
    for index, fault in enumerate(life.faults):
        for milder in _milder(fault):
            yield replace(life, faults=(*life.faults[:index], milder, *life.faults[index + 1 :]))
    for index, task in enumerate(life.tasks):
        for easier in _easier(task):
            yield replace(life, tasks=(*life.tasks[:index], easier, *life.tasks[index + 1 :]))


def _alone(life: Life, index: int) -> Life:
    """One of several tasks, with the faults that were its own."""
    faults = tuple(replace(fault, task=0) for fault in life.faults if fault.task == index)
    return replace(life, tasks=(life.tasks[index],), faults=faults)


def _fewer_faults(life: Life) -> Iterator[Life]:
    if len(life.faults) > 1:
        yield replace(life, faults=())
        half = len(life.faults) // 2
        yield replace(life, faults=life.faults[:half])
        yield replace(life, faults=life.faults[half:])
    for index in range(len(life.faults)):
        yield replace(life, faults=(*life.faults[:index], *life.faults[index + 1 :]))


def _milder(fault: FaultAt) -> Iterator[FaultAt]:
    for times in MILD_TIMES:
        if fault.times is None or times < fault.times:
            yield replace(fault, times=times)
    if fault.attempt > 1:
        yield replace(fault, attempt=1)
        yield replace(fault, attempt=fault.attempt - 1)
    for name in fault.parameters:
        yield replace(fault, parameters=_without(fault.parameters, name))


def _without(parameters: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in parameters.items() if key != name}


def _easier(task: LogicalTask) -> Iterator[LogicalTask]:
    if task.outcome != "succeeded":
        yield replace(task, outcome="succeeded", code=None, message=None)
    if task.code is not None or task.message is not None:
        yield replace(task, code=None, message=None)
    for share in (0, 0.5):
        if task.queued_s:
            yield replace(task, queued_s=round(task.queued_s * share, 3))
        if task.processing_s:
            yield replace(task, processing_s=round(task.processing_s * share, 3))
    for slug in dict.fromkeys((DEFAULT_MODEL, task.model)):
        model = models.get(slug)
        if model is not None and (slug, model.example_input) != (task.model, task.input):
            yield replace(task, model=slug, input=dict(model.example_input))
