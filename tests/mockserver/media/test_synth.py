"""Files that are what their names say."""

import hashlib
import io
import subprocess
import sys

import av
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mockserver.media import names, probe, synth
from mockserver.records import MediaFacts
from tests.mockserver.media import samples

SIDES = st.integers(1, 160)


@pytest.mark.clause("M-NAMED", "M-PROBE")
@settings(max_examples=40)
@example(3_000_000, 1280, 720)
@example(10_000_000, 64, 64)
@example(30_000_000, 64, 64)
@example(60_000_000, 16, 16)
@example(2_900_000, 720, 1280)
@example(2_999_999, 64, 64)
@example(500_000, 33, 17)
@example(1, 1, 1)
@given(st.integers(1, 60_000_000), SIDES, SIDES)
def test_probed_facts_are_the_named_ones(duration_us: int, width: int, height: int) -> None:
    """For any name: probing the file gives the named length to the microsecond, the named size, and sound."""
    data = samples.named(video_name(duration_us, width, height))
    facts = probe.probe(data, "video")
    assert isinstance(facts, MediaFacts), facts
    assert (facts.duration_us, facts.width, facts.height) == (duration_us, width, height)
    assert (facts.kind, facts.source, facts.container, facts.size_bytes) == ("video", "probed", "mp4", len(data))
    assert facts.digest == hashlib.sha256(data).hexdigest()
    assert facts.has_sound or duration_us < 1_000_000 / 48_000 + 1


@pytest.mark.parametrize("seconds", ["3", "10", "30", "2.9", "0.5", "60", "2.999999"])
@pytest.mark.clause("M-NAMED")
def test_container_header(seconds: str) -> None:
    """What the container says is the named length too: sound never makes it longer."""
    with av.open(io.BytesIO(samples.named(f"ref-video-{seconds}s-64x64.mp4")), "r") as container:
        assert container.duration == round(float(seconds) * 1_000_000)
        assert {stream.type for stream in container.streams} == {"video", "audio"}


def test_too_short_for_sound() -> None:
    """A video shorter than one sample of sound has none, instead of a track without a length."""
    facts = probe.probe(samples.named("ref-video-0.00002s-64x64.mp4"), "video")
    assert isinstance(facts, MediaFacts)
    assert not facts.has_sound


@pytest.mark.parametrize("size", ["64x48", "65x49", "1x1", "4096x16"])
@pytest.mark.clause("M-NAMED")
def test_every_frame_decodes(size: str) -> None:
    """All frames are there, 24 a second, and every one shows the first picture exactly; the sound is whole and steady.

    Decoders give the last packet of sound whole, beyond the length its table states.
    """
    width, height = map(int, size.split("x"))
    with av.open(io.BytesIO(samples.named(f"ref-video-2.1s-{size}.mp4")), "r") as container:
        frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
        container.seek(0)
        sound = np.concatenate([frame.to_ndarray()[0] for frame in container.decode(audio=0)])
    assert len(frames) == 51
    assert frames[0].shape == (height, width, 3)
    assert all(np.array_equal(frame, frames[0]) for frame in frames)
    assert 0 <= len(sound) - 2.1 * 48_000 < 1024
    loudness = np.sqrt(np.mean(sound[:100_800].reshape(-1, 480) ** 2, axis=1))
    assert loudness[10:-10].min() > 0.9 * loudness.max() > 0.01


@pytest.mark.clause("M-NAMED")
def test_index_first_and_small() -> None:
    """The index stands before the data (a player starts before the end is loaded); 30 s take under 7 MiB."""
    data = samples.named("ref-video-30s.mp4")
    assert data.index(b"moov") < data.index(b"mdat")
    assert len(data) < 7 * 1024 * 1024


@settings(max_examples=15)
@example(4096, 1)
@given(SIDES, SIDES)
@pytest.mark.clause("M-NAMED", "M-PROBE")
def test_images(width: int, height: int) -> None:
    """A named image is a PNG of that size."""
    facts = probe.probe(samples.named(f"ref-image-{width}x{height}.png"), "image")
    assert isinstance(facts, MediaFacts), facts
    assert (facts.width, facts.height, facts.container, facts.duration_us) == (width, height, "png", None)


@pytest.mark.clause("M-NAMED")
def test_same_bytes_in_another_process() -> None:
    """Same name, same bytes: now, later, and in another process."""
    program = "import sys, hashlib\nfrom mockserver.media import names, synth\nfor name in sys.argv[1:]:\n"
    program += "    print(hashlib.sha256(synth.named(names.parse(name))).hexdigest())"
    asked = ["ref-video-1.5s-320x180.mp4", "ref-video-1s-33x33.mp4", "ref-image-65x40.png"]
    answer = subprocess.run([sys.executable, "-c", program, *asked], capture_output=True, text=True, check=True)
    assert answer.stdout.split() == [hashlib.sha256(samples.named(name)).hexdigest() for name in asked]


def test_names_differ_in_bytes() -> None:
    """Files of different names differ, so that a mix-up shows."""
    made = {synth.named(media) for name in ("1", "1.0", "2") if (media := names.parse(f"ref-video-{name}s-32x32.mp4"))}
    assert len(made) == 3


def video_name(duration_us: int, width: int, height: int) -> str:
    return f"ref-video-{duration_us // 1_000_000}.{duration_us % 1_000_000:06}s-{width}x{height}.mp4"
