"""What replicas and databases carry: arithmetic on what `make bench` measured, and a simulation of it.

Reads the part `scale` of build/bench.json. Clients create a task, poll it until it has ended, and begin anew.
"""

import argparse
import os
import sys
from pathlib import Path

from tests.bench.arguments import positive
from tests.bench.scale.costs import NoCosts, read
from tests.bench.scale.page import Asked, lines
from tests.processes import ROOT


def main() -> int:
    """Print the page; 2 where there is nothing to count with."""
    chosen = _parser().parse_args()
    if chosen.replicas % chosen.databases:
        print("scale: --replicas must be a multiple of --databases: each has as many", file=sys.stderr)
        return 2
    try:
        figures, part = read(chosen.bench)
    except NoCosts as error:
        print(f"scale: {error}", file=sys.stderr)
        return 2
    asked = Asked(**{name: getattr(chosen, name) for name in Asked.__slots__})
    try:
        for line in lines(asked, figures, part):
            print(line, flush=True)
    except BrokenPipeError:  # whoever reads has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.scale", description=__doc__)
    parser.add_argument("--bench", type=Path, default=ROOT / "build" / "bench.json", help="what make bench wrote")
    parser.add_argument("--replicas", type=positive, default=1, help="each has a core of its own")
    parser.add_argument("--databases", type=positive, default=1, help="each with as many of the replicas")
    parser.add_argument("--database-cores", type=positive, default=1, help="of each database")
    parser.add_argument("--poll-s", type=_seconds, default=2.0, help="how often a client polls")
    parser.add_argument("--task-s", type=_seconds, default=150.0, help="how long a task takes ('realistic': minutes)")
    parser.add_argument("--accounts", type=positive, default=1000)
    parser.add_argument("--skew", type=_skew, default=1.0, help="the n-th account sends 1/n^SKEW of the requests")
    parser.add_argument("--seconds", type=_seconds, default=3.0, help="of simulated time")
    parser.add_argument("--seed", type=int, default=0)
    return parser


def _skew(text: str) -> float:
    value = float(text)
    if not 0 <= value <= 10:
        raise argparse.ArgumentTypeError(f"{text} is not from 0 to 10")
    return value


def _seconds(text: str) -> float:
    value = float(text)
    if not 0 < value < 1e6:
        raise argparse.ArgumentTypeError(f"{text} is no number of seconds")
    return value


if __name__ == "__main__":
    sys.exit(main())
