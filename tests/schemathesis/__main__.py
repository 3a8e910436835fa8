"""`make schemathesis`: the Schemathesis command line against the real server, one fresh server and one line a seed."""

import argparse
import sys
from pathlib import Path

from tests.schemathesis.run import PHASES, every_outcome, run
from tests.schemathesis.verdict import complaints
from tests.serving import ROOT, serving


def seed_is_clean(seed: int, examples: int, folder: Path) -> bool:
    """Runs one seed and prints what came of it; the whole output only where something is wrong."""
    with serving() as base_url:
        every_outcome(base_url)
        ended = run(base_url, seed=seed, examples=examples, folder=folder)
    wrong = list(complaints(ended.record, PHASES))
    if wrong:
        print(ended.printed)
    print(f"seed {seed}: {'; '.join(wrong) or 'clean'}: {ended.record.figures()}", flush=True)
    return not wrong and ended.exit_code == 0


def main() -> None:
    """The exit code is 0 if every seed is clean."""
    parser = argparse.ArgumentParser(prog="make schemathesis", description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("-n", "--examples", type=int, default=200)
    parser.add_argument("--folder", type=Path, default=ROOT / "build" / "schemathesis", help="where the reports go")
    chosen = parser.parse_args()
    chosen.folder.mkdir(parents=True, exist_ok=True)
    faulty = [seed for seed in chosen.seeds if not seed_is_clean(seed, chosen.examples, chosen.folder)]
    sys.exit(1 if faulty else 0)


if __name__ == "__main__":
    main()
