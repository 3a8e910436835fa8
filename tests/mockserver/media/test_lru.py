"""The bounded dictionary."""

from hypothesis import given
from hypothesis import strategies as st

from mockserver.media.lru import Lru


def test_the_longest_unused_goes_first() -> None:
    """A value that was asked for outlives one that was not."""
    kept: Lru[str, int] = Lru(max_weight=2)
    kept.put("a", 1, 1)
    kept.put("b", 2, 1)
    assert kept.get("a") == 1
    kept.put("c", 3, 1)
    assert [kept.get(key) for key in "abc"] == [1, None, 3]


def test_too_heavy() -> None:
    """A value heavier than the whole is not kept, and drives nothing out."""
    kept: Lru[str, int] = Lru(max_weight=2)
    kept.put("a", 1, 1)
    kept.put("b", 2, 3)
    assert [kept.get("a"), kept.get("b")] == [1, None]


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 12))))
def test_weight(puts: list[tuple[int, int]]) -> None:
    """Whatever is put, the weight stays within the bound and is that of what can be got back."""
    kept: Lru[int, int] = Lru(max_weight=10)
    for key, weight in puts:
        kept.put(key, weight, weight)
        assert kept.weight <= 10
    found = [kept.get(key) for key in range(6)]
    assert kept.weight == sum(weight for weight in found if weight is not None)
