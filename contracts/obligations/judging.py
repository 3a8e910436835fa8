"""Which obligations count in a life, and what a run says about them (HARNESS.md §5)."""

from collections.abc import Collection
from dataclasses import dataclass

from contracts.obligations import Broken, _story
from contracts.obligations.registry import OBLIGATIONS
from contracts.run import Run

SAFETY = frozenset({"K6", "S1", "S2", "S3", "S6", "L2"})
"""No double charge, no leak, no crash: all that is judged in a hostile life, or beyond the API's origin."""

NAMED = {"no_output": "P14", "odd_retry_after": "R7"}
"""Obligations that name a hostile fault are judged in its lives."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What one run says about one obligation: whether it was put to the test, and how it was broken."""

    exercised: bool
    broken: tuple[Broken, ...] = ()


def in_force(run: Run) -> frozenset[str]:
    """The ids of the obligations that are judged in this life."""
    if _story.is_off_limits(run):
        return SAFETY | {NAMED[name] for name in _story.hostile(run)}
    return frozenset(OBLIGATIONS)


def judge(run: Run, only: Collection[str] = ()) -> dict[str, Finding]:
    """What the run says about each obligation in force, in the table's order; of those that are named, if any are."""
    wanted = in_force(run) & frozenset(only or OBLIGATIONS)
    return {name: _finding(run, name) for name in OBLIGATIONS if name in wanted}


def _finding(run: Run, name: str) -> Finding:
    obligation = OBLIGATIONS[name]
    exercised = obligation.exercised(run)
    return Finding(exercised, tuple(obligation.check(run)) if exercised else ())
