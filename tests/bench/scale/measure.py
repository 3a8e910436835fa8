"""The part `scale` of `make bench`: what PostgreSQL costs alone and in a crowd, half load to check the model by, bytes.

One replica on its core, as in the rest of the bench; PostgreSQL shares both cores with it and with the generator.
"""

import inspect
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

from mockserver.clock import token
from mockserver.store.sql.database import Database as Pooled
from tests.bench.asked import BODY, KEY, create
from tests.bench.databases import Database
from tests.bench.load import Load, create_exactly, parsed
from tests.bench.scale import costs
from tests.bench.scale.costs import OPERATIONS, Operation
from tests.bench.scale.simulation import Simulation, mixed
from tests.bench.servers import Running, Server, Targets, load_pin, started
from tests.bench.speed import Amount, Round, figures, measured, used

SCRIPT = Path(__file__).parent / "thinking.lua"
TASKS = 20_000
"""How many more tasks the bytes of one are measured by."""

TABLES = ("tasks", "claims", "exchanges", "journals")
ROUNDS = 3
ONE_IN = 10
HALF = 0.5
CHECK_S = 4
SIMULATED_S = 20.0


@dataclass(frozen=True, slots=True)
class Table:
    """Its rows, and its bytes on disk with its indices."""

    name: str
    rows: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Seen:
    """What was measured, or what the model says: answers a second, utilisation of the core and of the database."""

    per_s: float
    replica: float
    database: float
    p50_ms: float
    p99_ms: float


def measure(server: Server, database: Database, amount: Amount, tasks: int = TASKS) -> dict[str, Any]:
    """All of it, as bench.json has it.

    Raises:
        Broken: if the server or the generator gives up.
    """
    with started(server) as running:
        targets = server.targets(running.base_url)
        found: dict[str, Any] = {"connections": amount.connections, "pool": pool()}
        found |= _costs(running, targets, database, amount)
        found["max_connections"] = int(database.ask("SHOW max_connections")[0][0])
        found["checks"] = [*_crowds(found), *_half(running, targets, database, found)]
        found |= _bytes(running, database, tasks, amount.connections)
    return found


def pool() -> int:
    """How many connections a replica opens at most."""
    size: int = inspect.signature(Pooled).parameters["connections"].default
    return size


def _costs(running: Running, targets: Targets, database: Database, amount: Amount) -> dict[str, Any]:
    rounds: dict[tuple[str, Operation], list[Round]] = {}
    wal_bytes: dict[Operation, list[float]] = {name: [] for name in OPERATIONS}
    for number in range(ROUNDS):
        print(f"bench: PostgreSQL alone and in a crowd, round {number + 1} of {ROUNDS}", file=sys.stderr)
        database.tidy()
        for operation in OPERATIONS:
            for name, connections in (("alone", 1), ("crowd", amount.connections)):
                before = _wal(database)
                one = measured(running, targets[operation], amount.seconds, connections, lambda _: database.backends())
                rounds.setdefault((name, operation), []).append(one)
                if name == "crowd":
                    wal_bytes[operation].append((_wal(database) - before) / max(1, one.load.answers))
    found: dict[str, Any] = {"alone": {}, "crowd": {}, "failed": 0}
    for (name, operation), each in rounds.items():
        seen = figures(each)
        found["failed"] += seen.failed
        found[name][operation] = {
            "per_s": seen.per_s,
            "cpu_us": seen.cpu_us or 0.0,
            "database_cpu_us": seen.database_cpu_us or 0.0,
            "p50_ms": seen.p50_ms,
            "p99_ms": seen.p99_ms,
            "waited": seen.waited or 0.0,
            "wal_bytes": median(wal_bytes[operation]),
        }
    return found


def _wal(database: Database) -> int:
    """Bytes of WAL that the cluster has written, whoever it was for."""
    return int(database.ask("SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')")[0][0])


