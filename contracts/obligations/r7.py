"""Odd `Retry-After` values neither crash the client nor make a tight loop."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from contracts.obligations import Broken, _story
from contracts.obligations import _timing as timing
from contracts.run import Exchange, Run

LEVEL = "S"
SOURCE = "RFC 9110 section 10.2.3: seconds or a date; what is neither is to be ignored"
TIMING = True

ODD = "odd_retry_after"


def _loops(steps: Sequence[Exchange]) -> Iterator[list[Exchange]]:
    """Stretches of attempts that each came upon an odd value."""
    stretch: list[Exchange] = []
    for before, step in zip([None, *steps], steps, strict=False):
        if before is None or before.fault != ODD:
            stretch = []
        stretch = [*stretch, step]
        yield stretch


def exercised(run: Run) -> bool:
    return any(step.fault == ODD for task in _story.tasks(run) for step in run.steps[task])


def check(run: Run) -> Iterator[Broken]:
    for task in _story.tasks(run):
        steps = run.steps[task]
        if steps and steps[-1].fault == ODD and run.reports[task].outcome in _story.CRASHES:
            told = ", ".join(steps[-1].answered("retry-after"))
            yield Broken(f"The client crashed upon Retry-After: {told}.", (steps[-1].seq,))
        for stretch in _loops(steps):
            waits = [timing.wait_ms(*pair) for pair in pairwise(stretch)]
            if timing.is_tight(waits, run.hints.backoff_base_s):
                message = "Odd Retry-After values made the client send again and again without a wait."
                yield Broken(message, tuple(each.seq for each in stretch))
                break
