"""Without `Retry-After`, the waits between the attempts of a create grow."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from contracts.obligations import Broken, _story
from contracts.obligations import _answers as answers
from contracts.obligations import _timing as timing
from contracts.run import Exchange, Run

LEVEL = "S"
SOURCE = "good practice: exponential backoff, jitter welcome"
TIMING = True

FEWEST_WAITS = 3
"""A single wait may shrink under full jitter: only a trend is judged."""
SAME = 1.1
NOISE_MS = 20


def _stretches(run: Run) -> Iterator[Sequence[Exchange]]:
    """Attempts from the first fault on, each but the last failed without a `Retry-After`, if there are enough."""
    for task in _story.tasks(run):
        found: list[Exchange] = []
        for create in timing.attempts(_story.attempts(run, task)):
            found.append(create)
            if not answers.fails(create) or create.answered("retry-after"):
                break
        if len(found) > FEWEST_WAITS:
            yield found


def exercised(run: Run) -> bool:
    return any(True for _ in _stretches(run))


def check(run: Run) -> Iterator[Broken]:
    for stretch in _stretches(run):
        waits = [timing.wait_ms(before, after) for before, after in pairwise(stretch)]
        if max(waits) <= max(min(waits), 0) * SAME + NOISE_MS:
            shown = ", ".join(f"{wait / 1000:.2g} s" for wait in waits)
            yield Broken(f"The waits between attempts do not grow: {shown}.", tuple(each.seq for each in stretch))