def _bytes(running: Running, database: Database, tasks: int, connections: int) -> dict[str, Any]:
    """What so many more tasks add to the tables, and what the journal of one busy account takes.

    Before it, what updates left behind is freed, so that the tables are as ones that have been in use for long.
    """
    print(f"bench: {tasks} more tasks in PostgreSQL", file=sys.stderr)
    database.tidy()
    before = {each.name: each for each in _tables(database)}
    failed = create_exactly(running.base_url, create(), tasks, connections)
    after = {each.name: each for each in _tables(database)}
    more = sum(after[name].size_bytes - before[name].size_bytes for name in ("tasks", "claims"))
    return {
        "task_bytes": more / max(1, after["tasks"].rows - before["tasks"].rows),
        "journal_bytes": after["exchanges"].size_bytes,
        "tables": [
            {
                "name": each.name,
                "rows": each.rows,
                "size_bytes": each.size_bytes,
                "before": before[each.name].size_bytes,
            }
            for each in after.values()
        ],
        "tasks_failed": failed,
    }


def _tables(database: Database) -> list[Table]:
    found = []
    for name in TABLES:
        rows = database.ask(f"SELECT count(*) FROM {name}")[0][0]
        size_bytes = database.ask(f"SELECT pg_total_relation_size('{name}')")[0][0]
        found.append(Table(name, rows, size_bytes))
    return found


def _crowds(found: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The model at full load of one operation, from which it has its costs, but not its rates."""
    for operation in OPERATIONS:
        crowd, connections = found["crowd"][operation], int(found["connections"])
        cores = crowd["per_s"] / 1e6
        busy = (crowd["cpu_us"] * cores, crowd["database_cpu_us"] * cores)
        seen = Seen(crowd["per_s"], *busy, crowd["p50_ms"], crowd["p99_ms"])
        said = predicted(costs.book(found), connections, 0.0, float(operation == "POST"))
        yield _check(f"{operation} over {connections} connections", seen, said, crowd["waited"])


def _half(running: Running, targets: Targets, database: Database, found: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The model at a load that it was not made from; nothing without wrk, whose clients can think."""
    if shutil.which("wrk") is None:
        return
    connections = int(found["connections"])
    book = costs.book(found)
    full_us = sum(part * book[name].replica.us(connections) for name, part in PARTS)
    think_s = connections / (1e6 / full_us * HALF)
    print("bench: half load, and the model of it", file=sys.stderr)
    database.tidy()

    def loaded() -> Load:
        return _thinking(running.base_url, targets["GET"].path, connections, think_s)

    runs = [used(running, loaded, lambda _: database.backends()) for _ in range(ROUNDS)]
    seen = Seen(
        median(each.load.per_s for each in runs),
        median((each.own_s or 0.0) / CHECK_S for each in runs),
        median((each.its_s or 0.0) / CHECK_S for each in runs),
        median(each.load.p50_ms for each in runs),
        median(each.load.p99_ms for each in runs),
    )
    waited = median((each.waited_s or 0.0) / CHECK_S for each in runs)
    found["failed"] += sum(each.load.failed for each in runs)
    name = f"half load ({think_s * 1000:.0f} ms to think)"
    yield _check(name, seen, predicted(book, connections, think_s, 1 / ONE_IN), waited)


def _check(name: str, seen: Seen, said: Seen, waited: float) -> dict[str, Any]:
    """Both beside each other; `waited` is the part of the time in which others had the replica's core."""
    measured, predicted = asdict(seen), asdict(said)
    error = {each: predicted[each] / value - 1 if value else None for each, value in measured.items()}
    return {"name": name, "waited": waited, "measured": measured, "predicted": predicted, "error": error}


PARTS: tuple[tuple[Operation, float], ...] = (("GET", 1 - 1 / ONE_IN), ("POST", 1 / ONE_IN))


def predicted(book: costs.Book, connections: int, think_s: float, creates: float) -> Seen:
    """What the simulation says of so many clients that think, and of whose requests this part are creates."""
    said = Simulation(book, mixed(think_s, creates), connections, 1, 1, seed=0).run(SIMULATED_S)
    return Seen(said.per_s, said.replica, said.database, said.p50_s * 1000, said.p99_s * 1000)


def _thinking(base_url: str, poll: str, connections: int, think_s: float) -> Load:
    command = [*load_pin(), "wrk", "-t1", f"-c{connections}", f"-d{CHECK_S}s", "--latency", "--timeout", "30s"]
    command += ["-H", f"Authorization: Bearer {KEY}", "-s", str(SCRIPT), base_url, "--"]
    command += [f"{think_s * 1000:.1f}", f"{ONE_IN}", poll, BODY, token(6)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return parsed(done.stdout + done.stderr)
