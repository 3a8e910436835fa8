"""A broken rule of a JSON Schema is named at its member, in one sentence, in order and within bounds."""

from typing import Any

import pytest

from mockserver.models.schema import MAX_MESSAGE_CHARS, MAX_VIOLATIONS, compiled, violations
from mockserver.records import Violation

UNKNOWN = "has a member that is unknown here"


def judged(schema: dict[str, Any], value: object) -> list[Violation]:
    return violations(compiled(schema), value, ("input",), "D-SCHEMA")


def test_a_flood_of_violations_is_bounded() -> None:
    """A thousand are listed; one more says how many there were."""
    found = judged({"items": {"type": "string"}}, [0] * (MAX_VIOLATIONS + 5))
    assert len(found) == MAX_VIOLATIONS + 1
    assert (found[-1].param, found[-1].code) == ("/input", "too_many_violations")
    assert f"{MAX_VIOLATIONS + 5} violations" in found[-1].message


@pytest.mark.parametrize(
    ("schema", "value", "message"),
    [
        ({"required": ["a"]}, {}, "'input/a' is required."),
        ({"type": ["string", "null"]}, 1, "'input' must be of type null or string."),
        ({"enum": ["a", 1]}, 2, "'input' must be one of \"a\", 1."),
        ({"const": False}, True, "'input' must be false."),
        ({"minimum": 3}, 2, "'input' must be at least 3."),
        ({"maximum": 3}, 4, "'input' must be at most 3."),
        ({"minLength": 1}, "", "'input' must have at least 1 character."),
        ({"maxLength": 2}, "abc", "'input' must have at most 2 characters."),
        ({"minItems": 1}, [], "'input' must have at least 1 item."),
        ({"maxItems": 2}, [1, 2, 3], "'input' must have at most 2 items."),
        ({"pattern": "^a$"}, "b", "'input' must match the pattern ^a$."),
        ({"properties": {"a": {}}, "additionalProperties": False}, {"secret": 1}, f"'input' {UNKNOWN}."),
        ({"unevaluatedProperties": False}, {"secret": 1}, f"'input' {UNKNOWN}."),
        ({"multipleOf": 2}, 3, "'input' breaks the rule multipleOf."),
    ],
)
def test_each_rule_has_its_sentence(schema: dict[str, Any], value: object, message: str) -> None:
    """The message says what is wanted; a rule without words of its own is named."""
    assert [each.message for each in judged(schema, value)] == [message]


def test_long_messages_are_cut() -> None:
    """A schema's long list does not make a long message."""
    (violation,) = judged({"enum": [f"choice number {number}" for number in range(100)]}, "x")
    assert len(violation.message) == MAX_MESSAGE_CHARS
    assert violation.message.endswith("…")


def test_items_sort_by_number() -> None:
    """The tenth item comes after the second."""
    found = judged({"items": {"type": "string"}}, ["", "", 0, *[""] * 7, 0])
    assert [each.param for each in found] == ["/input/2", "/input/10"]
