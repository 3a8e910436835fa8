"""One run of the Schemathesis command line with the configuration that users are given."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from urllib.request import Request, urlopen

from tests.schemathesis.record import Record, read

ROOT = Path(__file__).parents[2]
CONFIG = ROOT / "schemathesis.toml"
PHASES = ("examples", "coverage", "fuzzing", "stateful")
OUTCOMES = ("succeeded", "failed", "cancelled", "stuck")
CREATES = 4000
"""More than a run makes."""


@dataclass(frozen=True, slots=True)
class Ended:
    """A run that came to its end: its exit code, what it printed, and what its two reports say."""

    exit_code: int
    printed: str
    record: Record


def identities() -> dict[str, str]:
    """The Authorization header of each identity that `schemathesis.toml` refers to, by name."""
    entries = json.loads((ROOT / "contracts" / "schemathesis_identities.json").read_text())["auth"]
    return {entry["name"]: entry["fixedHeaders"][0]["value"] for entry in entries}


def every_outcome(base_url: str) -> None:
    """Plans the owner's next tasks so that they end in every way there is."""
    key = identities()["owner"].removeprefix("Bearer ")
    plan = {"timing": "fast", "queue": [{"outcome": outcome} for outcome in OUTCOMES] * (CREATES // len(OUTCOMES))}
    headers = {"Content-Type": "application/json"}
    url = f"{base_url}/_mock/accounts/{key}/plan"
    urlopen(Request(url, json.dumps(plan).encode(), headers, method="PUT")).close()


def run(base_url: str, *, seed: int, examples: int, folder: Path, phases: tuple[str, ...] = PHASES) -> Ended:
    """Everything Schemathesis can do, against a server that runs; the reports are left in the folder."""
    report, events = folder / f"seed-{seed}.json", folder / f"seed-{seed}.ndjson"
    command: list[str | Path] = [
        Path(sys.executable).with_name("st"),
        "--config-file",
        CONFIG,
        "run",
        f"{base_url}/openapi.json",
    ]
    command += ["--phases", ",".join(phases), "--checks", "all", "--mode", "all", "-n", str(examples)]
    command += ["--seed", str(seed), "--no-color"]
    command += ["--report", "json,ndjson", "--report-json-path", report, "--report-ndjson-path", events]
    # The command line is not ours to measure, and the hooks have tests of their own.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
    ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    with events.open() as lines:
        record = read(json.loads(report.read_text()), lines)
    return Ended(ended.returncode, ended.stdout + ended.stderr, record)
