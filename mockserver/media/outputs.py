"""What a succeeded task delivers: a real MP4 or PNG with the reference picture in it (API.md §10)."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mockserver.records import Kind

if TYPE_CHECKING:
    from mockserver.media.aac import Sound
    from mockserver.media.art import Pixels

MAX_DURATION_US = 3600 * 1_000_000


@dataclass(frozen=True, slots=True)
class OutputSpec:
    """One output file: portrait has its sides swapped already.

    `picture` is a reference image, `sound_source` a reference video whose sound is kept where `sound` is True: no
    source, a tone; a source without sound, no sound. `label` seeds the placeholder's colours and is written on it.
    """

    kind: Kind
    width: int
    height: int
    duration_us: int = 0
    sound: bool = True
    watermark: bool = False
    picture: bytes | None = None
    sound_source: bytes | None = None
    label: str = ""


def make(spec: OutputSpec) -> bytes:
    """The file: same spec, same bytes; at 24 frames a second, exactly as long as asked for, up to `MAX_DURATION_US`."""
    from mockserver.media import aac, art, h264, mp4, png

    pixels = _picture(spec)
    if spec.watermark:
        art.add_watermark(pixels)
    if spec.kind == "image":
        return png.encode(pixels)
    duration_us = min(max(spec.duration_us, 1), MAX_DURATION_US)
    tracks = [h264.track(h264.encode(h264.frame(pixels)), duration_us)]
    sound = _sound(spec, duration_us) if spec.sound else None
    if sound is not None:
        tracks.append(aac.track(sound, duration_us))
    return mp4.mux(duration_us, tracks)


def _picture(spec: OutputSpec) -> "Pixels":
    from mockserver.media import art, picture

    if spec.picture is not None:
        decoded = picture.decode(spec.picture)
        if not isinstance(decoded, str):
            return art.framed(decoded.frame, spec.width, spec.height)
    return art.placeholder(spec.width, spec.height, spec.label)


def _sound(spec: OutputSpec, duration_us: int) -> "Sound | None":
    from mockserver.media import aac, sound

    if spec.sound_source is None:
        return aac.tone(duration_us)
    return sound.extract(spec.sound_source, duration_us)
