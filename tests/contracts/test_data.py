"""The contract's data are whole, closed and consistent; every fixture means what it says."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from jsonschema_rs import Draft202012Validator

from mockserver import models
from mockserver.clauses import clauses
from mockserver.models import Model, is_media_reference
from mockserver.pointers import find

ROOT = Path(__file__).parents[2]
FIXTURES = ROOT / "fixtures"
SLUGS = models.slugs()
MOTION_CONTROL = ("kling-v3-motion-control", "kling-v2-6-motion-control")

PAGE_SCHEMA_MEMBERS = {
    "mode": {"enum": ["std", "pro"], "type": "string", "title": "Mode", "default": "std"},
    "prompt": {
        "type": "string",
        "title": "Prompt",
        "minLength": 1,
        "description": "Optional text prompt to refine motion, camera, and style.",
        "x-playground": {"rows": 6, "widget": "textarea"},
    },
    "image_url": {
        "type": "string",
        "title": "Reference image",
        "description": "Required reference image URL.",
        "x-playground": {"accept": "image/*", "widget": "file-upload", "uploadKind": "image"},
    },
    "video_url": {
        "type": "string",
        "title": "Reference video",
        "description": "Required reference video URL. probes the real video duration on the server side.",
        "x-playground": {"accept": "video/*", "widget": "file-upload", "uploadKind": "video"},
    },
    "watermark_info": {
        "type": "object",
        "title": "Watermark",
        "properties": {"enabled": {"type": "boolean", "default": False}},
        "x-playground": {"advanced": True},
        "additionalProperties": False,
    },
    "keep_original_sound": {
        "enum": ["yes", "no"],
        "type": "string",
        "title": "Keep original sound",
        "default": "yes",
    },
    "character_orientation": {
        "enum": ["image", "video"],
        "type": "string",
        "title": "Character orientation",
        "default": "image",
        "description": "image requires a 3-10s reference video; video requires a 3-30s reference video.",
    },
}

PAGE_PROMPT = "人物按参考视频动作起舞,动作连贯,写实风格"


def of(slug: str) -> Model:
    model = models.get(slug)
    assert model is not None
    return model


def fixture(slug: str, name: str) -> dict[str, Any]:
    content: dict[str, Any] = orjson.loads((FIXTURES / slug / name).read_bytes())
    return content


def test_there_are_34_models() -> None:
    """All the models of the platform's catalogue are there."""
    assert len(SLUGS) == 34


@pytest.mark.parametrize("slug", SLUGS)
def test_every_model_keeps_the_closed_schema(slug: str) -> None:
    """A model's file holds what model.schema.json asks for and nothing else, and is named by its slug."""
    schema = orjson.loads((ROOT / "contracts/model.schema.json").read_bytes())
    errors = [str(error) for error in Draft202012Validator(schema).iter_errors(of(slug).document)]
    assert errors == []
    assert of(slug).slug == slug


def subschemas(schema: object) -> Iterator[dict[str, Any]]:
    for value in schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ():
        yield from subschemas(value)
    if isinstance(schema, dict):
        yield schema


@pytest.mark.parametrize("slug", SLUGS)
def test_closed_objects_list_their_members(slug: str) -> None:
    """Only beside `properties` does the validator tell the names of surplus members."""
    closed = [each for each in subschemas(of(slug).document) if each.get("additionalProperties") is False]
    assert all("properties" in each for each in closed)


@pytest.mark.parametrize("slug", SLUGS)
def test_every_model_names_clauses_that_exist(slug: str) -> None:
    """A rule names the clause it holds."""
    assert {rule["clause"] for rule in of(slug).document["rules"]} <= clauses().keys()


@pytest.mark.parametrize("slug", SLUGS)
def test_every_example_is_valid_even_upstream(slug: str) -> None:
    """The documented example input breaks no rule, the provider's included, and its media are references."""
    model = of(slug)
    assert model.violations(model.example_input, upstream=True) == []
    assert all(is_media_reference(text) for _, _, text in model.media(model.example_input))


@pytest.mark.parametrize("slug", SLUGS)
def test_overlay_and_media_name_the_same_members(slug: str) -> None:
    """Whatever holds a reference is published as one, and nothing else is."""
    document = of(slug).document
    assert [each["at"] for each in document["overlay"]] == [each["at"] for each in document["media"]]


