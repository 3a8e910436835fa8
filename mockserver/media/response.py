"""One HTTP answer read from a connection, within bounds."""

import asyncio
from dataclasses import dataclass

MAX_HEAD_BYTES = 64 * 1024
_READ_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Response:
    status: int
    content_type: str
    location: str
    body: bytes


class _Parts:
    """What httptools calls back with."""

    __slots__ = ("body", "has_head", "headers", "is_whole")

    def __init__(self) -> None:
        self.headers: dict[str, str] = {}
        self.body = bytearray()
        self.has_head = False
        self.is_whole = False

    def on_message_begin(self) -> None:
        self.headers.clear()
        self.has_head = self.is_whole = False

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers[name.decode("latin-1").lower()] = value.decode("latin-1").strip()

    def on_headers_complete(self) -> None:
        self.has_head = True

    def on_body(self, body: bytes) -> None:
        self.body += body

    def on_message_complete(self) -> None:
        self.is_whole = True


async def read_response(reader: asyncio.StreamReader, max_bytes: int) -> Response | str:
    """The final answer with at most `max_bytes` of body, or the reason why it is not taken."""
    import httptools

    parts = _Parts()
    parser = httptools.HttpResponseParser(parts)
    head_bytes = 0
    try:
        while not (parts.is_whole and parser.get_status_code() >= 200):
            received = await reader.read(_READ_BYTES)
            if not received:
                return _cut_short(parts, parser.get_status_code())
            parser.feed_data(received)
            head_bytes += 0 if parts.has_head else len(received)
            if head_bytes > MAX_HEAD_BYTES:
                return "its host answered with too many headers"
            declared = parts.headers.get("content-length", "0")
            if len(parts.body) > max_bytes or (parts.has_head and declared.isdigit() and int(declared) > max_bytes):
                return f"it has over {max_bytes} bytes"
    except httptools.HttpParserError:
        return "its host did not answer in HTTP"
    return _finished(parts, parser.get_status_code())


def _cut_short(parts: _Parts, status: int) -> Response | str:
    """The end of the connection is the end of the body only where nothing else marks it."""
    is_delimited = "content-length" in parts.headers or "transfer-encoding" in parts.headers
    if not parts.has_head or is_delimited:
        return "the connection broke off"
    return _finished(parts, status)


def _finished(parts: _Parts, status: int) -> Response | str:
    encoding = parts.headers.get("content-encoding", "identity").lower()
    if encoding != "identity":
        return f"its host sent it compressed ({encoding[:20]})"
    content_type = parts.headers.get("content-type", "").partition(";")[0].strip().lower()
    return Response(status, content_type, parts.headers.get("location", ""), bytes(parts.body))
