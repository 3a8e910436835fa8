"""What makes two payloads the same (`idempotency_fingerprint`), and where they differ."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.tasks.fingerprint import MAX_POINTERS, differences, mismatch
from tests.strategies import task

SCALARS = st.none() | st.booleans() | st.integers(-10, 10) | st.floats(-10, 10) | st.text(max_size=3)
DOCUMENTS = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=3)
)


@pytest.mark.clause("A-IDEM-FINGERPRINT")
@settings(max_examples=60)
@given(DOCUMENTS, DOCUMENTS)
def test_documents_differ_where_they_differ(left: object, right: object) -> None:
    """No pointer for equals; the same pointers in either direction; at least one for what is written differently."""
    assert list(differences(left, left)) == []
    there, back = set(differences(left, right)), set(differences(right, left))
    assert there == back
    if json.dumps(left, sort_keys=True) == json.dumps(right, sort_keys=True):
        assert there == set()
    if not there:
        assert left == right


@pytest.mark.clause("C-EXPLAIN", "A-IDEM-FINGERPRINT")
@pytest.mark.parametrize(
    ("left", "right", "pointers"),
    [
        ({"model": "a"}, {"model": "b"}, ["/model"]),
        ({"input": {"prompt": "a"}}, {"input": {"prompt": "b", "mode": "std"}}, ["/input/prompt", "/input/mode"]),
        ({"a": [1, 2]}, {"a": [1, 3, 4]}, ["/a/1", "/a/2"]),
        ({"a": 1}, {"a": 1.0}, []),
        ({"a": 1}, {"a": True}, ["/a"]),
        ({"a": 0}, {"a": False}, ["/a"]),
        ({"a": True}, {"a": True}, []),
        ({"a": None}, {}, ["/a"]),
        ({"a": {}}, {"a": []}, ["/a"]),
        ({"a/b": 1, "c~d": 1}, {}, ["/a~1b", "/c~0d"]),
        ({"a": 2**53}, {"a": 2**53 + 1}, ["/a"]),
        ({"a": "1"}, {"a": 1}, ["/a"]),
    ],
)
def test_where_documents_differ(left: object, right: object, pointers: list[str]) -> None:
    """As deep as the difference; numbers by value, but no number is true or false."""
    assert list(differences(left, right)) == pointers


@pytest.mark.clause("A-IDEM-FINGERPRINT", "D-IDEM-409")
@pytest.mark.parametrize(
    ("body", "canonical", "exact"),
    [
        (b'{"a": 1, "b": 2}', None, None),
        (b'{"b":2,"a":1}', None, ()),
        (b'{"a": 1, "b": 3, "b": 2}', None, ()),
        (b'{"a": 1.0, "b": 2}', None, ()),
        (b'{"a": 1, "b": 3}', ("/b",), ("/b",)),
    ],
)
def test_mismatch(body: bytes, canonical: tuple[str, ...] | None, exact: tuple[str, ...] | None) -> None:
    """`canonical` sees parsed JSON, in which of duplicate members the last counts; `bytes` sees every byte."""
    made = task(body=b'{"a": 1, "b": 2}')
    assert mismatch(made, body, json.loads(body), "canonical") == canonical
    assert mismatch(made, body, json.loads(body), "bytes") == exact


def test_of_very_many_differences_the_first_are_given() -> None:
    """An explanation is no place for a megabyte of pointers."""
    sent = {str(number): number for number in range(MAX_POINTERS + 1)}
    found = mismatch(task(body=b"{}"), json.dumps(sent).encode(), sent, "canonical")
    assert found is not None
    assert len(found) == MAX_POINTERS
