"""Any shape of an error body is survived: flat, a bare detail, a problem document, HTML, nothing."""

from collections.abc import Iterator

from contracts.obligations import Broken, _story
from contracts.obligations import _answers as answers
from contracts.run import Exchange, Run

LEVEL = "S"
SOURCE = "A-ERROR-ENVELOPE"


def _is_odd(step: Exchange) -> bool:
    """An error, but not in the envelope that is the default."""
    is_error = step.status is not None and step.status >= 400
    return is_error and not isinstance(answers.document(step).get("error"), dict)


def exercised(run: Run) -> bool:
    return any(_is_odd(step) for task in _story.tasks(run) for step in run.steps[task])


def check(run: Run) -> Iterator[Broken]:
    for task in _story.tasks(run):
        step = _story.last(run, task)
        if step is not None and _is_odd(step) and run.reports[task].outcome in _story.CRASHES:
            yield Broken(f"The client crashed upon the body of a {step.status}.", (step.seq,))
