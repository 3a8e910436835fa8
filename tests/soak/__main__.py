"""`make soak`: one server with its defaults at half of its full speed, for minutes. 1 if its memory is not flat.

Full speed is what this load, on a core of its own, gets out of the server before. Prints a line now and then and a
verdict, writes build/soak.json.
"""

import argparse
import asyncio
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import uvloop

from mockserver.clock import monotonic_s, sleep
from mockserver.store.memory import REMEMBERED
from tests.bench.load import LOAD_CORE
from tests.bench.servers import ours, started
from tests.bench.usage import resident_mb
from tests.processes import ROOT
from tests.soak.life import Lives
from tests.soak.line import connect
from tests.soak.memory import Sample, Verdict, held, judged

CLIENTS = 16
FULL_S = 10.0
EVERY_S = 5.0
SAID_EVERY = 6
ENOUGH = 6
"""Samples for a verdict."""

METRICS = b"GET /metrics HTTP/1.1\r\nHost: soak\r\n\r\n"


class Pace:
    """Turns that are so many a second; who is late makes up for it."""

    def __init__(self, per_s: float) -> None:
        self._per_s = per_s
        self._began_s = monotonic_s()
        self._given = 0

    async def turn(self) -> None:
        """Return when the next request is due."""
        self._given += 1
        wait_s = self._began_s + self._given / self._per_s - monotonic_s()
        if wait_s > 0:
            await sleep(wait_s)


async def soaked(base_url: str, process_id: int, seconds: float, warm_s: float) -> tuple[float, list[Sample], Lives]:
    """(full speed in requests a second, samples, what was lived at half of it)."""
    full = Lives(base_url, "full")
    running = asyncio.create_task(full.run(CLIENTS))
    await asyncio.wait([running], timeout=FULL_S)
    full.finish()
    await running
    per_s = full.requests / FULL_S
    print(f"full speed {per_s:.0f} requests/s, {full.ended / FULL_S:.0f} lives/s; now half of it", flush=True)
    lives, samples, line = Lives(base_url), [], await connect(base_url)
    lives.wrong += full.wrong
    pace, began_s = Pace(per_s / 2), monotonic_s()
    running = asyncio.create_task(lives.run(CLIENTS, pace.turn))
    while (at_s := monotonic_s() - began_s) < seconds and not running.done():
        accounts, tasks, exchanges = held((await line.ask(METRICS)).body)
        ended = full.ended + lives.ended
        memory_mb = resident_mb(process_id) or 0.0
        samples.append(Sample(at_s, lives.requests, ended, memory_mb, accounts, tasks, exchanges))
        if len(samples) % SAID_EVERY == 1:
            _say(samples[-1], "" if is_warm(samples[-1], warm_s) else "warm-up")
        await asyncio.wait([running], timeout=began_s + len(samples) * EVERY_S - monotonic_s())
    lives.finish()
    await running
    return per_s, samples, lives


def is_warm(sample: Sample, warm_s: float) -> bool:
    """Whether what is bounded has come to its bound: of dead keys the server remembers so many."""
    return sample.at_s >= warm_s and sample.lives >= REMEMBERED


def _say(sample: Sample, note: str) -> None:
    print(
        f"{sample.at_s:6.0f} s  {sample.resident_mb:7.2f} MB  {sample.requests:9} requests  {sample.lives:7} lives  "
        f"holds {sample.accounts} accounts, {sample.tasks} tasks, {sample.exchanges} exchanges  {note}",
        flush=True,
    )


@contextmanager
def pinned(core: int) -> Iterator[None]:
    """This process on one core, where there is another for the server."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core} if (os.cpu_count() or 1) > 1 else before)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def main() -> int:
    """Run it; 0 if memory is flat and every answer was what it should be."""
    parser = argparse.ArgumentParser(prog="make soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0, help="the warm-up included")
    parser.add_argument("--warm-up", type=float, default=None, metavar="MINUTES", help="a fifth, if left out")
    parser.add_argument("--json", type=Path, default=ROOT / "build" / "soak.json")
    chosen = parser.parse_args()
    warm_s = 60 * (chosen.minutes / 5 if chosen.warm_up is None else chosen.warm_up)
    with started(ours("memory", "memory")) as server, pinned(LOAD_CORE):
        soaking = soaked(server.base_url, server.process_id, 60 * chosen.minutes, warm_s)
        per_s, samples, lives = uvloop.run(soaking)
    after = [sample for sample in samples if is_warm(sample, warm_s)]
    if len(after) < ENOUGH:
        sys.exit(
            f"soak: too short, {samples[-1].lives} accounts have come and gone of {REMEMBERED} that are remembered"
        )
    verdict = judged(after)
    _report(chosen.json, per_s, samples, lives, verdict)
    return 0 if verdict.is_flat and not lives.wrong else 1


def _report(path: Path, per_s: float, samples: list[Sample], lives: Lives, verdict: Verdict) -> None:
    _say(samples[-1], "")
    print(f"answers: {', '.join(f'{number} {what}' for what, number in sorted(lives.seen.items()))}")
    print(f"unexpected: {len(lives.wrong)}", *(f"  {each}" for each in lives.wrong[:10]), sep="\n")
    print(f"at {verdict.requests / verdict.seconds:.0f} of {per_s:.0f} requests/s, after the warm-up {verdict}")
    found = {"full_per_s": per_s, "verdict": asdict(verdict), "unexpected": len(lives.wrong), "seen": lives.seen}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(found | {"samples": [asdict(sample) for sample in samples]}, indent=1) + "\n")


if __name__ == "__main__":
    sys.exit(main())
