"""From bytes and query strings to shapes: read within bounds, checked whole, every violation named at once."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import islice
from tempfile import SpooledTemporaryFile
from typing import IO, Any, TypeVar

import orjson
from fastapi import Request
from pydantic import BaseModel, ValidationError

from mockserver.control.refusal import Refused, service_of
from mockserver.http import MAX_DIGITS, TOO_LARGE, ClientLeft, Receive, read_body
from mockserver.models.schema import MAX_VIOLATIONS
from mockserver.pointers import pointer
from mockserver.problems import Problem
from mockserver.records import Violation
from mockserver.settings import MIB

MAX_BODY_BYTES = 10 * MIB
UPLOAD_INLINE_BYTES = 4 * MIB
"""Of an uploaded file so much stays in memory."""

MAX_MEMBERS = 100_000
"""More than the largest body of any use holds; each surplus one would become a violation."""

INLINE_BYTES = 64 * 1024
"""A body up to this size is read faster than a thread is asked to."""

CODES = {
    "extra_forbidden": "additional_properties",
    "missing": "required",
    "literal_error": "enum",
    "model_type": "type",
    "dict_type": "type",
    "list_type": "type",
    "string_type": "type",
    "int_type": "type",
    "float_type": "type",
    "int_parsing": "type",
    "float_parsing": "type",
    "finite_number": "type",
    "greater_than": "range",
    "greater_than_equal": "range",
    "less_than": "range",
    "less_than_equal": "range",
    "too_long": "too_long",
    "string_too_long": "too_long",
    "string_too_short": "too_short",
}
"""Pydantic's kinds of errors by the names that violations have elsewhere."""

MESSAGES = {"extra_forbidden": "This is unknown here.", "missing": "This is required."}

Check = Callable[[dict[str, Any]], Iterable[Violation]]
Shape = TypeVar("Shape", bound=BaseModel)


def nothing_more(_: dict[str, Any]) -> Iterable[Violation]:
    """A shape that says everything itself."""
    return ()


@dataclass(frozen=True, slots=True)
class Sent:
    """A dependency: the request's body as `model`. `also` finds what the model cannot say."""

    model: type[BaseModel]
    is_optional: bool = False
    limit_bytes: int = MAX_BODY_BYTES
    also: Check = nothing_more

    async def __call__(self, request: Request) -> BaseModel:
        headers = dict(request.scope["headers"])
        timeout_s = service_of(request).settings.body_timeout_s
        body = await read_body(request.receive, headers, self.limit_bytes, timeout_s)
        if isinstance(body, Problem):
            raise Refused(body)
        if not body and self.is_optional:
            return self.model()
        if _media_type(headers) != b"application/json":
            text = "Send the body with 'Content-Type: application/json'."
            raise Refused(Problem("unsupported_media_type", text))
        if len(body) <= INLINE_BYTES:
            return read(self.model, body, self.also)
        return await asyncio.to_thread(read, self.model, body, self.also)


@dataclass(frozen=True, slots=True)
class Uploaded:
    """A dependency: the request's body of that media type as a file without a name, for it may be large."""

    media_type: str
    limit_bytes: int

    async def __call__(self, request: Request) -> IO[bytes]:
        headers = dict(request.scope["headers"])
        announced = headers.get(b"content-length", b"")
        if announced.isdigit() and (len(announced) > MAX_DIGITS or int(announced) > self.limit_bytes):
            raise Refused(self._too_large)
        if _media_type(headers) != self.media_type.encode():
            text = f"Send the file as the body, with 'Content-Type: {self.media_type}'."
            raise Refused(Problem("unsupported_media_type", text))
        file = SpooledTemporaryFile(max_size=UPLOAD_INLINE_BYTES)  # noqa: SIM115  # Its reader closes it.
        try:
            await self._read(request.receive, file, service_of(request).settings.body_timeout_s)
        except BaseException:
            file.close()
            raise
        return file

    async def _read(self, receive: Receive, file: IO[bytes], timeout_s: float) -> None:
        """All of it; each part must come in time."""
        while True:
            try:
                async with asyncio.timeout(timeout_s):
                    message = await receive()
            except TimeoutError:
                text = f"No more of the body arrived within {timeout_s:g} s."
                raise Refused(Problem("body_timeout", text)) from None
            if message["type"] != "http.request":
                raise ClientLeft
            file.write(message.get("body", b""))
            if file.tell() > self.limit_bytes:
                raise Refused(self._too_large)
            if not message.get("more_body", False):
                return

    @property
    def _too_large(self) -> Problem:
        return Problem(TOO_LARGE, f"The body is over {self.limit_bytes} bytes: send fewer accounts at a time.")


@dataclass(frozen=True, slots=True)
class Asked:
    """A dependency: the request's query as `model`; each name at most once."""

    model: type[BaseModel]

    async def __call__(self, request: Request) -> BaseModel:
        given = request.query_params.multi_items()
        times = Counter(name for name, _ in given)
        twice = [name for name, count in times.items() if count > 1]
        wrong = [Violation(name, "repeated", "This is given more than once.", "C-SHAPE") for name in twice]
        return check(self.model, dict(given), wrong, lambda path: ".".join(map(str, path)))


def _media_type(headers: dict[bytes, bytes]) -> bytes:
    return headers.get(b"content-type", b"").partition(b";")[0].strip().lower()


def read(model: type[Shape], body: bytes, also: Check = nothing_more) -> Shape:
    """The body as `model`.

    Raises:
        Refused: if it is no JSON, no object, or breaks any rule.
    """
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        text = f"The body is not JSON: {error.msg} (line {error.lineno}, column {error.colno})."
        raise Refused(Problem("invalid_json", text)) from error
    if not isinstance(document, dict):
        raise invalid([Violation("", "type", "The body must be a JSON object.", "C-SHAPE")])
    if body.count(b":") > MAX_MEMBERS and _members(document) > MAX_MEMBERS:
        raise invalid([Violation("", "too_long", f"The body has more than {MAX_MEMBERS} members.", "C-SHAPE")])
    return check(model, document, also(document), pointer)


def _members(document: object) -> int:
    """How many members all the objects in the document have, however deep they lie."""
    count, left = 0, [document]
    while left:
        each = left.pop()
        if isinstance(each, dict):
            count += len(each)
            left.extend(each.values())
        elif isinstance(each, list):
            left.extend(each)
    return count


def check(
    model: type[Shape],
    document: dict[str, Any],
    more: Iterable[Violation],
    place: Callable[[Iterable[str | int]], str],
) -> Shape:
    """The document as `model`.

    Raises:
        Refused: naming all that is wrong with it, `more` included.
    """
    found = list(more)
    try:
        shape = model.model_validate(document)
    except ValidationError as error:
        errors = error.errors(include_url=False, include_context=False, include_input=False)
        found = [violation(place(each["loc"]), each["type"], each["msg"]) for each in errors] + found
        raise invalid(found) from None
    if found:
        raise invalid(found)
    return shape


def violation(param: str, kind: str, message: str) -> Violation:
    """One of pydantic's errors, in our words."""
    text = MESSAGES.get(kind, message)
    return Violation(param, CODES.get(kind, kind), f"{text[0].upper()}{text[1:].rstrip('.')}.", "C-SHAPE")


def invalid(details: Iterable[Violation]) -> Refused:
    """The refusal of a request that has the wrong shape; of very many violations it names the first."""
    first = tuple(islice(details, MAX_VIOLATIONS))
    where = first[0].param
    return Refused(Problem("control_invalid", f"{where}: {first[0].message}" if where else first[0].message, first))
