"""`failed` and `cancelled` are reported as such, never as success."""

from collections.abc import Iterator

from contracts.obligations import Broken, _story
from contracts.obligations import _answers as answers
from contracts.run import Exchange, Run

LEVEL = "M"
SOURCE = "D-STATUS"


def _cases(run: Run) -> Iterator[tuple[int, Exchange]]:
    """The last end that the client surely was told of, where it is none of success."""
    for task in _story.tasks(run):
        ends = [step for step in run.steps[task] if answers.ended(step)]
        if ends and answers.word(ends[-1]) != "succeeded":
            yield task, ends[-1]


def exercised(run: Run) -> bool:
    return any(True for _ in _cases(run))


def check(run: Run) -> Iterator[Broken]:
    for task, step in _cases(run):
        outcome = run.reports[task].outcome
        if outcome != answers.word(step) and outcome not in _story.NO_REPORT:
            yield Broken(f"The task was {answers.word(step)}, the client reported {outcome}.", (step.seq,))
