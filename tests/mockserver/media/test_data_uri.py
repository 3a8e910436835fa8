"""Strict reading of data: URIs."""

import base64
from urllib.parse import quote_from_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.media import data_uri


@given(st.binary(max_size=300), st.booleans())
@pytest.mark.clause("D-INPUT")
def test_round_trip(data: bytes, is_base64: bool) -> None:
    """Any bytes come back, from the base64 form and from the percent form."""
    form, text = (";base64", base64.b64encode(data).decode()) if is_base64 else ("", quote_from_bytes(data))
    assert data_uri.parse(f"data:image/png{form},{text}") == ("image/png", data)


@given(st.text(max_size=60))
@pytest.mark.clause("D-INPUT")
def test_any_text(text: str) -> None:
    """Whatever follows, the answer is bytes or one sentence."""
    found = data_uri.parse("data:" + text)
    assert isinstance(found, str) or isinstance(found[1], bytes)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("DATA:IMAGE/PNG;BASE64,aGk=", ("image/png", b"hi")),
        ("data:,a%20b", ("text/plain", b"a b")),
        ("data:;charset=utf-8;base64,aGk=", ("text/plain", b"hi")),
        ("data:video/mp4;codecs=%22avc1.42c01f%22;base64,aGk%3D", ("video/mp4", b"hi")),
        ("data:image/svg+xml;charset=utf-8,%3Csvg/%3E", ("image/svg+xml", b"<svg/>")),
    ],
)
@pytest.mark.clause("D-INPUT")
def test_forms(text: str, found: tuple[str, bytes]) -> None:
    """Scheme and `base64` are read in any case; parameters are passed over; the media type may be left out."""
    assert data_uri.parse(text) == found


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("https://example.com/", "no data: URI"),
        ("data:image/png;base64", "no comma"),
        ("data:image,x", "not of the form"),
        ('data:text/plain;a="b c",x', "must be percent-encoded"),
        ("data:image/png;base64;base64,aGk=", "not of the form"),
        ("data:image/png;base64,aGk", "not valid base64"),
        ("data:image/png;base64,aG k=", "must be percent-encoded"),
        ("data:image/png;base64,a_-k", "not valid base64"),
        ("data:image/png;base64,aGk=\n", "must be percent-encoded"),
        ("data:,\u4eba", "must be percent-encoded"),
        ("data:,\ud800", "must be percent-encoded"),
        ("data:,%", "without two hexadecimal digits"),
        ("data:,%zz", "without two hexadecimal digits"),
        ("data:,12345", "more than 4 bytes"),
        ("data:,1234567890123", "more than 4 bytes"),
    ],
)
@pytest.mark.clause("D-INPUT")
def test_refusals(text: str, reason: str) -> None:
    """Each departure from RFC 2397, and each excess, is refused with its reason."""
    parsed = data_uri.parse(text, max_bytes=4)
    assert isinstance(parsed, str)
    assert reason in parsed
