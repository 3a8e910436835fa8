"""`succeeded` without output is not reported as a success with results."""

from collections.abc import Iterator

from contracts.obligations import Broken, _story
from contracts.obligations import _answers as answers
from contracts.run import Exchange, Run

LEVEL = "M"
SOURCE = "D-OUTPUT"


def _cases(run: Run) -> Iterator[tuple[int, Exchange]]:
    """Each task that ended, as far as the client was told, as a success without a single URL."""
    for task in _story.tasks(run):
        step = next((step for step in run.steps[task] if answers.ended(step)), None)
        if step is not None and answers.word(step) == "succeeded" and not answers.urls(step):
            yield task, step


def exercised(run: Run) -> bool:
    return any(True for _ in _cases(run))


def check(run: Run) -> Iterator[Broken]:
    for task, step in _cases(run):
        report = run.reports[task]
        if report.outcome == "succeeded" and report.urls:
            yield Broken("The task brought no output, and the client reported results.", (step.seq,))
        elif report.outcome == "succeeded":
            yield Broken("The task brought no output, and the client reported a bare success.", (step.seq,), "warn")
        elif report.outcome in _story.CRASHES:
            yield Broken("The client crashed upon a success without output.", (step.seq,))
