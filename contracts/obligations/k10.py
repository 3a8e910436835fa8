"""A mismatch conflict is not papered over with a fresh key."""

from collections.abc import Iterator

from contracts.obligations import Broken, _story
from contracts.obligations import _answers as answers
from contracts.run import Exchange, Run

LEVEL = "M"
SOURCE = "D-IDEM-409"


def _cases(run: Run) -> Iterator[tuple[Exchange, list[Exchange]]]:
    """Each create that was told of a mismatch, and the creates of the same task after it."""
    for task in _story.tasks(run):
        creates = run.creates[task]
        for index, create in enumerate(creates):
            if answers.conflict(create) == "idempotency_mismatch":
                yield create, creates[index + 1 :]


def exercised(run: Run) -> bool:
    return any(True for _ in _cases(run))


def check(run: Run) -> Iterator[Broken]:
    for create, later in _cases(run):
        for each in later:
            if answers.key_of(each) != answers.key_of(create):
                yield Broken("After a mismatch conflict the client tried another key.", (create.seq, each.seq))
                break
