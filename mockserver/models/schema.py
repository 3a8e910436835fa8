"""All violations of a JSON Schema, each at the member it is about, in words that never repeat the value sent."""

from collections.abc import Callable, Iterator
from typing import Any

import orjson

from mockserver.pointers import Path, pointer
from mockserver.records import Violation

MAX_VIOLATIONS = 1000
MAX_MESSAGE_CHARS = 300

_MESSAGES: dict[str, Callable[[Any], str]] = {
    "required": lambda _: "is required",
    "additionalProperties": lambda _: "has a member that is unknown here",
    "unevaluatedProperties": lambda _: "has a member that is unknown here",
    "type": lambda kind: f"must be of type {' or '.join(kind.types)}",
    "enum": lambda kind: f"must be one of {', '.join(_json(option) for option in kind.options)}",
    "const": lambda kind: f"must be {_json(kind.expected_value)}",
    "minimum": lambda kind: f"must be at least {kind.limit}",
    "maximum": lambda kind: f"must be at most {kind.limit}",
    "minLength": lambda kind: f"must have at least {_count(kind.limit, 'character')}",
    "maxLength": lambda kind: f"must have at most {_count(kind.limit, 'character')}",
    "minItems": lambda kind: f"must have at least {_count(kind.limit, 'item')}",
    "maxItems": lambda kind: f"must have at most {_count(kind.limit, 'item')}",
    "pattern": lambda kind: f"must match the pattern {kind.pattern}",
}


def compiled(schema: dict[str, Any]) -> Any:
    """A validator of this schema (Draft 2020-12). The library is imported on the first of them."""
    from jsonschema_rs import Draft202012Validator

    return Draft202012Validator(schema)


def violations(validator: Any, instance: object, prefix: Path, clause: str) -> list[Violation]:
    """Every violation, sorted by place; at most `MAX_VIOLATIONS`, then one that says so."""
    try:
        if validator.is_valid(instance):
            return []
        found = [each for error in validator.iter_errors(instance) for each in _at_member(error, prefix, clause)]
    except ValueError:  # nested beyond reason, or text that is no Unicode
        message = f"'{'/'.join(map(str, prefix))}' is nested too deeply, or holds text that is not Unicode."
        return [Violation(pointer(prefix), "unreadable", message, clause)]
    found.sort(key=lambda pair: (_order(pair[0]), pair[1].code))
    kept = [violation for _, violation in found[:MAX_VIOLATIONS]]
    if len(found) > MAX_VIOLATIONS:
        message = f"There are {len(found)} violations; the first {MAX_VIOLATIONS} are listed."
        kept.append(Violation(pointer(prefix), "too_many_violations", message, clause))
    return kept


def _at_member(error: Any, prefix: Path, clause: str) -> Iterator[tuple[Path, Violation]]:
    """The library reports missing and surplus members at their parent: name each by its own pointer."""
    kind = error.kind
    path = (*prefix, *error.instance_path)
    if kind.name == "required":
        places = [(*path, kind.property)]
    elif kind.name in ("additionalProperties", "unevaluatedProperties"):
        places = [(*path, member) for member in kind.unexpected]
    else:
        places = [path]
    named = places[0] if kind.name == "required" else path
    code, message = _snake(kind.name), _message(named, kind)
    for place in places:
        yield place, Violation(pointer(place), code, message, clause)


def _message(path: Path, kind: Any) -> str:
    """One sentence. It names only members the schema knows: what a client made up could hold a key."""
    member = "/".join(map(str, path))
    text = _MESSAGES.get(kind.name, lambda _: f"breaks the rule {kind.name}")(kind)
    sentence = f"'{member}' {text}."
    return sentence if len(sentence) <= MAX_MESSAGE_CHARS else f"{sentence[: MAX_MESSAGE_CHARS - 1]}…"


def _order(path: Path) -> list[tuple[int, int, str]]:
    """Pointers sort by member; items of a list by number."""
    return [(0, part, "") if isinstance(part, int) else (1, 0, part) for part in path]


def _snake(keyword: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in keyword)


def _json(value: object) -> str:
    return orjson.dumps(value).decode()


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
