"""Still pictures decoded whole, within bounds: a header's claim of size is checked before room is made for it."""

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mockserver.media import containers, ffmpeg, isom, png

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

MAX_SCANS = 200
"""Each scan of a progressive JPEG goes over the whole picture; real ones have about ten."""
_PNG_KEPT = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"eXIf", b"IEND"})
_CUT_OFF = "it is cut off"


@dataclass(frozen=True, slots=True)
class Picture:
    """A decoded picture: `frame` may still have to be turned (`frame.rotation`)."""

    container: str
    frame: "VideoFrame"

    @property
    def size(self) -> tuple[int, int]:
        """Width and height as it is to be seen."""
        width, height = self.frame.width, self.frame.height
        return (height, width) if self.frame.rotation % 180 else (width, height)


def decode(data: bytes) -> Picture | str:
    """The picture, the first one of an animation, or the reason why there is none."""
    import av

    container = containers.sniff(data)
    if container is None or container.kind != "image":
        return "it is no image (PNG, JPEG, WebP, GIF, BMP, AVIF)"
    checked = _checked(data, container.name)
    if isinstance(checked, str):
        return checked
    try:
        frame = _first_frame(checked, container)
    except (av.FFmpegError, ValueError, OSError, MemoryError):
        return f"it cannot be decoded as {container.name}, or has over {ffmpeg.MAX_PIXELS} pixels"
    return Picture(container.name, frame) if frame else f"it holds no {container.name} picture"


def _first_frame(data: bytes, container: containers.Container) -> "VideoFrame | None":
    import av
    from av.video.codeccontext import VideoCodecContext

    if container.demuxer:
        with ffmpeg.opened(data, container.demuxer, ffmpeg.Deadline()) as opened:
            return next(opened.decode(video=0), None)
    codec = av.CodecContext.create(container.decoder, "r")
    assert isinstance(codec, VideoCodecContext)
    codec.options = ffmpeg.DECODER_OPTIONS
    codec.thread_count = 1
    frames = codec.decode(av.Packet(data)) or codec.decode(None)
    return frames[0] if frames else None


def _checked(data: bytes, name: str) -> bytes | str:
    """The bytes fit to be decoded, or what speaks against it before any decoder sees them."""
    if name == "png":
        return _plain_png(data)
    if name == "jpeg":
        scans = data.count(b"\xff\xda")
        if scans > MAX_SCANS:
            return f"it has over {MAX_SCANS} scans"
        return data if data.find(b"\xff\xd9", data.rfind(b"\xff\xda") + 1) > 0 else _CUT_OFF
    if name == "gif":
        return data if data.rstrip(b"\0").endswith(b";") else _CUT_OFF
    if name == "webp":
        return data if int.from_bytes(data[4:8], "little") + 8 <= len(data) else _CUT_OFF
    if name in ("avif", "heic"):
        return next(isom.flaws(data), data)
    return data


def _plain_png(data: bytes) -> bytes | str:
    """The picture's own chunks: text and colour profiles are packed, and may unpack to any size."""
    kept = [png.SIGNATURE]
    position = len(png.SIGNATURE)
    while position + 12 <= len(data):
        size, kind = struct.unpack_from(">I4s", data, position)
        end = position + 12 + size
        if end > len(data):
            return _CUT_OFF
        if kind in _PNG_KEPT:
            kept.append(data[position:end])
        if kind == b"IEND":
            return b"".join(kept)
        position = end
    return _CUT_OFF
