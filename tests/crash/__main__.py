"""`make crash`: kills under load, equal creates, and accounts side by side. Prints the counts; 1 if one is wrong."""

import argparse
import sys
from collections.abc import Callable

from tests.crash import campaign, crowd
from tests.crash.campaign import Outcome
from tests.crash.server import Served


def main() -> int:
    """Run the parts that are asked for."""
    parser = argparse.ArgumentParser(prog="make crash", description=__doc__)
    parser.add_argument("--kills", type=int, default=100, help="in each campaign")
    parser.add_argument("--seed", type=int, default=0, help="of what is killed when, and of the load")
    parser.add_argument("--creates", type=int, default=10_000, help="under one key")
    parser.add_argument("--accounts", type=int, default=200, help="with clocks of their own")
    parser.add_argument("--only", choices=["postgresql", "sqlite", "key", "accounts"], action="append")
    chosen = parser.parse_args()

    def crowded(part: Callable[[Served, int], Outcome], count: int) -> Outcome:
        with crowd.served() as server:
            return part(server, count)

    parts: dict[str, Callable[[], Outcome]] = {
        "key": lambda: crowded(crowd.one_key, chosen.creates),
        "accounts": lambda: crowded(crowd.tenants, chosen.accounts),
        "postgresql": lambda: campaign.on_postgresql(chosen.kills, chosen.seed),
        "sqlite": lambda: campaign.on_sqlite(chosen.kills, chosen.seed),
    }
    wrong = 0
    for name, part in parts.items():
        if not chosen.only or name in chosen.only:
            outcome = part()
            print(outcome, flush=True)
            wrong += len(outcome.violations)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
