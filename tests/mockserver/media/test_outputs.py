"""Files of succeeded tasks."""

import io
from dataclasses import replace

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.media import art, outputs, png, probe
from mockserver.media.outputs import OutputSpec
from mockserver.records import MediaFacts
from tests.mockserver.media import samples

VIDEO = OutputSpec("video", 320, 180, 2_000_000, label="kling-v3 task_1 0")
SHORT = "ref-video-0.5s-16x16.mp4"
IMAGE = OutputSpec("image", 320, 240, label="seedream task_2 0")


def picture(data: bytes) -> "art.Pixels":
    with av.open(io.BytesIO(data), "r") as container:
        return next(container.decode(video=0)).to_ndarray(format="rgb24").astype(np.uint8)


def solid(color: tuple[int, int, int], width: int, height: int) -> bytes:
    return png.encode(np.full((height, width, 3), color, np.uint8))


def facts_of(data: bytes, spec: OutputSpec) -> MediaFacts:
    facts = probe.probe(data, spec.kind)
    assert isinstance(facts, MediaFacts), facts
    return facts


@settings(max_examples=15)
@given(st.integers(40_000, 12_000_000), st.booleans(), st.booleans(), st.sampled_from([(128, 72), (72, 128)]))
@pytest.mark.clause("M-OUTPUT-VIDEO")
def test_video(duration_us: int, sound: bool, watermark: bool, size: tuple[int, int]) -> None:
    """A video is exactly as long and as large as asked for, at 24 frames a second, with sound only where asked."""
    spec = OutputSpec("video", *size, duration_us, sound, watermark)
    data = outputs.make(spec)
    facts = facts_of(data, spec)
    assert (facts.duration_us, facts.width, facts.height, facts.has_sound) == (duration_us, *size, sound)
    with av.open(io.BytesIO(data), "r") as container:
        assert container.duration == duration_us
        assert container.streams.video[0].frames == -(-duration_us * 24 // 1_000_000)
        assert len(container.streams.audio) == sound


@pytest.mark.clause("M-OUTPUT-IMAGE")
def test_image() -> None:
    """An image is a PNG of the size asked for."""
    facts = facts_of(outputs.make(IMAGE), IMAGE)
    assert (facts.container, facts.width, facts.height) == ("png", 320, 240)


@pytest.mark.parametrize("spec", [VIDEO, IMAGE])
@pytest.mark.clause("M-OUTPUT-VIDEO", "M-OUTPUT-IMAGE")
def test_reference_picture_is_seen(spec: OutputSpec) -> None:
    """The reference image fills the height in the middle; what it leaves free at the sides is dark."""
    shown = picture(outputs.make(replace(spec, picture=solid((220, 30, 40), 50, 100)))).astype(int)
    middle, side = shown[spec.height // 2, spec.width // 2], shown[spec.height // 2, 5]
    assert np.abs(middle - (220, 30, 40)).max() < 12
    assert side.max() < 40


@pytest.mark.clause("M-OUTPUT-VIDEO")
def test_colours_are_kept() -> None:
    """Colours pass through the video as a player reads them (BT.709), not a shade off."""
    for color in ((20, 200, 60), (30, 60, 210), (240, 240, 240)):
        data = outputs.make(replace(VIDEO, picture=solid(color, 320, 180)))
        with av.open(io.BytesIO(data), "r") as container:
            frame = next(container.decode(video=0))
            shown = frame.reformat(format="rgb24", src_colorspace="ITU709").to_ndarray()[90, 160].astype(int)
        assert np.abs(shown - color).max() < 6


@pytest.mark.parametrize("spec", [VIDEO, IMAGE, replace(VIDEO, width=2, height=2), replace(IMAGE, width=1, height=1)])
@pytest.mark.clause("M-OUTPUT-VIDEO", "M-OUTPUT-IMAGE")
def test_watermark_is_seen(spec: OutputSpec) -> None:
    """With the watermark the lower right corner is changed to the eye; without it nothing is."""
    reference = solid((200, 190, 180), spec.width, spec.height)
    plain = picture(outputs.make(replace(spec, picture=reference))).astype(int)
    marked = picture(outputs.make(replace(spec, picture=reference, watermark=True))).astype(int)
    changed = np.abs(plain - marked).max(axis=2) > 60
    assert changed[spec.height // 2 :, spec.width // 2 :].mean() > 0.05
    assert not changed[: spec.height // 2, : spec.width // 2].any() or spec.width < 10


def test_label_is_seen() -> None:
    """The placeholder's colours and writing follow from the label: tasks can be told apart by eye."""
    first, again, other = (picture(outputs.make(replace(IMAGE, label=label))) for label in ("a 1", "a 1", "a 2"))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    assert (first == 255).all(axis=2).any()


def test_undecodable_picture() -> None:
    """A picture that cannot be decoded gives the placeholder, not an error."""
    for broken in (b"", b"no image", samples.named("ref-video-1s-16x16.mp4")):
        assert outputs.make(replace(IMAGE, picture=broken)) == outputs.make(IMAGE)


@pytest.mark.parametrize("spec", [VIDEO, replace(IMAGE, watermark=True)])
@pytest.mark.clause("M-OUTPUT-URL")
def test_deterministic(spec: OutputSpec) -> None:
    """The same spec gives the same bytes."""
    full = replace(
        spec, picture=samples.named("ref-image-30x40.png"), sound_source=samples.named("ref-video-2s-16x16.mp4")
    )
    assert outputs.make(full) == outputs.make(full)


@pytest.mark.clause("M-OUTPUT-VIDEO")
def test_sound_of_the_source() -> None:
    """The source's own AAC packets are in the output, as many as its length needs."""
    source = samples.filmed(audio="aac", channels=2)
    data = outputs.make(replace(VIDEO, sound_source=source))
    assert packets_of(data) == packets_of(source)[: len(packets_of(data))]
    assert len(packets_of(data)) == -(-2 * 48_000 // 1024) + 1
    assert facts_of(data, VIDEO).duration_us == 2_000_000


@pytest.mark.clause("M-OUTPUT-VIDEO")
def test_silent_source() -> None:
    """A source without sound has none to keep; without any source there is a tone; `sound=False` drops both."""
    silent = samples.filmed()
    assert not facts_of(outputs.make(replace(VIDEO, sound_source=silent)), VIDEO).has_sound
    assert facts_of(outputs.make(VIDEO), VIDEO).has_sound
    muted = replace(VIDEO, sound=False, sound_source=samples.named("ref-video-2s-16x16.mp4"))
    assert not facts_of(outputs.make(muted), muted).has_sound


@pytest.mark.clause("M-OUTPUT-VIDEO")
def test_short_sound() -> None:
    """A source shorter than the output ends earlier and makes the output no shorter."""
    data = outputs.make(replace(VIDEO, sound_source=samples.filmed(audio="aac", sound_s=0.5)))
    with av.open(io.BytesIO(data), "r") as container:
        assert container.duration == 2_000_000
        assert abs(sum(frame.samples for frame in container.decode(audio=0)) / 48_000 - 0.5) < 0.03


@pytest.mark.parametrize(("asked_us", "made_us"), [(1_500_000_001, 1_500_000_001), (10**15, 3_600_000_000)])
def test_long(asked_us: int, made_us: int) -> None:
    """A video is at most an hour long; up to there its length is exact, beyond what 32 bits of ticks can count."""
    spec = replace(VIDEO, width=16, height=16, duration_us=asked_us, sound=False)
    with av.open(io.BytesIO(outputs.make(spec)), "r") as container:
        assert container.duration == made_us
        assert container.streams.video[0].frames == -(-made_us * 24 // 1_000_000)


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), min_size=1, max_size=20))
def test_damaged_references(changes: list[tuple[int, int]]) -> None:
    """Whatever a reference has become, an output is made from what can be read of it."""
    picture_data, sound_data = bytearray(samples.named("ref-image-9x9.png")), bytearray(samples.named(SHORT))
    for data in (picture_data, sound_data):
        for position, value in changes:
            data[position % min(len(data), 2500)] = value
    spec = OutputSpec("video", 32, 32, 500_000, picture=bytes(picture_data), sound_source=bytes(sound_data))
    assert facts_of(outputs.make(spec), spec).duration_us == 500_000


def test_no_length() -> None:
    """A video of no length still has its one frame."""
    spec = replace(VIDEO, duration_us=0)
    assert facts_of(outputs.make(spec), spec).duration_us == 1


def packets_of(data: bytes) -> list[bytes]:
    with av.open(io.BytesIO(data), "r") as container:
        return [bytes(packet) for packet in container.demux(audio=0) if packet.size]
