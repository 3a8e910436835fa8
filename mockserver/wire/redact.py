"""API keys are taken out of everything that is shown, however they were written (API.md §4, §7).

A key is found in place, whichever of its characters are percent-encoded or escaped as in JSON, any number of times
over; what stands around it is left as it is. So a text that is cut, or is no JSON, hides nothing.
"""

import re

# A `%` may be encoded again (`%2525…`), or escaped; a backslash may be doubled by each further layer of JSON, or be
# percent-encoded. Layers are bounded, so that a long run of either costs no more than its length.
_BACKSLASHES = r"(?:\\|%(?:25){0,8}5[cC]){1,16}"
_PERCENT = rf"(?:%|{_BACKSLASHES}u0025)(?:25){{0,8}}"
_ESCAPE = rf"{_BACKSLASHES}u00"
_TAIL = r"(?:2[dD]|3[0-9]|4[1-9a-fA-F]|5[0-9aAfF]|6[1-9a-fA-F]|7[0-9aA])"
"""The ASCII codes of letters, digits, hyphen and underscore, in hexadecimal."""


def _spelt(text: str) -> str:
    """A pattern for the text in any spelling."""
    return "".join(f"(?:{each}|(?:{_PERCENT}|{_ESCAPE})(?i:{ord(each):02x}))" for each in text)


_KEY = re.compile(
    rf"{_spelt('mv_')}(?:({_spelt('live')})|{_spelt('test')}){_spelt('_')}"
    rf"(?:[A-Za-z0-9_-]|(?:{_PERCENT}|{_ESCAPE}){_TAIL})+"
)
_PLAIN_KEY = re.compile(r"mv_(?:(live)|test)_[A-Za-z0-9_-]+")
_BEARER = re.compile(r"(?i)(\s*bearer\s+)(.*)", re.DOTALL)


def _cut(found: re.Match[str]) -> str:
    return "mv_live_***" if found[1] else "mv_test_***"


def text(value: str) -> str:
    """The text with every API key cut down to `mv_live_***` or `mv_test_***`."""
    if "%" in value or "\\" in value:
        return _KEY.sub(_cut, value)
    return _PLAIN_KEY.sub(_cut, value)


def header(name: str, value: str) -> str:
    """A header's value; credentials that are no API key of ours are hidden whole."""
    cut = text(value)
    if cut != value or name.lower() not in ("authorization", "proxy-authorization", "cookie"):
        return cut
    bearer = _BEARER.match(value)
    return f"{bearer[1]}***" if bearer else "***"
