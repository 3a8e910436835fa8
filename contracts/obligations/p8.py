"""An unknown status is neither success nor a crash."""

from collections.abc import Iterator

from contracts.obligations import Broken, _story
from contracts.obligations import _answers as answers
from contracts.obligations import _timing as timing
from contracts.run import Exchange, Run

LEVEL = "S"
SOURCE = "good practice: the list of D-STATUS may grow; what is not terminal is waited for"


def is_unknown(step: Exchange) -> bool:
    """Whether the client surely was told a status that no page names."""
    status = answers.word(step)
    return answers.told(step) and status is not None and status not in answers.PENDING | answers.TERMINAL


def exercised(run: Run) -> bool:
    return any(is_unknown(step) for task in _story.tasks(run) for step in run.steps[task])


def check(run: Run) -> Iterator[Broken]:
    for task in _story.tasks(run):
        step = _story.last(run, task)
        if step is None or not is_unknown(step):
            continue
        outcome = run.reports[task].outcome
        if outcome == "succeeded":
            yield Broken(f"The status {answers.word(step)!r} was taken for success.", (step.seq,))
        elif outcome in _story.CRASHES:
            yield Broken(f"The client crashed upon the status {answers.word(step)!r}.", (step.seq,))
        elif not timing.is_out_of_time(run, task):
            message = f"The client stopped waiting upon the status {answers.word(step)!r}: {outcome}."
            yield Broken(message, (step.seq,), "warn")
