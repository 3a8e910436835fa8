"""Drawn dialects are dialects, and the list of readings leaves out no question."""

import json
from typing import Any

from hypothesis import given

from contracts.strategies import dialects, readings
from mockserver.dialect import DEFAULT, Dialect, as_json, parse, settings
from tests.contracts.strategies.drawing import simplest, some

NUMERIC = [each.name for each in settings() if each.form != "choice"]


@given(dialects())
def test_every_dialect_is_one(changes: dict[str, Any]) -> None:
    """The server takes it, also after a way through JSON, and tells it back."""
    spoken = parse(json.loads(json.dumps(changes)))
    assert isinstance(spoken, Dialect)
    assert as_json(spoken) == as_json(DEFAULT) | changes


def test_the_simplest_is_the_default() -> None:
    """What shrinking ends at is no change at all."""
    assert simplest(dialects()) == {}


def test_settings_are_drawn_at_every_kind_of_value() -> None:
    """All variants of a choice come up; a setting that takes numbers is not only drawn at the words beside them."""
    drawn = [(name, value) for changes in some(dialects(), 500) for name, value in changes.items()]
    for setting in settings():
        values = {value for name, value in drawn if name == setting.name}
        assert values >= set(setting.variants)
        assert setting.form == "choice" or values - {"never", "none"}


def test_readings_change_one_setting_each() -> None:
    """Each is a dialect that differs from the default one in just its setting, and none comes twice."""
    for reading in readings():
        spoken = parse(reading)
        assert isinstance(spoken, Dialect)
        assert (as_json(spoken).items() - as_json(DEFAULT).items()) == reading.items()
    assert len(readings()) == len({json.dumps(reading) for reading in readings()})


def test_readings_cover_every_question() -> None:
    """All variants but the default are there; only what has a single answer has no reading."""
    for setting in settings():
        given = [reading[setting.name] for reading in readings() if setting.name in reading]
        assert {*setting.variants} - {*given} <= {setting.default}
        assert bool(given) is (setting.form != "choice" or len(setting.variants) > 1)


def test_readings_of_numbers() -> None:
    """A number is such that a client can tell it within one life."""
    assert [reading for reading in readings() if reading.keys() <= set(NUMERIC)] == [
        {"idempotency_ttl_s": "never"},
        {"idempotency_ttl_s": 60},
        {"duration_tolerance_ms": 500},
        {"rate_limit": "1/10"},
        {"concurrency_limit": 1},
        {"output_ttl_s": 60},
    ]
