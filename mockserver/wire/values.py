"""Times and money as they are written outside."""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache

from mockserver.accounts import LATEST_MS

EARLIEST_MS = -62_135_596_800_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)\Z", re.ASCII)


def iso(at_ms: int) -> str:
    """Milliseconds since the epoch as `2026-03-01T12:00:00.000Z`."""
    return (_EPOCH + timedelta(milliseconds=at_ms)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def from_iso(text: str) -> int:
    """Milliseconds since the epoch.

    Raises:
        ValueError: if the text is no ISO 8601 time with a zone.
    """
    if not _ISO.match(text):
        raise ValueError("must be an ISO 8601 time with a zone, such as 2026-03-01T12:00:00.000Z")
    at_ms = (datetime.fromisoformat(text) - _EPOCH) // _MILLISECOND
    if not EARLIEST_MS <= at_ms <= LATEST_MS:
        raise ValueError("must lie between the years 1 and 9999")
    return at_ms


@lru_cache(maxsize=4096)
def money_number(amount: Decimal) -> str:
    """An amount as a JSON number of at most five decimals, never with an exponent (D-COST)."""
    text = f"{amount:.5f}".rstrip("0").rstrip(".")
    return "0" if text in ("", "-0") else text


def money_text(amount: Decimal) -> str:
    """An amount as the control plane writes it: always five places."""
    return f"{amount:.5f}"
