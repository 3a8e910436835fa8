"""Inputs follow from a model's data alone: models that nobody has written yet get theirs."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis.errors import NoSuchExample

from contracts.strategies.inputs import inputs, members
from contracts.strategies.requests import takes_prompt
from mockserver.models import Model, is_media_reference
from tests.contracts.strategies.drawing import simplest

Json = dict[str, Any]
Holds = Callable[[Json], bool]

LENGTH = {"default_s": 5, "least_s": 1, "most_s": 60}
TEXT: Json = {"type": "string"}


def made_up(schema: Json, example: Json, media: dict[str, str] | None = None, **more: Any) -> Model:
    """A model that there is not."""
    return Model.of(
        {
            "slug": "made-up",
            "name": "Made up",
            "output": "videos",
            "coverage": "complete",
            "input_schema": {"schema": {"type": "object", **schema}},
            "example_input": {"value": example},
            "media": [{"at": place, "kind": kind} for place, kind in (media or {}).items()],
            "rules": [],
            "prices": {"figures": [{"figure": "0.1"}]},
            "output_rules": {"length": LENGTH},
            **more,
        }
    )


def drawn(model: Model, holds: Holds, *present: str) -> Json:
    """The simplest input that holds."""
    return simplest(inputs(model, frozenset(present)), holds)


def test_what_nobody_describes_is_left_out() -> None:
    """A member that may be anything, and stands in no example, is not made up."""
    model = made_up({"properties": {"seed": {"title": "Seed"}, "mode": {"enum": ["a", "b"]}}}, {"mode": "a"})
    assert list(members(model)) == ["mode"]


def test_members_from_the_example() -> None:
    """Where only the example tells of a member, its value is drawn; of a switch the other one too."""
    model = made_up({}, {"size": "16:9", "audio": True, "camera": {"pan": [1, 2]}})
    given = drawn(model, lambda given: given.keys() == {"size", "audio", "camera"} and not given["audio"])
    assert given == {"size": "16:9", "audio": False, "camera": {"pan": [1, 2]}}


@pytest.mark.parametrize(
    ("schema", "example", "coverage", "takes", "asks"),
    [
        ({}, {}, "complete", False, False),
        ({}, {"prompt": "A kite"}, "complete", True, False),
        ({}, {"prompt": "A kite"}, "partial", True, True),
        ({}, {}, "partial", False, False),
        ({"properties": {"prompt": TEXT}}, {}, "complete", True, False),
        ({"required": ["prompt"]}, {"prompt": "A kite"}, "complete", True, True),
    ],
)
def test_prompts(schema: Json, example: Json, coverage: str, takes: bool, asks: bool) -> None:
    """A prompt is told by schema or example; a model of which not all is known always gets the one it takes."""
    model = made_up(schema, example, coverage=coverage)
    assert takes_prompt(model) is takes

    @settings(max_examples=20)
    @given(inputs(model))
    def hold(given: Json) -> None:
        assert "prompt" in given or not asks
        assert isinstance(given.get("prompt", "x"), str)
        assert given.get("prompt") != ""

    hold()


@pytest.mark.parametrize(("longest", "kept"), [(150, 50), (40, 1)])
def test_prompts_leave_room_for_a_nonce(longest: int, kept: int) -> None:
    """The longest drawn prompt is 100 characters short of what is allowed, where that can be."""
    model = made_up({"properties": {"prompt": TEXT | {"maxLength": longest}}}, {"prompt": "A kite"})
    with pytest.raises(NoSuchExample):
        drawn(model, lambda given: given.get("prompt") != "A kite" and len(given.get("prompt", "")) > kept)


def test_both_schemas_are_kept() -> None:
    """What the provider forbids is not drawn, and conditions between members hold."""
    upstream = {
        "properties": {"seconds": {"enum": [5, 10]}, "size": {"enum": ["s", "l"]}},
        "if": {"required": ["size"], "properties": {"size": {"const": "l"}}},
        "then": {"properties": {"seconds": {"const": 5}}},
    }
    schema = {"required": ["seconds"], "properties": {"seconds": {"type": "integer"}, "size": TEXT}}
    model = made_up(schema, {"seconds": 5}, upstream_schema={"schema": upstream})

    @given(inputs(model))
    def hold(given: Json) -> None:
        assert given["seconds"] in (5, 10)
        assert given.get("size", "s") in ("s", "l")
        assert given.get("size") != "l" or given["seconds"] == 5

    hold()
    assert drawn(model, lambda given: given["seconds"] == 10) == {"seconds": 10}


def test_numbers_stay_within_reason() -> None:
    """As many files and seconds as an output can have, and else what every JSON reader keeps."""
    schema = {"properties": {name: {"type": "integer"} for name in ("n", "duration", "seed")}}
    rules = {"count": {"by": "/n", "most": 4}, "length": {"by": "/duration", **LENGTH}}
    model = made_up(schema, {}, output_rules=rules)

    @given(inputs(model, frozenset(("n", "duration", "seed"))))
    def hold(given: Json) -> None:
        assert 1 <= given["n"] <= 4
        assert 1 <= given["duration"] <= 60
        assert abs(given["seed"]) < 2**53

    hold()


def test_objects_are_closed() -> None:
    """Members that a schema does not name are not drawn, in objects and in lists of them."""
    pan = {"properties": {"pan": {"type": "integer"}}}
    model = made_up({"properties": {"camera": pan, "shots": {"type": "array", "items": pan}}}, {})

    @given(inputs(model, frozenset(("camera", "shots"))))
    def hold(given: Json) -> None:
        assert all(each.keys() <= {"pan"} for each in (given["camera"], *given["shots"]))

    hold()


PLACES: dict[str, tuple[Json, Json, dict[str, str], Json]] = {
    "text": ({}, {}, {"/image": "image"}, {"image": "https://cdn.example/ref.png"}),
    "list": ({}, {}, {"/images/*": "image"}, {"images": ["https://cdn.example/ref.png"]}),
    "list of an example": (
        {},
        {"images": [{"url": "https://a.example/a.png", "role": "first"}]},
        {"/images/*/url": "image"},
        {"images": [{"url": "https://a.example/a.png", "role": "first"}]},
    ),
    "object": (
        {"properties": {"frames": {"required": ["first"], "properties": {"first": TEXT, "last": TEXT, "x": {}}}}},
        {},
        {"/frames/first": "image", "/frames/last": "image"},
        {"frames": {"first": "https://cdn.example/ref.png"}},
    ),
    "object nobody describes": (
        {},
        {},
        {"/clip/url": "video", "/clip/video_url": "video"},
        {"clip": {"url": "https://cdn.example/ref-8s.mp4"}},
    ),
}


@pytest.mark.parametrize("name", PLACES)
def test_media_anywhere(name: str) -> None:
    """Wherever a reference may stand, there is a good one in each drawn input that has the place."""
    schema, example, media, simplest = PLACES[name]
    model = made_up(schema, example, media)
    top = next(iter(simplest))

    @given(inputs(model, frozenset((top,))))
    def hold(given: Json) -> None:
        references = model.media(given)
        assert references
        assert all(is_media_reference(text) for _, _, text in references)

    hold()
    assert drawn(model, lambda _: True, top) == simplest


def test_lists_of_media_are_as_long_as_is_asked() -> None:
    """At least as many files as the schema wants, never none."""
    schema = {"properties": {"images": {"type": "array", "items": TEXT, "minItems": 3, "maxItems": 5}}}
    model = made_up(schema, {}, {"/images/*": "image"})
    assert len(drawn(model, lambda _: True, "images")["images"]) == 3


def is_inline(given: Json) -> bool:
    return any(text.startswith("data:") for text in given.values())


def test_no_file_inline_that_a_provider_would_not_take() -> None:
    """Where the small real files break the provider's limits, all references are hosted."""
    limits = {"image": {"formats": ["jpeg"]}, "video": {"min_side": 100}}
    model = made_up({}, {}, {"/image": "image", "/video": "video"}, upstream_media=limits)
    assert drawn(model, is_inline, "video").keys() == {"video"}
    with pytest.raises(NoSuchExample):
        drawn(model, lambda given: "video" not in given and is_inline(given), "image")


def test_no_long_file_inline() -> None:
    """Where only long videos will do, they are hosted, and as long as is asked."""
    rule = {"of": "/video", "by": "/kind", "bounds_ms": {"long": [20_000, 20_500]}}
    schema = {"required": ["kind"], "properties": {"kind": {"const": "long"}}}
    model = made_up(schema, {"kind": "long"}, {"/video": "video"}, rules=[rule])
    assert drawn(model, lambda _: True, "video") == {"kind": "long", "video": "https://cdn.example/ref-20s.mp4"}
    with pytest.raises(NoSuchExample):
        drawn(model, is_inline)
