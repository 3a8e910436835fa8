"""Media for tests: files as other programs write them (by PyAV's muxers), and files broken on purpose."""

import io
import struct
import zlib
from collections.abc import Iterator
from fractions import Fraction

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from mockserver.media import mp4, names, png, synth

_PARENTS = frozenset({b"moov", b"trak", b"mdia", b"minf", b"stbl", b"edts"})


def named(name: str) -> bytes:
    """The served file of that name."""
    media = names.parse(name)
    assert media is not None
    return synth.named(media)


def filmed(
    form: str = "mp4",
    video: str | None = "libx264",
    audio: str | None = None,
    *,
    frames: int = 20,
    sound_s: float = 2.0,
    channels: int = 1,
    options: dict[str, str] | None = None,
) -> bytes:
    """64x48 at ten frames a second, moving, and perhaps a tone; `form` is the name of a muxer."""
    file = io.BytesIO()
    with av.open(file, "w", format=form, options=options or {}) as container:
        film = container.add_stream(video, rate=10) if video else None
        tone = container.add_stream(audio, rate=48_000) if audio else None
        if isinstance(film, VideoStream):
            film.width, film.height = 64, 48
            film.pix_fmt = {"prores_ks": "yuv422p10le", "mjpeg": "yuvj420p", "png": "rgb24"}.get(video or "", "yuv420p")
        if isinstance(tone, AudioStream):
            tone.codec_context.layout = "mono" if channels == 1 else "stereo"
            tone.codec_context.time_base = Fraction(1, 48_000)
        for stream, drawn in ((film, pictures(frames)), (tone, waves(round(sound_s * 48_000), channels))):
            assert stream is None or isinstance(stream, VideoStream | AudioStream)
            for frame in (*drawn, None) if stream else ():
                container.mux(stream.encode(frame))  # type: ignore[union-attr]  # its own kind of frames
    return file.getvalue()


def pictures(frames: int) -> Iterator[VideoFrame]:
    """A moving pattern."""
    for number in range(frames):
        ramp = (np.arange(64 * 48 * 3).reshape(48, 64, 3) + number * 7) % 256
        frame = VideoFrame.from_ndarray(ramp.astype(np.uint8))
        frame.pts = number
        yield frame


def waves(count: int, channels: int) -> Iterator[AudioFrame]:
    """A tone of 440 Hz."""
    wave = np.sin(np.arange(count) * (2 * np.pi * 440 / 48_000)).astype(np.float32) * np.float32(0.2)
    layout = "mono" if channels == 1 else "stereo"
    frame = AudioFrame.from_ndarray(np.repeat(wave[None, :], channels, axis=0), format="fltp", layout=layout)
    frame.sample_rate, frame.pts = 48_000, 0
    yield frame


def rebuilt(data: bytes, **bodies: bytes) -> bytes:
    """An MP4 with the content of the named boxes replaced; the offsets of its samples are left as they were."""
    parts, position = [], 0
    while position + 8 <= len(data):
        size, kind = struct.unpack_from(">I4s", data, position)
        content = data[position + 8 : position + size]
        if kind in _PARENTS:
            content = rebuilt(content, **bodies)
        parts.append(mp4.box(kind, bodies.get(kind.decode(), content)))
        position += size
    return b"".join(parts)


def words(*numbers: int) -> bytes:
    """Numbers of 32 bits, big end first."""
    return struct.pack(f">{len(numbers)}I", *numbers)


def png_of(width: int, height: int, *chunks: bytes) -> bytes:
    """A PNG with that size in its header and those chunks, whatever they hold."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return png.SIGNATURE + png.chunk(b"IHDR", header) + b"".join(chunks) + png.chunk(b"IEND", b"")


def packed(size_bytes: int) -> bytes:
    """That many zeros, compressed."""
    packer = zlib.compressobj(1)
    block = bytes(1 << 20)
    parts = [packer.compress(block) for _ in range(size_bytes >> 20)]
    return b"".join([*parts, packer.compress(bytes(size_bytes & ((1 << 20) - 1))), packer.flush()])
