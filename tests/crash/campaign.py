"""Kills at seeded points of a load, and what must be so afterwards: nothing is lost, and nothing is paid twice."""

import asyncio
import os
import signal
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from mockserver.client import ControlClient
from mockserver.clock import monotonic_s, sleep
from tests.crash.cluster import Cluster
from tests.crash.line import PATIENCE_S, Line
from tests.crash.load import Load, Order
from tests.crash.server import Served

CLIENTS = 24
WORKERS = 4
ACCOUNTS = 6
CREATES_A_KILL = 60
GIVEN, TOPUP = Decimal(1000), Decimal(1_000_000)
MOST_ANSWERS = 60
"""Between two kills."""

TURN_S = 20.0
"""For that many; then the next kill comes all the same."""

END_S = 120.0
"""How long clients may need to come to an end after the last kill: leases run 15 s."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was seen, and what was wrong with it."""

    name: str
    kills: Counter[str]
    seen: Counter[str]
    tasks: int
    seconds: float
    violations: list[str]
    word: str = "kills"
    longest_s: dict[str, float] = field(default_factory=dict)
    """Of all times something took."""

    def __str__(self) -> str:
        kills = ", ".join(f"{count} {kind}" for kind, count in sorted(self.kills.items()))
        seen = ", ".join(f"{count} {kind}" for kind, count in sorted(self.seen.items()))
        killed = f", {self.kills.total()} {self.word} ({kills})" if kills else ""
        head = f"{self.name}{killed}: {self.seconds:.0f} s"
        body = f"{seen}; tasks kept: {self.tasks}; violations: {len(self.violations)}"
        longest = ", ".join(f"{what} {seconds:.1f} s" for what, seconds in self.longest_s.items())
        return "\n".join([head, f"  {body}", f"  at most: {longest}", *(f"  {each}" for each in self.violations[:10])])


@dataclass(frozen=True, slots=True)
class Killer:
    """One kind of process to end; `kill` returns once there is another in its place or on its way."""

    name: str
    weight: int
    kill: Callable[[Random], bool]


def on_postgresql(kills: int, seed: int) -> Outcome:
    """Workers on a PostgreSQL of their own; any of them, their parent, and the database are killed."""
    with Cluster() as cluster, Served(cluster.url, WORKERS) as server:

        def replaced(_: Random) -> bool:
            server.kill()
            server.start()
            return True

        def restarted(_: Random) -> bool:
            cluster.kill()
            cluster.start()
            return True

        killers = [
            Killer("worker", 14, lambda random: _ended(random, server.workers())),
            Killer("backend", 3, lambda random: _ended(random, cluster.backends())),
            Killer("postgres", 2, restarted),
            Killer("parent", 1, replaced),
        ]
        return asyncio.run(campaign(f"postgresql, {WORKERS} workers", [server], killers, kills, seed))


def on_sqlite(kills: int, seed: int) -> Outcome:
    """One process on a file."""
    with TemporaryDirectory() as folder, Served(f"sqlite:///{Path(folder) / 'mindvideo.db'}") as server:

        def replaced(_: Random) -> bool:
            server.kill()
            server.start()
            return True

        return asyncio.run(campaign("sqlite, 1 process", [server], [Killer("server", 1, replaced)], kills, seed))


def _ended(random: Random, process_ids: list[int]) -> bool:
    """Kill one of them; False if there was none any more."""
    try:
        os.kill(random.choice(process_ids), signal.SIGKILL)
    except (ProcessLookupError, IndexError):
        return False
    return True


async def campaign(
    name: str,
    servers: list[Served],
    killers: list[Killer],
    kills: int,
    seed: int,
    *,
    word: str = "kills",
    creates: int = CREATES_A_KILL,
    patience_s: float = PATIENCE_S,
) -> Outcome:
    """Load on servers of one store while the killers have their turns; then everything is counted, on the first.

    `creates`: at most, for each kill. `patience_s`: after so many seconds without an answer a client asks elsewhere.
    """
    random, began_s = Random(seed), monotonic_s()
    keys = [f"mv_live_crash{each}" for each in range(ACCOUNTS)]
    for key in keys:
        await asyncio.to_thread(ControlClient(servers[0].base_url).account(key).topup, TOPUP)

    def lines() -> list[Line]:
        return [Line(each.port, each.address, patience_s) for each in servers]

    load = Load(lines, keys, seed, kills * creates)
    running = asyncio.create_task(load.run(CLIENTS))
    done: Counter[str] = Counter()
    turns = random.sample(killers, len(killers))  # each kind comes once, however few there are
    while done.total() < kills:
        await _until(load, load.answers + random.randint(1, MOST_ANSWERS))
        killer = turns.pop() if turns else random.choices(killers, [each.weight for each in killers])[0]
        done[killer.name] += await asyncio.to_thread(killer.kill, random)
    load.finish()
    violations = load.violations
    try:
        async with asyncio.timeout(END_S):
            await running
    except TimeoutError:
        violations.append("clients came to no end")
    tasks = 0
    for key in keys:
        mine = [order for order in load.orders if order.key == key]
        found, wrong = await asyncio.to_thread(judged, servers[0], key, mine)
        tasks += found
        violations += wrong
    violations += [f"logged: {each}" for server in servers for each in server.errors()]
    return Outcome(
        name, +done, load.seen, tasks, monotonic_s() - began_s, violations, word, {"to an answer": load.longest_s}
    )


async def _until(load: Load, answers: int) -> None:
    """Until so many have been given, or for a while."""
    until_s = monotonic_s() + TURN_S
    while load.answers < answers and monotonic_s() < until_s:
        await sleep(0.002)


def judged(server: Served, key: str, orders: list[Order]) -> tuple[int, list[str]]:
    """(tasks of the account, what is wrong with them)."""
    account, wrong = ControlClient(server.base_url).account(key), []
    tasks, ledger = account.tasks(), account.ledger()
    made = {task["task_id"]: task["idempotency_key"] for task in tasks}
    wanted = {order.task_id: order.idempotency_key for order in orders}
    if made != wanted or len(tasks) != len(orders):
        wrong.append(f"{key}: {len(orders)} orders, {len(tasks)} tasks; they differ in {set(made) ^ set(wanted)}")
    holds = Counter(entry["idempotency_key"] for entry in ledger["entries"] if entry["type"] == "hold")
    settles = Counter(entry["idempotency_key"] for entry in ledger["entries"] if entry["type"] == "settle")
    if holds != Counter(order.idempotency_key for order in orders) or settles - holds:
        wrong.append(f"{key}: charges that are not one for each key")
    prices = sum((Decimal(task["price"]["total"]) for task in tasks), Decimal(0))
    held, charged, balance = (Decimal(ledger[name]) for name in ("held", "charged", "balance"))
    if balance + held + charged != GIVEN + TOPUP or held + charged != prices:
        wrong.append(f"{key}: {balance} + {held} + {charged} is not {GIVEN + TOPUP}, or the prices not {prices}")
    return len(tasks), wrong
