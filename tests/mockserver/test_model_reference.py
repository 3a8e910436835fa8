"""A media reference is an http(s) URL or a `data:` URI, and every engine that reads the pattern agrees."""

from ipaddress import AddressValueError, IPv6Address
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema_rs import Draft202012Validator

from mockserver.media import data_uri
from mockserver.models import MEDIA_REFERENCE, is_media_reference

GOOD = [
    "https://example.com/ref-video-8s.mp4",
    "HTTP://EXAMPLE.com",
    "http://127.0.0.1:8000/_mock/media/ref-video-8s.mp4",
    "http://[::1]:8000/a",
    "http://user:word@example.com/a",
    "https://example.com?a=b",
    "https://example.com/参考.mp4#x",
    "http://localhost:65535/",
    "data:video/mp4;base64,AAAA",
    "DATA:,",
    'data:text/plain;charset=utf-8;name="a b"'.replace(" ", "%20") + ",%41b",
]
BAD = [
    "",
    "example.com/a.mp4",
    "ftp://example.com/a.mp4",
    "file:///etc/passwd",
    "https://",
    "https:///a",
    "https://exa mple.com/",
    "https://example.com/a b",
    "https://example.com/a\n",
    " https://example.com/",
    "https://example.com:0/",
    "https://example.com:65536/",
    "https://example.com:port/",
    "javascript:alert(1)",
    "data:image/png;base64",
    "data:,a b",
    "data:,%4",
    "data:,é",
    "data:image,x",
    "data:;base65,x",
    "data:,a\n",
]
PIECES = ("http", "s", "data", ":", "//", "@", "a", "[", "]", "8", "/", " ", "\n", ",", "é")
HOSTILE = st.text(max_size=20) | st.lists(st.sampled_from(PIECES)).map("".join)


@pytest.mark.clause("D-INPUT")
@pytest.mark.parametrize("text", GOOD)
def test_references_are_recognized(text: str) -> None:
    """Hosted URLs and data: URIs, the server's own included."""
    assert is_media_reference(text)


@pytest.mark.clause("D-INPUT")
@pytest.mark.parametrize("text", BAD)
def test_anything_else_is_refused(text: str) -> None:
    """Other schemes, hosts that are none, blanks and line ends are not references."""
    assert not is_media_reference(text)


@given(HOSTILE | st.from_regex(MEDIA_REFERENCE))
def test_the_published_pattern_is_the_one_that_is_enforced(text: str) -> None:
    """The engine that validates by the document and the one that guards the server agree on every text."""
    validator = Draft202012Validator({"pattern": MEDIA_REFERENCE})
    assert validator.is_valid(text) == is_media_reference(text)


def test_ten_million_characters_are_judged_in_one_pass() -> None:
    """The pattern does not go back over long texts: as long as a body may be, good or bad."""
    long = "a" * 10_000_000
    assert is_media_reference(f"data:,{long}")
    assert not is_media_reference(f"http://{long} ")
    assert not is_media_reference(f"data:{long}")


@given(st.ip_addresses(v=6).map(str) | st.text("0123abcdef:", max_size=20))
def test_an_ipv6_host_is_an_address(host: str) -> None:
    """In brackets stands what the standard library takes for an IPv6 address, without an IPv4 address in it."""
    try:
        good = IPv6Address(host) is not None and "." not in host
    except AddressValueError:
        good = False
    assert is_media_reference(f"http://[{host}]/") == good


REFERENCES = st.from_regex(MEDIA_REFERENCE, fullmatch=True)


@given(REFERENCES)
def test_what_passes_can_be_taken_apart(text: str) -> None:
    """The standard library reads a reference without complaint; a URL has a host and a port that is one."""
    parts = urlsplit(text)
    assert parts.scheme == "data" or parts.hostname
    assert parts.scheme == "data" or parts.port != 0


@pytest.mark.clause("D-INPUT")
@given(REFERENCES.filter(lambda text: text[0] in "dD") | HOSTILE.map("data:".__add__))
def test_the_form_of_a_data_uri_is_the_one_that_is_read(text: str) -> None:
    """What the pattern forbids is not read; what it allows is, but for base64 that is none."""
    read = data_uri.parse(text)
    if not is_media_reference(text):
        assert isinstance(read, str)
    elif isinstance(read, str):
        assert "base64" in read
