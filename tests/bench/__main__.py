"""`make bench`: this server beside a bare ASGI app in the same run. Prints a table, writes build/bench.json.

Speeds are medians of alternating rounds; what counts are the ratios, for they share the machine and its noise.
"""

import argparse
import json
import os
import re
import signal
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from mockserver.clock import monotonic_s
from tests.bench import harness
from tests.bench.load import BODY, Load, generator, run

ROOT = Path(__file__).parents[2]
KEY = "mv_live_bench"
SERVER_CORE, LOAD_CORE = 0, 1
TASKS = 100_000


def command(*arguments: str) -> list[str]:
    """A Python process on the server's core, where there are two cores to tell apart."""
    pin = ["taskset", "-c", str(SERVER_CORE)] if (os.cpu_count() or 1) > 1 else []
    return [*pin, sys.executable, *arguments]


@contextmanager
def process(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A process with its output at hand; ended by SIGTERM."""
    started = subprocess.Popen(command(*arguments), stdout=subprocess.PIPE, text=True, cwd=ROOT)
    try:
        yield started
    finally:
        started.send_signal(signal.SIGTERM)
        started.wait(timeout=10)


@contextmanager
def ours(store: str) -> Iterator[tuple[str, int]]:
    """This server by its CLI: (base URL, process id)."""
    with process("-m", "mockserver.cli", "serve", "--port", "0", "--store", store) as server:
        yield _announced(server), server.pid


@contextmanager
def bare() -> Iterator[tuple[str, int]]:
    """The bare app under uvicorn with the settings this server uses."""
    options = ["--port", "0", "--loop", "uvloop", "--http", "httptools", "--no-access-log", "--no-server-header"]
    started = subprocess.Popen(
        command("-m", "uvicorn", "tests.bench.bare:app", *options), stderr=subprocess.PIPE, text=True, cwd=ROOT
    )
    try:
        yield _found(started, started.stderr), started.pid
    finally:
        started.send_signal(signal.SIGTERM)
        started.wait(timeout=10)


def _announced(server: subprocess.Popen[str]) -> str:
    return _found(server, server.stdout)


def _found(server: subprocess.Popen[str], lines: Any) -> str:
    for line in lines:
        if match := re.search(r"http://127\.0\.0\.1:\d+", line):
            return match[0]
    sys.exit("bench: a server ended without naming its address")


def call(url: str, body: bytes | None = None, key: str = KEY) -> Any:
    """One request, its answer parsed."""
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    with urlopen(Request(url, data=body, headers=headers)) as answer:
        return json.load(answer)


def ready_s(store: str) -> float:
    """From the start of the process to its first 200 on the public API."""
    started_s = monotonic_s()
    with ours(store) as (base_url, _):
        urlopen(f"{base_url}/_mock/health").read()
        return monotonic_s() - started_s


def resident_mb(process_id: int) -> float:
    """The process's resident memory in MB."""
    found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{process_id}/status").read_text())
    return int(found[1]) / 1024 if found else 0.0


def speeds(rounds: int, seconds: float, store: str) -> dict[str, list[Load]]:
    """GET and POST against both servers, in turn, `rounds` times."""
    core = LOAD_CORE if (os.cpu_count() or 1) > 1 else None
    seen: dict[str, list[Load]] = {"bare GET": [], "GET": [], "bare POST": [], "POST": []}
    with bare() as (bare_url, _), ours(store) as (our_url, _):
        task_id = call(f"{our_url}/api/v1/tasks", BODY)["task_id"]
        for number in range(rounds):
            key = f"{KEY}{number}"
            _afford(our_url, key)
            print(f"round {number + 1} of {rounds}", file=sys.stderr)
            seen["bare GET"].append(run(f"{bare_url}/api/v1/tasks/{task_id}", KEY, "GET", seconds, core))
            seen["GET"].append(run(f"{our_url}/api/v1/tasks/{task_id}", KEY, "GET", seconds, core))
            seen["bare POST"].append(run(f"{bare_url}/api/v1/tasks", KEY, "POST", seconds, core))
            seen["POST"].append(run(f"{our_url}/api/v1/tasks", key, "POST", seconds, core))
    return seen


def _afford(base_url: str, key: str) -> None:
    """Money enough that no create is refused."""
    call(f"{base_url}/_mock/accounts/{key}/topup", b'{"amount": 100000000}')


def memory_of_tasks(seconds: float, store: str) -> tuple[int, float, float]:
    """(tasks, MB before, MB after) of one account filled over HTTP with defaults."""
    with ours(store) as (base_url, process_id):
        _afford(base_url, KEY)
        before_mb, made = resident_mb(process_id), 0
        while made < TASKS:
            made += int(run(f"{base_url}/api/v1/tasks", KEY, "POST", seconds, LOAD_CORE).per_s * seconds)
            print(f"{made} of {TASKS} tasks", file=sys.stderr)
        return made, before_mb, resident_mb(process_id)


def idle_mb(store: str) -> float:
    """Resident memory of a server that has answered one health check."""
    with ours(store) as (base_url, process_id):
        urlopen(f"{base_url}/_mock/health").read()
        return resident_mb(process_id)


def main() -> None:
    """Run everything, print the table, write the file."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument(
        "--store", default="memory", help="as 'serve' takes it; how tasks fill memory is not asked then"
    )
    parser.add_argument("--json", type=Path, default=ROOT / "build" / "bench.json")
    parser.add_argument("--harness", action="store_true", help="the lives a second of the harness, and nothing else")
    chosen = parser.parse_args()
    lives = harness.speeds() if chosen.harness or chosen.store == "memory" else {}
    if chosen.harness:
        return
    ready = statistics.median(ready_s(chosen.store) for _ in range(5))
    idle = idle_mb(chosen.store)
    seen = speeds(chosen.rounds, chosen.seconds, chosen.store)
    made, before_mb, after_mb = memory_of_tasks(chosen.seconds, chosen.store) if chosen.store == "memory" else (0, 0, 0)
    rates = {name: statistics.median(load.per_s for load in loads) for name, loads in seen.items()}
    noise = {
        name: (max(load.per_s for load in loads) - min(load.per_s for load in loads)) / rates[name]
        for name, loads in seen.items()
    }
    print(f"load: {generator()}, server on one core, medians of {chosen.rounds} rounds of {chosen.seconds:g} s")
    for name, loads in seen.items():
        ratio = rates[name] / rates[f"bare {name.removeprefix('bare ')}"]
        p50 = statistics.median(load.p50_ms for load in loads)
        p99 = statistics.median(load.p99_ms for load in loads)
        failed = sum(load.failed for load in loads)
        print(
            f"{name:10} {rates[name]:8.0f}/s  ratio {ratio:4.2f}  spread {noise[name]:4.0%}  "
            f"p50 {p50:5.2f} ms  p99 {p99:6.2f} ms  failed {failed}"
        )
    print(f"ready in {ready:.3f} s, idle {idle:.0f} MB")
    per_task = (after_mb - before_mb) * 2**20 / max(1, made)
    if made:
        print(
            f"{made} tasks: {before_mb:.0f} to {after_mb:.0f} MB, {per_task:.0f} bytes each, {len(BODY)} of it payload"
        )
    result = {
        "load": generator(),
        "lives_per_s": lives,
        "store": chosen.store.partition(":")[0],
        "ready_s": ready,
        "idle_mb": idle,
        "per_s": rates,
        "ratio": {name: rates[name] / rates[f"bare {name}"] for name in ("GET", "POST")},
        "spread": noise,
        "tasks": {"made": made, "before_mb": before_mb, "after_mb": after_mb, "bytes_each": per_task},
    }
    chosen.json.parent.mkdir(parents=True, exist_ok=True)
    chosen.json.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
