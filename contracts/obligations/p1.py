"""No poll after `succeeded` was delivered."""

from collections.abc import Iterator

from contracts.obligations import Broken, _endings
from contracts.run import Run

LEVEL = "M"
SOURCE = "D-STATUS: clients poll until a terminal status"


def exercised(run: Run) -> bool:
    return any(True for _ in _endings.endings(run, "succeeded"))


def check(run: Run) -> Iterator[Broken]:
    return _endings.polls_after(run, "succeeded")
