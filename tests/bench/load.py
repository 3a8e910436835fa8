"""Load on one server: by wrk where it is installed, else by the generator in Python."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from mockserver.clock import token
from tests.bench import generator
from tests.bench.asked import KEY, Asked

SCRIPT = Path(__file__).parent / "asked.lua"
SERVER_CORE, LOAD_CORE = 0, 1
_UNITS_MS = {"us": 0.001, "ms": 1.0, "s": 1000.0}


class Broken(Exception):
    """One line on a part of the bench that cannot go on."""


@dataclass(frozen=True, slots=True)
class Load:
    """What one run of load saw: answers, answers a second, latencies in milliseconds, and what was no success.

    `failed` counts answers that are not 2xx and whatever went wrong with a connection.
    """

    answers: int
    per_s: float
    p50_ms: float
    p99_ms: float
    failed: int


def tool() -> str:
    """Which tool makes the load here."""
    return "wrk" if shutil.which("wrk") else "python"


def run(base_url: str, asked: Asked, seconds: int, connections: int, pin: tuple[str, ...] = ()) -> Load:
    """Ask for some whole seconds over so many connections; wrk runs under the command `pin`, if there is one.

    Raises:
        Broken: if the generator ends without a figure.
    """
    name = token(6)
    if tool() == "python":
        with _on_core(LOAD_CORE if pin else None):
            return _ranked(generator.run(base_url, asked, name, connections, seconds=seconds), seconds)
    command = [*pin, "wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "--timeout", "30s"]
    command += ["-H", f"Authorization: Bearer {KEY}"]
    if asked.is_plain:
        command += [f"{base_url}{asked.path}"]
    else:
        script = [asked.method, asked.path, asked.body, asked.idempotency_key, str(asked.ids or ""), name]
        command += ["-s", str(SCRIPT), base_url, "--", *script]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return parsed(done.stdout + done.stderr)


@contextmanager
def _on_core(core: int | None) -> Iterator[None]:
    """Keep this process on a core meanwhile, as `pin` keeps wrk."""
    if core is None:
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def create_exactly(base_url: str, asked: Asked, count: int, connections: int) -> int:
    """Ask so many times and no more, by the generator in Python; how many answers were no success."""
    return generator.run(base_url, asked, token(6), connections, limit=count).failed


def parsed(text: str) -> Load:
    """What wrk printed.

    Raises:
        Broken: if there is no rate in it.
    """
    total = re.search(r"(\d+) requests in ", text)
    rate = re.search(r"Requests/sec:\s+([\d.]+)", text)
    if rate is None or total is None:
        raise Broken(f"wrk printed no rate: {text.strip()[-300:]}")
    bad = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
    errors = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", text)
    failed = int(bad[1]) if bad else 0
    failed += sum(map(int, errors.groups())) if errors else 0
    return Load(int(total[1]), float(rate[1]), _latency_ms(text, "50%"), _latency_ms(text, "99%"), failed)


def _latency_ms(text: str, row: str) -> float:
    found = re.search(rf"^\s+{row}\s+([\d.]+)(us|ms|s)$", text, re.MULTILINE)
    return float(found[1]) * _UNITS_MS[found[2]] if found else 0.0


def _ranked(waits: generator.Waits, seconds: int) -> Load:
    ranked, count = sorted(waits.waits_s), len(waits.waits_s)
    if not count:
        raise Broken("the server gave no answer at all")
    p50_s, p99_s = ranked[count // 2], ranked[count * 99 // 100]
    return Load(count, count / seconds, p50_s * 1000, p99_s * 1000, waits.failed)
