"""Different logical tasks use different keys, even with equal input."""

from collections.abc import Iterator

from contracts.obligations import Broken
from contracts.obligations import _answers as answers
from contracts.run import Exchange, Run

LEVEL = "M"
SOURCE = "D-IDEM-REPLAY, A-IDEM-SCOPE"


def _keyed(run: Run) -> list[Exchange]:
    """Creates with a key, of a task that is known."""
    creates = (each for each in run.exchanges if each.operation == "create" and each.task is not None)
    return [create for create in creates if answers.key_of(create) is not None]


def exercised(run: Run) -> bool:
    return len({create.task for create in _keyed(run)}) > 1


def check(run: Run) -> Iterator[Broken]:
    """Twins are two tasks as well: what they ask for is equal, and both want it."""
    first: dict[str | None, Exchange] = {}
    for create in _keyed(run):
        before = first.setdefault(answers.key_of(create), create)
        if before.task != create.task:
            yield Broken("Two different tasks were created under one key.", (before.seq, create.seq))
