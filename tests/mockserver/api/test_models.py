"""Every model over the API: input its schema allows is taken, input that breaks one rule is refused by that rule."""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis_jsonschema import from_schema

from mockserver import models
from mockserver.models import Model
from mockserver.pointers import find, pointer
from mockserver.settings import Settings
from tests.asgi import HOST, Caller, dialect

GOOD_URLS = {
    "image": ["https://example.com/ref.png", f"http://{HOST}/_mock/media/ref-image-64x48.png", "HTTPS://[::1]/x"],
    "video": [
        "https://example.com/ref-video-3s.mp4",
        "https://example.com/ref-video-10s.mp4?x=1",
        f"http://{HOST}/_mock/media/ref-video-3s-96x64.mp4",
        "http://example.com",
    ],
}
"""Of 3 to 10 seconds, as any orientation takes them."""


def of(slug: str) -> Model:
    model = models.get(slug)
    assert model is not None
    return model


SURPLUS = st.dictionaries(
    st.text(min_size=1), st.none() | st.booleans() | st.integers() | st.text() | st.lists(st.floats(0, 1)), max_size=2
)


@cache
def inputs(slug: str) -> st.SearchStrategy[Any]:
    """What the schema allows; where it is open, with a few members it does not know."""
    schema = of(slug).document["input_schema"]["schema"]
    unknown = {name: {"type": "string"} for name in schema.get("required", ())}
    members = {**unknown, **schema.get("properties", {})}
    known = from_schema({**schema, "properties": members, "additionalProperties": False})
    if schema.get("additionalProperties") is False:
        return known
    return st.builds(lambda surplus, value: surplus | value, SURPLUS, known)


def with_media(data: st.DataObject, model: Model, value: dict[str, Any]) -> dict[str, Any]:
    """The same input with good URLs wherever it names media."""
    for member in model.document["media"]:
        for path, text in list(find(value, member["at"])):
            if isinstance(text, str):
                holder: Any = value
                for part in path[:-1]:
                    holder = holder[part]
                holder[path[-1]] = data.draw(st.sampled_from(GOOD_URLS[member["kind"]]))
    return value


@pytest.mark.clause("D-SCHEMA", "D-CREATE", "D-INPUT", "D-STATUS", "D-COST", "D-OUTPUT")
@pytest.mark.parametrize("slug", models.slugs())
@settings(max_examples=10)
@given(st.data())
async def test_what_the_schema_allows_is_accepted(slug: str, data: st.DataObject) -> None:
    """It makes a task with a price, which ends with an output of the model's kind."""
    model = of(slug)
    value = with_media(data, model, data.draw(inputs(slug)))
    caller = Caller(Settings(magic=False, dialect=dialect(charge_on="submit")))
    reply = await caller.create({"model": slug, "input": value})
    assert reply.status == 200, reply.body
    assert reply.json["cost_estimate"] > 0
    caller.advance(2.5)
    answer = (await caller.read(reply.json["task_id"])).json
    assert (answer["status"], answer["cost_actual"]) == ("succeeded", answer["cost_estimate"])
    assert list(answer["output"]) == [model.output]
    assert len(answer["output"][model.output]) >= 1


@pytest.mark.clause("D-SCHEMA", "A-PRICE")
@pytest.mark.parametrize("rules", ["documented", "upstream"])
@pytest.mark.parametrize("slug", models.slugs())
async def test_the_example_is_accepted(slug: str, rules: str) -> None:
    """By the platform and by the provider behind it."""
    caller = Caller(Settings(dialect=dialect(media_rules=rules)))
    assert (await caller.create({"model": slug, "input": of(slug).example_input})).status == 200


@dataclass
class Break:
    """An input that breaks one rule: how it is named, and where."""

    value: Any
    param: str
    code: str


WRONG_TYPES: dict[str, object] = {
    "string": 7,
    "integer": 1.5,
    "number": "7",
    "boolean": "true",
    "array": {},
    "object": [],
}


