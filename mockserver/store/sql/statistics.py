"""When PostgreSQL should look at its tables again, so that it knows which index finds one row in a million.

Its own autovacuum looks once a minute, where it is on: by then a full table may have been taken for an empty one.
"""

STEP = 4


class Statistics:
    """After `first` creates by this process, then whenever there are four times as many."""

    def __init__(self, first: int) -> None:
        self._due = first
        self._made = 0

    def count(self, made: int) -> bool:
        """Count so many more creates in; whether it is time to look."""
        self._made += made
        if self._made < self._due:
            return False
        self._due = STEP * self._made
        return True
