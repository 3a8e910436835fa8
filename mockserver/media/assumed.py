"""What a foreign URL's own text says of the file behind it, where nobody looks (API.md §5, `--media assume`)."""

import re
from decimal import Decimal
from urllib.parse import urlsplit

_SECONDS = re.compile(r"-([0-9]{1,9}(?:\.[0-9]{1,6})?)s\.")


def duration_us_in(url: str) -> int | None:
    """The last `-<number>s.` of the last path segment, in microseconds; None where there is none."""
    try:
        segment = urlsplit(url).path.rsplit("/", 1)[-1]
    except ValueError:
        return None
    found = _SECONDS.findall(segment)
    return int(Decimal(found[-1]) * 1_000_000) if found else None
