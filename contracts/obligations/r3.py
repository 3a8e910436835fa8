"""400, 401, 402, 403, 413, 415 and 422 on a create are not repeated."""

from collections.abc import Iterator

from contracts.obligations import Broken, _story
from contracts.obligations import _answers as answers
from contracts.run import Exchange, Run

LEVEL = "M"
SOURCE = "RFC 9110 section 15.5: the request itself is wrong"

FINAL = frozenset({400, 401, 402, 403, 413, 415, 422})


def _cases(run: Run) -> Iterator[tuple[Exchange, list[Exchange]]]:
    """Each create that was refused for good, and the creates of the task after it."""
    for task in _story.tasks(run):
        creates = run.creates[task]
        for index, create in enumerate(creates):
            if create.status in FINAL and answers.sure(create):
                yield create, creates[index + 1 :]


def exercised(run: Run) -> bool:
    return any(True for _ in _cases(run))


def check(run: Run) -> Iterator[Broken]:
    for create, later in _cases(run):
        if later:
            yield Broken(f"A create was refused with {create.status} and sent again.", (create.seq, later[0].seq))
