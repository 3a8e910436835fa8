"""An in-flight conflict is waited out and retried with the same key."""

from collections.abc import Iterator

from contracts.obligations import Broken, _story
from contracts.obligations import _answers as answers
from contracts.obligations import _timing as timing
from contracts.run import Exchange, Run

LEVEL = "S"
SOURCE = "A-IDEM-IN-FLIGHT"
TIMING = True


def _cases(run: Run) -> Iterator[tuple[int, Exchange, Exchange | None]]:
    """Each create that met an in-flight conflict, and what the client did next for the task."""
    for task in _story.tasks(run):
        steps = run.steps[task]
        for step, following in zip(steps, [*steps[1:], None], strict=False):
            if answers.conflict(step) == "idempotency_in_flight" and _story.may_retry_create(run, step):
                yield task, step, following


def exercised(run: Run) -> bool:
    return any(True for _ in _cases(run))


def check(run: Run) -> Iterator[Broken]:
    for task, create, following in _cases(run):
        floor = timing.floor_ms(create)
        if following is None:
            waited = [each for each in run.creates[task] if answers.conflict(each) is not None]
            if len(waited) <= timing.PATIENCE and not timing.is_out_of_time(run, task):
                yield Broken("The client gave up at an in-flight conflict.", (create.seq,))
        elif following.operation == "create" and answers.key_of(following) != answers.key_of(create):
            yield Broken("After an in-flight conflict the client tried another key.", (create.seq, following.seq))
        elif following.operation == "create" and floor is not None and following.at_ms < floor:
            yield Broken("An in-flight conflict was not waited out.", (create.seq, following.seq))
