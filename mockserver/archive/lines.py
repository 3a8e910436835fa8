"""A snapshot file, line by line: each is JSON and says what all bytes up to it come to, so that damage has a place.

The first is the header, the last one counts the others and has the SHA-256 of all bytes before it.
"""

import gzip
import zlib
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from typing import IO, Any, cast

import orjson

from mockserver import __version__
from mockserver.records import record

FORMAT = "mindvideo-mock snapshot"
VERSION = 1
HEADER, END = "header", "end"

SUM = b',"sum":"'
SUM_CHARS = 16
TAIL = b'"}\n'
FRAME_BYTES = len(SUM) + SUM_CHARS + len(TAIL)

MAX_LINE_BYTES = 160 * 2**20
"""More than the largest file that can be registered takes."""


class BadArchive(Exception):
    """A file that cannot be used: in which line, at which JSON Pointer of it ("" for all of it), and why."""

    def __init__(self, line: int, message: str, param: str = "") -> None:
        self.line = line
        self.message = message
        self.param = param
        super().__init__(f"line {line}: {param and f'{param}: '}{message}")


@record
class Line:
    """A line whose bytes, `text`, are as they were written; `value` is what it holds."""

    number: int
    kind: str
    text: bytes
    value: Any

    @property
    def payload(self) -> bytes:
        """Its bytes without the sum."""
        return self.text[:-FRAME_BYTES] + b"}"


def payload_of(kind: str, document: bytes) -> bytes:
    """A line without its sum."""
    return b'{"%b":%b}' % (kind.encode(), document)


def framed(payloads: Iterable[bytes], counts: Mapping[str, int]) -> Iterator[bytes]:
    """The whole file: header, these lines, end."""
    head = {"format": FORMAT, "version": VERSION, "tool": __version__, "counts": counts}
    whole = sha256()
    yield _frame(whole, payload_of(HEADER, orjson.dumps(head)))
    count = 1
    for payload in payloads:
        yield _frame(whole, payload)
        count += 1
    end = {"lines": count, "sha256": whole.hexdigest()}
    yield _frame(whole, payload_of(END, orjson.dumps(end)))


def _frame(whole: Any, payload: bytes) -> bytes:
    whole.update(payload[:-1])
    tail: bytes = SUM + whole.hexdigest()[:SUM_CHARS].encode() + TAIL
    whole.update(tail)
    return payload[:-1] + tail


def unpacked(file: IO[bytes]) -> IO[bytes]:
    """The file without its compression, if it has any; it must be one that can be read from the beginning again."""
    file.seek(0)
    start = file.read(2)
    file.seek(0)
    return cast("IO[bytes]", gzip.GzipFile(fileobj=file, mode="rb")) if start == b"\x1f\x8b" else file


def read(file: IO[bytes]) -> Iterator[Line]:
    """Header, lines and end of a file that is whole and unchanged.

    Raises:
        BadArchive: at the first line that is not.
    """
    file.seek(0)
    whole, number = sha256(), 0
    while True:
        number += 1
        text = _next(file, number)
        if not text:
            short = "the file ends before its last line: it was cut short" if number > 1 else "the file is empty"
            raise BadArchive(number, f"{short}; take the snapshot again")
        if number == 1:
            _check_format(text)
        sha = whole.hexdigest() if text.startswith(b'{"end"') else ""
        _check_sum(whole, text, number)
        line = _parsed(number, text)
        yield line
        if line.kind == END:
            break
    if line.value != {"lines": number - 1, "sha256": sha}:
        raise BadArchive(number, "this counts other lines than there are: the file was altered")
    if _next(file, number + 1):
        raise BadArchive(number + 1, "there is something after the last line: the file was altered")


def _next(file: IO[bytes], number: int) -> bytes:
    try:
        text = file.readline(MAX_LINE_BYTES + 1)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise BadArchive(number, "the compressed file is damaged or cut short here; take the snapshot again") from error
    if len(text) > MAX_LINE_BYTES:
        raise BadArchive(number, f"the line is over {MAX_LINE_BYTES} bytes")
    return text


def _check_format(text: bytes) -> None:
    """See whose file it is before its sums are looked at: those of another version may be others."""
    try:
        head = orjson.loads(text)[HEADER]
        named, version, tool = head["format"], head["version"], head["tool"]
    except (orjson.JSONDecodeError, LookupError, TypeError):
        named = version = tool = None
    if named != FORMAT or not isinstance(version, int):
        raise BadArchive(1, "this is no snapshot file: 'mindvideo-mock snapshot' makes one")
    if version != VERSION:
        reason = f"the file has version {version} of the format, made by {tool}; this version reads {VERSION}"
        raise BadArchive(1, f"{reason}: use the mindvideo-mock that made it", "/header/version")


def _check_sum(whole: Any, text: bytes, number: int) -> None:
    """See that a line follows on the ones before it; it may be long, and is not copied."""
    tail = text[-FRAME_BYTES:]
    whole.update(memoryview(text)[:-FRAME_BYTES])
    if tail != SUM + whole.hexdigest()[:SUM_CHARS].encode() + TAIL:
        reason = "was altered, or one before it is missing" if text.endswith(b"\n") else "was cut short"
        raise BadArchive(number, f"the line {reason}; take the snapshot again")
    whole.update(tail)


def _parsed(number: int, text: bytes) -> Line:
    try:
        document = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise BadArchive(number, f"this is no JSON: {error.msg}") from error
    if not isinstance(document, dict) or len(document) != 2:
        raise BadArchive(number, "this must be an object with one member and its sum")
    kind, value = next(iter(document.items()))
    if (kind == HEADER) != (number == 1):
        raise BadArchive(number, "the header is the first line, and no other", f"/{HEADER}")
    return Line(number, kind, text, value)
