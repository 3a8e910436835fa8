"""PyAV on bytes that nobody vouches for: a fixed demuxer, no other file, a clock that runs out."""

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import TYPE_CHECKING, NoReturn

from mockserver import clock

if TYPE_CHECKING:
    from av.container.input import InputContainer
    from av.stream import Stream
    from av.video.codeccontext import VideoCodecContext
    from av.video.frame import VideoFrame

TIMEOUT_S = 10.0
MAX_PICTURE_PIXELS = 40_000_000
"""Some 120 MB once decoded, 320 MB with 16 bits and transparency."""
MAX_VIDEO_PIXELS = 20_000_000
MAX_STREAMS = 32
VIDEO_DECODERS = frozenset({"h264", "hevc", "mpeg4", "mpeg2video", "h263", "vp8", "vp9", "av1", "libdav1d", "prores"})
"""Those whose work is bounded by the size of the picture."""
AUDIO_DECODERS = frozenset({"aac", "mp3", "mp3float", "opus", "vorbis", "flac", "alac", "ac3", "eac3"})
PICTURE_OPTIONS = {"max_pixels": str(MAX_PICTURE_PIXELS)}
VIDEO_OPTIONS = {"max_pixels": str(MAX_VIDEO_PIXELS)}
_DEMUXER_OPTIONS = {
    "max_streams": str(MAX_STREAMS),
    # Opening decodes nothing: what is decoded is decided here, packet by packet.
    "codec_whitelist": "none",
    "probesize": "65536",
    "analyzeduration": "1",
    "fpsprobesize": "0",
}


class Deadline:
    """An instant after which work on one file stops."""

    __slots__ = ("_end_s",)

    def __init__(self, timeout_s: float = TIMEOUT_S) -> None:
        self._end_s = clock.monotonic_s() + timeout_s

    def check(self) -> None:
        if clock.monotonic_s() > self._end_s:
            raise TimeoutError("it took too long to read")


class _Reader:
    """The bytes as a file; each read asks the deadline, so that a demuxer that runs in circles is stopped."""

    __slots__ = ("_deadline", "_file", "tell")

    def __init__(self, data: bytes, deadline: Deadline) -> None:
        self._file = BytesIO(data)
        self._deadline = deadline
        self.tell = self._file.tell

    def read(self, size: int) -> bytes:
        self._deadline.check()
        return self._file.read(size)

    def seek(self, offset: int, whence: int) -> int:
        self._deadline.check()
        return self._file.seek(offset, whence)


def _refuse_open(url: str, flags: int, options: object) -> NoReturn:
    raise PermissionError("media may not open other files")


@contextmanager
def opened(
    data: bytes, demuxer: str, deadline: Deadline, decoder_options: dict[str, str] = VIDEO_OPTIONS
) -> Iterator["InputContainer"]:
    """The streams of the file; PyAV's errors, `OSError` and `ValueError` are what bytes that are none lead to."""
    import av

    with av.open(
        _Reader(data, deadline),
        "r",
        format=demuxer,
        container_options=_DEMUXER_OPTIONS,
        metadata_errors="replace",
        timeout=TIMEOUT_S,
        io_open=_refuse_open,
    ) as container:
        for stream in container.streams:
            if stream.codec_context is not None:
                stream.codec_context.options = decoder_options
                stream.codec_context.thread_count = 1
        yield container


def decoder_name(stream: "Stream") -> str:
    """What would decode the stream; empty where FFmpeg knows no decoder (PyAV's types do not tell of that)."""
    return getattr(stream.codec_context, "name", "")


def picture_in(packet: bytes, codec: "VideoCodecContext") -> "VideoFrame | None":
    """The picture of one key frame by itself: a decoder that collects frames could fill the memory."""
    import av

    try:
        frames = codec.decode(av.Packet(packet)) or codec.decode(None)
        codec.flush_buffers()
    except (av.FFmpegError, ValueError, MemoryError):
        return None
    return frames[0] if frames else None


def quarter_turns(frame: "VideoFrame") -> int:
    """How often the picture has to be turned left to stand upright, 0 to 3; mirrored ones are not mirrored back."""
    return round(frame.rotation / 90) % 4


def upright_size(frame: "VideoFrame") -> tuple[int, int]:
    """Width and height as the picture is to be seen."""
    return (frame.height, frame.width) if quarter_turns(frame) % 2 else (frame.width, frame.height)
