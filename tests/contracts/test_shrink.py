"""Shrinking: whatever breaks, what is left is as small as can be, and still breaks."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.lives import FaultAt, Life, LogicalTask, token
from contracts.shrink import shrink, size, smaller
from contracts.sweep import DEFAULT_MODEL
from mockserver import models

EXAMPLE = models.get(DEFAULT_MODEL)
assert EXAMPLE is not None
MILD = LogicalTask(DEFAULT_MODEL, EXAMPLE.example_input, queued_s=0, processing_s=0)

FAULTS = st.builds(
    FaultAt,
    name=st.sampled_from(["status", "lost_response", "stall"]),
    operation=st.sampled_from(["create", "read"]),
    task=st.integers(0, 2),
    attempt=st.integers(1, 4),
    times=st.sampled_from([1, 2, 3, None]),
    parameters=st.dictionaries(st.sampled_from(["code", "phase"]), st.integers(0, 3), max_size=2),
)
TASKS = st.builds(
    LogicalTask,
    model=st.sampled_from([DEFAULT_MODEL, "kling-v3", "of-tomorrow"]),
    input=st.just({"prompt": "A dancer"}),
    queued_s=st.sampled_from([0, 2, 7.5]),
    processing_s=st.sampled_from([0, 2, 7.5]),
    outcome=st.sampled_from(["succeeded", "failed", "stuck"]),
    code=st.sampled_from([None, "content_policy"]),
)
LIVES = st.builds(
    Life,
    tasks=st.lists(TASKS, min_size=1, max_size=3).map(tuple),
    faults=st.lists(FAULTS, max_size=5).map(tuple),
    dialect=st.dictionaries(st.sampled_from(["create_status", "billing"]), st.integers(200, 202), max_size=2),
    twin=st.booleans(),
    seed=st.integers(0, 9),
)


@settings(max_examples=25)
@given(LIVES)
def test_to_nothing(life: Life) -> None:
    """Where everything breaks, the smallest life of all is found: one task of the documented example, no fault."""
    assert shrink(life, lambda candidate: True, 10_000) == Life((MILD,))


@settings(max_examples=25)
@given(LIVES, st.sampled_from(["status", "lost_response", "stall"]))
def test_to_the_fault(life: Life, name: str) -> None:
    """Where one kind of fault breaks, that fault alone is left: once, at the first attempt, without parameters."""

    def breaks(candidate: Life) -> bool:
        return any(fault.name == name for fault in candidate.faults)

    smallest = shrink(life, breaks, 10_000)
    if breaks(life):
        assert smallest.tasks == (MILD,)
        assert [(fault.name, fault.attempt, fault.times) for fault in smallest.faults] == [(name, 1, 1)]
        assert not smallest.faults[0].parameters
    else:
        assert shrink(life, breaks, 10_000) == life


@given(LIVES)
def test_each_step_is_smaller_or_left_out(life: Life) -> None:
    """No candidate is the life itself; twins, tasks, faults, dialect and seed only ever become fewer."""
    for candidate in smaller(life):
        assert candidate != life
        assert len(candidate.tasks) <= len(life.tasks)
        assert len(candidate.faults) <= len(life.faults)
        assert len(candidate.dialect) <= len(life.dialect)


def test_faults_go_with_their_task() -> None:
    """Of several tasks one is left, and its own faults, now at the first task."""
    other = replace(MILD, outcome="failed")
    life = Life((MILD, other), (FaultAt("status", "create", task=0), FaultAt("stall", "read", task=1)))

    def breaks(candidate: Life) -> bool:
        return any(fault.name == "stall" for fault in candidate.faults) and candidate.tasks[-1].outcome == "failed"

    assert shrink(life, breaks, 1000) == Life((other,), (FaultAt("stall", "read"),))


def test_twins_stay_where_they_are_needed() -> None:
    """Twins are one of the things that may be what breaks."""
    life = Life((replace(MILD, queued_s=3),), (FaultAt("status", "create"),), twin=True)
    assert shrink(life, lambda candidate: candidate.twin, 1000) == Life((MILD,), twin=True)


def test_budget() -> None:
    """No more lives are tried than were granted, and none twice."""
    tried: list[str] = []

    def breaks(candidate: Life) -> bool:
        tried.append(token(candidate))
        return False

    life = Life((replace(MILD, queued_s=8, processing_s=8),), tuple([FaultAt("status", "create", attempt=3)] * 4))
    assert shrink(life, breaks, 5) == life
    assert len(tried) == 5
    assert shrink(life, breaks, 0) == life
    tried.clear()
    shrink(life, breaks, 10_000)
    assert len(tried) == len(set(tried))


def test_sizes() -> None:
    """One fault weighs more than any number of attempts, and for ever more than often."""
    one = Life((MILD,), (FaultAt("status", "create", attempt=9, times=9),))
    assert size(Life((MILD,))) < size(one)
    assert size(one) < size(replace(one, faults=(FaultAt("status", "create", times=None),)))
    assert size(one) < size(replace(one, faults=(FaultAt("stall", "read"), FaultAt("status", "create"))))
    assert size(Life((MILD,))) < size(Life((MILD,), twin=True))
