"""What requests wait for: cores, one disk for each database, and the transactions that those of one moment share."""

from collections.abc import Callable
from dataclasses import dataclass, field
from heapq import heappop, heappush, heapreplace

Event = tuple[float, int, Callable[[], None]]


@dataclass(slots=True)
class Agenda:
    """What happens when, in order; what is due at one instant happens in the order in which it was set."""

    now_s: float = 0.0
    _events: list[Event] = field(default_factory=list)
    _count: int = 0

    def at(self, when_s: float, happen: Callable[[], None]) -> None:
        """Have it happen then."""
        self._count += 1
        heappush(self._events, (when_s, self._count, happen))

    def run(self, until_s: float) -> None:
        """Let it all happen, up to that instant."""
        while self._events and self._events[0][0] < until_s:
            self.now_s, _, happen = heappop(self._events)
            happen()


@dataclass(slots=True)
class Cores:
    """So many cores with one queue: when each is free next, and how long they work in the time that counts."""

    free_s: list[float]
    counts_s: tuple[float, float]
    busy_s: float = 0.0

    def serve(self, now_s: float, work_s: float) -> float:
        """When the work is done that comes now."""
        start_s = max(now_s, self.free_s[0])
        end_s = start_s + work_s
        heapreplace(self.free_s, end_s)
        self.busy_s += max(0.0, min(end_s, self.counts_s[1]) - max(start_s, self.counts_s[0]))
        return end_s


@dataclass(slots=True)
class Disk:
    """A log that is flushed for all who wait: who comes while it is at work goes along with the next flush."""

    flush_s: Callable[[], float]
    _now_ends_s: float = 0.0
    _next_ends_s: float | None = None

    def flushed(self, now_s: float) -> float:
        """When what is written now is safe."""
        if self._next_ends_s is not None and now_s >= self._now_ends_s:
            self._now_ends_s, self._next_ends_s = self._next_ends_s, None
        if now_s >= self._now_ends_s:
            self._now_ends_s = now_s + self.flush_s()
            return self._now_ends_s
        if self._next_ends_s is None:
            self._next_ends_s = self._now_ends_s + self.flush_s()
        return self._next_ends_s


@dataclass(frozen=True, slots=True)
class Work:
    """Microseconds of one transaction: `shared_us` once, `each_us` for each request in it."""

    each_us: float
    shared_us: float

    def s(self, requests: int) -> float:
        """Seconds for so many."""
        return (self.shared_us + self.each_us * requests) / 1e6


@dataclass(frozen=True, slots=True)
class Step:
    """One kind of transaction: the replica's and the database's work, whether it writes, and how many it may take."""

    replica: Work
    database: Work
    is_write: bool
    most: int


Then = Callable[[], None]


@dataclass(slots=True)
class Batcher:
    """One kind of transaction at one replica: one at a time, and who comes meanwhile goes into the next."""

    agenda: Agenda
    step: Step
    core: Cores
    database: Cores
    disk: Disk
    _waiting: list[Then] = field(default_factory=list)
    _is_running: bool = False

    def join(self, then: Then) -> None:
        """Go into the next transaction; `then` once it is done."""
        self._waiting.append(then)
        if not self._is_running:
            self._is_running = True
            # What comes at this very instant goes along.
            self.agenda.at(self.agenda.now_s, self._begin)

    def _begin(self) -> None:
        """Half of the replica's work, the database's, the disk, the other half."""
        batch, self._waiting = self._waiting[: self.step.most], self._waiting[self.step.most :]
        half_s, agenda = self.step.replica.s(len(batch)) / 2, self.agenda

        def at_database() -> None:
            done_s = self.database.serve(agenda.now_s, self.step.database.s(len(batch)))
            agenda.at(done_s, at_disk if self.step.is_write else back)

        def at_disk() -> None:
            agenda.at(self.disk.flushed(agenda.now_s), back)

        def back() -> None:
            agenda.at(self.core.serve(agenda.now_s, half_s), done)

        def done() -> None:
            for then in batch:
                then()
            self._is_running = bool(self._waiting)
            if self._is_running:
                agenda.at(agenda.now_s, self._begin)

        agenda.at(self.core.serve(agenda.now_s, half_s), at_database)
