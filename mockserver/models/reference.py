"""What a media member may hold, as far as its text tells: an http(s) URL or a `data:` URI (D-INPUT)."""

import re

# One pattern for three engines (Python, Rust, ECMAScript): it is also what the OpenAPI document publishes.
MEDIA_REFERENCE = (
    r"^([hH][tT][tT][pP][sS]?://([A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?"
    r"([/?#][^\x00-\x20\x7f]*)?|[dD][aA][tT][aA]:[^,\x00-\x20\x7f]*,[^\x00-\x20\x7f]*)$"
)
_PATTERN = re.compile(MEDIA_REFERENCE)


def is_media_reference(text: str) -> bool:
    """Whether the text has the form of an http(s) URL or a `data:` URI; what it leads to is not looked at."""
    return _PATTERN.fullmatch(text) is not None
