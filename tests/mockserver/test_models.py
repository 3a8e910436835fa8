"""A model's rules are its data: what is refused, where, in what words, and what media and prices follow."""

from decimal import Decimal
from math import inf, nan
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis_jsonschema import from_schema

from mockserver import models
from mockserver.models import Model
from mockserver.models.schema import MAX_MESSAGE_CHARS

KLING = "kling-v3-motion-control"
EVERY_SLUG = st.sampled_from(models.slugs())
ANY_TEXT = st.text(st.characters(exclude_categories=()))
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ANY_TEXT, inner, max_size=3),
    max_leaves=10,
)


def of(slug: str) -> Model:
    model = models.get(slug)
    assert model is not None
    return model


def broken(value: object, slug: str = KLING, *, upstream: bool = False) -> list[tuple[str, str]]:
    return [(each.param, each.code) for each in of(slug).violations(value, upstream=upstream)]


@given(ANY_TEXT)
def test_only_a_slug_of_the_catalogue_is_a_model(slug: str) -> None:
    """No text a client could send does more than miss: no path is followed, nothing raises."""
    assert (models.get(slug) is not None) == (slug in models.slugs())


@pytest.mark.parametrize(
    "slug", ["", "..", "../clauses", "/etc/passwd", f"{KLING}.json", KLING.upper(), "\ud800", "\0"]
)
def test_hostile_slugs_miss(slug: str) -> None:
    """The favourites of path traversal are unknown models like any other."""
    assert models.get(slug) is None


@pytest.mark.parametrize("slug", models.slugs())
def test_a_model_is_what_its_file_says(slug: str) -> None:
    """Slug, name, kind of output and coverage come from the contract, once."""
    model = of(slug)
    said = (model.document["slug"], model.document["name"], model.document["output"], model.document["coverage"])
    assert (model.slug, model.name, model.output, model.coverage) == said
    assert models.get(slug) is model


@pytest.mark.clause("D-SCHEMA")
@given(st.data())
def test_what_the_schema_allows_is_accepted(data: st.DataObject) -> None:
    """Input drawn from a model's published schema has no violation."""
    model = of(data.draw(EVERY_SLUG))
    value = data.draw(from_schema(model.document["input_schema"]["schema"]))
    assert model.violations(value, upstream=False) == []


BREAKS: dict[str, tuple[dict[str, Any], tuple[str, ...], list[tuple[str, str]]]] = {
    "missing image": ({}, ("image_url",), [("/input/image_url", "required")]),
    "missing video": ({}, ("video_url",), [("/input/video_url", "required")]),
    "missing orientation": ({}, ("character_orientation",), [("/input/character_orientation", "required")]),
    "missing mode": ({}, ("mode",), [("/input/mode", "required")]),
    "unknown mode": ({"mode": "4k"}, (), [("/input/mode", "enum")]),
    "mode of another type": ({"mode": 1}, (), [("/input/mode", "enum"), ("/input/mode", "type")]),
    "unknown orientation": ({"character_orientation": "x"}, (), [("/input/character_orientation", "enum")]),
    "sound as boolean": (
        {"keep_original_sound": True},
        (),
        [("/input/keep_original_sound", "enum"), ("/input/keep_original_sound", "type")],
    ),
    "empty prompt": ({"prompt": ""}, (), [("/input/prompt", "min_length")]),
    "null prompt": ({"prompt": None}, (), [("/input/prompt", "type")]),
    "image is no text": ({"image_url": ["x"]}, (), [("/input/image_url", "type")]),
    "surplus member": ({"seed": 1}, (), [("/input/seed", "additional_properties")]),
    "surplus member to escape": ({"a/~b": 1}, (), [("/input/a~1~0b", "additional_properties")]),
    "surplus member below": (
        {"watermark_info": {"enabled": True, "text": "x"}},
        (),
        [("/input/watermark_info/text", "additional_properties")],
    ),
    "watermark as text": ({"watermark_info": {"enabled": "yes"}}, (), [("/input/watermark_info/enabled", "type")]),
}


@pytest.mark.clause("D-SCHEMA", "H-ERRORS")
@pytest.mark.parametrize(("change", "drop", "expected"), BREAKS.values(), ids=BREAKS)
def test_one_broken_rule_is_named_alone(
    change: dict[str, Any], drop: tuple[str, ...], expected: list[tuple[str, str]]
) -> None:
    """Each rule of the page's schema, broken alone, is named at the member it is about, missing ones included."""
    value = {name: each for name, each in (of(KLING).example_input | change).items() if name not in drop}
    assert broken(value) == expected


