"""A replayed answer (advanced status, another 2xx, a marker) is accepted: the client goes on with that id."""

from collections.abc import Iterator

from contracts.obligations import Broken, _story
from contracts.obligations import _answers as answers
from contracts.run import Exchange, Run

LEVEL = "M"
SOURCE = "D-IDEM-REPLAY, A-IDEM-REPLAY-VIEW, A-IDEM-REPLAY-HEADER"


def _cases(run: Run) -> Iterator[tuple[int, Exchange]]:
    """Each create that was surely answered with a task which an earlier one had made."""
    for task in _story.tasks(run):
        for create in run.creates[task]:
            if answers.told(create) and _story.is_replay(run, task, create):
                yield task, create


def exercised(run: Run) -> bool:
    return any(True for _ in _cases(run))


def check(run: Run) -> Iterator[Broken]:
    for task, create in _cases(run):
        wrong = _story.derailed(run, task, create)
        if wrong is not None:
            yield Broken(f"A replayed answer was not accepted: {wrong}.", (create.seq,))
