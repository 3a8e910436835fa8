"""Every open question is one setting; its values are read, checked, printed and never half applied."""

from dataclasses import fields
from math import inf, nan
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver import dialect
from mockserver.dialect import DEFAULT, Dialect, RateLimit
from mockserver.records import Violation

SETTINGS = {setting.name: setting for setting in dialect.settings()}
DEFAULTS = {
    "create_status": 200,
    "validation_status": 400,
    "unknown_model_status": 404,
    "unknown_key_status": 401,
    "disabled_key_status": 401,
    "error_envelope": "nested",
    "request_id_of": "task",
    "pending_fields": "omit",
    "failed_error": "object",
    "events_format": "object",
    "idempotency_fingerprint": "canonical",
    "idempotency_replay_view": "current",
    "idempotency_ttl_s": 86400,
    "idempotency_in_flight": "wait",
    "idempotency_replay_header": "none",
    "duration_check": "at_submit",
    "duration_tolerance_ms": 0,
    "media_rules": "documented",
    "billing": "per_task",
    "charge_on": "success",
    "no_balance_status": 402,
    "rate_limit": "none",
    "concurrency_limit": "none",
    "output_ttl_s": "never",
    "extra_fields": "none",
}

SECONDS = st.just("never") | st.integers(0, 10**9) | st.floats(0, 1e9)
RATES = st.just("none") | st.builds("{}/{}".format, st.integers(1, 10**6), st.integers(1, 10**6))
FRACTIONS = st.builds("{}/{}.{}".format, st.integers(1, 99), st.integers(1, 99), st.integers(1, 999))
BY_FORM: dict[str, st.SearchStrategy[Any]] = {
    "seconds": SECONDS,
    "rate": RATES | FRACTIONS,
    "count": st.just("none") | st.integers(1, 10**9),
    "milliseconds": st.integers(0, 10**9),
}
GOOD = st.fixed_dictionaries(
    {},
    optional={
        name: BY_FORM[each.form] if each.form in BY_FORM else st.sampled_from(each.variants)
        for name, each in SETTINGS.items()
    },
)
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(), inner, max_size=2),
    max_leaves=4,
)


def parsed(values: dict[str, Any]) -> Dialect:
    found = dialect.parse(values)
    assert isinstance(found, Dialect)
    return found


def refused(values: dict[str, object]) -> list[Violation]:
    found = dialect.parse(values)
    assert isinstance(found, list)
    return found


def test_the_defaults_are_those_of_the_contract() -> None:
    """Each of the open questions has its default, under its name, in the form it is written in."""
    assert dialect.as_json(DEFAULT) == DEFAULTS
    assert {type(value) for value in dialect.as_json(DEFAULT).values()} == {int, str}
    assert list(SETTINGS) == list(DEFAULTS) == [each.name for each in fields(Dialect)]
    assert {name: setting.default for name, setting in SETTINGS.items()} == DEFAULTS


def test_every_setting_can_be_printed() -> None:
    """A setting tells what it takes, why its default is so, and the clause that says it."""
    for setting in SETTINGS.values():
        assert setting.values
        assert setting.why.endswith(".")
        assert setting.clause.startswith("A-")


@pytest.mark.clause("C-DIALECT")
@given(GOOD)
def test_what_is_printed_can_be_read(values: dict[str, Any]) -> None:
    """A dialect survives printing and parsing, whole."""
    found = parsed(values)
    assert parsed(dialect.as_json(found)) == found


@pytest.mark.clause("C-DIALECT")
@given(GOOD, GOOD)
def test_a_merge_changes_what_it_names_and_nothing_else(first: dict[str, Any], second: dict[str, Any]) -> None:
    """The later value wins; what is not named stays."""
    merged = dialect.merge(parsed(first), second)
    assert merged == parsed(first | second)


@pytest.mark.clause("C-DIALECT")
@given(GOOD, st.dictionaries(st.text() | st.sampled_from(sorted(SETTINGS)), ANY_JSON))
def test_any_value_is_read_or_named(good: dict[str, Any], wild: dict[str, Any]) -> None:
    """No value raises; what is refused is named by its own pointer, one violation each."""
    found = dialect.merge(parsed(good), wild)
    if isinstance(found, Dialect):
        assert wild.keys() <= SETTINGS.keys()
        assert parsed(dialect.as_json(found)) == found
    else:
        assert len({violation.param for violation in found}) == len(found) <= len(wild)