@pytest.mark.parametrize("slug", SLUGS)
def test_every_model_has_two_fixtures_and_no_fixture_lacks_a_model(slug: str) -> None:
    """To add a model is one JSON file and two fixtures."""
    assert {path.name for path in (FIXTURES / slug).iterdir()} == {"accepted.json", "refused.json"}
    assert sorted(path.name for path in FIXTURES.iterdir() if path.is_dir()) == list(SLUGS)


@pytest.mark.parametrize("slug", SLUGS)
def test_the_accepted_fixture_is_valid(slug: str) -> None:
    """The accepted request is the model's own example, whole."""
    body = fixture(slug, "accepted.json")
    assert body == {"model": slug, "input": of(slug).example_input}


@pytest.mark.clause("D-SCHEMA", "D-INPUT")
@pytest.mark.parametrize("slug", SLUGS)
def test_the_refused_fixture_breaks_the_rule_it_names(slug: str) -> None:
    """The refused request breaks exactly the rule it expects, at the place it expects."""
    refused = fixture(slug, "refused.json")
    expected, given = refused["expect"], refused["body"]["input"]
    assert refused["body"]["model"] == slug
    assert expected["status"] == 400
    found = [(each.param, each.code) for each in of(slug).violations(given, upstream=False)]
    if expected["code"] == "invalid_media":
        assert found == []
        ((_, value),) = find(refused["body"], expected["param"])
        assert isinstance(value, str)
        assert not is_media_reference(value)
    else:
        assert found == [(expected["param"], expected["rule"])]


@pytest.mark.clause("D-SCHEMA")
def test_the_page_s_schema_is_kept_to_the_letter() -> None:
    """kling-v3-motion-control has the page's schema: members in order, titles, x-playground and all."""
    schema = of(MOTION_CONTROL[0]).document["input_schema"]
    assert schema["grade"] == "documented"
    assert schema["schema"] == {
        "type": "object",
        "required": ["image_url", "video_url", "character_orientation", "mode"],
        "properties": PAGE_SCHEMA_MEMBERS,
        "additionalProperties": False,
    }
    assert list(schema["schema"]["properties"]) == list(PAGE_SCHEMA_MEMBERS)
    assert of(MOTION_CONTROL[0]).example_input["prompt"] == PAGE_PROMPT


@pytest.mark.clause("U-SCHEMA")
def test_the_older_motion_control_has_the_same_fields_by_the_provider_s_word() -> None:
    """kling-v2-6-motion-control takes what kling-v3-motion-control takes; the grade tells who says so."""
    newer, older = (of(slug).document["input_schema"] for slug in MOTION_CONTROL)
    assert older["schema"] == newer["schema"]
    assert older["grade"] == "upstream"


@pytest.mark.clause("D-COST", "A-PRICE")
@pytest.mark.parametrize(
    ("slug", "mode", "figure", "grade"),
    [
        ("kling-v3-motion-control", "std", "0.11574", "documented"),
        ("kling-v3-motion-control", "pro", "0.15426", "assumed"),
        ("kling-v2-6-motion-control", "std", "0.06426", "documented"),
        ("kling-v2-6-motion-control", "pro", "0.10287", "assumed"),
        ("doubao-seedance-2-0-face", None, "0.06570", "assumed"),
        ("veo3-1-quality", None, "0.67500", "documented"),
    ],
)
def test_prices_carry_their_grade(slug: str, mode: str | None, figure: str, grade: str) -> None:
    """A figure no page shows is graded as assumed."""
    figures = of(slug).document["prices"]["figures"]
    assert [(each["figure"], each["grade"]) for each in figures if each.get("when") == mode] == [(figure, grade)]


def test_only_the_motion_control_models_are_whole() -> None:
    """Partial models say so, and let unknown members through."""
    assert {slug for slug in SLUGS if of(slug).coverage == "complete"} == set(MOTION_CONTROL)
    partial = [of(slug) for slug in SLUGS if of(slug).coverage == "partial"]
    assert all(not model.violations(model.example_input | {"x": 1}, upstream=True) for model in partial)
