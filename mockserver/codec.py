"""Records as JSON in bytes, and back: whatever was encoded comes back equal.

orjson writes dataclasses itself. What JSON has no word for is written as text: bytes as Latin-1, which has a character
for each of them, and amounts with all their places. Reading follows the types of the fields; a member that is missing
takes its default, and one that is unknown is passed over, so that a record can gain a field.
"""

import types
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from decimal import Decimal
from functools import cache
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

import orjson

T = TypeVar("T")
Reader = Callable[[Any], Any]


def encode(value: object) -> bytes:
    """A record as JSON."""
    return orjson.dumps(value, default=_text)


def decode(kind: type[T], data: bytes) -> T:
    """The record of that kind that `data` was made from."""
    read: Reader = reader_of(kind)  # type: ignore[arg-type]  # a class is hashable
    made: T = read(orjson.loads(data))
    return made


def _text(value: object) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def _same(value: Any) -> Any:
    return value


def _bytes(value: str) -> bytes:
    return value.encode("latin-1")


@cache
def reader_of(kind: Any) -> Reader:
    """How a value of that type is read from its JSON."""
    if is_dataclass(kind):
        return _record_reader(kind)
    if kind is bytes:
        return _bytes
    if kind is Decimal:
        return Decimal
    origin, of = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        return _optional(*(reader_of(each) for each in of if each is not type(None)))
    if origin is tuple and of[-1] is Ellipsis:
        return _many(reader_of(of[0]), tuple)
    if origin is tuple:
        return _each(tuple(map(reader_of, of)))
    if origin is list:
        return _many(reader_of(of[0]), list)
    assert kind in (str, int, float, bool) or origin in (Literal, Mapping), f"no way to read {kind}"
    return _same


def _optional(read: Reader) -> Reader:
    return lambda value: None if value is None else read(value)


def _many(read: Reader, make: type[Any]) -> Reader:
    return lambda values: make(map(read, values))


def _each(readers: tuple[Reader, ...]) -> Reader:
    return lambda values: tuple(read(value) for read, value in zip(readers, values, strict=True))


def _record_reader(kind: Any) -> Reader:
    hints = get_type_hints(kind)
    members = [(each.name, reader_of(hints[each.name]), each.default) for each in fields(kind)]

    def read_record(given: dict[str, Any]) -> Any:
        return kind(
            *[
                default if default is not MISSING and name not in given else read(given[name])
                for name, read, default in members
            ]
        )

    return read_record
