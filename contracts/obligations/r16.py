"""A failed poll never leads to a new create."""

from collections.abc import Iterator

from contracts.obligations import Broken, _story
from contracts.obligations import _answers as answers
from contracts.run import Run

LEVEL = "M"
SOURCE = "D-READ: the task goes on, whatever became of a poll"


def exercised(run: Run) -> bool:
    return any(answers.fails(read) for task in _story.tasks(run) for read in run.reads[task])


def check(run: Run) -> Iterator[Broken]:
    for task in _story.tasks(run):
        for create, before in _story.recreates(run, task):
            if before.operation == "read" and answers.fails(before):
                yield Broken("A poll failed, and the client created another task.", (before.seq, create.seq))
