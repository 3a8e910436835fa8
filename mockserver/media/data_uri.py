"""`data:` URIs, read strictly (RFC 2397): a media type, then base64 or percent-encoded bytes."""

import base64
import binascii
import re
from urllib.parse import unquote_to_bytes

MAX_BYTES = 100 * 1024 * 1024

_TOKEN = r"[A-Za-z0-9!#$&^_.+-]+"
_HEADER = re.compile(rf'({_TOKEN}/{_TOKEN})?((?:;{_TOKEN}=(?:{_TOKEN}|%22[^;,]*%22|"[^";,]*"))*)(;base64)?', re.I)
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_NOT_URI = re.compile(r"[^!-~]")


def parse(text: str, max_bytes: int = MAX_BYTES) -> tuple[str, bytes] | str:
    """The media type (lower case, without parameters) and the bytes, or the reason why there are none."""
    if text[:5].lower() != "data:":
        return "it is no data: URI"
    header, comma, body = text[5:].partition(",")
    if not comma:
        return "the data: URI has no comma before its data"
    if _NOT_URI.search(text):
        return "the data: URI holds a character that must be percent-encoded"
    if not (match := _HEADER.fullmatch(header)):
        return "the part of the data: URI before the comma is not of the form <type>/<subtype>[;base64]"
    if len(body) > max_bytes * 3:
        return f"the data: URI holds more than {max_bytes} bytes"
    if _BAD_ESCAPE.search(body):
        return "the data: URI holds a % without two hexadecimal digits"
    data = unquote_to_bytes(body) if "%" in body else body.encode("ascii")
    if match[3]:
        try:
            data = base64.b64decode(data, validate=True)
        except binascii.Error:
            return "the data: URI is not valid base64"
    if len(data) > max_bytes:
        return f"the data: URI holds more than {max_bytes} bytes"
    return (match[1] or "text/plain").lower(), data
