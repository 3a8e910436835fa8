"""Many values of a strategy at once, for claims about what comes up; and the one that shrinking ends at."""

from collections.abc import Callable
from typing import TypeVar

from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

Value = TypeVar("Value")


def some(strategy: st.SearchStrategy[Value], count: int = 200) -> list[Value]:
    """So many draws, or all there are."""
    drawn: list[Value] = []

    @settings(max_examples=count, database=None, phases=[Phase.generate])
    @given(strategy)
    def draw(value: Value) -> None:
        drawn.append(value)

    draw()
    return drawn


def simplest(strategy: st.SearchStrategy[Value], holds: Callable[[Value], bool] = lambda _: True) -> Value:
    """What a failure would shrink to that every value shows which holds."""
    return find(strategy, holds, settings=settings(database=None, phases=[Phase.generate, Phase.shrink]))
