"""Many at once: creates under one key, and accounts whose clocks all differ."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from mockserver.client import ControlClient
from mockserver.clock import monotonic_s
from tests.crash.campaign import WORKERS, Outcome
from tests.crash.cluster import Cluster
from tests.crash.line import Line
from tests.crash.load import BODY, INPUT, TASKS
from tests.crash.server import Served

CONNECTIONS = 50
ENDS_S = ((0.5, "queued"), (2.5, "processing"), (60.0, "succeeded"))
"""Until when a task has which status, under --timing fast."""


@contextmanager
def served() -> Iterator[Served]:
    """Workers on a PostgreSQL of their own."""
    with Cluster() as cluster, Served(cluster.url, WORKERS) as server:
        yield server


def one_key(server: Served, creates: int) -> Outcome:
    """Equal creates from 50 connections: one task, one charge, one answer."""
    return asyncio.run(_one_key(server, creates))


async def _one_key(server: Served, creates: int) -> Outcome:
    began_s = monotonic_s()
    ids: Counter[str] = Counter()
    seen: Counter[str] = Counter()

    async def client(line: Line, count: int) -> None:
        for _ in range(count):
            answer = await line.ask("POST", TASKS, "mv_live_crowd", BODY, "one-key")
            seen[f"{answer.status}"] += 1
            ids[answer.json.get("task_id", "")] += 1
        line.close()

    await asyncio.gather(*(client(Line(server.port), creates // CONNECTIONS) for _ in range(CONNECTIONS)))
    seconds = monotonic_s() - began_s
    account = await asyncio.to_thread(ControlClient(server.base_url).account, "mv_live_crowd")
    made = [task["task_id"] for task in await asyncio.to_thread(account.tasks)]
    ledger = await asyncio.to_thread(account.ledger)
    holds = [entry["task_id"] for entry in ledger["entries"] if entry["type"] == "hold"]
    wrong = [f"logged: {each}" for each in server.errors()]
    if seen != {"200": creates} or ids != Counter({made[0]: creates}) or made != holds or len(made) != 1:
        wrong.append(f"answers {dict(seen)}, ids {dict(ids)}, tasks {made}, charged {holds}")
    seen["equal ids"] = max(ids.values())
    return Outcome(f"one key, {CONNECTIONS} connections", Counter(), seen, len(made), seconds, wrong)


def tenants(server: Served, count: int) -> Outcome:
    """Accounts in parallel, each with its own frozen clock: what one does is seen by no other."""
    return asyncio.run(_tenants(server, count))


async def _tenants(server: Served, count: int) -> Outcome:
    began_s = monotonic_s()
    seen: Counter[str] = Counter()
    wrong: list[str] = []
    numbers = iter(range(count))
    made: dict[int, tuple[str, str]] = {}

    async def client(line: Line) -> None:
        for number in numbers:
            made[number] = await _tenant(line, number, seen, wrong)
        line.close()

    await asyncio.gather(*(client(Line(server.port)) for _ in range(min(count, CONNECTIONS))))
    line = Line(server.port)
    for number in range(count):
        other = (number + 1) % count
        answer = await line.ask("GET", f"{TASKS}/{made[other][1]}", made[number][0])
        seen["task of another"] += 1
        if answer.status != 404:
            wrong.append(f"tenant {number} is shown the task of {other}")
    line.close()
    wrong += [f"logged: {each}" for each in server.errors()]
    return Outcome(
        f"{count} accounts with clocks of their own", Counter(), seen, len(made), monotonic_s() - began_s, wrong
    )


async def _tenant(line: Line, number: int, seen: Counter[str], wrong: list[str]) -> tuple[str, str]:
    """The life of one: its clock goes to a time of its own, a task is made, time goes on, and all of it adds up."""
    opened = (await line.ask("POST", "/_mock/accounts", body={"clock": {"mode": "frozen"}})).json
    key, place = opened["key"], f"/_mock/accounts/{opened['account']}"
    start = (await line.ask("GET", place)).json["clock"]["now"]
    await line.ask("POST", f"{place}/clock/advance", body={"seconds": 3600 * number})
    prompt = f"tenant {number}"
    task = (await line.ask("POST", TASKS, key, {**BODY, "input": {**INPUT, "prompt": prompt}}, "same-key")).json
    later_s, status = ENDS_S[number % 3][0] - 0.001, ENDS_S[number % 3][1]
    await line.ask("POST", f"{place}/clock/advance", body={"seconds": later_s})
    polled = (await line.ask("GET", f"{TASKS}/{task['task_id']}", key)).json
    [record] = (await line.ask("GET", f"{place}/tasks")).json["tasks"]
    ledger = (await line.ask("GET", f"{place}/ledger")).json
    seen[polled["status"]] += 1
    created = datetime.fromisoformat(start) + timedelta(hours=number)
    found = (polled["status"], record["task_id"], record["input"]["prompt"], record["created_at"])
    if (*found[:3], datetime.fromisoformat(found[3])) != (status, task["task_id"], prompt, created):
        wrong.append(f"{prompt}: {found}, not {status} since {created}")
    if [ledger["held"], ledger["charged"]].count(record["price"]["total"]) != 1:
        wrong.append(f"{prompt}: {ledger}")
    return key, task["task_id"]
