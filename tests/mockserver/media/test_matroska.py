"""The first look at WebM and MKV files."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.media import matroska
from tests.mockserver.media import samples


@pytest.mark.clause("M-PROBE")
def test_nothing_wrong() -> None:
    """Whole files and live recordings have no flaws."""
    assert list(matroska.flaws(samples.filmed("webm", "libvpx"))) == []
    assert list(matroska.flaws(samples.filmed("webm", "libvpx", options={"live": "1"})[:-100])) == []


@pytest.mark.clause("D-INPUT")
def test_flaws() -> None:
    """A file that is cut off, and one without a segment, are told apart."""
    assert "cut off: its segment reaches 1 bytes" in next(matroska.flaws(samples.filmed("webm", "libvpx")[:-1]))
    assert "no Matroska segment" in next(matroska.flaws(b"\x1a\x45\xdf\xa3\x9f\x42\x82"))


@given(st.binary(max_size=40))
def test_any_bytes(data: bytes) -> None:
    """Whatever follows the mark of an EBML file, the look ends and raises nothing."""
    assert all(isinstance(flaw, str) for flaw in matroska.flaws(b"\x1a\x45\xdf\xa3" + data))
