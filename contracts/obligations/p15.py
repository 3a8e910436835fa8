"""Each request has a timeout of the client's own."""

from collections.abc import Iterator

from contracts.obligations import Broken
from contracts.obligations import _timing as timing
from contracts.run import Exchange, Run

LEVEL = "M"
SOURCE = "good practice; the profile's `request_timeout_s`"
TIMING = True

FAULT = "stall"


def _cases(run: Run) -> list[Exchange]:
    """Requests that the client left, or should have."""
    stalled = (each for each in run.exchanges if each.fault == FAULT)
    return [each for each in stalled if not each.whole or each.duration_ms >= timing.timeout_ms(run)]


def exercised(run: Run) -> bool:
    return bool(_cases(run))


def check(run: Run) -> Iterator[Broken]:
    for each in _cases(run):
        if each.duration_ms >= timing.timeout_ms(run):
            waited = timing.shown(round(each.duration_ms), 0)
            yield Broken(f"The client waited {waited} for one answer.", (each.seq,))
