"""What is written to a database comes back equal, whatever record it is and whatever is in it."""

import dataclasses
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from typing import Any, Literal, get_args, get_origin, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.accounts import Account, AccountClock
from mockserver.codec import decode, encode
from mockserver.dialect import Dialect, RateLimit
from mockserver.ledger import Topup
from mockserver.planning import PlanBook, PlanEntry
from mockserver.records import (
    Exchange,
    MediaFacts,
    Message,
    OperatorEvent,
    Plan,
    Price,
    Registered,
    Rule,
    Task,
    Violation,
    Why,
)
from mockserver.store.sql import rows
from tests.mockserver.store.values import account, exchange
from tests.strategies import PLANS, task

RECORDS = [
    Account,
    AccountClock,
    Dialect,
    Exchange,
    MediaFacts,
    Message,
    OperatorEvent,
    Plan,
    PlanBook,
    PlanEntry,
    Price,
    RateLimit,
    Registered,
    Rule,
    Task,
    Topup,
    Violation,
    Why,
]

SOME = settings(max_examples=25)
"""Whole records are large, and drawing one takes its time."""

WHOLE = st.integers(-(2**53), 2**53)
JSON = st.recursive(
    st.none() | st.booleans() | WHOLE | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
AMOUNTS = st.integers(-(10**12), 10**12).map(lambda number: Decimal(number).scaleb(-5))

PLAIN: dict[Any, st.SearchStrategy[Any]] = {
    int: WHOLE,
    float: st.floats(allow_nan=False, allow_infinity=False),
    bool: st.booleans(),
    str: st.text(max_size=8),
    bytes: st.binary(max_size=8),
    Decimal: AMOUNTS,
    Mapping[str, object]: st.dictionaries(st.text(max_size=8), JSON, max_size=3),
}


@cache
def values(kind: Any) -> st.SearchStrategy[Any]:
    """Any value that the type allows; an open mapping holds what JSON can hold."""
    if kind in PLAIN:
        return PLAIN[kind]
    if dataclasses.is_dataclass(kind):
        make: Any = kind
        hints = get_type_hints(kind)
        return st.tuples(*(values(hints[field.name]) for field in dataclasses.fields(kind))).map(lambda m: make(*m))
    origin, of = get_origin(kind), get_args(kind)
    if origin is Literal:
        return st.sampled_from(of)
    if origin is list or of[-1] is Ellipsis:
        many = st.lists(values(of[0]), max_size=2)
        return many if origin is list else many.map(tuple)
    if origin is tuple:
        return st.tuples(*map(values, of))
    return st.one_of([st.none() if each is type(None) else values(each) for each in of])


@pytest.mark.parametrize("kind", RECORDS, ids=lambda kind: kind.__name__)
@SOME
@given(st.data())
def test_every_record_comes_back(kind: Any, data: st.DataObject) -> None:
    """Equal, and of the same types all the way down."""
    record = data.draw(values(kind))
    back = decode(kind, encode(record))
    assert back == record
    assert repr(back) == repr(record)


@SOME
@given(values(Account), st.text())
def test_an_account_comes_back_from_its_row(known: Account, name: str) -> None:
    """Its name and its counters are columns."""
    row = rows.account_values(known)
    assert rows.account_of(known.account_id, row["data"], row["ordinal"], row["serial"]) == known
    assert rows.account_of(name, row["data"], 1, 2) == dataclasses.replace(known, account_id=name, ordinal=1, serial=2)


@SOME
@given(PLANS, st.text(), st.binary(), st.lists(values(MediaFacts), max_size=2))
def test_a_task_comes_back_from_its_row(plan: Plan, key: str, body: bytes, facts: list[MediaFacts]) -> None:
    """Whose it is and what was sent are columns; bodies of any size are."""
    for content in (body, body + bytes(rows.REMEMBERED_BYTES)):
        made = task(plan=plan, idempotency_key=key, body=content, media=tuple(("/input", each) for each in facts))
        row = rows.task_values(made, 7)
        assert rows.task_of("acct_0", row["data"], row["body"]) == made
        assert rows.task_of("acct_9", row["data"], row["body"]) == dataclasses.replace(made, account_id="acct_9")


@SOME
@given(values(Exchange))
def test_an_exchange_comes_back_from_its_row(known: Exchange) -> None:
    """Its bodies are columns."""
    row = rows.exchange_values(known)
    assert rows.exchange_of(row["data"], row["request_body"], row["response_body"]) == known


@given(values(Registered))
def test_media_come_back_from_their_row(known: Registered) -> None:
    """Their bytes are a column."""
    assert rows.media_of(rows.media_data(known), known.content) == known


@given(AMOUNTS)
def test_amounts_are_counted_in_their_last_place(amount: Decimal) -> None:
    """So that a database adds them up exactly."""
    assert str(rows.money(rows.units(amount))) == str(amount)


def test_a_record_can_gain_a_field() -> None:
    """What was written before takes the default; what this version does not know is passed over."""
    assert decode(Plan, b'{"queued_ms":1,"processing_ms":2,"mood":"good"}') == Plan(1, 2)
    with pytest.raises(KeyError, match="processing_ms"):
        decode(Plan, b'{"queued_ms":1}')


def test_what_cannot_be_read_is_told_at_once() -> None:
    """A field of a type that nobody thought of fails at the first record, not at the first odd value."""

    @dataclasses.dataclass
    class Odd:
        member: set[int]

    with pytest.raises(AssertionError, match="no way to read"):
        decode(Odd, b'{"member":[]}')


def test_headers_of_any_bytes() -> None:
    """Each byte has its character."""
    message = Message([(b"x", bytes(range(256)))], b"", 0)
    odd = dataclasses.replace(exchange("ex_0"), request=message)
    row = rows.exchange_values(odd)
    assert rows.exchange_of(row["data"], b"", b"") == odd
    assert rows.bare(account("acct_1")) == rows.bare(account("acct_2"))
