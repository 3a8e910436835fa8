"""Sound as AAC packets: a tone made once and repeated, and packets ready to go into a file."""

import struct
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from mockserver.media import mp4

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame

FRAME_SAMPLES = 1024
RATE_HZ = 48_000
_TONE_CYCLES_PER_FRAME = 10
"""Whole cycles in every frame (469 Hz): all packets of the tone are alike, so one is enough."""


@dataclass(frozen=True, slots=True)
class Sound:
    """AAC packets with the samples each holds; the first `priming` samples only wake the decoder."""

    rate_hz: int
    channels: int
    config: bytes
    priming: int
    packets: tuple[bytes, ...]
    samples: tuple[int, ...]


def track(sound: Sound, duration_us: int) -> mp4.Track:
    """The sound cut to `duration_us`, rounded down to a whole sample; what is shorter stays shorter."""
    wanted = sound.priming + duration_us * sound.rate_hz // 1_000_000
    packets, deltas = [], []
    for packet, samples in zip(sound.packets, sound.samples, strict=True):
        if wanted <= 0:
            break
        packets.append(packet)
        deltas.append(min(samples, wanted))
        wanted -= samples
    audible = max(sum(deltas) - sound.priming, 0)
    return mp4.Track(
        handler=b"soun",
        entry=_sample_entry(sound),
        timescale=sound.rate_hz,
        samples=packets,
        deltas=deltas,
        duration_us=audible * 1_000_000 // sound.rate_hz,
        skip=sound.priming,
    )


def tone(duration_us: int) -> Sound:
    """A quiet, steady tone that is at least as long as asked for."""
    config, packet = _tone_packet()
    count = -(-duration_us * RATE_HZ // (1_000_000 * FRAME_SAMPLES)) + 1
    return Sound(RATE_HZ, 1, config, FRAME_SAMPLES, (packet,) * count, (FRAME_SAMPLES,) * count)


@cache
def _tone_packet() -> tuple[bytes, bytes]:
    """The decoder's configuration and one packet out of the steady part of an encoded tone."""
    import numpy as np
    from av.audio.frame import AudioFrame

    phase = np.arange(FRAME_SAMPLES) * (2 * np.pi * _TONE_CYCLES_PER_FRAME / FRAME_SAMPLES)
    wave = (0.05 * np.sin(phase)).astype(np.float32).reshape(1, -1)

    def frames() -> Iterable["AudioFrame"]:
        for index in range(24):
            frame = AudioFrame.from_ndarray(wave, format="fltp", layout="mono")
            frame.sample_rate, frame.pts = RATE_HZ, index * FRAME_SAMPLES
            yield frame

    sound = encode(frames(), "mono")
    return sound.config, sound.packets[20]


def encode(frames: Iterable["AudioFrame"], layout: str) -> Sound:
    """Planar float frames of `RATE_HZ` as AAC."""
    import av
    from av.audio.codeccontext import AudioCodecContext
    from av.codec.context import Flags

    codec = av.CodecContext.create("aac", "w")
    assert isinstance(codec, AudioCodecContext)
    codec.sample_rate, codec.layout, codec.format, codec.bit_rate = RATE_HZ, layout, "fltp", 64_000
    codec.flags |= Flags.global_header
    packets = [bytes(packet) for frame in frames for packet in codec.encode(frame)]
    packets += [bytes(packet) for packet in codec.encode(None)]
    lengths = (FRAME_SAMPLES,) * len(packets)
    return Sound(RATE_HZ, codec.channels, codec.extradata or b"", FRAME_SAMPLES, tuple(packets), lengths)


def _sample_entry(sound: Sound) -> bytes:
    decoder_config = _descriptor(4, struct.pack(">BBxHII", 0x40, 0x15, 0, 0, 0), _descriptor(5, sound.config))
    stream = _descriptor(3, bytes(3), decoder_config, _descriptor(6, b"\2"))
    rate = sound.rate_hz << 16 if sound.rate_hz < 1 << 16 else 0
    fields = struct.pack(">6xH8xHH4xI", 1, sound.channels, 16, rate)
    return mp4.box(b"mp4a", fields, mp4.box(b"esds", bytes(4), stream))


def _descriptor(tag: int, *parts: bytes) -> bytes:
    """An MPEG-4 descriptor (ISO 14496-1, 7.2.6), its length in four groups of seven bits."""
    content = b"".join(parts)
    length = len(content)
    groups = [0x80 | (length >> 21 & 127), 0x80 | (length >> 14 & 127), 0x80 | (length >> 7 & 127), length & 127]
    return bytes([tag, *groups]) + content
