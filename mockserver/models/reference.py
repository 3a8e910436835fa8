"""What a media member may hold, as far as its text tells: an http(s) URL or a `data:` URI (D-INPUT)."""

import re

# One pattern for three engines (Python, Rust, ECMAScript): it is also what the OpenAPI document publishes.
# Hosts are ASCII (RFC 3986), or an IPv6 address in brackets; what follows may be any text without blanks.
_PORT = r"(?:6553[0-5]|655[0-2][0-9]|65[0-4][0-9]{2}|6[0-4][0-9]{3}|[1-5][0-9]{4}|[1-9][0-9]{0,3})"
_GROUP = "[0-9A-Fa-f]{1,4}"
_SHORTENED = "|".join(rf"(?:{_GROUP}:){{1,{left}}}(?::{_GROUP}){{1,{7 - left}}}" for left in range(1, 7))
_IPV6 = rf"(?:{_GROUP}:){{7}}{_GROUP}|{_SHORTENED}|(?:{_GROUP}:){{1,7}}:|:(?::{_GROUP}){{1,7}}|::"
_HOST = rf"(?:[A-Za-z0-9](?:[A-Za-z0-9._-]{{0,252}}[A-Za-z0-9])?|\[(?:{_IPV6})\])"
_USER = r"(?:[A-Za-z0-9._~%!$&'()*+,;=:-]{0,255}@)?"
_URL = rf"[hH][tT][tT][pP][sS]?://{_USER}{_HOST}(?::{_PORT})?(?:[/?#][^\x00-\x20\x7f]*)?"
_TOKEN = r"[A-Za-z0-9!#$&^_.+-]+"
_PARAMETER = rf';{_TOKEN}=(?:{_TOKEN}|"[!#-+.-:<-~-]*")'
_BYTES = r"[!-$&-~]*(?:%[0-9A-Fa-f]{2}[!-$&-~]*)*"
_DATA = rf"[dD][aA][tT][aA]:(?:{_TOKEN}/{_TOKEN})?(?:{_PARAMETER})*(?:;[bB][aA][sS][eE]64)?,{_BYTES}"
MEDIA_REFERENCE = f"^(?:{_URL}|{_DATA})$"

_REFERENCE = re.compile(MEDIA_REFERENCE)


def is_media_reference(text: str) -> bool:
    """Whether the text has the form of an http(s) URL or a `data:` URI; what it leads to is not looked at."""
    return _REFERENCE.fullmatch(text) is not None
