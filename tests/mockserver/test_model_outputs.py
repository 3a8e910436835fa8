"""The files a success brings follow from the model's data, the input and the facts of its references."""

from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver import models
from mockserver.models import OutputFile
from mockserver.models.outputs import LONGEST_SIDE_PX, SHORTEST_SIDE_PX
from mockserver.records import MediaFacts

KLING = "kling-v3-motion-control"
VIDEO = "/input/video_url"
Source = Literal["probed", "stated", "assumed"]


def files(slug: str, value: dict[str, Any], facts: dict[str, MediaFacts] | None = None) -> list[OutputFile]:
    model = models.get(slug)
    assert model is not None
    return model.output_files(value, facts or {})


def file(slug: str, value: dict[str, Any], facts: dict[str, MediaFacts] | None = None) -> OutputFile:
    (found,) = files(slug, value, facts)
    return found


def video(width: int = 1280, height: int = 720, sound: bool = True, source: Source = "probed") -> dict[str, MediaFacts]:
    return {VIDEO: MediaFacts("video", source, 8_000_000, width, height, has_sound=sound)}


@pytest.mark.clause("M-OUTPUT-VIDEO")
@pytest.mark.parametrize(
    ("mode", "width", "height", "expected"),
    [
        ("std", 1280, 720, (1280, 720)),
        ("pro", 1280, 720, (1920, 1080)),
        ("std", 720, 1280, (720, 1280)),
        ("pro", 720, 1280, (1080, 1920)),
        ("std", 640, 640, (1280, 720)),
    ],
)
def test_motion_control_follows_mode_and_reference(
    mode: str, width: int, height: int, expected: tuple[int, int]
) -> None:
    """std 1280x720, pro 1920x1080, turned for a portrait reference; as long as the reference."""
    made = file(KLING, {"mode": mode}, video(width, height))
    assert (made.kind, made.width, made.height, made.duration_us) == ("video", *expected, 8_000_000)


@pytest.mark.clause("M-OUTPUT-VIDEO")
def test_picture_sound_and_watermark_are_as_asked() -> None:
    """The picture is the reference image, sound is kept unless "no", a watermark only where enabled."""
    given_input = {"image_url": "i", "watermark_info": {"enabled": True}}
    made = file(KLING, given_input, video())
    assert (made.picture_at, made.sound, made.sound_at, made.watermark) == ("/input/image_url", True, VIDEO, True)
    made = file(KLING, {"keep_original_sound": "no"}, video())
    assert (made.picture_at, made.sound, made.sound_at, made.watermark) == (None, False, None, False)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (video(sound=True), (True, VIDEO)),
        (video(sound=False), (False, None)),
        (video(sound=False, source="assumed"), (True, None)),
        ({}, (False, None)),
    ],
)
def test_only_a_probed_reference_is_known_to_be_silent(
    facts: dict[str, MediaFacts], expected: tuple[bool, str | None]
) -> None:
    """Sound of an assumed reference is invented; that of a silent one is not."""
    made = file(KLING, {"keep_original_sound": "yes"}, facts)
    assert (made.sound, made.sound_at) == expected


def test_sound_without_a_reference_is_invented() -> None:
    """A model that generates sound has it where asked."""
    assert file("viduq3-pro", {"audio": True}).sound
    assert not file("viduq3-pro", {"audio": False}).sound
    assert not file("viduq3-pro", {}).sound
    assert not file("viduq3", {"audio": True}).sound


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ({}, 5),
        ({"duration": 7}, 7),
        ({"duration": 7.0}, 7),
        ({"duration": 7.5}, 5),
        ({"duration": 0}, 1),
        ({"duration": 99}, 60),
    ],
)
def test_without_a_reference_the_input_sets_the_length(value: dict[str, Any], seconds: int) -> None:
    """A whole number of seconds, 5 by default, kept within 1 and 60."""
    assert file("viduq3", value).duration_us == seconds * 1_000_000


