"""What one request costs a replica and its PostgreSQL, alone and in a crowd, as `make bench` has measured it.

Requests of one moment share statements and transactions (`mockserver/store/sql/batch.py`). So a cost is a part that
each pays, and a part that all in one transaction pay once. A request goes through some transactions, one after the
other: of those who are under way together, a transaction has as many as there are turns to wait for, on an average.
Two measurements give both parts: over one connection nobody shares, over many all do.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

Operation = Literal["GET", "POST"]
OPERATIONS: tuple[Operation, ...] = ("GET", "POST")
TURNS: dict[Operation, int] = {"GET": 2, "POST": 4}
"""Transactions that a request goes through: a look and the journal; a look, the claim, the create and the journal."""

WRITES: dict[Operation, int] = {"GET": 1, "POST": 3}
"""How many of them are flushed to the disk before anybody goes on."""


class NoCosts(Exception):
    """One line on why there are no figures to count with."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Microseconds of a CPU for one request that goes through so many transactions."""

    each_us: float
    shared_us: float = 0.0
    turns: int = 1

    def us(self, together: float) -> float:
        """The cost for one of so many requests that are under way together, itself included."""
        return self.each_us + self.shared_us / max(1.0, together / self.turns)


def cost(alone_us: float, crowd_us: float, crowd: float, turns: int = 1) -> Cost:
    """The cost that is `alone_us` for one request by itself, and `crowd_us` for one among `crowd`.

    Neither part is less than nothing, whatever noise says.
    """
    batch = crowd / turns
    if alone_us <= crowd_us or batch <= 1:
        return Cost(crowd_us, turns=turns)
    shared_us = min(alone_us, (alone_us - crowd_us) * batch / (batch - 1))
    return Cost(alone_us - shared_us, shared_us, turns)


@dataclass(frozen=True, slots=True)
class Costs:
    """One operation: the replica's CPU, the database's, and the time in which neither works (`wait_us`).

    The last is what is left of the latency over one connection: round trips, and the disk at each commit. The WAL is
    what the database writes for it.
    """

    replica: Cost
    database: Cost
    wait_us: float
    wal_bytes: float = 0.0


Book = Mapping[Operation, Costs]
"""The costs of both operations."""


@dataclass(frozen=True, slots=True)
class Figures:
    """Costs among `crowd` requests and alone, and the bytes on disk of a task and of an account's journal.

    A replica opens at most `pool` of the `max_connections` that the database has.
    """

    costs: Book
    crowd: int
    task_bytes: float
    journal_bytes: float
    pool: int
    max_connections: int


def read(path: Path) -> tuple[Figures, dict[str, Any]]:
    """The figures of a run of `make bench`, and its part `scale` as it stands there.

    Raises:
        NoCosts: if there is no such file, or it was made without that part.
    """
    try:
        found = json.loads(path.read_text())["scale"]
    except (OSError, ValueError, KeyError) as error:
        raise NoCosts(
            f"{path} holds no part 'scale': run 'make bench', or 'make bench ARGS=\"--only scale\"'"
        ) from error
    if not found:
        raise NoCosts(f"{path} was made without a PostgreSQL or without its part 'scale'")
    return figures(found), found


def figures(found: Mapping[str, Any]) -> Figures:
    """Those in the part `scale` of bench.json."""
    return Figures(
        book(found),
        int(found["connections"]),
        found["task_bytes"],
        found["journal_bytes"],
        found["pool"],
        found["max_connections"],
    )


def book(found: Mapping[str, Any]) -> Book:
    """The costs in it."""
    crowd = int(found["connections"])
    return {name: _costs(found["alone"][name], found["crowd"][name], crowd, TURNS[name]) for name in OPERATIONS}


def _costs(alone: Mapping[str, float], crowd: Mapping[str, float], connections: int, turns: int) -> Costs:
    replica = cost(alone["cpu_us"], crowd["cpu_us"], connections, turns)
    database = cost(alone["database_cpu_us"], crowd["database_cpu_us"], connections, turns)
    wait_us = alone["p50_ms"] * 1000 - alone["cpu_us"] - alone["database_cpu_us"]
    return Costs(replica, database, max(0.0, wait_us), crowd["wal_bytes"])
