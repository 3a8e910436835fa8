"""What a path of the public surface means. No trailing slash is forgiven (API.md §4)."""

import re

from mockserver.records import record

TASKS = "/api/v1/tasks"
BELOW = f"{TASKS}/"
OUTPUTS = "/outputs/"

_OUTPUT = re.compile(r"/outputs/(acct_[0-9a-z]+)/(task_[0-9a-z]+)/(0|[1-9]\d{0,3})\.(mp4|png)\Z", re.ASCII)


@record
class Place:
    """An operation and what the path names; a download's path names account, file and ending too."""

    operation: str
    task_id: str = ""
    account_id: str | None = None
    index: int = 0
    ending: str = ""


NOWHERE = Place("none")
CREATE = Place("create")


def place_of(path: str) -> Place | None:
    """The place a path names; None where nothing is."""
    if path == TASKS:
        return CREATE
    if path.startswith(BELOW):
        task_id, slash, rest = path[len(BELOW) :].partition("/")
        if task_id and not slash:
            return Place("read", task_id)
        if task_id and rest == "events":
            return Place("events", task_id)
        return None
    if not path.startswith(OUTPUTS):
        return None
    match = _OUTPUT.match(path)
    if match is None:
        return Place("download")
    return Place("download", match[2], match[1], int(match[3]), match[4])
