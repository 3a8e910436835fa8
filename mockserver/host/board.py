"""What each of several workers has counted, where all can read it: shared memory, made before they are forked."""

import json
import mmap
from collections import Counter

from mockserver.tasks import Traffic

HALF_BYTES = 16 * 1024
"""For one worker's counts; there are some hundred pairs of operation and status at most."""

LENGTH_BYTES = 4


class Board:
    """A place for each of `count` workers. Who takes another's place goes on from what stands there.

    A place has two halves and a byte that says which one holds: the other one is written, then the byte is turned. So
    whoever reads meanwhile reads the counts of a moment ago, whole.
    """

    def __init__(self, count: int) -> None:
        self._count = count
        self._memory = mmap.mmap(-1, count * (1 + 2 * HALF_BYTES))

    def write(self, place: int, traffic: Traffic) -> None:
        """Put up what the worker at `place` has counted."""
        text = json.dumps([[*what, count] for what, count in traffic.items()]).encode()
        assert len(text) <= HALF_BYTES - LENGTH_BYTES
        first = place * (1 + 2 * HALF_BYTES)
        half = 1 - self._memory[first]
        start = first + 1 + half * HALF_BYTES
        self._memory[start : start + LENGTH_BYTES] = len(text).to_bytes(LENGTH_BYTES)
        self._memory[start + LENGTH_BYTES : start + LENGTH_BYTES + len(text)] = text
        self._memory[first] = half

    def read(self, place: int) -> Traffic:
        """What stands at `place`; nothing, at first."""
        first = place * (1 + 2 * HALF_BYTES)
        start = first + 1 + self._memory[first] * HALF_BYTES
        size = int.from_bytes(self._memory[start : start + LENGTH_BYTES])
        text = self._memory[start + LENGTH_BYTES : start + LENGTH_BYTES + size]
        return Counter({(operation, status): count for operation, status, count in json.loads(text or b"[]")})

    def others(self, place: int) -> Traffic:
        """What all but the worker at `place` have counted, as of their last beat."""
        return sum((self.read(each) for each in range(self._count) if each != place), Counter())