@pytest.mark.clause("H-ERRORS")
@given(st.sets(st.sampled_from(sorted(BREAKS)), min_size=1))
def test_all_broken_rules_are_named_in_one_order(names: set[str]) -> None:
    """Violations are listed whole, sorted by place, whatever the order of the members."""
    changes = {name: value for each in sorted(names) for name, value in BREAKS[each][0].items()}
    dropped = {name for each in names for name in BREAKS[each][1]} - changes.keys()
    value = {name: each for name, each in (of(KLING).example_input | changes).items() if name not in dropped}
    found = broken(value)
    assert found == broken(dict(reversed(value.items())))
    assert found == sorted(found)
    assert {f"/input/{name}" for name in dropped} <= {param for param, _ in found}


@pytest.mark.parametrize("value", [None, "text", 7, [], True])
def test_input_that_is_no_object_is_one_violation(value: object) -> None:
    """The place is the input itself."""
    assert broken(value) == [("/input", "type")]


@given(EVERY_SLUG, ANY_JSON, st.booleans())
def test_no_value_makes_the_check_raise(slug: str, value: object, upstream: bool) -> None:
    """Lone surrogates, NaN and the like are judged, in words of bounded length."""
    for violation in of(slug).violations(value, upstream=upstream):
        assert violation.param.startswith("/input")
        assert 0 < len(violation.message) <= MAX_MESSAGE_CHARS


@pytest.mark.parametrize("value", [{"prompt": "\ud800"}, {"\udfff": 1}, {"prompt": b"bytes"}])
def test_what_is_no_json_is_unreadable(value: object) -> None:
    """What no JSON text could have held is refused as a whole."""
    assert broken(value) == [("/input", "unreadable")]


def test_nesting_beyond_reason_is_unreadable() -> None:
    """Ten thousand levels are refused, not followed."""
    value: dict[str, Any] = {}
    for _ in range(10_000):
        value = {"a": value}
    assert broken({"prompt": value}, "viduq3") == [("/input", "unreadable")]


@pytest.mark.clause("H-NO-ECHO")
@given(st.sampled_from(["mode", "prompt", "image_url", "keep_original_sound", "character_orientation"]))
def test_messages_never_repeat_what_was_sent(member: str) -> None:
    """A value that should not be shown is not shown."""
    secret = "mv_live_a_secret"
    value = of(KLING).example_input | {member: [secret], secret: secret}
    assert all(secret not in violation.message for violation in of(KLING).violations(value, upstream=True))


