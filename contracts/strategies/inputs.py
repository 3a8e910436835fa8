"""Valid inputs of one model, from its contract data alone. Nothing here knows a slug.

A member is drawn from what the model's schemas say of it, else from its example: what nobody tells anything of is left
out, though a partial model would let it through. Both the documented and the provider's schema are kept, so that the
inputs are accepted under either variant of `media_rules`.
"""

from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from functools import reduce
from typing import Any

from hypothesis import strategies as st
from hypothesis_jsonschema import from_schema

from contracts.strategies.references import ANY_LENGTH_MS, fits, references
from mockserver.models import Model
from mockserver.pointers import find, pointer, split

Json = dict[str, Any]
Place = tuple[str, ...]
Values = st.SearchStrategy[Any]

PROMPT = "prompt"
NONCE_CHARS = 100
"""So much room is left under the longest prompt a provider takes."""

LARGEST: Json = {"minimum": 1 - 2**53, "maximum": 2**53 - 1}
"""Beyond it not every JSON reader keeps the number (RFC 7493)."""

MOST_FILES = 2
TELLING = frozenset(("type", "enum", "const", "properties", "pattern", "allOf", "anyOf", "oneOf", "$ref"))


def inputs(model: Model, present: frozenset[str] = frozenset()) -> st.SearchStrategy[Json]:
    """Inputs that are accepted, with these members in them. The simplest is the documented example."""
    parts = members(model)
    wanted = present | required(model)
    certain = {name: part for name, part in parts.items() if name in wanted}
    possible = {name: part for name, part in parts.items() if name not in wanted}
    drawn = _with_media(model, st.fixed_dictionaries(certain, optional=possible))
    drawn = drawn.filter(lambda given: not model.violations(given, upstream=True))
    if not present <= model.example_input.keys():
        return drawn
    return st.sampled_from((_copies(model.example_input), drawn, drawn, drawn)).flatmap(itself)


