"""Plain data that is taken for a record is one: whatever a file holds, reading it fails before it is read, or not."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.archive import conform
from mockserver.archive.kinds import KINDS
from mockserver.codec import encode, reader_of
from tests.mockserver.archive.test_damage import whole
from tests.mockserver.archive.values import documents

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**60), 2**60)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of every value in it."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for name, inner in items for place in places(inner, (*path, name)))]


def changed(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    """A copy with something else at that place."""
    if not path:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = changed(copy[path[0]], path[1:], new)
    return copy


@settings(max_examples=300)
@given(st.data())
def test_what_conforms_can_be_read(data: st.DataObject) -> None:
    """Lines of a real file with anything in the place of anything: what is let through is a record, and stays one."""
    [(name, value)] = data.draw(st.sampled_from(documents(whole()))).items()
    kind = KINDS[name]
    assert conform.fault(kind, value) is None
    path = data.draw(st.sampled_from(places(value)))
    odd = changed(value, path, data.draw(JSON))
    if conform.fault(kind, odd) is None:
        made = reader_of(kind)(odd)
        again = orjson.loads(encode(made))
        assert conform.fault(kind, again) is None
        assert reader_of(kind)(again) == made


@dataclass
class Inner:
    """For one of each type."""

    seed: int
    share: float = 1


@dataclass
class Outer:
    """Every type that a record has."""

    whole: int
    amount: Decimal
    text: str
    data: bytes
    switch: bool
    word: Literal["a", 1]
    maybe: str | None
    many: tuple[Inner, ...]
    pair: tuple[str, int]
    open: Mapping[str, object]
    lists: list[int]
    either: int | str = 0


GOOD: dict[str, Any] = {
    "whole": 1,
    "amount": "1.00001",
    "text": "x",
    "data": "\u00ff",
    "switch": True,
    "word": 1,
    "maybe": None,
    "many": [{"seed": -1}, {"seed": 2, "share": 0.5}],
    "pair": ["x", 1],
    "open": {"a": [None]},
    "lists": [1],
}


GOOD_TOO = [
    ("word", "a"),
    ("maybe", "x"),
    ("many", []),
    ("data", "ascii"),
    ("data", ""),
    ("amount", "0"),
    ("either", "x"),
]


def test_what_is_good() -> None:
    """One of each."""
    assert conform.fault(Outer, GOOD) is None
    for name, value in GOOD_TOO:
        assert conform.fault(Outer, {**GOOD, name: value}) is None


@pytest.mark.parametrize(
    ("name", "value", "where", "said"),
    [
        ("whole", True, "/whole", "whole number from 0"),
        ("whole", 1.0, "/whole", "whole number from 0"),
        ("whole", -1, "/whole", "whole number from 0"),
        ("whole", 2**53 + 1, "/whole", "whole number from 0"),
        ("amount", 1, "/amount", "an amount as text"),
        ("amount", "x", "/amount", "an amount as text"),
        ("amount", "NaN", "/amount", "an amount as text"),
        ("amount", "-1", "/amount", "an amount as text"),
        ("amount", "1e30", "/amount", "an amount as text"),
        ("amount", "0.000001", "/amount", "an amount as text"),
        ("text", None, "/text", "must be text"),
        ("data", "\u0100", "/data", "each character is a byte"),
        ("data", 1, "/data", "each character is a byte"),
        ("switch", 1, "/switch", "true or false"),
        ("word", True, "/word", "one of a, 1"),
        ("word", ["a"], "/word", "one of a, 1"),
        ("maybe", 1, "/maybe", "must be text"),
        ("many", {}, "/many", "must be a list"),
        ("many", [{"seed": 1}, 1], "/many/1", "must be an object"),
        ("many", [{}], "/many/0/seed", "is required"),
        ("many", [{"seed": -(2**54)}], "/many/0/seed", "whole number from -"),
        ("many", [{"seed": 1, "share": "1"}], "/many/0/share", "a number"),
        ("many", [{"seed": 1, "a/b": 1}], "/many/0/a~1b", "unknown to this version"),
        ("pair", ["x"], "/pair", "a list of 2"),
        ("pair", ["x", "y"], "/pair/1", "whole number"),
        ("open", [], "/open", "must be an object"),
        ("lists", [""], "/lists/0", "whole number"),
        ("either", None, "/either", "whole number"),
        ("either", [], "/either", "whole number"),
    ],
)
def test_what_is_not(name: str, value: object, where: str, said: str) -> None:
    """The first place that is wrong is named, with what belongs there."""
    found = conform.fault(Outer, {**GOOD, name: value})
    assert found is not None
    assert (found[0], said in found[1]) == (where, True)


def test_what_nobody_thought_of_is_told_at_once() -> None:
    """A record with a field of another type fails at its first value."""

    @dataclass
    class Odd:
        member: set[int]

    with pytest.raises(AssertionError, match="no way to judge"):
        conform.fault(Odd, {"member": []})
