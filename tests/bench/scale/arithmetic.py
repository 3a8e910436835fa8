"""What grows with what: rates, utilisation, bytes and connections of some clients on some replicas and databases."""

from dataclasses import dataclass
from math import ceil

from tests.bench.scale.costs import Book, Figures

RESERVED = 3
"""Connections that PostgreSQL keeps for its administrators."""


@dataclass(frozen=True, slots=True)
class Clients:
    """Each creates a task, polls it every `poll_s` seconds until it has ended, after `task_s`, and begins anew."""

    count: float
    poll_s: float
    task_s: float

    @property
    def polls_each(self) -> int:
        """How often one task is polled: the last poll finds its end."""
        return max(1, ceil(self.task_s / self.poll_s))

    @property
    def polls_per_s(self) -> float:
        return self.count / self.poll_s

    @property
    def creates_per_s(self) -> float:
        return self.polls_per_s / self.polls_each

    @property
    def journal_rows_per_s(self) -> float:
        """Each exchange is a row."""
        return self.polls_per_s + self.creates_per_s


@dataclass(frozen=True, slots=True)
class System:
    """`databases` cells, each of one PostgreSQL with so many cores and an equal part of the `replicas`.

    Each replica has a core of its own. The busiest cell gets `busiest` of all requests; 1/databases if all are equal.
    """

    replicas: int
    databases: int
    database_cores: int
    busiest: float

    @property
    def replicas_each(self) -> float:
        return self.replicas / self.databases


def balanced(replicas: int, databases: int, database_cores: int) -> System:
    """Where every cell gets as much."""
    return System(replicas, databases, database_cores, 1 / databases)


@dataclass(frozen=True, slots=True)
class Utilisation:
    """λ/μ of the busiest cell: over 1, its queue grows for ever."""

    replica: float
    database: float


def utilisation(clients: Clients, system: System, book: Book, together: float) -> Utilisation:
    """Of the busiest cell, where so many requests are under way at each of its replicas."""
    polls, creates = clients.polls_per_s * system.busiest, clients.creates_per_s * system.busiest
    replica_us = polls * book["GET"].replica.us(together) + creates * book["POST"].replica.us(together)
    database_us = polls * book["GET"].database.us(together) + creates * book["POST"].database.us(together)
    return Utilisation(replica_us / 1e6 / system.replicas_each, database_us / 1e6 / system.database_cores)


@dataclass(frozen=True, slots=True)
class Limit:
    """How many clients there may be before the CPU of the busiest cell's replicas, or of its database, is used up."""

    replica: float
    database: float

    @property
    def clients(self) -> float:
        return min(self.replica, self.database)

    @property
    def name(self) -> str:
        return "replicas' CPU" if self.replica <= self.database else "PostgreSQL's CPU"


def limit(poll_s: float, task_s: float, system: System, figures: Figures) -> Limit:
    """At costs as in the crowd that was measured: requests share most there."""
    used = utilisation(Clients(1, poll_s, task_s), system, figures.costs, figures.crowd)
    return Limit(1 / used.replica, 1 / used.database)


def most_replicas(figures: Figures) -> int:
    """How many replicas one PostgreSQL has connections for."""
    return (figures.max_connections - RESERVED) // figures.pool
