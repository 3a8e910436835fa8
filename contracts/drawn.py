"""Lives drawn by Hypothesis: valid requests × how the tasks go × what the server and the network do.

Each life has a mask of fault names (swarm testing): some have a few kinds of fault often, instead of all of them
rarely. What is simplest comes first: no fault, one task, the earliest attempt, the mildest variant.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from contracts.lives import FaultAt, Life, LogicalTask, Outcome
from contracts.staging import MOST_AT_ONCE
from contracts.storms import Scale, single
from contracts.strategies import dialects, task_requests
from contracts.sweep import DEFAULT_MODEL

OUTCOMES: tuple[Outcome, ...] = ("succeeded", "succeeded", "succeeded", "failed", "cancelled")
MOST_FAULTS = 4
ROWS = (1, 1, 1, 2, 2, 3)
"""How often a fault strikes in a row: a calm follows, so that the end can be judged."""


@st.composite
def tasks(draw: st.DrawFn, models: Sequence[str], scale: Scale) -> LogicalTask:
    """A logical task: a valid request, and how it goes."""
    request = draw(task_requests(draw(st.sampled_from(tuple(models)))))
    outcome = draw(st.sampled_from(OUTCOMES))
    polls = st.sampled_from((0, 1, 3, 10))
    return LogicalTask(
        request["model"],
        request["input"],
        queued_s=draw(polls) * scale.poll_s,
        processing_s=draw(polls) * scale.poll_s,
        outcome=outcome,
        code=draw(st.sampled_from((None, "content_policy", "internal_error"))) if outcome == "failed" else None,
    )


@st.composite
def lives(
    draw: st.DrawFn,
    models: Sequence[str] = (DEFAULT_MODEL,),
    *,
    scale: Scale,
    operations: frozenset[str] = frozenset({"create", "read"}),
    readings: bool = False,
) -> Life:
    """A life; `operations` are those the client uses, with `readings` in any dialect."""
    count = draw(st.sampled_from((1, 1, 1, 1, 2, MOST_AT_ONCE)))
    drawn = tuple(draw(tasks(models, scale)) for _ in range(count))
    known = tuple(single(operations, scale))
    mask = draw(st.lists(st.sampled_from(sorted({fault.name for fault in known})), min_size=1, max_size=5, unique=True))
    allowed = [fault for fault in known if fault.name in mask]
    faults = draw(st.lists(_placed(allowed, count), max_size=MOST_FAULTS)) if allowed else []
    dialect: Mapping[str, Any] = draw(dialects()) if readings else {}
    return Life(drawn, tuple(faults), dialect, seed=draw(st.integers(0, 2**31)))


@st.composite
def _placed(draw: st.DrawFn, allowed: Sequence[FaultAt], count: int) -> FaultAt:
    """One of the faults, on a task, at an attempt, once or some times."""
    fault = draw(st.sampled_from(tuple(allowed)))
    on_task = fault.operation == "task" or fault.times is None
    return FaultAt(
        fault.name,
        fault.operation,
        task=draw(st.integers(0, count - 1)),
        attempt=1 if on_task else draw(st.sampled_from((1, 1, 2, 3))),
        times=fault.times if on_task else draw(st.sampled_from(ROWS)),
        parameters=fault.parameters,
    )


def draw_lives(strategy: st.SearchStrategy[Life], number: int, chance: int) -> list[Life]:
    """So many lives; the same for the same `chance`."""
    drawn: list[Life] = []

    @seed(chance)
    @settings(
        max_examples=number,
        phases=(Phase.generate,),
        database=None,
        deadline=None,
        derandomize=False,
        suppress_health_check=tuple(HealthCheck),
    )
    @given(strategy)
    def collect(life: Life) -> None:
        drawn.append(life)

    if number > 0:
        collect()
    return drawn[:number]
