"""The first look at MP4 and MOV files."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.media import isom, mp4
from tests.mockserver.media import samples
from tests.mockserver.media.samples import rebuilt, words

GOOD = samples.named("ref-video-0.3s-16x16.mp4")


@pytest.mark.parametrize("form", ["mp4", "mov"])
@pytest.mark.clause("M-PROBE")
def test_nothing_wrong(form: str) -> None:
    """Sound files have no flaws, also with uncompressed sound of a minute's samples."""
    assert list(isom.flaws(samples.filmed(form, audio="pcm_s16le" if form == "mov" else "aac"))) == []
    assert list(isom.flaws(rebuilt(GOOD, stts=words(0, 1, 2_500_000, 1), stsz=words(0, 2, 2_500_000)))) == []


@pytest.mark.parametrize(
    ("box", "body"),
    [
        ("stts", words(0, 1, 2**32 - 1, 1)),
        ("stts", words(0, 1, 1_000_001, 3)),
        ("stts", words(0, 2, 600_000, 1, 600_000, 1)),
        ("stts", words(0, 2**32 - 1)),
        ("stsz", words(0, 1, 2**31)),
        ("stsz", words(0, 0, 1_000_001)),
        ("stsz", words(0, 1, 3_000_001)),
        ("elst", words(0, 1000) + words(1, 0, 0x10000) * 1000),
    ],
)
@pytest.mark.clause("D-INPUT")
def test_claims(box: str, body: bytes) -> None:
    """A table that claims more samples or edits than any real file has is a flaw."""
    (flaw,) = isom.flaws(rebuilt(GOOD, **{box: body}))
    assert f"its {box} tables claim too many entries" in flaw


@pytest.mark.clause("D-INPUT")
def test_hidden_tables() -> None:
    """Tables are found wherever they are hidden, but not in the sound and picture data."""
    table = mp4.box(b"stts", words(0, 1, 2**32 - 1, 1))
    assert list(isom.flaws(GOOD + mp4.box(b"udta", mp4.box(b"free", table))))
    assert list(isom.flaws(GOOD + b"\0\0\0\x08junk" + table))
    assert not list(isom.flaws(GOOD + mp4.box(b"mdat", table)))
    assert not list(isom.flaws(GOOD + mp4.box(b"sidx", bytes(40)) + mp4.box(b"mdat", table)))
    assert not list(isom.flaws(GOOD + b"\xff\xff\xff\xffjunk"))


@pytest.mark.clause("D-INPUT")
def test_many() -> None:
    """So many tables or parts as no file has, and a packed index, are flaws."""
    for data, reason in (
        (GOOD + mp4.box(b"moov", mp4.box(b"trun") * 5000), "claim too many"),
        (GOOD + mp4.box(b"free") * isom.MAX_BOXES, "parts"),
        (mp4.box(b"ftyp") + mp4.box(b"moov", mp4.box(b"cmov")), "compressed"),
    ):
        (flaw,) = isom.flaws(data)
        assert reason in flaw


@pytest.mark.clause("D-INPUT")
def test_cut_off() -> None:
    """A file that ends inside a box is cut off, also where the box's length takes 64 bits; an open end is none."""
    assert list(isom.flaws(GOOD[:-1])) == ["it is cut off: its mdat box reaches 1 bytes beyond its end"]
    head = struct.pack(">I4sI4sQ", 8, b"free", 1, b"mdat", 1000)
    assert list(isom.flaws(head + bytes(900))) == ["it is cut off: its mdat box reaches 84 bytes beyond its end"]
    assert list(isom.flaws(head + bytes(984))) == []
    assert list(isom.flaws(struct.pack(">I4s", 0, b"mdat") + bytes(900))) == []
    assert list(isom.flaws(struct.pack(">I4s", 1, b"mdat"))) == []


@given(st.binary(max_size=200))
def test_any_bytes(data: bytes) -> None:
    """Whatever follows the head of an MP4, the look ends and raises nothing."""
    assert all(isinstance(flaw, str) for flaw in isom.flaws(GOOD[:32] + data))
