"""Every drawn invalid request is refused for the one rule it breaks, at the place it names."""

from collections.abc import Iterator
from copy import deepcopy
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.strategies import InvalidRequest, invalid_task_requests
from contracts.strategies.invalid import broken
from mockserver import models
from mockserver.media.assumed import duration_us_in
from mockserver.models import Model
from mockserver.pointers import find as places
from tests.asgi import Caller
from tests.contracts.strategies.drawing import simplest, some

SLUGS = models.slugs()
MOTION = "kling-v3-motion-control"
Json = dict[str, Any]


def of(slug: str) -> Model:
    model = models.get(slug)
    assert model is not None
    return model


async def refused(invalid: InvalidRequest) -> None:
    """By the clause and at the place it names, and for nothing else."""
    caller = Caller()
    reply = await caller.create(invalid.body)
    assert 400 <= reply.status < 500, (invalid, reply.body)
    assert [each["param"] for each in reply.json["error"]["details"]] == [invalid.pointer]
    why = (await caller.exchanges())[-1].why
    assert why.clause == invalid.clause
    assert [(each.param, each.clause) for each in why.details] == [(invalid.pointer, invalid.clause)]
    assert await caller.task_count() == 0


@pytest.mark.clause("D-CREATE", "D-SCHEMA", "D-INPUT", "D-DURATION")
@pytest.mark.parametrize("slug", SLUGS)
@settings(max_examples=30)
@given(data=st.data())
async def test_every_invalid_request_is_refused(slug: str, data: st.DataObject) -> None:
    """Each with its clause and its pointer, and with no other."""
    await refused(data.draw(invalid_task_requests(slug)))


@settings(max_examples=50)
@given(invalid_task_requests())
async def test_any_model(invalid: InvalidRequest) -> None:
    """Without a model, requests that any of them refuses are drawn."""
    await refused(invalid)


@pytest.mark.parametrize("slug", SLUGS)
def test_the_simplest_has_no_input(slug: str) -> None:
    """What shrinking ends at is the shortest body there is."""
    assert simplest(invalid_task_requests(slug)) == InvalidRequest({"model": slug}, "D-CREATE", "/input")


def test_the_simplest_model_is_the_documented_one() -> None:
    """Of any model, the one whose page there is comes first."""
    assert simplest(invalid_task_requests()).body == {"model": MOTION}


@cache
def of_the_page() -> list[InvalidRequest]:
    return some(invalid_task_requests(MOTION), 700)


def test_every_rule_of_the_page_is_broken() -> None:
    """Each kind of refusal that the documented model knows is drawn, surplus members included."""
    drawn = {(invalid.clause, invalid.pointer) for invalid in of_the_page()}
    assert drawn >= {
        ("D-CREATE", ""),
        ("D-CREATE", "/model"),
        ("D-CREATE", "/input"),
        ("D-SCHEMA", "/input/mode"),
        ("D-SCHEMA", "/input/prompt"),
        ("D-SCHEMA", "/input/watermark_info"),
        ("D-SCHEMA", "/input/watermark_info/enabled"),
        ("D-INPUT", "/input/image_url"),
        ("D-INPUT", "/input/video_url"),
        ("D-DURATION", "/input/video_url"),
    }
    members = of(MOTION).document["input_schema"]["schema"]["properties"]
    known = {"/model", "/input", "/input/watermark_info/enabled", *(f"/input/{name}" for name in members)}
    assert {place.rpartition("/")[0] for _, place in drawn if place not in known} == {
        "",
        "/input",
        "/input/watermark_info",
    }


@pytest.mark.parametrize(
    ("orientation", "least_ms", "most_ms"),
    [
        ("image", 0, 2999),
        ("image", 10_001, 10_001),
        ("image", 10_002, 30_000),
        ("video", 2999, 2999),
        ("video", 30_001, 30_001),
        ("video", 30_002, 60_000),
    ],
)
def test_lengths_around_the_bounds(orientation: str, least_ms: int, most_ms: int) -> None:
    """Too short and too long, for each orientation, 1 ms off among them."""
    inputs = [each.body["input"] for each in of_the_page() if each.clause == "D-DURATION"]
    urls = [given["video_url"] for given in inputs if given["character_orientation"] == orientation]
    lengths_us = [length_us for length_us in map(duration_us_in, urls) if length_us is not None]
    assert any(least_ms * 1000 <= length_us <= most_ms * 1000 for length_us in lengths_us)


