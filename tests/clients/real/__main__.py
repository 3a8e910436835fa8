"""`make real`: holds the six real clients to the contract, one after the other, and prints a line for each."""

import argparse
import json
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.clients.real.clients import CLIENTS, Real
from tests.serving import ROOT

BROKEN = 1
"""The exit code of a check that found something: it is what is expected of these clients."""


def words(document: dict[str, Any], word: str) -> str:
    """The obligations with that verdict, after the word; nothing where there are none."""
    found = [each["id"] for each in document["obligations"] if each["verdict"] == word]
    return f"{word} {' '.join(found)}" if found else ""


def line(document: dict[str, Any]) -> str:
    """What a check came to."""
    shown = [words(document, word) for word in ("FAIL", "WARN", "INCONCLUSIVE", "HARNESS_ERROR")]
    found = "; ".join(filter(None, shown)) or "nothing broken"
    return f"{found} ({document['lives']} lives, {document['seconds']:.0f} s)"


def is_held(client: Real, lives: int, folder: Path) -> bool:
    """Whether the client could be checked at all; a line is printed either way."""
    missing = list(client.missing())
    if missing:
        print(f"{client.name}: not run: {'; '.join(missing)}", flush=True)
        return False
    report, said = folder / f"{client.name}.json", folder / f"{client.name}.txt"
    interpreter, program = client.argv
    command = shlex.join((interpreter, str(Path(program).relative_to(ROOT))))
    check = [sys.executable, "-m", "mockserver.cli", "check", "--command", command, "--lives", str(lives)]
    check += ["--profile", str(client.profile.relative_to(ROOT))]
    check += ["--report", f"json={report}", "--report", f"html={report.with_suffix('.html')}"]
    with said.open("w") as out:
        ended = subprocess.run(check, cwd=ROOT, stdout=out, stderr=subprocess.PIPE, text=True, check=False)
    if ended.returncode not in (0, BROKEN):
        said_last = (ended.stderr + said.read_text()).strip().splitlines()[-1:]
        print(f"{client.name}: the check did not work: {''.join(said_last)}", flush=True)
        return False
    print(f"{client.name}: {line(json.loads(report.read_text()))}", flush=True)
    return True


def main() -> None:
    """The exit code is 0 if all of them could be checked, whatever was found in them."""
    parser = argparse.ArgumentParser(prog="make real", description=__doc__)
    parser.add_argument("--client", action="append", choices=[each.name for each in CLIENTS], help="only this one")
    parser.add_argument("--lives", type=int, default=400)
    parser.add_argument("--folder", type=Path, default=ROOT / "build" / "real", help="where the reports go")
    chosen = parser.parse_args()
    wanted = [each for each in CLIENTS if each.name in (chosen.client or [each.name])]
    chosen.folder.mkdir(parents=True, exist_ok=True)
    held = [is_held(client, chosen.lives, chosen.folder.resolve()) for client in wanted]
    print(f"The reports are in {chosen.folder}.")
    sys.exit(0 if held and all(held) else 1)


if __name__ == "__main__":
    main()
