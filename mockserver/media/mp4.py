"""A small MP4 writer (ISO 14496-12): every duration is exactly the one asked for, the index comes first.

FFmpeg's muxer would write the same boxes, but needs a file for `faststart` and rounds durations to its own
time bases. Here the movie counts microseconds, and an edit list hides what a decoder needs before the first
audible sample.
"""

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate, groupby, pairwise

MOVIE_TIMESCALE = 1_000_000
CHUNKS_PER_S = 2
_WIDE, _ENABLED, _IN_MOVIE = 1 << 24, 1, 2
"""Version and flags of a box: version 1 has lengths of 64 bits."""
_IDENTITY = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
_FTYP = struct.pack(">I4s4sI", 32, b"ftyp", b"isom", 0x200) + b"isomiso2avc1mp41"


@dataclass(frozen=True, slots=True)
class Track:
    """One stream of samples. `deltas` are in ticks of `timescale`; the first `skip` ticks are not presented.

    `entry` is the whole sample entry box; `is_key_first` says that only the first sample can be sought to.
    """

    handler: bytes
    entry: bytes
    timescale: int
    samples: Sequence[bytes]
    deltas: Sequence[int]
    duration_us: int
    skip: int = 0
    size: tuple[int, int] = (0, 0)
    is_key_first: bool = False


@dataclass(frozen=True, slots=True)
class _Chunk:
    start_s: float
    track: int
    samples: Sequence[bytes]

    @property
    def size_bytes(self) -> int:
        return sum(map(len, self.samples))


def box(kind: bytes, *parts: bytes) -> bytes:
    """One box: its length, its four letters, its content."""
    content = b"".join(parts)
    return struct.pack(">I4s", len(content) + 8, kind) + content


def mux(duration_us: int, tracks: Sequence[Track]) -> bytes:
    """A playable file of exactly `duration_us`, `moov` before `mdat`, about half a second to a chunk.

    A track with nothing to present (a sound shorter than one sample) is left out.
    """
    tracks = [track for track in tracks if track.duration_us]
    chunks = sorted(
        (chunk for index, track in enumerate(tracks) for chunk in _chunks(index, track)),
        key=lambda chunk: (chunk.start_s, chunk.track),
    )
    moov_bytes = len(_moov(duration_us, tracks, chunks, 0))
    moov = _moov(duration_us, tracks, chunks, len(_FTYP) + moov_bytes + 8)
    return b"".join([_FTYP, moov, box(b"mdat", *(sample for chunk in chunks for sample in chunk.samples))])


def _chunks(index: int, track: Track) -> Iterable[_Chunk]:
    starts = accumulate(track.deltas, initial=0)
    timed = zip(starts, track.samples, strict=False)
    for half_second, group in groupby(timed, key=lambda pair: pair[0] * CHUNKS_PER_S // track.timescale):
        yield _Chunk(half_second / CHUNKS_PER_S, index, [sample for _, sample in group])


def _moov(duration_us: int, tracks: Sequence[Track], chunks: Sequence[_Chunk], base: int) -> bytes:
    offsets = list(accumulate((chunk.size_bytes for chunk in chunks), initial=base))
    placed = list(zip(chunks, offsets, strict=False))
    header = struct.pack(">QQIQIH10x", 0, 0, MOVIE_TIMESCALE, duration_us, 0x10000, 0x100)
    mvhd = _full(b"mvhd", _WIDE, header, _IDENTITY, bytes(24), struct.pack(">I", len(tracks) + 1))
    traks = (
        _trak(number, track, [(chunk, offset) for chunk, offset in placed if chunk.track == number - 1])
        for number, track in enumerate(tracks, 1)
    )
    return box(b"moov", mvhd, *traks)


def _trak(number: int, track: Track, placed: Sequence[tuple[_Chunk, int]]) -> bytes:
    is_sound = track.handler == b"soun"
    width, height = track.size
    tkhd = _full(
        b"tkhd",
        _WIDE | _ENABLED | _IN_MOVIE,
        struct.pack(">QQIIQ8x", 0, 0, number, 0, track.duration_us),
        struct.pack(">HHHH", 0, 1 if is_sound else 0, 0x100 if is_sound else 0, 0),
        _IDENTITY,
        struct.pack(">II", width << 16, height << 16),
    )
    edits = _full(b"elst", _WIDE, struct.pack(">IQqHH", 1, track.duration_us, track.skip, 1, 0))
    mdhd = _full(b"mdhd", _WIDE, struct.pack(">QQIQHH", 0, 0, track.timescale, sum(track.deltas), 0x55C4, 0))
    name = b"sound\0" if is_sound else b"video\0"
    hdlr = _full(b"hdlr", 0, bytes(4), track.handler, bytes(12), name)
    media_header = _full(b"smhd", 0, bytes(4)) if is_sound else _full(b"vmhd", 1, bytes(8))
    dinf = box(b"dinf", _full(b"dref", 0, struct.pack(">I", 1), _full(b"url ", 1)))
    minf = box(b"minf", media_header, dinf, _stbl(track, placed))
    return box(b"trak", tkhd, box(b"edts", edits), box(b"mdia", mdhd, hdlr, minf))


def _stbl(track: Track, placed: Sequence[tuple[_Chunk, int]]) -> bytes:
    runs = [(len(list(group)), delta) for delta, group in groupby(track.deltas)]
    per_chunk = [(first, len(chunk.samples)) for first, (chunk, _) in enumerate(placed, 1)]
    changes = [per_chunk[0]] + [after for before, after in pairwise(per_chunk) if after[1] != before[1]]
    tables = [
        _full(b"stsd", 0, struct.pack(">I", 1), track.entry),
        _table(b"stts", runs),
        _table(b"stsc", [(first, count, 1) for first, count in changes]),
        _full(b"stsz", 0, struct.pack(f">II{len(track.samples)}I", 0, len(track.samples), *map(len, track.samples))),
        _table(b"stco", [(offset,) for _, offset in placed]),
    ]
    if track.is_key_first:
        tables.append(_table(b"stss", [(1,)]))
    return box(b"stbl", *tables)


def _full(kind: bytes, flags: int, *parts: bytes) -> bytes:
    return box(kind, struct.pack(">I", flags), *parts)


def _table(kind: bytes, rows: Sequence[tuple[int, ...]]) -> bytes:
    return _full(kind, 0, struct.pack(">I", len(rows)), *(struct.pack(f">{len(row)}I", *row) for row in rows))
