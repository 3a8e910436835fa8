"""`make bench`: this server beside a bare ASGI application, small frameworks and other mocks, in one run.

Prints a table, writes build/bench.json and draws tests/bench/bench.png. Speeds are medians of rounds in which every
server has its turn; what counts are the ratios, for they share the machine and its noise.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from mockserver.clock import monotonic_s
from tests.bench import aims, growth, harness, plot, table
from tests.bench.arguments import positive
from tests.bench.databases import Database, NoDatabase, database
from tests.bench.load import Broken, tool
from tests.bench.result import BARE, Result, machine, rows
from tests.bench.rivals import rivals
from tests.bench.scale import measure
from tests.bench.servers import Server, baselines, load_pin, ours, sqlite, started
from tests.bench.speed import Amount, Seen, speeds
from tests.bench.starting import starts
from tests.processes import ROOT

PARTS = ("start", "speed", "rivals", "scale", "growth", "harness")
QUICK_PARTS = ("start", "speed", "growth")
WHOLE_PNG, PART_PNG = Path(__file__).parent / "bench.png", ROOT / "build" / "bench.png"


def main() -> int:
    """Run what is asked for; 1 if an answer failed."""
    chosen = _parser().parse_args()
    parts = chosen.only or (QUICK_PARTS if chosen.quick else PARTS)
    amount = Amount(chosen.rounds, chosen.seconds, chosen.connections)
    sizes = growth.QUICK_SIZES if chosen.quick else growth.SIZES
    if chosen.quick:
        amount = replace(amount, rounds=1, seconds=2)
    began_s, surroundings = monotonic_s(), machine()
    try:
        result = replace(run(parts, amount, sizes, chosen.database_tasks, chosen.server or []), machine=surroundings)
    except Broken as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    result = replace(result, took_s=monotonic_s() - began_s)
    print("\n".join(table.lines(result)))
    document = result.document() | {"aims": [asdict(each) | {"is_met": each.is_met} for each in aims.aims(result)]}
    chosen.json.parent.mkdir(parents=True, exist_ok=True)
    chosen.json.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n")
    is_whole = not (chosen.quick or chosen.only or chosen.server)
    drawn = plot.draw(document, chosen.png or (WHOLE_PNG if is_whole else PART_PNG))
    print(f"{chosen.json}; {drawn}", file=sys.stderr)
    return 1 if result.failed else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--rounds", type=positive, default=5)
    parser.add_argument("--seconds", type=positive, default=2, help="of each round; whole ones, as wrk wants them")
    parser.add_argument("--connections", type=positive, default=64)
    parser.add_argument("--quick", action="store_true", help="1 round of 2 s, up to 10^5 tasks; no rivals, no harness")
    parser.add_argument("--only", choices=PARTS, action="append", help="a part; repeat it for more")
    parser.add_argument("--server", action="append", help="servers with this in their name, beside the bare one")
    parser.add_argument("--database-tasks", type=positive, default=measure.TASKS, help="by which bytes are measured")
    parser.add_argument("--json", type=Path, default=ROOT / "build" / "bench.json")
    parser.add_argument("--png", type=Path, help="the picture; that of a whole run belongs to the tree")
    return parser


def run(parts: Sequence[str], amount: Amount, sizes: Sequence[int], tasks: int, named: Sequence[str]) -> Result:
    """The parts, one after the other; `tasks` are made to see what they take of a database.

    Raises:
        Broken: if one cannot go on.
    """
    with ExitStack() as stack:
        servers, its = _servers(stack, parts, named)
        there = [each for each in servers if not each.absent]
        begun = starts(there) if "start" in parts else {}
        seen = _seen(there, amount, its) if {"speed", "rivals"} & set(parts) else {}
        scale = _scale(there, its, amount, tasks) if "scale" in parts else {}
    grown = growth.growth(sizes, amount) if "growth" in parts else None
    lives = harness.speeds() if "harness" in parts else {}
    load: dict[str, str | int] = {"tool": tool(), **asdict(amount), "is_pinned": int(bool(load_pin()))}
    return Result({}, load, rows(servers, begun, seen), grown, lives, scale)


def _servers(stack: ExitStack, parts: Sequence[str], named: Sequence[str]) -> tuple[list[Server], Database | None]:
    """Those to be measured, and the database of the one on PostgreSQL."""
    if not {"start", "speed", "rivals", "scale"} & set(parts):
        return [], None
    folder = Path(stack.enter_context(TemporaryDirectory(prefix="mindvideo-bench-")))
    its: Database | None = None
    try:
        its = stack.enter_context(database())
        postgresql = ours("PostgreSQL", its.url, f" on {its.about}")
    except NoDatabase as error:
        postgresql = replace(ours("PostgreSQL", ""), absent=f"{error}")
    found = [*baselines(), ours("memory", "memory"), sqlite(folder), postgresql]
    if "rivals" in parts:
        found += rivals()
    return (picked(found, named) if named else found), its


def picked(servers: Sequence[Server], named: Sequence[str]) -> list[Server]:
    """The bare one, and those with one of the words in their name.

    Raises:
        Broken: if a word is in no name.
    """
    for word in named:
        if not any(word.casefold() in each.name.casefold() for each in servers):
            raise Broken(f"no server is called {word}: there are {', '.join(each.name for each in servers)}")
    words = [word.casefold() for word in named]
    return [each for each in servers if each.name == BARE or any(word in each.name.casefold() for word in words)]


def _seen(servers: Sequence[Server], amount: Amount, its: Database | None) -> Seen:
    """The speed of all servers, which run side by side; who is not asked anything sleeps."""

    def backends(name: str) -> Sequence[int]:
        return its.backends() if its is not None and name == aims.POSTGRESQL else ()

    with ExitStack() as stack:
        running = [stack.enter_context(started(each)) for each in servers]
        return speeds(running, amount, backends, its.tidy if its is not None else lambda: None)


def _scale(servers: Sequence[Server], its: Database | None, amount: Amount, tasks: int) -> dict[str, Any]:
    """What the arithmetic and the simulation of `tests.bench.scale` count with; nothing without a PostgreSQL."""
    server = next((each for each in servers if each.name == aims.POSTGRESQL), None)
    return {} if server is None or its is None else measure.measure(server, its, amount, tasks)


if __name__ == "__main__":
    sys.exit(main())
