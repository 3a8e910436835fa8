"""A look at a WebM or MKV file before FFmpeg sees it: FFmpeg reads what is left of one that is cut off as if whole."""

from collections.abc import Iterator

_SEGMENT = b"\x18\x53\x80\x67"


def flaws(data: bytes) -> Iterator[str]:
    """Each reason not to read the file any further; a segment of unknown length (a live recording) has none."""
    header_bytes, position = _length(data, 4)
    segment_at = position + (header_bytes or 0)
    if data[segment_at : segment_at + 4] != _SEGMENT:
        yield "it holds no Matroska segment"
        return
    claimed, position = _length(data, segment_at + 4)
    if claimed is not None and position + claimed > len(data):
        yield f"it is cut off: its segment reaches {position + claimed - len(data)} bytes beyond its end"


def _length(data: bytes, position: int) -> tuple[int | None, int]:
    """The length that stands at `position` (EBML, RFC 8794 §4), None for "unknown", and where it ends."""
    first = data[position] if position < len(data) else 0
    size_bytes = 9 - first.bit_length()
    value = int.from_bytes(data[position : position + size_bytes], "big") & ((1 << 7 * size_bytes) - 1)
    is_unknown = value == (1 << 7 * size_bytes) - 1
    return None if is_unknown else value, position + size_bytes
