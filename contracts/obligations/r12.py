"""Attempts are bounded under a permanent fault."""

from collections.abc import Iterator, Sequence

from contracts.obligations import Broken, _story
from contracts.obligations import _answers as answers
from contracts.obligations import _timing as timing
from contracts.run import Exchange, Run

LEVEL = "M"
SOURCE = "good practice; the profile's `max_attempts`"

MOST = 20
"""Attempts of one operation by a client that claims no number."""


def _is_failure(step: Exchange) -> bool:
    return answers.fails(step) or (step.operation == "read" and answers.kind(step) == "missing")


def _longest(exchanges: Sequence[Exchange]) -> list[Exchange]:
    """The longest row of failed attempts of one operation."""
    best: list[Exchange] = []
    row: list[Exchange] = []
    for each in timing.attempts(exchanges):
        row = [*row, each] if _is_failure(each) else []
        best = max(best, row, key=len)
    return best


def exercised(run: Run) -> bool:
    permanent = {fault.name for fault in run.life.faults if fault.times is None}
    steps = [step for task in _story.tasks(run) for step in run.steps[task]]
    return any(step.fault in permanent and _is_failure(step) for step in steps)


def check(run: Run) -> Iterator[Broken]:
    most = run.profile.max_attempts or MOST
    for task in _story.tasks(run):
        began_ms = run.reports[task].started_at_ms or run.started_at_ms
        late_ms = began_ms + timing.latest_ms(run)
        for exchanges in (run.creates[task], run.reads[task]):
            row = _longest(exchanges)
            seqs = tuple(each.seq for each in row)
            if len(row) > most:
                yield Broken(f"One operation was tried {len(row)} times, at most {most} are in order.", seqs)
            elif len(row) > 1 and row[-1].at_ms > late_ms:
                yield Broken("Attempts went on beyond the deadline.", seqs)
