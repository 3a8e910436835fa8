"""The id polled is the id the server gave."""

from collections.abc import Iterator
from urllib.parse import unquote

from contracts.obligations import Broken
from contracts.run import Exchange, Run

LEVEL = "M"
SOURCE = "D-CREATE, D-READ"

TASKS = "/api/v1/tasks/"


def _polls(run: Run) -> list[tuple[Exchange, str]]:
    """Every poll with the id it asked for, which may be empty."""
    found = [each for each in run.exchanges if each.operation == "read" or each.path == TASKS]
    return [(each, unquote(each.path.removeprefix(TASKS))) for each in found]


def exercised(run: Run) -> bool:
    return bool(_polls(run))


def check(run: Run) -> Iterator[Broken]:
    given = {each.task_id for each in run.exchanges if each.operation == "create" and each.status is not None}
    for each, task_id in _polls(run):
        if task_id not in given:
            yield Broken(f"The client polled {task_id!r}, an id that no create answer gave.", (each.seq,))
