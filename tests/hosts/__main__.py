"""`make hosts`: servers on two hosts that are cut off under load. Prints the counts; 1 if one is wrong."""

import argparse
import signal
import sys

from tests.hosts.campaign import run


def main() -> int:
    """Run the campaign; whatever ends it, nothing of it is left."""
    parser = argparse.ArgumentParser(prog="make hosts", description=__doc__)
    parser.add_argument("--cuts", type=int, default=30)
    parser.add_argument("--seed", type=int, default=0, help="of who loses whom when, and of the load")
    parser.add_argument("--hold", type=float, default=15.0, metavar="SECONDS", help="the longest cut")
    chosen = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    outcome = run(chosen.cuts, chosen.seed, chosen.hold)
    print(outcome)
    return 1 if outcome.violations else 0


if __name__ == "__main__":
    sys.exit(main())
