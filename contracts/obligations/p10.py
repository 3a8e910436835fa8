"""Skipped states, and a terminal status in the create answer, are fine."""

from collections.abc import Iterator

from contracts.obligations import Broken, _story
from contracts.obligations import _answers as answers
from contracts.run import Exchange, Run

LEVEL = "M"
SOURCE = "D-STATUS, A-CREATE-VIEW"


def _cases(run: Run) -> Iterator[tuple[int, Exchange]]:
    """The end of each task whose client was never told `processing`."""
    for task in _story.tasks(run):
        steps = run.steps[task]
        first = next((step for step in steps if answers.ended(step)), None)
        if first is not None and "processing" not in map(answers.word, steps[: steps.index(first)]):
            yield task, first


def exercised(run: Run) -> bool:
    return any(True for _ in _cases(run))


def check(run: Run) -> Iterator[Broken]:
    for task, step in _cases(run):
        wrong = _story.derailed(run, task, step)
        is_taken_for_an_end = run.reports[task].outcome in answers.TERMINAL and answers.word(step) != "succeeded"
        if wrong is not None and not is_taken_for_an_end:
            yield Broken(f"A task that skipped states was not understood: {wrong}.", (step.seq,))
