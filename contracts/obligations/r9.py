"""`Retry-After`, in either form, counts on 503 and on polls too."""

from collections.abc import Iterator

from contracts.obligations import Broken, _waits
from contracts.obligations import _timing as timing
from contracts.run import Run

LEVEL = "S"
SOURCE = "RFC 9110 section 10.2.3"
TIMING = True

STATUSES = {"create": frozenset({503}), "read": frozenset({429, 503})}


def _cases(run: Run) -> Iterator[_waits.Case]:
    return _waits.cases(run, timing.floor_ms, STATUSES)


def exercised(run: Run) -> bool:
    return any(True for _ in _cases(run))


def check(run: Run) -> Iterator[Broken]:
    return _waits.early(_cases(run))
