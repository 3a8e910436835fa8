"""A look at an MP4 or MOV file before FFmpeg sees it: is it whole, and do its tables stay within reason?

A table of eight bytes can claim four thousand million samples, and FFmpeg makes room for each. The tables are
searched for by name wherever they may hide, outside the sound and picture data.
"""

import struct
from collections.abc import Iterator

MAX_SAMPLES = 1_000_000
"""Over an hour of video at 240 frames a second, over five hours of AAC."""
MAX_PCM_SAMPLES = 6_000_000
"""Uncompressed sound counts every sample: two minutes at 48 kHz."""
MAX_EDITS = 32
MAX_TABLES = 4096
MAX_BOXES = 20_000
"""Of the outermost level: two for each fragment of a streamed file."""
_TOP_LEVEL = frozenset({b"ftyp", b"moov", b"moof", b"mdat", b"free", b"skip", b"wide", b"meta", b"uuid", b"styp"})
_TABLES = (b"stsz", b"stz2", b"stts", b"ctts", b"elst", b"trun")


def flaws(data: bytes) -> Iterator[str]:
    """Each reason not to read the file any further."""
    tables: list[bytes] = []
    for number, (kind, start, end) in enumerate(_boxes(data)):
        if number == MAX_BOXES:
            yield f"it has over {MAX_BOXES} parts"
            return
        if end > len(data):
            yield f"it is cut off: its {kind.decode('latin-1')} box reaches {end - len(data)} bytes beyond its end"
            return
        if kind != b"mdat":
            tables.append(data[start:end])
    index = b"".join(tables)
    if b"cmov" in index:
        yield "its index is compressed, which is not supported"
    for table in _TABLES:
        yield from _oversized(index, table)


def _boxes(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """The boxes of the outermost level as (kind, start, end); `end` is as claimed."""
    start = 0
    while start + 8 <= len(data):
        size, kind = struct.unpack_from(">I4s", data, start)
        if size == 1 and start + 16 <= len(data):
            (size,) = struct.unpack_from(">Q", data, start + 8)
        end = start + size if size >= 8 else len(data)
        if kind not in _TOP_LEVEL:
            end = min(end, len(data))  # perhaps no box at all: it is looked through, but not held to its length
        yield kind, start, end
        start = end


def _oversized(index: bytes, table: bytes) -> Iterator[str]:
    limit = MAX_EDITS if table == b"elst" else MAX_SAMPLES
    total = pcm = found = 0
    position = index.find(table)
    while position >= 0:
        found += 1
        count, is_uniform = _claimed(index[position + 4 : position + 16], index, position, table)
        if is_uniform:
            pcm += count
        else:
            total += count
        if total > limit or pcm > MAX_PCM_SAMPLES or found > MAX_TABLES:
            yield f"its {table.decode()} tables claim too many entries (over {limit})"
            return
        position = index.find(table, position + 4)


def _claimed(head: bytes, index: bytes, position: int, table: bytes) -> tuple[int, bool]:
    """How many samples or edits a table stands for, and whether they are all alike, as in uncompressed sound."""
    _, first, second = struct.unpack(">III", head.ljust(12, b"\0"))
    if table in (b"stsz", b"stz2"):
        return second, table == b"stsz" and first > 0
    if table in (b"elst", b"trun"):
        return first, False
    if first > MAX_SAMPLES:
        return first, False
    body = index[position + 12 : position + 12 + first * 8]
    rows = [(count, delta) for count, delta in struct.iter_unpack(">II", body[: len(body) // 8 * 8])]
    return sum(count for count, _ in rows), rows[1:] == [] and all(delta == 1 for _, delta in rows)
