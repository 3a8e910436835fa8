"""HTML, an empty answer or invalid JSON is never a success."""

from collections.abc import Iterator

from contracts.obligations import Broken, _story
from contracts.obligations import _answers as answers
from contracts.run import Exchange, Run

LEVEL = "M"
SOURCE = "D-CREATE, D-READ: an answer is a JSON object"


def _nonsense(run: Run, task: int) -> list[Exchange]:
    return [step for step in run.steps[task] if answers.kind(step) == "spoilt" or _is_html(step)]


def _is_html(step: Exchange) -> bool:
    return any("html" in value for value in step.answered("content-type"))


def exercised(run: Run) -> bool:
    return any(_nonsense(run, task) for task in _story.tasks(run))


def check(run: Run) -> Iterator[Broken]:
    for task in _story.tasks(run):
        nonsense = _nonsense(run, task)
        has_ended = any(answers.word(step) == "succeeded" for step in run.steps[task])
        if nonsense and not has_ended and run.reports[task].outcome == "succeeded":
            yield Broken("An answer that is no JSON object was taken for success.", (nonsense[-1].seq,))