def test_the_length_of_a_reference_wins_and_is_bounded() -> None:
    """An edited video is as long as its source, up to a minute; a source of unknown length leaves the default."""
    source = "/input/video_urls/0"
    edited = {"duration": 0}
    assert file("wan2-7-videoedit", edited, {source: MediaFacts("video", "stated", 2_500_000)}).duration_us == 2_500_000
    assert file("wan2-7-videoedit", edited, {source: MediaFacts("video", "stated", 10**9)}).duration_us == 60_000_000
    assert file("wan2-7-videoedit", edited, {source: MediaFacts("video", "stated")}).duration_us == 1_000_000
    assert file(KLING, {}).duration_us == 5_000_000


@pytest.mark.parametrize(
    ("slug", "value", "expected"),
    [
        ("kling-v3", {"mode": "4k", "aspect_ratio": "9:16"}, (2160, 3840)),
        ("kling-v3", {"mode": "unheard-of"}, (1280, 720)),
        ("kling-v3", {}, (1280, 720)),
        ("viduq3", {"resolution": "480P"}, (854, 480)),
        ("viduq3", {"resolution": 480}, (1280, 720)),
        ("viduq3", {"resolution": "1080p", "aspect_ratio": "1:1"}, (1080, 1080)),
        ("viduq3", {"aspect_ratio": "21:9"}, (1680, 720)),
        ("viduq3", {"aspect_ratio": "9999:1"}, (4096, 720)),
        ("viduq3", {"aspect_ratio": "adaptive"}, (1280, 720)),
        ("doubao-seedance-2-0-fast", {}, (854, 480)),
        ("wan2-7-r2v", {"size": "4:3", "resolution": "1080P"}, (1440, 1080)),
        ("wan2-7-image", {}, (1024, 1024)),
        ("wan2-7-image", {"size": "16:9"}, (1024, 576)),
        ("wan2-7-image", {"size": "9:16", "resolution": "2k"}, (1152, 2048)),
        ("wan2-7-image", {"size": "1x2", "resolution": "4K"}, (2048, 4096)),
        ("wan2-7-image", {"resolution": "0.5K"}, (512, 512)),
        ("wan2-7-image", {"size": ["16:9"], "resolution": None}, (1024, 1024)),
    ],
)
@pytest.mark.clause("M-OUTPUT-VIDEO", "M-OUTPUT-IMAGE")
def test_sizes_follow_the_input(slug: str, value: dict[str, Any], expected: tuple[int, int]) -> None:
    """Resolution in any case, aspect as a ratio; defaults, those of a schema too, for what is left out or odd."""
    made = file(slug, value)
    assert (made.width, made.height) == expected


def test_a_portrait_reference_turns_only_what_was_not_asked_for() -> None:
    """An aspect in the input wins over the reference."""
    facts = {"/input/image_urls/0": MediaFacts("image", "probed", width=600, height=800)}
    value: dict[str, Any] = {"image_urls": ["i"], "resolution": "1080p"}
    turned, asked = (file("wan2-6-i2v-flash", value | more, facts) for more in ({}, {"aspect_ratio": "16:9"}))
    assert (turned.width, turned.height, turned.picture_at) == (1080, 1920, "/input/image_urls/0")
    assert (asked.width, asked.height) == (1920, 1080)


@pytest.mark.clause("M-OUTPUT-IMAGE")
def test_as_many_images_as_asked_up_to_four() -> None:
    """`n` counts, within 1 and 4; the picture is the first reference."""
    made = files("gemini-3-pro-image-preview-official", {"n": 9, "image_urls": ["i"]})
    assert len(made) == 4
    assert made[0] == OutputFile("image", 1024, 1024, None, False, False, "/input/image_urls/0", None)


JSON = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.text(), max_size=2)
RATIO = st.from_regex(r"[0-9]{1,4}[:x][0-9]{1,4}", fullmatch=True)
LOOSE = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys(("size", "aspect_ratio", "resolution", "duration", "n", "mode", "audio"), JSON | RATIO),
)


@given(st.sampled_from(models.slugs()), LOOSE)
def test_no_input_makes_an_unbounded_file(slug: str, value: dict[str, Any]) -> None:
    """Whatever gets through, files are few, their sides bounded and, for video, even."""
    made = files(slug, value)
    assert 1 <= len(made) <= 4
    for each in made:
        assert SHORTEST_SIDE_PX <= min(each.width, each.height) <= max(each.width, each.height) <= LONGEST_SIDE_PX
        if each.kind == "video":
            assert each.width % 2 == each.height % 2 == 0
