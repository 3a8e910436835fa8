"""The arithmetic and the simulation as text, at most 100 columns wide."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any

from tests.bench.scale.arithmetic import (
    RESERVED,
    Clients,
    Limit,
    System,
    balanced,
    limit,
    most_replicas,
    utilisation,
)
from tests.bench.scale.costs import OPERATIONS, Figures
from tests.bench.scale.partition import loads
from tests.bench.scale.simulation import Outcome, Simulation, lives

MIB, GIB = 2**20, 2**30
STEPS = (0.25, 0.5, 0.75, 0.9, 1.1)
"""Parts of the limit that are simulated."""

WORDS = {"per_s": "req/s", "replica": "replica", "database": "database", "p50_ms": "p50 ms", "p99_ms": "p99 ms"}
SEEDS = 200
WARM_S = 0.5
DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be counted: the system, the clients' habits, and the accounts and how unequal they are."""

    replicas: int
    databases: int
    database_cores: int
    poll_s: float
    task_s: float
    accounts: int
    skew: float
    seconds: float
    seed: int

    def system(self, busiest: float | None = None) -> System:
        """That, with the busiest cell's part of the requests; with equal parts if none is given."""
        if busiest is None:
            return balanced(self.replicas, self.databases, self.database_cores)
        return System(self.replicas, self.databases, self.database_cores, busiest)


def lines(asked: Asked, figures: Figures, part: Mapping[str, Any]) -> Iterator[str]:
    """The page, line by line."""
    yield from _costs(figures, part)
    yield from _checks(part)
    yield from _growth(asked, figures)
    yield from _limits(asked, figures)
    yield from _simulated(asked, figures)


def _costs(figures: Figures, part: Mapping[str, Any]) -> Iterator[str]:
    yield f"One replica and one PostgreSQL, measured by make bench (crowd: {figures.crowd} connections)"
    yield _columns(("", -8), ("req/s", 9), ("replica us", 13), ("PostgreSQL us", 15), ("alone", 9), ("", 8)) + _columns(
        ("waits us", 11), ("WAL bytes", 12)
    )
    for name in OPERATIONS:
        costs, crowd = figures.costs[name], part["crowd"][name]
        replica, database = costs.replica, costs.database
        yield (
            f"{name:8}{crowd['per_s']:9.0f}{replica.us(figures.crowd):13.0f}{database.us(figures.crowd):15.0f}"
            f"{replica.us(1):9.0f}{database.us(1):8.0f}{costs.wait_us:11.0f}{costs.wal_bytes:12.0f}"
        )


def _checks(part: Mapping[str, Any]) -> Iterator[str]:
    yield ""
    yield f"{'The model, and what was measured':44}" + _columns(*((word, 9) for word in WORDS.values()), ("waited", 8))
    for check in part["checks"]:
        for number, name in enumerate(("measured", "predicted")):
            values = "".join(f"{check[name][each]:9.{0 if each == 'per_s' else 2}f}" for each in WORDS)
            waited = f"{check['waited']:8.0%}" if not number else ""
            yield f"{check['name'] if not number else '':34}{name:10}{values}{waited}"
        errors = ("-" if value is None else f"{value:+.0%}" for value in check["error"].values())
        yield f"{'':34}{'error':10}" + "".join(f"{each:>9}" for each in errors)
    yield "waited: the part of the time in which others had the replica's core; PostgreSQL is one of them."


