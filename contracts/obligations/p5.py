"""No new create after a terminal failure."""

from collections.abc import Iterator

from contracts.obligations import Broken, _story
from contracts.obligations import _answers as answers
from contracts.run import Exchange, Run

LEVEL = "M"
SOURCE = "D-STATUS: a failure is an answer, and whether to pay for another try is the user's to say"


def _failures(run: Run, task: int) -> list[Exchange]:
    return [step for step in run.steps[task] if answers.ended(step) and answers.word(step) != "succeeded"]


def exercised(run: Run) -> bool:
    return any(_failures(run, task) for task in _story.tasks(run))


def check(run: Run) -> Iterator[Broken]:
    for task in _story.tasks(run):
        failures = _failures(run, task)
        for create, _ in _story.recreates(run, task):
            if failures and create.seq > failures[0].seq:
                status = answers.word(failures[0])
                message = f"The task was {status}, and the client created another one."
                yield Broken(message, (failures[0].seq, create.seq))
                break