@pytest.mark.clause("A-MEDIA-RULES", "U-SCHEMA")
@pytest.mark.parametrize(
    ("slug", "change", "expected"),
    [
        (KLING, {"prompt": "x" * 2501}, [("/input/prompt", "max_length")]),
        ("kling-v3", {"duration": 2}, [("/input/duration", "minimum")]),
        ("kling-v3", {"duration": 16}, [("/input/duration", "maximum")]),
        ("kling-v3", {"image_urls": ["a", "b", "c"]}, [("/input/image_urls", "max_items")]),
        ("kling-v3", {"multi_shot": True}, [("/input/shot_type", "required")]),
        ("kling-v3-omni", {"video_list": [], "audio": True}, [("/input/audio", "const")]),
        (
            "kling-v3-omni",
            {"image_with_roles": [{"role": "reference"}]},
            [("/input/image_with_roles/0/url", "required")],
        ),
        ("doubao-seedance-2-0-fast", {"resolution": "1080p"}, [("/input/resolution", "enum")]),
        ("minimax-hailuo-02", {"resolution": "1080p", "duration": 10}, [("/input/duration", "const")]),
        ("minimax-hailuo-2-3", {"prompt": "x" * 2001}, [("/input/prompt", "max_length")]),
        ("gemini-3-1-flash-image-preview", {"size": "wide"}, [("/input/size", "pattern")]),
        ("gemini-3-pro-image-preview-official", {"n": 0}, [("/input/n", "minimum")]),
    ],
)
def test_the_provider_s_limits_bind_only_where_asked(
    slug: str, change: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    """What only the provider forbids passes under documented rules."""
    value = of(slug).example_input | change
    assert broken(value, slug) == []
    assert broken(value, slug, upstream=True) == expected
    assert {each.clause for each in of(slug).violations(value, upstream=True)} == {"U-SCHEMA"}


def test_one_rule_broken_twice_is_listed_once() -> None:
    """A mode that both schemas forbid is one violation, by the page's word."""
    value = of("kling-v3").example_input | {"mode": "ultra"}
    (violation,) = of("kling-v3").violations(value, upstream=True)
    assert (violation.param, violation.code, violation.clause) == ("/input/mode", "enum", "D-SCHEMA")


@pytest.mark.clause("D-INPUT")
def test_media_are_found_where_the_data_say() -> None:
    """Texts only, in the order of the data, lists item by item."""
    assert of(KLING).media({"image_url": "i", "video_url": "v", "prompt": "p"}) == [
        ("/input/image_url", "image", "i"),
        ("/input/video_url", "video", "v"),
    ]
    assert of(KLING).media({"image_url": 7}) == []
    assert of("viduq3").media({"image_urls": ["a", 1, "b"]}) == [
        ("/input/image_urls/0", "image", "a"),
        ("/input/image_urls/2", "image", "b"),
    ]
    assert of("kling-v3-omni").media({"video_list": [{"video_url": "v"}, "w"]}) == [
        ("/input/video_list/1", "video", "w"),
        ("/input/video_list/0/video_url", "video", "v"),
    ]
    assert of("veo3-1-fast").media(of("veo3-1-fast").example_input) == []


@pytest.mark.clause("D-DURATION")
@pytest.mark.parametrize("slug", ["kling-v3-motion-control", "kling-v2-6-motion-control"])
def test_the_orientation_bounds_the_reference_video(slug: str) -> None:
    """image: 3 to 10 s; video: 3 to 30 s; where the schema's default speaks, image."""
    model = of(slug)
    image = ("/input/video_url", 3000, 10_000, "character_orientation image needs a reference video of 3 to 10 s")
    video = ("/input/video_url", 3000, 30_000, "character_orientation video needs a reference video of 3 to 30 s")
    assert model.duration_bounds({"character_orientation": "image"}) == [image]
    assert model.duration_bounds({"character_orientation": "video"}) == [video]
    assert model.duration_bounds({}) == [image]
    assert model.duration_bounds({"character_orientation": ["image"]}) == []
    assert of("viduq3").duration_bounds({}) == []


@pytest.mark.clause("D-COST", "A-PRICE", "A-BILLING")
def test_the_figure_goes_by_the_mode() -> None:
    """std, also by default, and pro; one figure where the page shows one."""
    assert of(KLING).figure({"mode": "std"}) == Decimal("0.11574")
    assert of(KLING).figure({"mode": "pro"}) == Decimal("0.15426")
    assert of(KLING).figure({}) == Decimal("0.11574")
    assert of(KLING).figure({"mode": ["pro"]}) == Decimal("0.11574")
    assert of("viduq3").figure({"mode": "pro"}) == Decimal("0.45000")
    assert of(KLING).reference_video == "/input/video_url"
    assert of("viduq3").reference_video is None


@pytest.mark.clause("U-MEDIA")
def test_the_provider_s_media_limits_are_data() -> None:
    """Two models have them, for images and for videos; the others have none."""
    image, video = of(KLING).upstream_media("image"), of(KLING).upstream_media("video")
    assert image is not None
    assert video is not None
    assert (image["formats"], image["min_side"], image["max_ratio"]) == (["jpeg", "png"], 300, 2.5)
    assert (video["formats"], video["min_side"], video["max_side"]) == (["mp4", "mov"], 340, 3850)
    assert (image["max_bytes"], video["max_bytes"]) == (10 * 2**20, 100 * 2**20)
    assert of("viduq3").upstream_media("image") is None


@pytest.mark.parametrize("value", [nan, inf, -inf, 1e308, 10**400, True, "5", None, {}])
def test_odd_numbers_do_no_harm(value: object) -> None:
    """Whatever a partial model lets through as a duration or a count still makes bounded files."""
    (video,) = of("viduq3").output_files({"duration": value}, {})
    assert video.duration_us is not None
    assert 1_000_000 <= video.duration_us <= 60_000_000
    assert 1 <= len(of("wan2-7-image").output_files({"n": value}, {})) <= 4
