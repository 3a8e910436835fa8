"""What workers have counted, over processes."""

import os
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


def test_processes_share_it() -> None:
    """What a fork writes is read by its parent."""
    board = Board(2)
    child = os.fork()
    if not child:
        board.write(1, Counter({("read", 200): 7}))
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert board.others(0) == {("read", 200): 7}