def itself(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """For a choice among strategies that `one_of` would weigh by their branches."""
    return strategy


def required(model: Model) -> frozenset[str]:
    """The members that the model's schemas ask for; a partial model does not tell all of them, but takes its prompt."""
    asked = frozenset(name for schema in _schemas(model) for name in schema.get("required", ()))
    return asked | {PROMPT} if model.coverage == "partial" and PROMPT in model.example_input else asked


def members(model: Model) -> dict[str, Values]:
    """Values for each member of which anything is known, the prompt first; media are left empty."""
    said: dict[str, Json] = {}
    for schema in _schemas(model):
        for name, inner in schema.get("properties", {}).items():
            said[name] = said.get(name, {}) | inner
    example = model.example_input
    places = [split(member["at"]) for member in model.document["media"]]
    named = {*said, *required(model), *example, *(place[0] for place in places)}
    found: dict[str, Values] = {}
    for name in sorted(named, key=lambda name: (name != PROMPT, name)):
        schema = said.get(name, {})
        if name == PROMPT:
            schema = _prompt(schema)
        elif _tells(schema):
            schema = _bounds(model).get(name, {}) | schema
        inner_places = [place[1:] for place in places if place[0] == name]
        part = _part(schema, example.get(name), inner_places)
        if part is not None:
            found[name] = part
    return found


def _schemas(model: Model) -> list[Json]:
    """The provider's schema, then the documented one: what the latter says of a member counts first."""
    parts = ("upstream_schema", "input_schema")
    return [model.document[part]["schema"] for part in parts if part in model.document]


def _prompt(schema: Json) -> Json:
    text: Json = {"type": "string", "minLength": 1} | schema
    if "maxLength" in text:
        text["maxLength"] = max(text["minLength"], text["maxLength"] - NONCE_CHARS)
    return text


def _bounds(model: Model) -> dict[str, Json]:
    """How many files, and how many seconds, a model's output can have: an integer that asks for more is no use."""
    rules = model.document["output_rules"]
    count, length = rules.get("count", {}), rules.get("length", {})
    found = {}
    if "by" in count:
        found[count["by"][1:]] = {"minimum": 1, "maximum": count["most"]}
    if "by" in length:
        found[length["by"][1:]] = {"minimum": length["least_s"], "maximum": length["most_s"]}
    return found


def _tells(schema: Mapping[str, Any]) -> bool:
    """Whether the schema says what a value is, and not only what it must not be."""
    return not TELLING.isdisjoint(schema)


def _part(schema: Json, example: object, places: Sequence[Place]) -> Values | None:
    """Values of one part of an input, with an empty text at each of the places; None if nothing is known of it."""
    if not places:
        if _tells(schema):
            return from_schema(bounded(schema), allow_x00=False)
        return None if example is None else _like(example)
    choices: list[Values] = []
    if () in places:
        choices.append(st.just(""))
    if starred := [place[1:] for place in places if place[:1] == ("*",)]:
        first = example[0] if isinstance(example, list) and example else None
        choices.append(_list(schema, _part(schema.get("items", {}), first, starred)))
    if named := [place for place in places if place and place[0] != "*"]:
        choices.extend(_objects(schema, example if isinstance(example, dict) else {}, named))
    return st.one_of(choices)


def _list(schema: Json, items: Values | None) -> Values:
    assert items is not None
    least = max(1, schema.get("minItems", 0))
    return st.lists(items, min_size=least, max_size=max(least, min(schema.get("maxItems", MOST_FILES), MOST_FILES)))


def _objects(schema: Json, example: Json, places: Sequence[Place]) -> Iterable[Values]:
    """Objects as schema and example have them; where both are silent, one with each of the media members alone."""
    properties: Json = schema.get("properties", {})
    heads = [place[0] for place in places]
    parts: dict[str, Values] = {}
    for name in dict.fromkeys((*properties, *example, *heads)):
        inner = [place[1:] for place in places if place[0] == name]
        part = _part(properties.get(name, {}), example.get(name), inner)
        if part is not None:
            parts[name] = part
    if not properties and not example:
        return [st.fixed_dictionaries({name: part}) for name, part in parts.items()]
    wanted = schema.get("required", example)
    certain = {name: part for name, part in parts.items() if name in wanted}
    possible = {name: part for name, part in parts.items() if name not in wanted}
    return [st.fixed_dictionaries(certain, optional=possible)]


def _like(example: object) -> Values:
    """The example's value; of a switch also the other one."""
    return st.sampled_from([example, not example]) if isinstance(example, bool) else _copies(example)


def _copies(value: Any) -> Values:
    """That value, and nobody else's: what a test changes in it stays there."""
    return st.just(value).map(deepcopy)


def bounded(schema: Json) -> Json:
    """The schema without what it merely does not forbid: unknown members, numbers no JSON reader is sure to keep."""
    kept = dict(schema)
    if "properties" in kept:
        kept = {"type": "object"} | kept | {"additionalProperties": False}
        kept["properties"] = {name: bounded(inner) for name, inner in kept["properties"].items()}
    if kept.get("type") in ("integer", "number"):
        kept = {**LARGEST, **kept}
    if "items" in kept:
        kept["items"] = bounded(kept["items"])
    return kept


@st.composite
def _with_media(draw: st.DrawFn, model: Model, empty: st.SearchStrategy[Json]) -> Json:
    """The inputs with a reference in each media member, every video as long as the input's own rules ask."""
    given = draw(empty)
    bounds_ms = {place: (shortest, longest) for place, shortest, longest, _ in model.duration_bounds(given)}
    for member in model.document["media"]:
        kind = member["kind"]
        inline = fits(kind, model.upstream_media(kind))
        for path, text in find(given, member["at"]):
            if isinstance(text, str):
                allowed_ms = bounds_ms.get(pointer(("input", *path)), ANY_LENGTH_MS)
                put(given, path, draw(references(kind, *allowed_ms, inline=inline)))
    return given


def put(given: Json, path: Sequence[str | int], value: object) -> None:
    """Set what stands at a path whose parent is there."""
    parent: Any = reduce(_child, path[:-1], given)
    parent[path[-1]] = value


def _child(parent: Any, part: str | int) -> Any:
    return parent[part]
