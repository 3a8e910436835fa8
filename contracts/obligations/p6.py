"""Polls keep an interval: there is no tight loop."""

from collections.abc import Iterator
from itertools import pairwise

from contracts.obligations import Broken, _story
from contracts.obligations import _answers as answers
from contracts.obligations import _timing as timing
from contracts.run import Exchange, Run

LEVEL = "S"
SOURCE = "good practice; the profile's `poll_interval_s`"
TIMING = True

CLAIM_MARGIN = 0.9
FEWEST_WAITS = 3


def _rows(run: Run) -> Iterator[list[Exchange]]:
    """Polls in a row that each found the task unfinished, and the one after them."""
    for task in _story.tasks(run):
        row: list[Exchange] = []
        for read in run.reads[task]:
            row.append(read)
            if answers.word(read) is None or answers.ended(read):
                yield row
                row = []
        yield row


def _waits(row: list[Exchange]) -> list[float]:
    return [timing.wait_ms(before, after) for before, after in pairwise(row)]


def exercised(run: Run) -> bool:
    return any(len(_waits(row)) >= FEWEST_WAITS for row in _rows(run))


def check(run: Run) -> Iterator[Broken]:
    claimed = run.profile.poll_interval_s
    interval_s = run.hints.poll_interval_s if claimed is None else claimed[0] * CLAIM_MARGIN / timing.TIGHT
    for row in _rows(run):
        if timing.is_tight(_waits(row), interval_s):
            shown = f"{min(_waits(row)) / 1000:g} s"
            yield Broken(f"The polls came {shown} apart.", tuple(read.seq for read in row))
