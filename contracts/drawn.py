"""The lives of one check that Hypothesis draws: by and by, and the same ones for the same chance."""

from collections.abc import Iterator
from itertools import count, islice

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from contracts.lives import Life, token

BATCH = 50


def draw_lives(strategy: st.SearchStrategy[Life], number: int, chance: int) -> Iterator[Life]:
    """So many different lives, the same ones for the same `chance`; drawn by and by."""
    seen: set[str] = set()
    batches = (_batch(strategy, f"{chance}-{batch}") for batch in count())
    while len(seen) < number:
        fresh = {token(life): life for life in next(batches)}
        fresh = {name: life for name, life in fresh.items() if name not in seen}
        if not fresh:  # There are no others.
            return
        yield from islice(fresh.values(), number - len(seen))
        seen.update(fresh)


def _batch(strategy: st.SearchStrategy[Life], chance: str) -> list[Life]:
    drawn: list[Life] = []

    @seed(chance)
    @settings(
        max_examples=BATCH,
        phases=(Phase.generate,),
        database=None,
        deadline=None,
        derandomize=False,
        suppress_health_check=tuple(HealthCheck),
    )
    @given(strategy)
    def collect(life: Life) -> None:
        drawn.append(life)

    collect()
    return drawn
