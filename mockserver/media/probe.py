"""Bytes to facts, by looking: what a file says of itself is believed only as far as its packets bear it out.

The duration is that of the picture: from the first to the end of the last video packet that is to be shown. A
sound track that runs on, and a header that says otherwise, do not count. The first picture is decoded, so a file of
tables and noise is no video.

Bounds: `ffmpeg.TIMEOUT_S` seconds, `ffmpeg.MAX_VIDEO_PIXELS` pixels, `MAX_PACKETS` packets, their bytes four times
those of the file.
"""

import asyncio
import hashlib
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import TYPE_CHECKING

from mockserver.media import containers, ffmpeg, pool
from mockserver.media.lru import Lru
from mockserver.records import Kind, MediaFacts

if TYPE_CHECKING:
    from av.container.input import InputContainer
    from av.packet import Packet
    from av.stream import Stream
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

MAX_PACKETS = 500_000
MAX_DURATION_US = 24 * 3600 * 1_000_000
MAX_TRIES = 8
"""Key frames that may fail to give a picture before the stream is held to have none."""
SPARE_BYTES = 64 * 1024 * 1024
WAIT_S = 30.0
"""How long a caller waits for a free thread and the result."""
TOO_LONG = "it took too long to read"
UNDERSTOOD = {"video": "video (MP4, MOV, WebM, MKV)", "image": "image (PNG, JPEG, WebP, GIF, BMP, AVIF)"}
_WITH_ARTICLE = {"video": "a video", "image": "an image"}

_RESULTS: Lru[tuple[str, Kind], MediaFacts | str] = Lru(max_weight=512)


@dataclass(slots=True)
class _Tally:
    """What the packets of a file add up to."""

    packets: int = 0
    size_bytes: int = 0
    shown: int = 0
    first: int | None = None
    last: int = 0
    end: int = 0
    has_sound: bool = False
    is_cut_off: bool = False
    tries: int = 0
    picture: "VideoFrame | None" = field(default=None)


async def probe_async(data: bytes, kind: Kind, wait_s: float = WAIT_S) -> MediaFacts | str:
    """`probe` in a thread of the media pool; after `wait_s` the caller is told so, though the thread may go on."""
    try:
        async with asyncio.timeout(wait_s):
            return await pool.run(probe, data, kind)
    except TimeoutError:
        return TOO_LONG


def probe(data: bytes, kind: Kind, timeout_s: float = ffmpeg.TIMEOUT_S) -> MediaFacts | str:
    """The facts of the file, or a short sentence why it is no `kind`; equal bytes are looked at once."""
    digest = hashlib.sha256(data).hexdigest()
    known = _RESULTS.get((digest, kind))
    if known is not None:
        return known
    found = _look(data, kind, ffmpeg.Deadline(timeout_s))
    if isinstance(found, MediaFacts):
        found = replace(found, size_bytes=len(data), digest=digest)
    if found != TOO_LONG:
        _RESULTS.put((digest, kind), found, 1)
    return found


def _look(data: bytes, kind: Kind, deadline: ffmpeg.Deadline) -> MediaFacts | str:
    if not data:
        return "it is empty"
    container = containers.sniff(data)
    if container is None:
        return f"it is no {UNDERSTOOD[kind]}"
    if container.kind != kind:
        return f"it is {_WITH_ARTICLE[container.kind]} ({container.name}), not {_WITH_ARTICLE[kind]}"
    return _image(data) if kind == "image" else _video(data, container, deadline)


def _image(data: bytes) -> MediaFacts | str:
    from mockserver.media import picture

    found = picture.decode(data)
    if isinstance(found, str):
        return found
    width, height = ffmpeg.upright_size(found.frame)
    return MediaFacts("image", "probed", width=width, height=height, container=found.container)


def _video(data: bytes, container: containers.Container, deadline: ffmpeg.Deadline) -> MediaFacts | str:
    import av

    if flaw := next(containers.flaws(data, container), None):
        return flaw
    assert container.demuxer
    try:
        with ffmpeg.opened(data, container.demuxer, deadline) as opened:
            return _facts(opened, container, len(data), deadline)
    except TimeoutError:
        return TOO_LONG
    except (av.FFmpegError, ValueError, OSError, MemoryError):
        return f"it cannot be read as {container.name}"


def _facts(
    opened: "InputContainer", container: containers.Container, size_bytes: int, deadline: ffmpeg.Deadline
) -> MediaFacts | str:
    from av.stream import Disposition

    stream = next((found for found in opened.streams.video if not found.disposition & Disposition.attached_pic), None)
    if stream is None or stream.time_base is None:
        return "it has no video stream"
    if ffmpeg.decoder_name(stream) not in ffmpeg.VIDEO_DECODERS:
        return "its video stream is in no format that is understood"
    tally = _Tally()
    for packet in opened.demux():
        deadline.check()
        _count(tally, packet, stream)
        if tally.packets > MAX_PACKETS or tally.size_bytes > 4 * size_bytes + SPARE_BYTES:
            return "its packets are too many or overlap"
        if tally.is_cut_off:
            return "it is cut off: a packet reaches beyond its end"
    if tally.picture is None or tally.first is None:
        return "its video stream holds no picture that can be decoded"
    duration_us = _duration_us(tally, stream.time_base, container.demuxer)
    if not 0 < duration_us <= MAX_DURATION_US:
        return "its packets give it no sensible duration"
    width, height = ffmpeg.upright_size(tally.picture)
    return MediaFacts("video", "probed", duration_us, width, height, None, container.name, tally.has_sound)


def _count(tally: _Tally, packet: "Packet[Stream]", stream: "VideoStream") -> None:
    if packet.stream.type == "audio" and packet.size:
        tally.has_sound = True
    tally.packets += 1
    tally.size_bytes += packet.size
    if packet.stream.index != stream.index:
        return
    tally.is_cut_off = packet.is_corrupt
    if packet.is_keyframe and tally.picture is None and tally.tries < MAX_TRIES:
        tally.tries += 1
        tally.picture = ffmpeg.picture_in(bytes(packet), stream.codec_context)
    at = packet.dts if packet.pts is None else packet.pts
    if at is None or packet.is_discard or not packet.size:
        return
    tally.shown += 1
    tally.first = at if tally.first is None else min(tally.first, at)
    tally.last = max(tally.last, at)
    tally.end = max(tally.end, at + (packet.duration or 0))


def _duration_us(tally: _Tally, time_base: Fraction, demuxer: str | None) -> int:
    """From the first packet to the end of the last.

    Matroska need not say how long the last one is, and FFmpeg then makes up a length: it gets the average one.
    """
    assert tally.first is not None
    span = Fraction(tally.end - tally.first)
    if demuxer == "matroska" and tally.shown > 1:
        average = Fraction(tally.last - tally.first, tally.shown - 1)
        if tally.end - tally.last < average / 2:
            span = tally.last - tally.first + average
    return round(span * time_base * 1_000_000)
