"""What workers have counted; over processes in `tests/mockserver/store/test_workers.py`."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from mockserver.host.board import Board

COUNTS = st.dictionaries(
    st.tuples(st.sampled_from(["create", "read", "none"]), st.sampled_from([200, 503, None])), st.integers(1, 10**12)
)


@given(st.lists(st.tuples(st.integers(0, 2), COUNTS)))
def test_a_place_shows_what_was_written_last(written: list[tuple[int, dict[tuple[str, int | None], int]]]) -> None:
    """Nothing at first; the others' are added up."""
    board, last = Board(3), [Counter[tuple[str, int | None]]() for _ in range(3)]
    for place, counts in written:
        last[place] = Counter(counts)
        board.write(place, last[place])
        assert [board.read(each) for each in range(3)] == last
        assert board.others(0) == last[1] + last[2]
