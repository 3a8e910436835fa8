"""What obligations about `Retry-After` share: a fault, the floor it set, and the attempt that came after it."""

from collections.abc import Callable, Iterator
from itertools import pairwise

from contracts.obligations import Broken, _story
from contracts.obligations import _answers as answers
from contracts.obligations import _timing as timing
from contracts.run import Exchange, Run

Floor = Callable[[Exchange], int | None]
Case = tuple[Exchange, int, Exchange]


def cases(run: Run, floor: Floor, statuses: dict[str, frozenset[int]]) -> Iterator[Case]:
    """Each exchange with such a status (by operation) and a floor, and the next attempt of the same operation."""
    for task in _story.tasks(run):
        for exchanges in (run.creates[task], run.reads[task]):
            for before, after in pairwise(exchanges):
                at_ms = floor(before)
                if before.status in statuses.get(before.operation, ()) and answers.sure(before) and at_ms is not None:
                    yield before, at_ms, after


def early(found: Iterator[Case]) -> Iterator[Broken]:
    """Those that came back before they were let."""
    for before, at_ms, after in found:
        if after.at_ms < at_ms:
            told = before.answered("retry-after")[0]
            waited = timing.shown(after.at_ms, before.at_ms)
            message = f"Told to wait (Retry-After: {told}), the client came back after {waited}."
            yield Broken(message, (before.seq, after.seq))
