"""Sound taken from reference videos."""

import io
from collections.abc import Callable

import av
import numpy as np
import pytest

from mockserver.media import aac, mp4, sound
from tests.mockserver.media import samples


def heard(found: aac.Sound, duration_us: int) -> "np.ndarray[tuple[int, ...], np.dtype[np.float32]]":
    """The samples a player would play."""
    data = mp4.mux(duration_us, [aac.track(found, duration_us)])
    with av.open(io.BytesIO(data), "r") as container:
        return np.concatenate([frame.to_ndarray()[0] for frame in container.decode(audio=0)]).astype(np.float32)


def pitch_hz(wave: "np.ndarray[tuple[int, ...], np.dtype[np.float32]]") -> float:
    steady = wave[4800:-4800]
    return float(np.argmax(np.abs(np.fft.rfft(steady))) * 48_000 / len(steady))


@pytest.mark.parametrize(
    ("form", "video", "audio", "channels"),
    [
        ("mp4", "libx264", "aac", 1),
        ("mp4", "libx264", "aac", 2),
        ("mov", "libx264", "pcm_s16le", 1),
        ("matroska", "libx264", "aac", 1),
        ("webm", "libvpx", "libopus", 2),
        ("mp4", "libx264", "libmp3lame", 1),
    ],
)
@pytest.mark.clause("M-OUTPUT-VIDEO")
def test_is_the_sound_of_the_source(form: str, video: str, audio: str, channels: int) -> None:
    """Copied or encoded anew, the sound is the source's: its pitch, its channels, as long as asked for."""
    found = sound.extract(samples.filmed(form, video, audio, channels=channels), 1_500_000)
    assert found is not None
    assert found.channels == channels
    wave = heard(found, 1_500_000)
    assert 0 <= len(wave) - 72_000 < 2048
    assert abs(pitch_hz(wave) - 440) < 3


@pytest.mark.parametrize("audio", ["aac", "libmp3lame"])
def test_all_of_it(audio: str) -> None:
    """A source shorter than asked for is taken to its end."""
    found = sound.extract(samples.filmed(audio=audio, sound_s=1.0), 5_000_000)
    assert found is not None
    assert abs(len(heard(found, 5_000_000)) / 48_000 - 1.0) < 0.05


def emptied() -> bytes:
    none = samples.words(0, 0)
    return samples.rebuilt(samples.filmed(audio="aac"), stsz=none + bytes(4), stts=none, stsc=none)


NO_SOUND: dict[str, Callable[[], bytes]] = {
    "no sound track": samples.filmed,
    "no media": lambda: b"hello",
    "an image": lambda: samples.named("ref-image-2x2.png"),
    "cut off": lambda: samples.filmed(audio="aac")[:-500],
    "noise": lambda: samples.named("ref-video-1s-16x16.mp4")[:32] + bytes(range(256)),
    "a sound format not taken": lambda: samples.filmed("matroska", audio="tta"),
    "no packets": emptied,
}


@pytest.mark.parametrize("make", NO_SOUND.values(), ids=NO_SOUND.keys())
def test_none(make: Callable[[], bytes]) -> None:
    """Where there is no sound that can be read there is None, not an error."""
    assert sound.extract(make(), 1_000_000) is None
