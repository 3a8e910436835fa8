"""Clients, replicas and databases as queues: a discrete-event simulation, equal for an equal seed.

A request takes half of its CPU at its replica, then waits for round trips and disks, takes its CPU at the cell's
database, waits again, and takes the other half at its replica. A replica is one core, a database some; both serve who
came first. What a request costs depends on how many are under way at its replica (`costs.Cost`); each cost varies as
an exponential does. Whoever comes while others are under way waits for the end of their transaction as well.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush, heapreplace
from random import Random

from tests.bench.scale.costs import Book, Costs, Operation

Next = Callable[[int, Random], tuple[float, Operation]]
"""What a client (by its number) does next: seconds from now, and the operation."""

Event = tuple[float, int, Callable[[], None]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was seen after the warm-up: answers a second, the busy part of the busiest stations, seconds of latency."""

    per_s: float
    creates_per_s: float
    replica: float
    database: float
    p50_s: float
    p99_s: float


@dataclass(slots=True)
class Station:
    """So many servers with one queue: when each is free next, and how long they work in the time that counts."""

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
class Replica:
    """One core, its database, and how many requests are under way."""

    core: Station
    database: Station
    together: int = 0


@dataclass(slots=True)
class Simulation:
    """One run: `homes` gives the cell of each client; replicas are dealt out evenly within a cell."""

    book: Book
    act: Next
    homes: list[int]
    replicas_each: int
    database_cores: int
    seed: int
    warm_s: float = 5.0
    now_s: float = 0.0
    latencies_s: list[float] = field(default_factory=list)
    creates: int = 0
    _events: list[Event] = field(default_factory=list)
    _count: int = 0

    def run(self, seconds: float) -> Outcome:
        """So long after the warm-up."""
        chance, until_s = Random(self.seed), self.warm_s + seconds
        counts_s = (self.warm_s, until_s)
        databases = [Station([0.0] * self.database_cores, counts_s) for _ in range(max(self.homes) + 1)]
        cells = [[Replica(Station([0.0], counts_s), each) for _ in range(self.replicas_each)] for each in databases]
        for client, cell in enumerate(self.homes):
            self._sleep(client, cells[cell][client % self.replicas_each], chance)
        while self._events and self._events[0][0] < until_s:
            self.now_s, _, happen = heappop(self._events)
            happen()
        cores = [replica.core for cell in cells for replica in cell]
        return self._outcome(seconds, cores, databases)

    def _outcome(self, seconds: float, cores: list[Station], databases: list[Station]) -> Outcome:
        ranked = sorted(self.latencies_s) or [0.0]
        return Outcome(
            per_s=len(self.latencies_s) / seconds,
            creates_per_s=self.creates / seconds,
            replica=max(core.busy_s for core in cores) / seconds,
            database=max(each.busy_s for each in databases) / seconds / self.database_cores,
            p50_s=ranked[len(ranked) // 2],
            p99_s=ranked[len(ranked) * 99 // 100],
        )

    def _at(self, when_s: float, happen: Callable[[], None]) -> None:
        self._count += 1
        heappush(self._events, (when_s, self._count, happen))

    def _sleep(self, client: int, replica: Replica, chance: Random) -> None:
        wait_s, operation = self.act(client, chance)
        self._at(self.now_s + wait_s, lambda: self._ask(client, replica, chance, operation))

    def _ask(self, client: int, replica: Replica, chance: Random, operation: Operation) -> None:
        """One request, through its five parts."""
        costs: Costs = self.book[operation]
        asked_s = self.now_s
        replica.together += 1
        together = replica.together
        half_s = costs.replica.us(together) / 2e6
        wait_s = costs.wait_us / 1e6
        behind_s = chance.uniform(0, wait_s) if together > 1 else 0.0

        def to_database() -> None:
            self._at(self.now_s + behind_s + wait_s / 2, at_database)

        def at_database() -> None:
            work_s = chance.expovariate(1) * costs.database.us(together) / 1e6
            done_s = replica.database.serve(self.now_s, work_s)
            self._at(done_s + wait_s / 2, back)

        def back() -> None:
            self._at(replica.core.serve(self.now_s, chance.expovariate(1) * half_s), answered)

        def answered() -> None:
            replica.together -= 1
            if self.now_s >= self.warm_s:
                self.latencies_s.append(self.now_s - asked_s)
                self.creates += operation == "POST"
            self._sleep(client, replica, chance)

        self._at(replica.core.serve(self.now_s, chance.expovariate(1) * half_s), to_database)


def lives(poll_s: float, polls_each: int) -> Next:
    """Clients that create, poll until the task has ended, and begin anew; they begin anywhere in a life."""
    left: dict[int, int] = {}

    def act(client: int, chance: Random) -> tuple[float, Operation]:
        if client not in left:
            left[client] = chance.randint(0, polls_each)
            return chance.uniform(0, poll_s), "GET"
        if left[client] == 0:
            left[client] = polls_each
            return 0.0, "POST"
        left[client] -= 1
        return poll_s, "GET"

    return act


def mixed(think_s: float, creates: float) -> Next:
    """Clients that think for 0 to 2 × `think_s` seconds, then create (this part of them) or poll: as `thinking.lua`."""

    def act(_: int, chance: Random) -> tuple[float, Operation]:
        return chance.uniform(0, 2 * think_s), "POST" if chance.random() < creates else "GET"

    return act


def homes(clients: int, shares: list[float]) -> list[int]:
    """Clients dealt out so that each cell has its share, as near as whole clients go."""
    deal = [(0.5 / share if share else float("inf"), cell) for cell, share in enumerate(shares)]
    heapify(deal)
    found = []
    for _ in range(clients):
        turn, cell = deal[0]
        found.append(cell)
        heapreplace(deal, (turn + 1 / shares[cell] if shares[cell] else turn, cell))
    return found
