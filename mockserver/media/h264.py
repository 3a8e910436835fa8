"""A still picture as H.264: x264 writes the one key frame, everything after it says "as before".

A slice whose macroblocks are all skipped repeats the picture before it and takes eleven bytes, the same for
every picture of a size; x264 would spend a millisecond of work on each (DESIGN.md, "Traps").
"""

import re
import struct
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from mockserver.media import mp4

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

    from mockserver.media.art import Pixels

FRAMES_PER_S = 24
FRAME_NUMBERS = 16
"""x264 counts frames in four bits where there is one reference and no B-frame."""
TIMESCALE = 3_000_000
"""Holds both a frame (125,000 ticks) and a microsecond (3 ticks) without a remainder."""
_FRAME_TICKS = TIMESCALE // FRAMES_PER_S
_SPS, _PPS, _IDR = 7, 8, 5
_X264 = "keyint=infinite:bframes=0:ref=1:threads=1:colorprim=bt709:transfer=bt709:colormatrix=bt709"


@dataclass(frozen=True, slots=True)
class Still:
    """One encoded picture: the parameter sets and the key frame, without start codes."""

    width: int
    height: int
    sps: bytes
    pps: bytes
    idr: bytes


def frame(pixels: "Pixels") -> "VideoFrame":
    """RGB pixels as PyAV's frame."""
    from av.video.frame import VideoFrame

    return VideoFrame.from_ndarray(pixels, format="rgb24")


def encode(picture: "VideoFrame") -> Still:
    """The picture as a key frame. A side that is odd needs 4:4:4: with 4:2:0 only even sides can be cropped to."""
    from fractions import Fraction

    import av
    from av.codec.context import Flags
    from av.video.codeccontext import VideoCodecContext

    is_even = picture.width % 2 == 0 and picture.height % 2 == 0
    codec = av.CodecContext.create("libx264", "w")
    assert isinstance(codec, VideoCodecContext)
    codec.width, codec.height = picture.width, picture.height
    codec.pix_fmt = "yuv420p" if is_even else "yuv444p"
    codec.time_base, codec.framerate = Fraction(1, FRAMES_PER_S), Fraction(FRAMES_PER_S)
    codec.thread_count = 1
    codec.flags |= Flags.global_header
    codec.options = {"preset": "ultrafast", "crf": "22", "x264-params": _X264}
    converted = picture.reformat(format=codec.pix_fmt, dst_colorspace="ITU709", dst_color_range="MPEG", threads=1)
    converted.pts = 0
    packets = codec.encode(converted) + codec.encode(None)
    units = _units(codec.extradata or b"") + _units(bytes(packets[0]))
    by_type = {unit[0] & 31: unit for unit in units}
    return Still(picture.width, picture.height, by_type[_SPS], by_type[_PPS], by_type[_IDR])


def track(still: Still, duration_us: int) -> mp4.Track:
    """The picture held for `duration_us` at 24 frames a second; the last frame is shortened to end exactly."""
    ticks = duration_us * TIMESCALE // 1_000_000
    frames = -(-ticks // _FRAME_TICKS)
    macroblocks = -(-still.width // 16) * -(-still.height // 16)
    repeats = [_repeat(number, macroblocks) for number in range(FRAME_NUMBERS)]
    samples = [_prefixed(still.idr), *(repeats[number % FRAME_NUMBERS] for number in range(1, frames))]
    deltas = [_FRAME_TICKS] * (frames - 1) + [ticks - _FRAME_TICKS * (frames - 1)]
    return mp4.Track(
        handler=b"vide",
        entry=_sample_entry(still),
        timescale=TIMESCALE,
        samples=samples,
        deltas=deltas,
        duration_us=duration_us,
        size=(still.width, still.height),
        is_key_first=True,
    )


@cache
def _golomb(value: int) -> str:
    bits = f"{value + 1:b}"
    return "0" * (len(bits) - 1) + bits


def _repeat(frame_number: int, macroblocks: int) -> bytes:
    """A P slice (ISO 14496-10, 7.3.3) that skips every macroblock, for the parameter sets x264 writes above."""
    bits = (
        _golomb(0)  # first macroblock
        + _golomb(5)  # every slice of the picture is P
        + _golomb(0)  # parameter set
        + f"{frame_number:04b}"
        + "000"  # default references, default order, sliding window
        + _golomb(0)  # quantiser as in the parameter set
        + _golomb(1)  # no deblocking
        + _golomb(macroblocks)  # skipped in one run
        + "1"
    )
    bits += "0" * (-len(bits) % 8)
    payload = int(bits, 2).to_bytes(len(bits) // 8, "big")
    return _prefixed(b"\x41" + re.sub(rb"\x00\x00(?=[\x00-\x03])", b"\0\0\3", payload))


def _prefixed(unit: bytes) -> bytes:
    return struct.pack(">I", len(unit)) + unit


def _units(stream: bytes) -> list[bytes]:
    """The NAL units between the start codes of a byte stream."""
    return [unit.rstrip(b"\0") for unit in stream.split(b"\0\0\1") if unit.strip(b"\0")]


def _sample_entry(still: Still) -> bytes:
    profile = still.sps[1]
    high = b"" if profile == 66 else bytes([0xFC | 3, 0xF8, 0xF8, 0])  # 4:4:4, 8 bits, 8 bits, no extension
    avcc = mp4.box(
        b"avcC",
        bytes([1, *still.sps[1:4], 0xFF, 0xE1]),
        struct.pack(">H", len(still.sps)) + still.sps,
        b"\1" + struct.pack(">H", len(still.pps)) + still.pps,
        high,
    )
    fields = struct.pack(">6xH16xHHIIIH32xHh", 1, still.width, still.height, 0x480000, 0x480000, 0, 1, 24, -1)
    return mp4.box(b"avc1", fields, avcc)
