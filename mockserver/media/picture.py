"""Still pictures decoded whole, within bounds: a header's claim of size is checked before room is made for it."""

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mockserver.media import containers, ffmpeg, png

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

MAX_SCANS = 200
"""Each scan of a progressive JPEG goes over the whole picture; real ones have about ten."""
_PNG_KEPT = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"eXIf", b"IEND"})
_WEBP_ANIMATED = 2
_CUT_OFF = "it is cut off"


@dataclass(frozen=True, slots=True)
class Picture:
    """A decoded picture: `frame` may still have to be turned."""

    container: str
    frame: "VideoFrame"


def decode(data: bytes) -> Picture | str:
    """The picture, the first one of an animation, or the reason why there is none."""
    container = containers.sniff(data)
    if container is None or container.kind != "image":
        return "it is no image (PNG, JPEG, WebP, GIF, BMP, AVIF)"
    checked = next(containers.flaws(data, container), None) or _checked(data, container.name)
    if isinstance(checked, str):
        return checked
    frame = _of_demuxer(checked, container.demuxer) if container.demuxer else _of_decoder(checked, container.decoder)
    if frame is None:
        return f"it cannot be decoded as {container.name}, or has over {ffmpeg.MAX_PICTURE_PIXELS} pixels"
    if _is_tile(checked, container, frame):
        return f"its {container.name} picture is stored in tiles, which is not supported"
    return Picture(container.name, frame)


def _is_tile(data: bytes, container: containers.Container, frame: "VideoFrame") -> bool:
    """Whether the frame is smaller than what an AVIF or HEIC file says of its pictures (`ispe`)."""
    position = data.find(b"ispe") if container.demuxer else -1
    while position >= 0:
        width, height = struct.unpack(">II", data[position + 8 : position + 16].ljust(8, b"\0"))
        if width > frame.width or height > frame.height:
            return True
        position = data.find(b"ispe", position + 4)
    return False


def _of_demuxer(data: bytes, demuxer: str) -> "VideoFrame | None":
    import av

    try:
        with ffmpeg.opened(data, demuxer, ffmpeg.Deadline(), ffmpeg.PICTURE_OPTIONS) as opened:
            stream = opened.streams.video[0]
            if ffmpeg.decoder_name(stream) not in ffmpeg.VIDEO_DECODERS:
                return None
            packet = next(opened.demux(stream))
            return ffmpeg.picture_in(bytes(packet), stream.codec_context)
    except (av.FFmpegError, ValueError, OSError, MemoryError, IndexError):
        return None


def _of_decoder(data: bytes, decoder: str) -> "VideoFrame | None":
    import av
    from av.video.codeccontext import VideoCodecContext

    codec = av.CodecContext.create(decoder, "r")
    assert isinstance(codec, VideoCodecContext)
    codec.options = ffmpeg.PICTURE_OPTIONS
    codec.thread_count = 1
    return ffmpeg.picture_in(data, codec)


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
        if data[12:16] == b"VP8X" and data[20:21] and data[20] & _WEBP_ANIMATED:
            return "it is an animated WebP, which is not supported"
        return data if int.from_bytes(data[4:8], "little") + 8 <= len(data) else _CUT_OFF
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