def _growth(asked: Asked, figures: Figures) -> Iterator[str]:
    one = Clients(1000, asked.poll_s, asked.task_s)
    used = utilisation(one, balanced(1, 1, 1), figures.costs, figures.crowd)
    created = one.creates_per_s * DAY_S
    wal_bytes = one.polls_per_s * figures.costs["GET"].wal_bytes + one.creates_per_s * figures.costs["POST"].wal_bytes
    yield ""
    yield f"1,000 clients that poll every {asked.poll_s:g} s, tasks of {asked.task_s:g} s ({one.polls_each} polls each)"
    rates = f"polls {one.polls_per_s:.0f}/s, creates {one.creates_per_s:.1f}/s"
    yield f"  {rates}, rows of the journal {one.journal_rows_per_s:.0f}/s"
    yield f"  cores: {used.replica:.2f} of replicas, {used.database:.2f} of PostgreSQL; WAL {wal_bytes / MIB:.2f} MB/s"
    yield (
        f"  tasks kept: {created:,.0f} a day, {figures.task_bytes:.0f} bytes each on disk: "
        f"{created * figures.task_bytes / GIB:.2f} GB a day, {1e6 * figures.task_bytes / GIB:.2f} GB for a million"
    )
    yield f"  journals: bounded, {figures.journal_bytes / MIB:.1f} MB for one busy account"
    yield (
        f"  connections: {figures.pool} a replica at most, {figures.max_connections - RESERVED} to be had: "
        f"{most_replicas(figures)} replicas on one PostgreSQL"
    )


def _limits(asked: Asked, figures: Figures) -> Iterator[str]:
    yield ""
    yield (
        f"Clients at which a core is used up: {asked.replicas} replicas, {asked.databases} databases of "
        f"{asked.database_cores} cores"
    )
    yield f"{'':34}{'by replicas':>13}{'by PostgreSQL':>15}   first"
    yield _limit("every database gets as much", limit(asked.poll_s, asked.task_s, asked.system(), figures))
    if asked.databases > 1:
        even = busiest(asked, 0.0)
        skewed = busiest(asked, asked.skew)
        for name, part in ((f"{asked.accounts} equal accounts, hashed", even), (f"… as 1/n^{asked.skew:g}", skewed)):
            found = limit(asked.poll_s, asked.task_s, asked.system(part), figures)
            yield f"{_limit(name, found)}; the busiest gets {part:.0%}"
    each = asked.replicas / asked.databases
    if each > most_replicas(figures):
        yield f"{each:g} replicas on one PostgreSQL are more than its connections: raise max_connections."


def _limit(name: str, found: Limit) -> str:
    return f"{name:34}{found.replica:13,.0f}{found.database:15,.0f}   {found.name}"


def busiest(asked: Asked, skew: float) -> float:
    """The part that the busiest database gets: the median of many ways in which keys may fall on it."""
    return median(max(loads(asked.databases, asked.accounts, skew, asked.seed + each)) for each in range(SEEDS))


def _simulated(asked: Asked, figures: Figures) -> Iterator[str]:
    part = busiest(asked, asked.skew) if asked.databases > 1 else 1.0
    most = limit(asked.poll_s, asked.task_s, asked.system(part), figures).clients
    yield ""
    yield f"Simulated, {asked.seconds:g} s, seed {asked.seed}" + (
        f": the busiest database and its replicas, which get {part:.0%} of the clients" if asked.databases > 1 else ""
    )
    yield _columns(("clients", 10), ("of limit", 10), ("creates/s", 11), ("polls/s", 10), ("replica", 9)) + _columns(
        ("PostgreSQL", 12), ("p50 ms", 9), ("p99 ms", 9)
    )
    for step in STEPS:
        found = simulated(asked, figures, max(1, round(most * step * part)))
        polls_per_s = found.per_s - found.creates_per_s
        yield (
            f"{round(most * step):10,}{step:10.0%}{found.creates_per_s:11,.1f}{polls_per_s:10,.0f}{found.replica:9.0%}"
            f"{found.database:12.0%}{found.p50_s * 1000:9.1f}{found.p99_s * 1000:9.1f}"
        )


def _columns(*columns: tuple[str, int]) -> str:
    """Words in columns so wide: to the right of each, to the left where it is less than nothing."""
    return "".join(f"{word:>{width}}" if width > 0 else f"{word:{-width}}" for word, width in columns)


def simulated(asked: Asked, figures: Figures, clients: int) -> Outcome:
    """So many clients of one database for so long."""
    polls_each = Clients(clients, asked.poll_s, asked.task_s).polls_each
    act = lives(asked.poll_s, polls_each)
    replicas = asked.replicas // asked.databases
    warm_s = asked.poll_s + WARM_S
    run = Simulation(figures.costs, act, clients, replicas, asked.database_cores, asked.seed, warm_s)
    return run.run(asked.seconds)
