"""A task's future: markers over the queue's entry over the plan over the server's timing (API.md §8, §9)."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.planning import EMPTY_PLAN, NOTHING, PlanBook, PlanEntry, Timing, decide, failed_by, markers
from mockserver.records import Plan


def no_chance() -> Random:
    raise AssertionError("this timing needs no chance")


@pytest.mark.clause("C-TIMING")
@pytest.mark.parametrize(("timing", "plan"), [("instant", Plan(0, 0)), ("fast", Plan(500, 2000))])
def test_timings_without_chance(timing: Timing, plan: Plan) -> None:
    """`instant` ends at submit; `fast` is queued 0.5 s and processed 2 s."""
    assert decide(NOTHING, NOTHING, timing, no_chance, slow=True) == plan


@pytest.mark.clause("C-TIMING")
@given(st.integers())
def test_realistic_timing(seed: int) -> None:
    """Queued 5 to 30 s, processed 60 to 300 s; the same seed gives the same life; `pro` takes longer."""
    plan = decide(NOTHING, NOTHING, "realistic", lambda: Random(seed), slow=False)
    slow = decide(NOTHING, NOTHING, "realistic", lambda: Random(seed), slow=True)
    assert 5_000 <= plan.queued_ms <= 30_000
    assert 60_000 <= plan.processing_ms < slow.processing_ms <= 300_000
    assert plan == decide(NOTHING, NOTHING, "realistic", lambda: Random(seed), slow=False)
    assert plan.queued_ms == slow.queued_ms


@pytest.mark.clause("C-PLAN")
@pytest.mark.parametrize(
    ("entry", "plan"),
    [
        (PlanEntry(timing="instant"), Plan(0, 0)),
        (PlanEntry(queued_ms=7), Plan(7, 2000)),
        (PlanEntry(timing="instant", processing_ms=7), Plan(0, 7)),
        (PlanEntry(outcome="stuck"), Plan(500, 2000, "stuck")),
        (PlanEntry(outcome="failed", code="c", message="m"), Plan(500, 2000, "failed", "c", "m")),
        (PlanEntry(outcome="cancelled", code="c", message="m"), Plan(500, 2000, "cancelled")),
        (PlanEntry(code="c"), Plan(500, 2000)),
    ],
)
def test_an_entry_of_the_plan(entry: PlanEntry, plan: Plan) -> None:
    """What the entry says counts, the rest is the server's; a code belongs to a failure only."""
    assert decide(entry, NOTHING, "fast", no_chance, slow=False) == plan


@pytest.mark.clause("C-PLAN")
def test_the_queue_is_taken_first_in_first_out() -> None:
    """Each create takes one entry, laid over the base; an empty queue leaves the base."""
    base = PlanEntry(queued_ms=10, processing_ms=20)
    book = PlanBook(base, (PlanEntry(queued_ms=1), PlanEntry(processing_ms=2)))
    first, book = book.take()
    second, book = book.take()
    third, rest = book.take()
    assert [(each.queued_ms, each.processing_ms) for each in (first, second, third)] == [(1, 20), (10, 2), (10, 20)]
    assert rest is book
    assert EMPTY_PLAN.take() == (NOTHING, EMPTY_PLAN)


@pytest.mark.clause("C-PLAN")
def test_what_an_entry_hides_of_the_base() -> None:
    """A named timing hides the base's seconds, an outcome its code and message."""
    base = PlanEntry(queued_ms=10, processing_ms=20, outcome="failed", code="c", message="m")
    book = PlanBook(base, (PlanEntry(timing="instant"), PlanEntry(outcome="failed"), PlanEntry(message="n")))
    timed, book = book.take()
    decided, book = book.take()
    worded, _ = book.take()
    assert decide(timed, NOTHING, "fast", no_chance, slow=False) == Plan(0, 0, "failed", "c", "m")
    assert decide(decided, NOTHING, "fast", no_chance, slow=False) == Plan(10, 20, "failed")
    assert decide(worded, NOTHING, "fast", no_chance, slow=False) == Plan(10, 20, "failed", "c", "n")


@pytest.mark.clause("C-MAGIC")
@pytest.mark.parametrize(
    ("prompt", "entry"),
    [
        ("[mock:failed]", PlanEntry(outcome="failed")),
        ("a [mock:failed=content_policy] b", PlanEntry(outcome="failed", code="content_policy")),
        ("[mock:cancelled]", PlanEntry(outcome="cancelled")),
        ("[mock:stuck]", PlanEntry(outcome="stuck")),
        ("[mock:queued=20s]", PlanEntry(queued_ms=20_000)),
        ("[mock:queued=0.5s][mock:processing=90s]", PlanEntry(queued_ms=500, processing_ms=90_000)),
        ("[mock:processing=1.5]", PlanEntry(processing_ms=1500)),
        (
            "[mock:failed=x][mock:queued=1s] dance [mock:processing=2s]",
            PlanEntry(queued_ms=1000, processing_ms=2000, outcome="failed", code="x"),
        ),
        ("[mock:failed=a][mock:failed=b]", PlanEntry(outcome="failed", code="b")),
        ("[mock:stuck=x]", PlanEntry(outcome="stuck")),
        ("[mock:queued][mock:queued=][mock:queued=-1s][mock:queued=1e9s]", NOTHING),
        ("[mock:unknown] [mock:FAILED] [mock: failed] mock:failed", NOTHING),
        ("\u4eba\u7269", NOTHING),
    ],
)
def test_markers(prompt: str, entry: PlanEntry) -> None:
    """Each marker sets its part of the plan; what is no marker is plain text."""
    assert markers(prompt) == entry


@pytest.mark.clause("C-MAGIC", "C-PLAN")
def test_markers_win_over_the_plan() -> None:
    """A marker's outcome hides the code that the plan meant for its own."""
    entry = PlanEntry(queued_ms=1, processing_ms=2, outcome="failed", code="c", message="m")
    marked = markers("[mock:failed=x][mock:queued=3s]")
    assert decide(entry, marked, "fast", no_chance, slow=False) == Plan(3000, 2, "failed", "x")


@pytest.mark.clause("A-DURATION-CHECK")
def test_failed_by_a_rule() -> None:
    """The task keeps its timings and fails, whatever else was planned."""
    plan = Plan(1, 2, "stuck", None, None)
    assert failed_by(plan, "invalid_duration", "Too long.") == Plan(1, 2, "failed", "invalid_duration", "Too long.")
