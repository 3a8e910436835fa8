"""402 ends the call: the client waits for no money."""

from collections.abc import Iterator

from contracts.obligations import Broken, _story
from contracts.obligations import _answers as answers
from contracts.run import Exchange, Run

LEVEL = "M"
SOURCE = "A-NO-BALANCE"


def _cases(run: Run) -> Iterator[tuple[int, Exchange]]:
    for task in _story.tasks(run):
        for create in run.creates[task]:
            if create.status == 402 and answers.sure(create):
                yield task, create


def exercised(run: Run) -> bool:
    return any(True for _ in _cases(run))


def check(run: Run) -> Iterator[Broken]:
    for task, create in _cases(run):
        own = {task, None} if len(run.reports) == 1 else {task}
        later = [each for each in run.exchanges if each.seq > create.seq and each.task in own and each.origin == "api"]
        if later:
            yield Broken("The balance did not suffice, and the client went on.", (create.seq, later[0].seq))
