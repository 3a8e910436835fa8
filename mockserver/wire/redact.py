"""API keys are taken out of everything that is shown, however they were written (API.md §4, §7)."""

import re
from urllib.parse import unquote

import orjson

_UNDERSCORE = r"(?:_|%5[fF]|\\u005[fF])"
_TEXT = re.compile(
    rf"(mv{_UNDERSCORE}(?:live|test){_UNDERSCORE})(?!\*\*\*)(?:[A-Za-z0-9_-]|%[0-9A-Fa-f]{{2}}|\\u00[0-7][0-9A-Fa-f])+"
)
_BEARER = re.compile(r"(?i)(\s*bearer\s+)(.*)", re.DOTALL)


def text(value: str) -> str:
    """The text with every API key cut down to `mv_live_***` or `mv_test_***`."""
    value = _TEXT.sub(r"\1***", value)
    if "%" in value and _TEXT.search(plain := unquote(value)):
        return _TEXT.sub(r"\1***", plain)
    return value


def body(value: str) -> str:
    """Like `text`; a JSON body that spells a key in escapes is written anew without them first."""
    cut = text(value)
    if "\\u" not in cut:
        return cut
    try:
        plain = orjson.dumps(orjson.loads(value)).decode()
    except orjson.JSONDecodeError:
        return cut
    return text(plain) if _TEXT.search(plain) else cut


def header(name: str, value: str) -> str:
    """A header's value; credentials that are no API key of ours are hidden whole."""
    if name.lower() not in ("authorization", "proxy-authorization", "cookie"):
        return text(value)
    cut = text(value)
    if cut != value:
        return cut
    bearer = _BEARER.match(value)
    return f"{bearer[1]}***" if bearer else "***"
