"""`Retry-After` as an HTTP-date is a floor for the next attempt of a create that met 429."""

from collections.abc import Iterator

from contracts.obligations import Broken, _waits
from contracts.obligations import _timing as timing
from contracts.run import Run

LEVEL = "M"
SOURCE = "RFC 9110 section 10.2.3; A-RATE-LIMIT"
TIMING = True

STATUSES = {"create": frozenset({429})}


def _cases(run: Run) -> Iterator[_waits.Case]:
    return _waits.cases(run, timing.date_floor_ms, STATUSES)


def exercised(run: Run) -> bool:
    return any(True for _ in _cases(run))


def check(run: Run) -> Iterator[Broken]:
    return _waits.early(_cases(run))
