"""A stale read is tolerated: an older view after a newer one changes nothing."""

from collections.abc import Iterator
from itertools import pairwise

from contracts.obligations import Broken, _story
from contracts.obligations import _answers as answers
from contracts.run import Exchange, Run

LEVEL = "S"
SOURCE = "replicas lag behind; D-STATUS names no order of reads"


def is_stale(read: Exchange) -> bool:
    """Whether the server showed the task as it had been before."""
    return read.fault == "stale_read"


def _cases(run: Run) -> Iterator[tuple[int, Exchange]]:
    """Each poll that surely told of a status that the task had left, as the client knew."""
    for task in _story.tasks(run):
        steps = run.steps[task]
        for before, read in pairwise(steps):
            is_back = answers.word(read) == "queued" and answers.word(before) == "processing"
            if is_stale(read) and is_back and answers.told(read):
                yield task, read


def exercised(run: Run) -> bool:
    return any(True for _ in _cases(run))


def check(run: Run) -> Iterator[Broken]:
    for task, read in _cases(run):
        wrong = _story.derailed(run, task, read)
        if wrong is not None:
            yield Broken(f"A stale read put the client off: {wrong}.", (read.seq,))
