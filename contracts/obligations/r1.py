"""A transient fault on create (with a key) is retried at least once."""

from collections.abc import Iterator

from contracts.obligations import Broken, _story
from contracts.obligations import _answers as answers
from contracts.run import Exchange, Run

LEVEL = "M"
SOURCE = "RFC 9110 section 15.6; a key makes a second create safe (D-IDEM-REPLAY)"


def is_transient(create: Exchange) -> bool:
    """A refusal that time mends, or a connection lost before anything was done; the rest is X2's."""
    return answers.kind(create) == "transient" or (answers.kind(create) == "lost" and create.task_id is None)


def exercised(run: Run) -> bool:
    return any(
        is_transient(create) and _story.may_retry_create(run, create)
        for task in _story.tasks(run)
        for create in run.creates[task]
    )


def check(run: Run) -> Iterator[Broken]:
    for task in _story.tasks(run):
        failed = _story.gave_in(run, task, "create")
        if len(failed) == 1 and is_transient(failed[0]) and _story.may_retry_create(run, failed[0]):
            outcome = run.reports[task].outcome
            yield Broken(f"The create met a transient fault and was not sent again: {outcome}.", (failed[0].seq,))
