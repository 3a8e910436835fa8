"""No API key is ever shown, however it was written (API.md §4, §7)."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mockserver.wire import redact
from tests.strategies import API_KEYS, readings, spellings

PLAIN = st.text("abcXYZ019 /:;,.{}[]\"'&=?#<>_-\u4eba")


@pytest.mark.clause("H-NO-ECHO", "C-JOURNAL")
@given(st.data(), API_KEYS, PLAIN, PLAIN)
def test_no_spelling_of_a_key_gets_through(data: st.DataObject, key: str, before: str, after: str) -> None:
    """Whatever is decoded of the redacted text, the key is not in it; what stands around it is left as it was."""
    cut = redact.text(f"{before} {data.draw(spellings(key))}!{after}")
    assert not any(key in reading for reading in readings(cut))
    assert cut == f"{redact.text(before)} {key[:8]}***!{redact.text(after)}"


@given(PLAIN | st.text())
@example("mv_live")
@example("mv_live_")
@example("mv_prod_secret")
@example("\\u00 %6 %zz mv%5flive")
@example("mv_live_*** and mv_test_***")
def test_text_without_a_key_is_left_alone(text: str) -> None:
    """Redaction takes out keys and nothing else, and once is enough."""
    once = redact.text(text)
    assert redact.text(once) == once
    assert once == text or re.search(r"mv_(live|test)_[A-Za-z0-9_-]", text)


@pytest.mark.parametrize("run", ["\\", "%", "%25", "%5c", "mv_", "mv_live_", "\\u00"])
def test_a_long_run_of_anything_costs_no_more_than_its_length(run: str) -> None:
    """Redaction of hostile text ends; were it quadratic, this test would take minutes."""
    long = run * 20_000 + "%"
    assert redact.text(long) in (long, "mv_live_***%")


@pytest.mark.clause("C-JOURNAL")
@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("Authorization", "Bearer mv_live_abc", "Bearer mv_live_***"),
        ("authorization", "bearer  another-secret", "bearer  ***"),
        ("Authorization", "Basic bXZfbGl2ZV9hYmM6", "***"),
        ("Proxy-Authorization", "secret", "***"),
        ("Cookie", "session=1", "***"),
        ("Cookie", "key=mv_test_abc", "key=mv_test_***"),
        ("X-Forwarded-For", "mv_live_abc, 10.0.0.1", "mv_live_***, 10.0.0.1"),
        ("X-Other", "nothing", "nothing"),
    ],
)
def test_headers(name: str, value: str, shown: str) -> None:
    """Keys are cut down; credentials of another kind are hidden whole."""
    assert redact.header(name, value) == shown
