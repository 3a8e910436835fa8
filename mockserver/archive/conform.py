"""Whether plain data is what a record is read from: a reader trusts what it is given, and files are anybody's.

Numbers are not negative, but for a seed; amounts have at most five places. What a record does not know is refused, so
that a file of a newer version is not read by halves.
"""

import types
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, fields, is_dataclass
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from mockserver.ledger import PLACES
from mockserver.pointers import pointer

Fault = tuple[tuple[str | int, ...], str]
"""Where something is wrong, from the outside in, and what."""

Judge = Callable[[Any], Fault | None]

MAX_NUMBER = 2**53
MAX_AMOUNT = Decimal(10) ** 12
SIGNED = frozenset({"seed"})


def fault(kind: Any, value: Any) -> tuple[str, str] | None:
    """The JSON Pointer of the first thing that is wrong with the value, and what; None if a record can be read."""
    found = judge_of(kind)(value)
    return None if found is None else (pointer(found[0]), found[1])


@cache
def judge_of(kind: Any) -> Judge:
    """What holds a value to that type."""
    if is_dataclass(kind):
        return _record_judge(kind)
    if kind in _LEAVES:
        return _LEAVES[kind]
    origin, of = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        return _any_of([judge_of(each) for each in of if each is not type(None)], is_optional=type(None) in of)
    if origin is list or (origin is tuple and of[-1] is Ellipsis):
        return _many(judge_of(of[0]))
    if origin is tuple:
        return _each(tuple(map(judge_of, of)))
    if origin is Literal:
        return _one_of(of)
    assert origin is Mapping, f"no way to judge {kind}"
    return lambda value: None if isinstance(value, dict) else ((), "this must be an object")


def _whole(value: Any, least: int = 0) -> Fault | None:
    if type(value) is int and least <= value <= MAX_NUMBER:
        return None
    return (), f"this must be a whole number from {least} to 2^53"


def _signed(value: Any) -> Fault | None:
    return _whole(value, -MAX_NUMBER)


def _number(value: Any) -> Fault | None:
    if type(value) in (int, float) and 0 <= value <= MAX_NUMBER:
        return None
    return (), "this must be a number that is not negative"


def _amount(value: Any) -> Fault | None:
    try:
        amount = Decimal(value) if isinstance(value, str) else Decimal(-1)
        if 0 <= amount <= MAX_AMOUNT and amount.quantize(PLACES) == amount:
            return None
    except InvalidOperation:
        pass
    return (), "this must be an amount as text, with at most five places"


def _text(value: Any) -> Fault | None:
    return None if isinstance(value, str) else ((), "this must be text")


def _bytes(value: Any) -> Fault | None:
    if isinstance(value, str) and (value.isascii() or max(value) <= "\xff"):
        return None
    return (), "this must be text of which each character is a byte"


def _switch(value: Any) -> Fault | None:
    return None if isinstance(value, bool) else ((), "this must be true or false")


_LEAVES: dict[Any, Judge] = {
    int: _whole,
    float: _number,
    Decimal: _amount,
    str: _text,
    bytes: _bytes,
    bool: _switch,
}


def _one_of(variants: tuple[object, ...]) -> Judge:
    """`1 == True` in Python, but not here."""
    known = {(type(variant), variant) for variant in variants}
    says = f"this must be one of {', '.join(map(str, variants))}"

    def judge(value: Any) -> Fault | None:
        is_known = isinstance(value, str | int) and (type(value), value) in known
        return None if is_known else ((), says)

    return judge


def _any_of(judges: Sequence[Judge], *, is_optional: bool) -> Judge:
    """What is wrong with a value is told as the first of them sees it."""

    def judge(value: Any) -> Fault | None:
        if value is None and is_optional:
            return None
        found = judges[0](value)
        return None if found is None or any(other(value) is None for other in judges[1:]) else found

    return judge


def _many(judge: Judge) -> Judge:
    def judge_all(values: Any) -> Fault | None:
        if not isinstance(values, list):
            return (), "this must be a list"
        for index, value in enumerate(values):
            if (found := judge(value)) is not None:
                return (index, *found[0]), found[1]
        return None

    return judge_all


def _each(judges: tuple[Judge, ...]) -> Judge:
    def judge_each(values: Any) -> Fault | None:
        if not isinstance(values, list) or len(values) != len(judges):
            return (), f"this must be a list of {len(judges)}"
        for index, (judge, value) in enumerate(zip(judges, values, strict=True)):
            if (found := judge(value)) is not None:
                return (index, *found[0]), found[1]
        return None

    return judge_each


def _record_judge(kind: Any) -> Judge:
    hints = get_type_hints(kind)
    judges = {each.name: _signed if each.name in SIGNED else judge_of(hints[each.name]) for each in fields(kind)}
    required = [each.name for each in fields(kind) if each.default is MISSING]

    def judge(value: Any) -> Fault | None:
        if not isinstance(value, dict):
            return (), "this must be an object"
        for name, given in value.items():
            if name not in judges:
                return (name,), "this is unknown to this version of mindvideo-mock"
            if (found := judges[name](given)) is not None:
                return (name, *found[0]), found[1]
        missing = next((name for name in required if name not in value), None)
        return None if missing is None else ((missing,), "this is required")

    return judge
