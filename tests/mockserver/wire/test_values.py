"""Times and money as they are written outside (CONTROL.md)."""

import json
import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.accounts import LATEST_MS
from mockserver.wire.values import EARLIEST_MS, from_iso, iso, money_number, money_text

MONEY = st.decimals(Decimal(0), Decimal("1e12"), places=5)


@given(st.integers(EARLIEST_MS, LATEST_MS))
def test_a_time_can_be_read_back(at_ms: int) -> None:
    """Every millisecond of the years 1 to 9999 has its own text, with three decimals and a Z."""
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", iso(at_ms))
    assert from_iso(iso(at_ms)) == at_ms


@pytest.mark.parametrize(
    ("text", "at_ms"),
    [
        ("2026-03-01T12:00:00.000Z", 1_772_366_400_000),
        ("2026-03-01T12:00:00Z", 1_772_366_400_000),
        ("2026-03-01T12:00Z", 1_772_366_400_000),
        ("2026-03-01T13:00:00+01:00", 1_772_366_400_000),
        ("2026-03-01T12:00:00.0019Z", 1_772_366_400_001),
        ("1969-12-31T23:59:59.999Z", -1),
    ],
)
def test_times_as_they_may_be_written(text: str, at_ms: int) -> None:
    """Any zone, any precision down to microseconds; what is below a millisecond is dropped."""
    assert from_iso(text) == at_ms


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-03-01",
        "2026-03-01T12:00:00",
        "2026-03-01 12:00:00Z",
        "2026-02-30T00:00:00Z",
        "2026-03-01T25:00:00Z",
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00+23:59",
        "9999-12-31T23:59:59-23:59",
        "2026-03-01T12:00:00+99:99",
        "\u0662026-03-01T12:00:00Z",
        "now",
    ],
)
def test_what_is_no_time(text: str) -> None:
    """Without a zone, of no calendar day, or beyond the years that can be written: refused."""
    with pytest.raises(ValueError, match=r"."):
        from_iso(text)


@pytest.mark.clause("D-COST")
@given(MONEY)
def test_money_is_a_number_of_at_most_five_decimals(amount: Decimal) -> None:
    """Never an exponent, and not a digit lost."""
    text = money_number(amount)
    assert re.fullmatch(r"(0|[1-9]\d*)(\.\d{0,4}[1-9])?", text)
    assert json.loads(text, parse_float=Decimal, parse_int=Decimal) == amount


@pytest.mark.clause("D-COST", "C-LEDGER")
@pytest.mark.parametrize(
    ("amount", "number", "text"),
    [
        ("0.11574", "0.11574", "0.11574"),
        ("10.00000", "10", "10.00000"),
        ("0", "0", "0.00000"),
        ("0E-7", "0", "0.00000"),
        ("-0.00000", "0", "-0.00000"),
        ("1E+2", "100", "100.00000"),
        ("0.50000", "0.5", "0.50000"),
    ],
)
def test_money_as_it_is_written(amount: str, number: str, text: str) -> None:
    """The public API drops what says nothing; the control plane always writes five places."""
    assert money_number(Decimal(amount)) == number
    assert money_text(Decimal(amount)) == text