def made_up(schema: Json, example: Json, **more: Any) -> Model:
    """The documented model with another schema."""
    document = deepcopy(of(MOTION).document)
    document |= {"media": [], "rules": [], "output_rules": {}, "upstream_schema": {"schema": {}}, **more}
    document["input_schema"]["schema"] = {"type": "object", **schema}
    document["example_input"]["value"] = example
    return Model.of(document)


KEYWORDS: list[tuple[str, Json, object]] = [
    ("type", {"type": "integer"}, 1),
    ("enum", {"type": "string", "enum": ["a", "b"]}, "a"),
    ("const", {"const": 1}, 1),
    ("minimum", {"type": "integer", "minimum": 3, "maximum": 9}, 5),
    ("maximum", {"type": "integer", "minimum": 3, "maximum": 9}, 5),
    ("exclusive_minimum", {"type": "number", "exclusiveMinimum": 0}, 0.5),
    ("exclusive_maximum", {"exclusiveMaximum": 1}, 0.5),
    ("min_length", {"type": "string", "minLength": 2}, "ab"),
    ("max_length", {"type": "string", "maxLength": 2500}, "ab"),
    ("min_items", {"type": "array", "minItems": 1, "items": {"type": "string"}}, ["a"]),
    ("pattern", {"type": "string", "pattern": "^[0-9]+:[0-9]+$"}, "1:1"),
]


@pytest.mark.parametrize(("code", "schema", "good"), KEYWORDS)
def test_each_keyword_alone(code: str, schema: Json, good: object) -> None:
    """Whatever keyword bounds a member, there are requests that break it and keep those beside it."""
    model = made_up({"properties": {"x": schema}}, {"x": good})

    broken_rules = [
        [each.code for each in model.violations(invalid.body["input"], upstream=False)]
        for invalid in some(broken(model), 100)
        if invalid.pointer == "/input/x"
    ]
    assert [code] in broken_rules


@pytest.mark.parametrize("schema", [{"minLength": 0}, {"minItems": 0}, {"title": "X"}, {"items": {"type": "string"}}])
def test_what_cannot_be_broken_is_not_tried(schema: Json) -> None:
    """A keyword that forbids nothing, or what is in a list, leaves the other kinds."""
    model = made_up({"properties": {"x": schema}}, {})

    @settings(max_examples=20)
    @given(broken(model))
    def hold(invalid: InvalidRequest) -> None:
        assert invalid.clause == "D-CREATE"

    hold()


def lengths_us(invalid: InvalidRequest) -> Iterator[int | None]:
    for _, text in places(invalid.body, "/input/video_url"):
        assert isinstance(text, str)
        yield duration_us_in(text)


def test_nothing_is_shorter_than_nothing() -> None:
    """A rule without a least length is broken by long videos only."""
    rule = {"of": "/video_url", "by": "/kind", "clause": "D-DURATION", "bounds_ms": {"any": [0, 9000]}}
    model = made_up(
        {"required": ["kind", "video_url"], "properties": {"kind": {"const": "any"}, "video_url": {"type": "string"}}},
        {"kind": "any", "video_url": "https://a.example/v-3s.mp4"},
        media=[{"at": "/video_url", "kind": "video"}],
        rules=[rule],
    )

    late = [invalid for invalid in some(broken(model), 100) if invalid.clause == "D-DURATION"]
    assert late
    assert all((length_us or 0) > 9_000_000 for invalid in late for length_us in lengths_us(invalid))


def test_unknown_models() -> None:
    """A slug that is none is told at once."""
    with pytest.raises(ValueError, match="'kling-v9' is no model"):
        invalid_task_requests("kling-v9")
