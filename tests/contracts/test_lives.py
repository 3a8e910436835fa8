"""Lives and their tokens: one thing in two forms."""

import base64
import zlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.lives import LARGEST_LIFE, LONGEST_TOKEN, BadToken, FaultAt, Life, LogicalTask, from_token, nonce, token

json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
members = st.dictionaries(st.text(), json_values, max_size=3)
tasks = st.builds(
    LogicalTask,
    model=st.text(),
    input=members,
    queued_s=st.floats(0, 1000),
    processing_s=st.floats(0, 1000),
    outcome=st.sampled_from(["succeeded", "failed", "cancelled", "stuck"]),
    code=st.none() | st.text(),
    message=st.none() | st.text(),
)
faults = st.builds(
    FaultAt,
    name=st.text(),
    operation=st.sampled_from(["create", "read", "events", "download", "task"]),
    task=st.integers(0, 5),
    attempt=st.integers(1, 5),
    times=st.none() | st.integers(1, 5),
    parameters=members,
)
lives = st.builds(
    Life,
    tasks=st.lists(tasks, min_size=1, max_size=3).map(tuple),
    faults=st.lists(faults, max_size=3).map(tuple),
    dialect=members,
    twin=st.booleans(),
    seed=st.integers(),
)

LIFE = Life((LogicalTask("kling-v3", {"prompt": "人物"}),), (FaultAt("lost_response", "create"),))


@given(lives)
def test_round_trip(life: Life) -> None:
    """A token is one word of printable ASCII, and gives back the life it was made of."""
    text = token(life)
    assert text.isascii()
    assert text.startswith("mv1.")
    assert not set(text) & set(" \n\"'$")
    assert from_token(f" {text}\n") == life


def test_equal_lives_have_equal_tokens() -> None:
    """A token says nothing but the life: not when it was made, nor by whom."""
    assert token(LIFE) == token(Life(LIFE.tasks, LIFE.faults))


def packed(data: bytes) -> str:
    return f"mv1.{base64.urlsafe_b64encode(data).decode().rstrip('=')}"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "starts with"),
        ("mv1", "starts with"),
        (f"mv2.{token(LIFE)[4:]}", "another version"),
        (f"mv1.{'A' * (LONGEST_TOKEN + 1)}", "too long"),
        ("mv1.é", "damaged"),
        (token(LIFE)[:-8], "damaged"),
        (packed(b"no deflate"), "damaged"),
        (packed(zlib.compress(b"no json")), "damaged"),
        (packed(zlib.compress(b"[]")), "damaged"),
        (packed(zlib.compress(b"{}")), "damaged"),
        (packed(zlib.compress(b'{"tasks": [{"colour": 1}]}')), "damaged"),
        (packed(zlib.compress(b" " * (LARGEST_LIFE + 10))), "damaged"),
    ],
)
def test_bad_tokens(text: str, why: str) -> None:
    """What is no token is refused with a word on why; a bomb is not blown up."""
    with pytest.raises(BadToken, match=why):
        from_token(text)


def test_nonces() -> None:
    """Each logical task of a life has a nonce of its own."""
    life = Life((*LIFE.tasks, *LIFE.tasks), seed=7)
    assert len({nonce(life, index) for index in range(2)}) == 2
