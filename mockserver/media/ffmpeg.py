"""PyAV on bytes that nobody vouches for: a fixed demuxer, no other file, a clock that runs out."""

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import TYPE_CHECKING, NoReturn

from mockserver import clock

if TYPE_CHECKING:
    from av.container.input import InputContainer

TIMEOUT_S = 10.0
MAX_PIXELS = 40_000_000
MAX_STREAMS = 32
DECODER_OPTIONS = {"max_pixels": str(MAX_PIXELS)}
_OPTIONS = {
    **DECODER_OPTIONS,
    "max_streams": str(MAX_STREAMS),
    "probesize": "5000000",
    "analyzeduration": "1000000",
    "threads": "1",
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

    __slots__ = ("_deadline", "_file")

    def __init__(self, data: bytes, deadline: Deadline) -> None:
        self._file = BytesIO(data)
        self._deadline = deadline

    def read(self, size: int) -> bytes:
        self._deadline.check()
        return self._file.read(size)

    def seek(self, offset: int, whence: int) -> int:
        self._deadline.check()
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()


def _refuse_open(url: str, flags: int, options: object) -> NoReturn:
    raise PermissionError("media may not open other files")


@contextmanager
def opened(data: bytes, demuxer: str, deadline: Deadline) -> Iterator["InputContainer"]:
    """The streams of the file; raises what `ERRORS` names, or PyAV's own error, on bytes that are none."""
    import av

    with av.open(
        _Reader(data, deadline),
        "r",
        format=demuxer,
        options=_OPTIONS,
        metadata_errors="replace",
        timeout=TIMEOUT_S,
        io_open=_refuse_open,
    ) as container:
        for stream in container.streams:
            if stream.codec_context is not None:
                stream.codec_context.options = DECODER_OPTIONS
                stream.codec_context.thread_count = 1
        yield container
