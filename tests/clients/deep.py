"""`make deep`: the harness on all clients that are known, longer than CI has time for.

Prints for each culprit in which life it was caught and how long that and the shrinking took, then holds the reference
clients to thousands of lives. Exit code 1 if a culprit gets away or an innocent is accused.
"""

import argparse
import statistics
import sys

from contracts.harness import Function, Kind, Options, Progress, Worker, check
from contracts.run import Profile
from mockserver.clock import monotonic_s
from tests.clients.broken import culprits

INNOCENT: dict[str, Kind] = {
    "sync": Function("tests.clients.reference.sync:client"),
    "async": Function("tests.clients.reference.asynchronous:client"),
    "node": Worker(("node", "tests/clients/reference/node.mjs", "--worker")),
}


def catch(most: int) -> bool:
    """Whether every culprit is caught by its own obligation within `most` lives."""
    first_s: list[float] = []
    shrunk_s: list[float] = []
    is_good = True
    for culprit in culprits():
        started_s = monotonic_s()
        caught_s: list[float] = []

        def watch(progress: Progress, started_s: float = started_s, caught_s: list[float] = caught_s) -> None:
            if progress.failing and not caught_s:
                caught_s.append(monotonic_s() - started_s)

        asked = Options(lives=most, only=(culprit.id,), fail_fast=True, profile=Profile(**culprit.profile))
        result = check(culprit.client, asked, watch)
        (ruling,) = result.rulings
        found = ruling.counterexample
        if found is None:
            print(f"{culprit.id:4} {ruling.word}: got away")
            is_good = False
            continue
        first_s += caught_s
        shrunk_s.append(result.seconds)
        faults = ", ".join(fault.name for fault in found.life.faults) or "no fault"
        print(f"{culprit.id:4} {ruling.word:4} in life {result.lives:3}, {caught_s[0]:6.2f} s; {faults}", flush=True)
    print(f"culprits: {len(shrunk_s)} of {len(culprits())} caught; median time to the first failure", end=" ")
    print(f"{statistics.median(first_s):.2f} s, to the smallest life {statistics.median(shrunk_s):.2f} s")
    return is_good


def acquit(lives: int, names: list[str]) -> bool:
    """Whether no reference client is accused in so many lives."""
    is_good = True
    for name in names:
        result = check(INNOCENT[name], Options(lives=lives, dialects="all"))
        told = [ruling for ruling in result.rulings if ruling.word not in ("PASS", "NOT_EXERCISED")]
        print(f"{name}: {result.lives} lives in {result.seconds:.0f} s, {len(told)} accusations", flush=True)
        for ruling in told:
            print(f"  {ruling.obligation.id} {ruling.word}: {ruling.message}")
            print(f"  {ruling.counterexample.token if ruling.counterexample else ''}")
        for error in result.errors:
            print(f"  harness error: {error}")
        is_good = is_good and not told and not result.errors
    return is_good


def main() -> int:
    """Both, and the exit code."""
    parser = argparse.ArgumentParser(prog="make deep", description=__doc__)
    parser.add_argument("--lives", type=int, default=5000)
    parser.add_argument("--within", type=int, default=330)
    parser.add_argument("--client", action="append", choices=list(INNOCENT))
    chosen = parser.parse_args()
    is_caught = catch(chosen.within)
    return 0 if acquit(chosen.lives, chosen.client or list(INNOCENT)) and is_caught else 1


if __name__ == "__main__":
    sys.exit(main())
