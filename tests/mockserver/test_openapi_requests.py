"""What the OpenAPI document says of requests: each model's input as published, its overlay, the headers."""

from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema_rs import Draft202012Validator

from mockserver import models, openapi
from mockserver.dialect import DEFAULT, Dialect, merge
from mockserver.models import MEDIA_REFERENCE, Model

Json = dict[str, Any]

SERVER = "http://127.0.0.1:8000"


def of(slug: str) -> Model:
    model = models.get(slug)
    assert model is not None
    return model


def nodes(value: object) -> Iterator[Json]:
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from nodes(inner)
    if isinstance(value, dict):
        yield value


@pytest.mark.clause("D-SCHEMA", "D-INPUT")
@pytest.mark.parametrize("slug", models.slugs())
def test_a_request_is_described_by_its_model_s_schema(slug: str) -> None:
    """The published input schema is the model's own, plus what its overlay adds; its example passes, others do not."""
    document = openapi.build(DEFAULT, SERVER)
    body = document["paths"]["/api/v1/tasks"]["post"]["requestBody"]["content"]["application/json"]
    example = body["examples"][slug]["value"]
    whole = Draft202012Validator({**body["schema"], "components": document["components"]})
    own = Draft202012Validator({**document["components"]["schemas"][slug], "components": document["components"]})
    assert whole.is_valid(example)
    assert own.is_valid(example)
    assert not own.is_valid(example | {"model": "no-such"})
    assert not own.is_valid(example | {"surplus": 1})


def test_the_overlay_adds_to_the_page_s_schema_and_changes_nothing() -> None:
    """Taken off again, what is left is the page's schema to the letter."""
    model = of("kling-v3-motion-control")
    published = openapi.build(DEFAULT, SERVER)["components"]["schemas"][model.slug]["properties"]["input"]
    for member in ("image_url", "video_url"):
        assert published["properties"][member].pop("pattern") == MEDIA_REFERENCE
    for node in nodes(published):
        node.pop("x-clause", None)
        node.pop("x-grade", None)
    assert published == model.document["input_schema"]["schema"]


@pytest.mark.clause("D-INPUT")
@pytest.mark.parametrize(
    ("slug", "member", "value"),
    [
        ("kling-v3-motion-control", "video_url", "ftp://example.com/a.mp4"),
        ("viduq3", "image_urls", ["not a url"]),
        ("wan2-7-r2v", "image_with_roles", [{"url": "not a url"}]),
    ],
)
def test_a_text_that_is_no_reference_is_not_as_described(slug: str, member: str, value: object) -> None:
    """What the server would refuse as no reference, the document refuses too."""
    document = openapi.build(DEFAULT, SERVER)
    body = {"model": slug, "input": of(slug).example_input | {member: value}}
    assert not Draft202012Validator(document["components"]["schemas"][slug]).is_valid(body)


@pytest.mark.clause("A-MEDIA-RULES", "U-SCHEMA")
def test_the_provider_s_limits_are_published_where_they_bind() -> None:
    """Under `media_rules: upstream` the schema of a model that has such limits holds them too."""
    spoken = merge(DEFAULT, {"media_rules": "upstream"})
    assert isinstance(spoken, Dialect)
    schemas = openapi.build(spoken, SERVER)["components"]["schemas"]
    model = of("kling-v3")
    body = {"model": "kling-v3", "input": model.example_input}
    assert Draft202012Validator(schemas["kling-v3"]).is_valid(body)
    body["input"] = model.example_input | {"duration": 99}
    assert not Draft202012Validator(schemas["kling-v3"]).is_valid(body)
    assert "allOf" not in schemas["viduq3"]["properties"]["input"]


@pytest.mark.clause("H-IDEM-KEY")
@pytest.mark.parametrize(
    ("key", "good"), [("a", True), ("~" * 255, True), ("", False), ("a" * 256, False), ("a b", False), ("é", False)]
)
def test_the_idempotency_key_is_described(key: str, good: bool) -> None:
    """1 to 255 visible ASCII characters."""
    parameters = openapi.build(DEFAULT, SERVER)["components"]["parameters"]
    assert Draft202012Validator(parameters["IdempotencyKey"]["schema"]).is_valid(key) == good