@pytest.mark.clause("C-DIALECT")
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("create_status", 204),
        ("create_status", "200"),
        ("create_status", 200.0),
        ("create_status", True),
        ("error_envelope", "Nested"),
        ("error_envelope", None),
        ("idempotency_ttl_s", -1),
        ("idempotency_ttl_s", nan),
        ("idempotency_ttl_s", inf),
        ("idempotency_ttl_s", True),
        ("idempotency_ttl_s", "none"),
        ("idempotency_ttl_s", 10**400),
        ("output_ttl_s", [1]),
        ("duration_tolerance_ms", -1),
        ("duration_tolerance_ms", 0.5),
        ("duration_tolerance_ms", False),
        ("concurrency_limit", 0),
        ("concurrency_limit", "2"),
        ("concurrency_limit", True),
        ("concurrency_limit", "never"),
        ("rate_limit", 3),
        ("rate_limit", "3"),
        ("rate_limit", "0/60"),
        ("rate_limit", "3/0"),
        ("rate_limit", "3/0.0001"),
        ("rate_limit", "-3/60"),
        ("rate_limit", "3/60s"),
        ("rate_limit", "٣/60"),
        ("rate_limit", "3/60\n"),
    ],
    ids=repr,
)
def test_wrong_values_are_refused_by_name(name: str, value: object) -> None:
    """What is out of bounds or of another type is named, and what it should be is said."""
    (violation,) = refused({name: value})
    assert (violation.param, violation.code, violation.clause) == (f"/{name}", "setting_value", "C-DIALECT")
    assert SETTINGS[name].values in violation.message


@pytest.mark.clause("C-DIALECT")
def test_an_unknown_setting_lists_the_known_ones_and_nothing_is_applied() -> None:
    """One wrong part spoils the whole change; every wrong part is named."""
    found = refused({"create_status": 201, "no/such": 1, "charge_on": "never"})
    assert [(each.param, each.code) for each in found] == [
        ("/no~1such", "unknown_setting"),
        ("/charge_on", "setting_value"),
    ]
    assert all(name in found[0].message for name in SETTINGS)


def test_parsed_forms() -> None:
    """Limits and times are ready for use: numbers, milliseconds, None for never and none."""
    found = parsed({"rate_limit": "3/60", "concurrency_limit": 2, "output_ttl_s": 1.5, "idempotency_ttl_s": "never"})
    assert found.rate_limit == RateLimit(3, 60_000)
    assert (found.concurrency_limit, found.output_ttl_s, found.idempotency_ttl_s) == (2, 1.5, None)
    assert parsed({"rate_limit": "1/0.25"}).rate_limit == RateLimit(1, 250)
    assert dialect.as_json(found)["output_ttl_s"] == 1.5


@given(GOOD)
def test_settings_can_be_given_on_a_command_line(values: dict[str, Any]) -> None:
    """The text of a value means the value."""
    texts = {name: dialect.from_text(name, str(value)) for name, value in values.items()}
    assert parsed(texts) == parsed(values)


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("create_status", "202", 202),
        ("create_status", "two", "two"),
        ("output_ttl_s", "1.5", 1.5),
        ("no_such", "7", 7),
    ],
)
def test_texts_become_what_they_look_like(name: str, text: str, value: object) -> None:
    """A variant by its name, a number by its digits, else the text itself, for the check to refuse."""
    assert dialect.from_text(name, text) == value


def test_a_file_is_a_flat_list_of_settings() -> None:
    """What it leaves out stays at its default."""
    text = 'create_status = 202\nrate_limit = "3/60"\n'
    expected = parsed({"create_status": 202, "rate_limit": "3/60"})
    assert dialect.load_toml(text) == dialect.load_toml(text.encode()) == expected
    assert dialect.load_toml("") == DEFAULT


@pytest.mark.parametrize(
    ("content", "param", "code"),
    [
        ("create_status = ", "", "toml"),
        (b"\xff", "", "toml"),
        ("create_status = 204", "/create_status", "setting_value"),
        ("output_ttl_s = nan", "/output_ttl_s", "setting_value"),
        ("[dialect]\ncreate_status = 202", "/dialect", "unknown_setting"),
    ],
)
def test_a_bad_file_is_refused(content: str | bytes, param: str, code: str) -> None:
    """Bytes that are no TOML and settings that are none give one clear violation."""
    found = dialect.load_toml(content)
    assert isinstance(found, list)
    assert [(each.param, each.code) for each in found] == [(param, code)]
