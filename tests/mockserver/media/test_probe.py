"""Facts from bytes."""

import struct
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.media import probe
from mockserver.records import Kind, MediaFacts
from tests.mockserver.media import samples
from tests.mockserver.media.samples import rebuilt, words

_UPRIGHT = words(0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
_QUARTER_TURN = struct.pack(">9i", 0, 0x10000, 0, -0x10000, 0, 0, 0, 0, 0x40000000)


def facts_of(data: bytes, kind: Kind = "video") -> MediaFacts:
    facts = probe.probe(data, kind)
    assert isinstance(facts, MediaFacts), facts
    return facts


@pytest.mark.parametrize(
    ("form", "video", "audio", "container"),
    [
        ("mp4", "libx264", "aac", "mp4"),
        ("mp4", "libx265", None, "mp4"),
        ("mp4", "mpeg4", None, "mp4"),
        ("mov", "prores_ks", "pcm_s16le", "mov"),
        ("webm", "libvpx", "libopus", "webm"),
        ("webm", "libvpx-vp9", None, "webm"),
        ("matroska", "libx264", "aac", "mkv"),
    ],
)
@pytest.mark.clause("M-PROBE", "D-DURATION")
def test_files_of_other_makers(form: str, video: str, audio: str | None, container: str) -> None:
    """What other programs write is understood: container, true length, size, sound."""
    facts = facts_of(samples.filmed(form, video, audio))
    assert (facts.container, facts.width, facts.height) == (container, 64, 48)
    assert facts.duration_us == 2_000_000
    assert facts.has_sound == (audio is not None)


@pytest.mark.clause("M-PROBE", "D-DURATION")
def test_fragmented() -> None:
    """A fragmented MP4, whose header knows no length, has the length of its fragments."""
    data = samples.filmed(audio="aac", options={"movflags": "frag_keyframe+empty_moov"})
    assert facts_of(data).duration_us == 2_000_000


@pytest.mark.clause("M-PROBE", "D-DURATION")
def test_live_recording() -> None:
    """A WebM without a length in its header, as browsers record it, has the length of its packets."""
    assert facts_of(samples.filmed("webm", "libvpx", options={"live": "1"})).duration_us == 2_000_000


@pytest.mark.clause("M-PROBE", "D-DURATION")
def test_sound_runs_on() -> None:
    """Sound that is longer than the picture does not make the video longer."""
    assert facts_of(samples.filmed(audio="aac", sound_s=3.5)).duration_us == 2_000_000


@pytest.mark.parametrize("box", ["mvhd", "tkhd", "mdhd"])
@pytest.mark.clause("M-PROBE", "D-DURATION")
def test_lying_header(box: str) -> None:
    """A header that claims a day does not make the video longer."""
    data = samples.filmed()
    start = data.index(box.encode()) + 4
    length_at = start + (20 if box == "tkhd" else 16)
    lying = data[:length_at] + words(86_400_000) + data[length_at + 4 :]
    assert facts_of(lying).duration_us == 2_000_000


@pytest.mark.clause("M-PROBE")
def test_turned() -> None:
    """A video filmed in portrait has the size it is shown with."""
    data = samples.named("ref-video-1s-64x48.mp4")
    of_track = data.index(_UPRIGHT, data.index(b"tkhd"))
    turned = data[:of_track] + _QUARTER_TURN + data[of_track + len(_QUARTER_TURN) :]
    facts = facts_of(turned)
    assert (facts.width, facts.height) == (48, 64)


@pytest.mark.clause("M-PROBE")
def test_cut_by_an_edit_list() -> None:
    """What an edit list hides does not count, though the first picture to decode is among it."""
    data = samples.filmed()
    edits = words(0, 1, 1000, round(1.0 * media_timescale(data)), 0x10000)
    assert facts_of(rebuilt(data, elst=edits)).duration_us == 1_000_000


def media_timescale(data: bytes) -> int:
    (ticks,) = struct.unpack_from(">I", data, data.index(b"mdhd") + 16)
    return int(ticks)


@pytest.mark.clause("M-PROBE")
def test_last_packet_of_unknown_length() -> None:
    """A last packet without a length counts as one of average length."""
    data = samples.filmed("webm", "libvpx", frames=7, options={"live": "1"})
    frame_length = b"\x23\xe3\x83\x84"
    assert frame_length in data
    assert facts_of(data.replace(frame_length, b"\xec\x86\0\0")).duration_us == 700_000


NOT_A_VIDEO: dict[str, tuple[Callable[[], bytes], str]] = {
    "empty": (lambda: b"", "empty"),
    "text": (lambda: b"hello", "no video"),
    "playlist": (lambda: b"#EXTM3U\n#EXTINF:8,\nhttp://127.0.0.1/a.ts\n", "no video"),
    "concat script": (lambda: b"ffconcat version 1.0\nfile /etc/hostname\n", "no video"),
    "an image": (lambda: samples.named("ref-image-2x2.png"), "an image (png), not a video"),
    "sound alone": (lambda: samples.filmed(video=None, audio="aac"), "no video stream"),
    "a format not taken": (lambda: samples.filmed("mov", "mjpeg"), "no format that is understood"),
    "cut off MP4": (lambda: samples.named("ref-video-1s-16x16.mp4")[:-50], "cut off"),
    "cut off MP4 without its index": (lambda: samples.filmed()[:3000], "cut off"),
    "cut off WebM": (lambda: samples.filmed("webm", "libvpx")[:-50], "cut off"),
    "head without a body": (lambda: samples.named("ref-video-1s-16x16.mp4")[:32], "cannot be read as mp4"),
    "noise behind a head": (lambda: samples.filmed()[:32] + bytes(range(256)) * 400, "cannot be read as mp4"),
    "Matroska noise": (lambda: b"\x1a\x45\xdf\xa3" + bytes(range(256)) * 400, "no Matroska segment"),
    "index without data": (lambda: index_of(samples.named("ref-video-1s-16x16.mp4")), "no picture"),
    "data of zeros": (lambda: blanked(samples.named("ref-video-1s-16x16.mp4")), "no picture"),
    "longer than a day": (lambda: rebuilt(samples.filmed(), stts=words(0, 1, 20, 2**31 - 1)), "no sensible duration"),
    "packets beyond the end": (lambda: claiming(5_000_000), "cut off: a packet"),
    "samples upon samples": (lambda: overlapping(80), "too many or overlap"),
}


def claiming(size_bytes: int) -> bytes:
    """A file whose frames are said to be that large."""
    return rebuilt(samples.named("ref-video-0.5s-16x16.mp4"), stsz=words(0, size_bytes, 12))


def index_of(data: bytes) -> bytes:
    return data[: data.index(b"mdat") - 4]


def blanked(data: bytes) -> bytes:
    start = data.index(b"mdat") + 4
    return data[:start] + bytes(len(data) - start)


def overlapping(frames: int) -> bytes:
    """An MP4 of 1.5 MB whose every frame claims most of the file as its own."""
    data = rebuilt(samples.filmed(frames=frames), stsz=words(0, 1_400_000, frames), stsc=words(0, 1, 1, 1, 1))
    data = rebuilt(data, stco=words(0, frames, *[40] * frames))
    return data + struct.pack(">I4s", 1_500_000, b"free") + bytes(1_499_992)


@pytest.mark.parametrize(("make", "reason"), NOT_A_VIDEO.values(), ids=NOT_A_VIDEO.keys())
@pytest.mark.clause("D-INPUT", "M-PROBE")
def test_no_video(make: Callable[[], bytes], reason: str) -> None:
    """Bytes that are no video, no whole video, or no video in earnest, are refused with their reason."""
    found = probe.probe(make(), "video")
    assert isinstance(found, str)
    assert reason in found


@pytest.mark.clause("D-INPUT")
def test_video_for_an_image() -> None:
    """A video is no image."""
    assert probe.probe(samples.named("ref-video-1s-16x16.mp4"), "image") == "it is a video (mp4), not an image"


@settings(max_examples=60)
@given(st.integers(0, 2**32), st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), min_size=1, max_size=40))
@pytest.mark.clause("D-INPUT", "M-PROBE")
def test_mutated_files(pick: int, changes: list[tuple[int, int]]) -> None:
    """A file with bytes changed anywhere gives facts or one sentence, never an error."""
    base = MUTATED[pick % len(MUTATED)]()
    data = bytearray(base)
    for position, value in changes:
        data[position % len(data)] = value
    for kind in ("video", "image"):
        found = probe.probe(bytes(data), kind)
        assert isinstance(found, MediaFacts) or (0 < len(found) < 200 and "\n" not in found)


MUTATED: list[Callable[[], bytes]] = [
    lambda: samples.named("ref-video-0.3s-16x16.mp4"),
    lambda: samples.filmed("matroska", "libvpx", frames=3),
    lambda: samples.named("ref-image-9x9.png"),
]


async def test_off_the_loop() -> None:
    """The facts are the same when found off the event loop."""
    data = samples.named("ref-video-1s-16x16.mp4")
    assert await probe.probe_async(data, "video") == probe.probe(data, "video")


async def test_waiting_has_an_end() -> None:
    """A caller gets its answer within a bounded time, whatever the threads are busy with."""
    assert await probe.probe_async(b"", "video", wait_s=0.0) == "it took too long to read"


@pytest.mark.clause("D-INPUT")
def test_time_is_bounded() -> None:
    """A file that cannot be read in time is refused, but not for ever: another time there may be more of it."""
    data = samples.named("ref-video-1.25s-16x16.mp4")
    assert probe.probe(data, "video", timeout_s=-1.0) == "it took too long to read"
    assert facts_of(data).duration_us == 1_250_000
