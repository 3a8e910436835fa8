"""Lives: valid requests × how the tasks go × what the server and the network do (HARNESS.md §2).

Each life has a mask of fault names (swarm testing): some have a few kinds of fault often, instead of all of them
rarely. What is simplest comes first: no fault, one task, the earliest attempt, the mildest variant.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from contracts.lives import FaultAt, Life, LogicalTask, Outcome
from contracts.run import Hints
from contracts.staging import MOST_AT_ONCE
from contracts.storms import Scale, single
from contracts.strategies.dialects import dialects
from contracts.strategies.requests import task_requests
from contracts.sweep import DEFAULT_MODEL

OUTCOMES: tuple[Outcome, ...] = ("succeeded", "succeeded", "succeeded", "failed", "cancelled")
POLLS = st.sampled_from((0, 1, 3, 10))
CODES = st.sampled_from((None, "content_policy", "internal_error"))
COUNTS = st.sampled_from((1, 1, 1, 1, 2, MOST_AT_ONCE))
NUMBERS = st.sampled_from((0, 1, 1, 2, 2, 3, 4))
ATTEMPTS = st.sampled_from((1, 1, 2, 3))
TIMES = st.sampled_from((1, 1, 1, 2, 2, 3))
"""How often a fault strikes in a row: a calm follows, so that the end can be judged."""
CHANCE = st.integers(0, 11)
SEEDS = st.integers(0, 2**31)
MOST_KINDS = 5


def tasks(models: Sequence[str], scale: Scale) -> st.SearchStrategy[LogicalTask]:
    """Logical tasks: a valid request each, and how it goes."""
    requests = st.sampled_from(tuple(models)).flatmap(task_requests).filter(_holds_no_key)
    return st.builds(_task, requests, st.just(scale), POLLS, POLLS, st.sampled_from(OUTCOMES), CODES)


def _holds_no_key(request: Mapping[str, Any]) -> bool:
    """Hypothesis likes to draw what stands in the sources: a prompt like a key would look like a leak."""
    return "mv_" not in repr(request)


def _task(
    request: Mapping[str, Any], scale: Scale, queued: int, processing: int, outcome: Outcome, code: str | None
) -> LogicalTask:
    """`queued` and `processing` are counted in polls."""
    return LogicalTask(
        request["model"],
        request["input"],
        queued_s=queued * scale.poll_s,
        processing_s=processing * scale.poll_s,
        outcome=outcome,
        code=code if outcome == "failed" else None,
    )


def lives(
    models: Sequence[str] = (DEFAULT_MODEL,),
    *,
    scale: Scale | None = None,
    operations: frozenset[str] = frozenset({"create", "read"}),
    readings: bool = False,
) -> st.SearchStrategy[Life]:
    """Lives of a client; `operations` are those it uses, with `readings` in any dialect.

    `scale` says how long things take; by default as for a client in virtual time.
    """
    scale = scale or Scale.of(Hints())
    known: dict[str, list[FaultAt]] = {}
    for fault in single(operations, scale):
        known.setdefault(fault.name, []).append(fault)
    variants = {name: st.sampled_from(found) for name, found in known.items()}
    masks = st.lists(st.sampled_from(list(known)), min_size=1, max_size=MOST_KINDS, unique=True)
    return _lives(tasks(models, scale), masks, variants, dialects() if readings else st.just({}))


@st.composite
def _lives(
    draw: st.DrawFn,
    task: st.SearchStrategy[LogicalTask],
    masks: st.SearchStrategy[list[str]],
    variants: Mapping[str, st.SearchStrategy[FaultAt]],
    dialect: st.SearchStrategy[Mapping[str, Any]],
) -> Life:
    drawn = tuple(draw(task) for _ in range(draw(COUNTS)))
    mask = draw(masks)
    faults = tuple(
        _placed(draw, draw(variants[mask[draw(CHANCE) % len(mask)]]), len(drawn)) for _ in range(draw(NUMBERS))
    )
    return Life(drawn, faults, draw(dialect), seed=draw(SEEDS))


def _placed(draw: st.DrawFn, fault: FaultAt, count: int) -> FaultAt:
    """The fault on one of the tasks, at an attempt, once or some times."""
    on_task = draw(CHANCE) % count
    if fault.operation == "task" or fault.times is None:
        return replace(fault, task=on_task)
    return replace(fault, task=on_task, attempt=draw(ATTEMPTS), times=draw(TIMES))
