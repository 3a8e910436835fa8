"""What is kept of a client's output: little of it, and every key."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from contracts.client.output import HEAD_BYTES, TAIL_BYTES, Kept

KEY = b"mv_test_0123456789abcdef"
OTHER = b"mv_test_other"
pieces = st.sampled_from([KEY, KEY[:10], KEY[10:], OTHER, b"\n", b"\xff"]) | st.integers(0, 70_000).map(
    lambda size: b"x" * size
)


def kept(stream: bytes, cuts: list[int]) -> Kept:
    """The stream, taken in chunks that end at these places."""
    made = Kept(KEY, OTHER, b"")
    places = [0, *sorted(cut % (len(stream) + 1) for cut in cuts), len(stream)]
    for start, end in pairwise(places):
        made.take(stream[start:end])
    return made


@given(st.lists(pieces, max_size=8).map(b"".join), st.lists(st.integers(0), max_size=5))
def test_every_key_and_little_else(stream: bytes, cuts: list[int]) -> None:
    """However the stream is cut into chunks: a key stands in what is kept if, and only if, it was in the stream."""
    made = kept(stream, cuts).kept()
    for key in (KEY, OTHER):
        assert (key in made) == (key in stream)
    assert len(made) <= HEAD_BYTES + TAIL_BYTES + 200
    assert made.startswith(stream[:HEAD_BYTES])
    assert made.endswith(stream[-TAIL_BYTES:])
    if len(stream) <= HEAD_BYTES + TAIL_BYTES:
        assert made == stream


def test_note() -> None:
    """What is left out is said, and which keys showed in it."""
    stream = b"a" * HEAD_BYTES + b"b" * 100 + KEY + b"c" * TAIL_BYTES
    middle = kept(stream, []).kept()[HEAD_BYTES:-TAIL_BYTES]
    assert middle == b"\n[%d bytes are left out here; the API key showed in them: %s]\n" % (100 + len(KEY), KEY)


def test_size() -> None:
    """All of it is counted."""
    assert kept(b"x" * 200_000, [7, 100_000]).size_bytes == 200_000
