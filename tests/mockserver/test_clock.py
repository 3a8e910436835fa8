"""The one reader of time and chance."""

from mockserver import clock


def test_wall_time_is_in_milliseconds_of_this_century() -> None:
    """Between 2025 and 2100."""
    assert 1_735_689_600_000 < clock.wall_ms() < 4_102_444_800_000


def test_monotonic_time_does_not_go_back() -> None:
    """A later look shows no earlier time."""
    assert clock.monotonic_s() <= clock.monotonic_s()


def test_tokens_differ() -> None:
    """Lower-case hex, two characters a byte."""
    tokens = {clock.token(4) for _ in range(100)}
    assert len(tokens) == 100
    assert all(len(each) == 8 and set(each) <= set("0123456789abcdef") for each in tokens)
