"""Clients, replicas and their database as queues: a discrete-event simulation of one cell, equal for an equal seed.

A poll is a look and its line in the journal; a create is a look, a claim, the create itself and its line. Each is a
transaction that the requests of one moment at one replica share, one at a time of each kind, as `store/sql/batch.py`
does. A transaction works at the replica's core and at the database's, and what it wrote is flushed to a disk that
all the replicas share. Cells share nothing: of many, the busiest is the one to look at.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from tests.bench.scale.costs import TURNS, WRITES, Book, Cost, Operation
from tests.bench.scale.stations import Agenda, Batcher, Cores, Disk, Step, Work

Next = Callable[[int, Random], tuple[float, Operation]]
"""What a client (by its number) does next: seconds from now, and the operation."""

WAY: dict[Operation, tuple[str, ...]] = {"GET": ("look", "journal"), "POST": ("look", "claim", "create", "journal")}
READS = ("look",)
MOST = {"look": 128, "claim": 64, "create": 64, "journal": 128}
"""Requests in one transaction, about as in the store."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was seen after the warm-up: answers a second, the busy part of cores (the busiest replica's), latencies."""

    per_s: float
    creates_per_s: float
    replica: float
    database: float
    p50_s: float
    p99_s: float


def steps(book: Book) -> dict[str, Step]:
    """What is measured of whole requests, by transaction: what a create costs beyond a poll, its own two do."""
    get, post = book["GET"], book["POST"]
    replica, database = _work(get.replica, post.replica), _work(get.database, post.database)
    return {
        name: Step(replica[is_own], database[is_own], name not in READS, MOST[name])
        for name in WAY["POST"]
        for is_own in (name not in WAY["GET"],)
    }


def _work(get: Cost, post: Cost) -> dict[bool, Work]:
    """(for a create's own transactions or not): each takes an equal part."""
    polls = TURNS["GET"]
    own = TURNS["POST"] - polls
    return {
        False: Work(get.each_us / polls, get.shared_us / polls),
        True: Work(max(0.0, post.each_us - get.each_us) / own, max(0.0, post.shared_us - get.shared_us) / own),
    }


def flush_us(book: Book) -> float:
    """How long the disk takes: what a lone request waits beside all work, by its commits; the mean of both kinds."""
    return sum(costs.wait_us / WRITES[name] for name, costs in book.items()) / len(book)


@dataclass(slots=True)
class Simulation:
    """One run: so many clients, dealt out evenly over the replicas of one database."""

    book: Book
    act: Next
    clients: int
    replicas: int
    database_cores: int
    seed: int
    warm_s: float = 5.0
    agenda: Agenda = field(default_factory=Agenda)
    latencies_s: list[float] = field(default_factory=list)
    creates: int = 0

    def run(self, seconds: float) -> Outcome:
        """So long after the warm-up."""
        chance, until_s = Random(self.seed), self.warm_s + seconds
        counts_s, plan, flush_s = (self.warm_s, until_s), steps(self.book), flush_us(self.book) / 1e6
        database, disk = Cores([0.0] * self.database_cores, counts_s), Disk(lambda: chance.expovariate(1) * flush_s)
        cores = [Cores([0.0], counts_s) for _ in range(self.replicas)]
        replicas = [
            {name: Batcher(self.agenda, step, core, database, disk) for name, step in plan.items()} for core in cores
        ]
        for client in range(self.clients):
            self._live(client, replicas[client % self.replicas], chance)
        self.agenda.run(until_s)
        return self._outcome(seconds, cores, database)

    def _live(self, client: int, replica: dict[str, Batcher], chance: Random) -> None:
        """Wait, ask, and live on."""
        wait_s, operation = self.act(client, chance)
        way = WAY[operation]
        asked_s = self.agenda.now_s + wait_s

        def go_on(turn: int) -> None:
            if turn < len(way):
                replica[way[turn]].join(lambda: go_on(turn + 1))
                return
            if self.agenda.now_s >= self.warm_s:
                self.latencies_s.append(self.agenda.now_s - asked_s)
                self.creates += operation == "POST"
            self._live(client, replica, chance)

        self.agenda.at(asked_s, lambda: go_on(0))

    def _outcome(self, seconds: float, cores: list[Cores], database: Cores) -> Outcome:
        ranked = sorted(self.latencies_s) or [0.0]
        return Outcome(
            per_s=len(self.latencies_s) / seconds,
            creates_per_s=self.creates / seconds,
            replica=max(core.busy_s for core in cores) / seconds,
            database=database.busy_s / seconds / self.database_cores,
            p50_s=ranked[len(ranked) // 2],
            p99_s=ranked[len(ranked) * 99 // 100],
        )


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
