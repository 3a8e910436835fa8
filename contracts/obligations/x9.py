"""200, 201 and 202 on a create are all success."""

from collections.abc import Iterator

from contracts.obligations import Broken, _story
from contracts.run import Exchange, Run

LEVEL = "M"
SOURCE = "A-CREATE-STATUS"


def _cases(run: Run) -> Iterator[tuple[int, Exchange]]:
    """The answer that each create had, where it is not the default 200; how a replay is answered is K16's."""
    for task in _story.tasks(run):
        create = _story.accepted(run, task)
        if create is not None and create.status in (201, 202) and not _story.is_replay(run, task, create):
            yield task, create


def exercised(run: Run) -> bool:
    return any(True for _ in _cases(run))


def check(run: Run) -> Iterator[Broken]:
    for task, create in _cases(run):
        wrong = _story.derailed(run, task, create)
        if wrong is not None:
            yield Broken(f"A create was answered with {create.status}: {wrong}.", (create.seq,))
