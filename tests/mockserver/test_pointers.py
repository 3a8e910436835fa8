"""JSON Pointers are written and followed as RFC 6901 says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.pointers import at, default_at, find, pointer, split

PARTS = st.lists(st.text() | st.integers(min_value=0))


@given(PARTS)
def test_a_pointer_can_be_read_back(path: list[str | int]) -> None:
    """Escaping loses nothing: the parts come back, in order."""
    parts = pointer(path).split("/")[1:]
    assert [part.replace("~1", "/").replace("~0", "~") for part in parts] == [str(part) for part in path]


def test_the_examples_of_the_standard() -> None:
    """RFC 6901, section 5."""
    assert pointer(()) == ""
    assert pointer(("foo", 0)) == "/foo/0"
    assert pointer(("a/b",)) == "/a~1b"
    assert pointer(("m~n",)) == "/m~0n"
    assert split("/foo/0") == ("foo", "0")


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("/a", [(("a",), [1, {"b": 2}])]),
        ("/a/*", [(("a", 0), 1), (("a", 1), {"b": 2})]),
        ("/a/*/b", [(("a", 1, "b"), 2)]),
        ("/a/1/b", [(("a", 1, "b"), 2)]),
        ("/a/2", []),
        ("/a/b", []),
        ("/c/d", []),
        ("/t/x", []),
    ],
)
def test_a_pattern_finds_what_is_there(pattern: str, found: list[object]) -> None:
    """`*` stands for every item of a list; what is not there, or is of another shape, is left out."""
    assert list(find({"a": [1, {"b": 2}], "t": "text"}, pattern)) == found


def test_a_place_that_is_not_there_holds_none() -> None:
    """`at` never fails."""
    assert at({"a": 1}, "/a") == 1
    assert at({"a": 1}, "/b/c") is None
    assert at(None, "/a") is None


def test_defaults_are_found_below_properties() -> None:
    """`default_at` follows a schema as `at` follows its instance."""
    schema = {"properties": {"w": {"properties": {"on": {"default": False}}}}}
    assert default_at(schema, "/w/on") is False
    assert default_at(schema, "/w/off") is None
    assert default_at(None, "/w") is None
