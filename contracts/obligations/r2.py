"""A transient fault on a poll does not end the wait."""

from collections.abc import Iterator

from contracts.obligations import Broken, _story
from contracts.obligations import _answers as answers
from contracts.run import Run

LEVEL = "M"
SOURCE = "RFC 9110 section 9.2.2: a GET may be repeated"


def exercised(run: Run) -> bool:
    return any(answers.fails(read) for task in _story.tasks(run) for read in run.reads[task])


def check(run: Run) -> Iterator[Broken]:
    for task in _story.tasks(run):
        failed = _story.gave_in(run, task, "read")
        if failed:
            outcome = run.reports[task].outcome
            yield Broken(f"The client stopped polling upon a transient fault: {outcome}.", (failed[-1].seq,))