def breaks(schema: dict[str, Any], example: Any) -> Iterator[Break]:
    """Every rule of an object's schema, each broken once in an input that is fine otherwise."""
    for name in schema.get("required", ()):
        value = deepcopy(example)
        del value[name]
        yield Break(value, pointer(("input", name)), "required")
    if schema.get("additionalProperties") is False:
        yield Break({**example, "no~such/member": 1}, "/input/no~0such~1member", "additional_properties")
    for name, rules in schema.get("properties", {}).items():
        for code, wrong, inner in member_breaks(rules):
            yield Break({**deepcopy(example), name: wrong}, pointer(("input", name, *inner)), code)


def member_breaks(rules: dict[str, Any]) -> Iterator[tuple[str, object, tuple[str | int, ...]]]:
    """(code, value, path inside the value) for every rule of one member."""
    if "type" in rules:
        yield "type", WRONG_TYPES[rules["type"]], ()
    if "enum" in rules:
        yield "enum", "no such value" if rules.get("type") == "string" else 10**6, ()
    if "minLength" in rules:
        yield "min_length", "x" * (rules["minLength"] - 1), ()
    if "maxLength" in rules:
        yield "max_length", "x" * (rules["maxLength"] + 1), ()
    if "minimum" in rules:
        yield "minimum", rules["minimum"] - 1, ()
    if "maximum" in rules:
        yield "maximum", rules["maximum"] + 1, ()
    if "maxItems" in rules:
        item = {} if rules.get("items", {}).get("type") == "object" else "https://example.com/a-5s.mp4"
        yield "max_items", [item] * (rules["maxItems"] + 1), ()
    if "pattern" in rules:
        yield "pattern", "\u0001", ()
    if rules.get("type") == "object" and rules.get("additionalProperties") is False:
        yield "additional_properties", {"surplus": 1}, ("surplus",)
    for name, inner in rules.get("properties", {}).items():
        for code, wrong, path in member_breaks(inner):
            yield code, {name: wrong}, (name, *path)


def all_breaks() -> Iterator[Any]:
    for slug in models.slugs():
        model = of(slug)
        for part, rules in (("input_schema", "documented"), ("upstream_schema", "upstream")):
            if part in model.document:
                for each in breaks(model.document[part]["schema"], model.example_input):
                    yield pytest.param(slug, rules, each, id=f"{slug}-{rules}{each.param}-{each.code}")


@pytest.mark.clause("D-SCHEMA", "U-SCHEMA", "H-ERRORS", "A-REFUSED")
@pytest.mark.parametrize(("slug", "rules", "broken"), list(all_breaks()))
async def test_a_broken_rule_is_named(slug: str, rules: str, broken: Break) -> None:
    """By the pointer of the member and the rule's code; nothing else is wrong, nothing is stored or charged."""
    caller = Caller(Settings(dialect=dialect(media_rules=rules)))
    reply = await caller.create({"model": slug, "input": broken.value}, idempotency_key="k")
    assert (reply.status, reply.code) == (400, "invalid_input")
    details = reply.json["error"]["details"]
    assert (broken.param, broken.code) in [(each["param"], each["code"]) for each in details]
    assert {each["param"] for each in details} == {broken.param}
    assert reply.json["error"]["param"] == broken.param
    assert (await caller.task_count(), await caller.balance()) == (0, "1000.00000")
    [exchange] = await caller.exchanges()
    is_documented = of(slug).violations(broken.value, upstream=False)
    assert exchange.why.clause == ("D-SCHEMA" if is_documented else "U-SCHEMA")


def test_there_are_rules_to_break() -> None:
    """The list above is not empty by mistake: most models have some, every kind of rule occurs."""
    slugs = {parameter.values[0] for parameter in all_breaks()}
    codes = {parameter.values[2].code for parameter in all_breaks()}
    assert len(slugs) > 25
    assert codes == {
        "additional_properties",
        "enum",
        "max_items",
        "max_length",
        "maximum",
        "min_length",
        "minimum",
        "pattern",
        "required",
        "type",
    }
