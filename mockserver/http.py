"""What a handler is given and what it returns; reading a body within bounds; files with ranges (API.md §4)."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Generator, MutableMapping
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256
from types import coroutine
from typing import Any, TypeVar, cast

from mockserver.dialect import Dialect
from mockserver.paths import Place
from mockserver.problems import Problem
from mockserver.records import Plan, Rule, Why
from mockserver.store import Look

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]
T = TypeVar("T")

JSON_HEADER = (b"content-type", b"application/json")


class Draft:
    """The exchange that is under way: made by the journal, filled in by whoever learns something of it.

    `name` is of request and exchange alike. `created` says that it made a new task. A fault may change how that goes
    (`reshape`), and in what dialect the exchange is answered. `headers` holds the last of each name, `looked` what has
    just been found under the request's key: one look serves all. The defaults stand in the class, so that making one
    costs nothing for each of them.
    """

    api_key: str | None = None
    place: Place | None = None
    account_id: str | None = None
    at_ms: int | None = None
    operation: str = "none"
    task_id: str | None = None
    idempotency_key: str | None = None
    fault: Rule | None = None
    assumed: tuple[str, ...] = ()
    why: Why | None = None
    request_body: bytes = b""
    created: bool = False
    reshape: Callable[[Plan], Plan] | None = None
    dialect: Dialect | None = None
    looked: Look | None = None
    is_kept: bool = False

    def __init__(self, name: str, headers: dict[bytes, bytes], started_s: float) -> None:
        self.name = name
        self.request_id = f"req_{name}"
        self.headers = headers
        self.started_s = started_s


@dataclass(slots=True)
class Answer:
    """What goes back. `stream` takes the place of `body` where the end is not known yet."""

    status: int
    body: bytes
    headers: Headers
    stream: AsyncIterator[bytes] | None = None


def json_answer(status: int, body: bytes, *more: tuple[bytes, bytes]) -> Answer:
    """A JSON answer with its length."""
    return Answer(status, body, [JSON_HEADER, (b"content-length", b"%d" % len(body)), *more])


Asgi = Callable[[Scope, Receive, Send], Awaitable[None]]

Answering = Callable[[Scope, Receive, Draft], Awaitable[Answer | Asgi | None]]
"""What makes an answer to a request; or what will write one itself; None if there is nobody left to answer."""


async def write(answer: Answer, send: Send) -> None:
    """The one place that writes a whole answer."""
    await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
    if answer.stream is not None:
        async for chunk in answer.stream:
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
    await send({"type": "http.response.body", "body": answer.body})


class ClientLeft(Exception):
    """The client closed the connection before its request was whole: there is nobody to answer."""


TOO_LARGE = "body_too_large"

MAX_DIGITS = 19
"""Of a number in a header: more are a number larger than any file."""


async def read_body(
    receive: Receive, headers: dict[bytes, bytes], limit_bytes: int, timeout_s: float
) -> bytes | Problem:
    """The whole body; 413 above the limit (unread where its length is announced), 408 if it does not come in time.

    Raises:
        ClientLeft: if the client went away.
    """
    announced = headers.get(b"content-length", b"")
    if announced.isdigit() and (len(announced) > MAX_DIGITS or int(announced) > limit_bytes):
        return _too_large(limit_bytes)
    work = _read(receive, limit_bytes)
    try:
        waiting = work.send(None)
    except StopIteration as whole:  # It was there, as nearly always: no timer is needed.
        return cast("bytes | Problem", whole.value)
    try:
        async with asyncio.timeout(timeout_s):
            return await _resumed(work, waiting)
    except TimeoutError:
        return Problem("body_timeout", f"The body did not arrive whole within {timeout_s:g} s.")


@coroutine
def _resumed(work: Coroutine[Any, Any, T], waiting: object) -> Generator[object, Any, T]:
    """Go on with a coroutine that was begun by hand, and waits."""
    while True:
        try:
            step = partial(work.send, (yield waiting))
        except BaseException as error:
            step = partial(work.throw, error)
        try:
            waiting = step()
        except StopIteration as done:
            return cast("T", done.value)


async def _read(receive: Receive, limit_bytes: int) -> bytes | Problem:
    parts, size_bytes = [], 0
    while (message := await receive())["type"] == "http.request":
        parts.append(message.get("body", b""))
        size_bytes += len(parts[-1])
        if size_bytes > limit_bytes:
            return _too_large(limit_bytes)
        if not message.get("more_body", False):
            return b"".join(parts)
    raise ClientLeft


def _too_large(limit_bytes: int) -> Problem:
    return Problem(TOO_LARGE, f"The body is over {limit_bytes} bytes: give a hosted URL instead of a long data: URI.")


@dataclass(frozen=True, slots=True)
class File:
    """Bytes to serve as a file; `etag` is strong, made of the bytes."""

    content: bytes
    media_type: str
    etag: bytes = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "etag", b'"%b"' % sha256(self.content).hexdigest()[:32].encode())


async def unread_body(receive: Receive, headers: dict[bytes, bytes], limit_bytes: int, timeout_s: float) -> bytes:
    """A body that no handler wanted, so that the journal has it; empty where there is none to be had within bounds.

    Raises:
        ClientLeft: if the client went away.
    """
    announced = headers.get(b"content-length", b"0") != b"0" or b"transfer-encoding" in headers
    if not announced or b"expect" in headers:
        return b""
    body = await read_body(receive, headers, limit_bytes, timeout_s)
    return b"" if isinstance(body, Problem) else body


def file_answer(file: File, headers: dict[bytes, bytes], *, is_head: bool = False) -> Answer:
    """200, 206, 304 or 416 (RFC 9110 §13, §14); several ranges in one request are answered with the whole file.

    For HEAD there are no ranges, and no bytes.
    """
    size = len(file.content)
    base: Headers = [(b"etag", file.etag), (b"accept-ranges", b"bytes")]
    wanted = headers.get(b"if-none-match")
    if wanted is not None and _names(wanted, file.etag):
        return Answer(304, b"", base)
    typed = [(b"content-type", file.media_type.encode()), *base]
    chosen = None if is_head else _range(headers, file.etag, size)
    if chosen is None:
        return Answer(200, b"" if is_head else file.content, [*typed, (b"content-length", b"%d" % size)])
    first, last = chosen
    if first > last:
        return Answer(416, b"", [*base, (b"content-range", b"bytes */%d" % size)])
    part = file.content[first : last + 1]
    span = (b"content-range", b"bytes %d-%d/%d" % (first, last, size))
    return Answer(206, part, [*typed, span, (b"content-length", b"%d" % len(part))])


def _names(wanted: bytes, etag: bytes) -> bool:
    """Whether `If-None-Match` names the tag: compared weakly, so `W/` makes no difference."""
    return wanted.strip() == b"*" or etag in [tag.strip().removeprefix(b"W/") for tag in wanted.split(b",")]


def _range(headers: dict[bytes, bytes], etag: bytes, size: int) -> tuple[int, int] | None:
    """(first, last) byte asked for; None for the whole file, first > last for what cannot be satisfied."""
    unit, _, spec = headers.get(b"range", b"").partition(b"=")
    if unit.strip().lower() != b"bytes" or headers.get(b"if-range", etag).strip() != etag:
        return None
    start, dash, end = (part.strip() for part in spec.partition(b"-"))
    if (
        dash != b"-"
        or not (start or end)
        or not all(part.isdigit() and len(part) <= MAX_DIGITS for part in (start, end) if part)
    ):
        return None
    if not start:
        return max(0, size - int(end)), size - 1 if int(end) else -1
    if end and int(end) < int(start):
        return None
    return int(start), min(int(end), size - 1) if end else size - 1
