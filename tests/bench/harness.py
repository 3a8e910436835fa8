"""How many lives a second the harness runs: in process, by a worker, by a command for each life."""

import sys

from contracts.harness import Command, Function, Kind, Options, Worker, check
from contracts.run import Hints

LIVES = {"in process": 1500, "python worker": 345, "python command": 200}
MODULE = ("-m", "tests.clients.reference.command")


def clients() -> dict[str, Kind]:
    """The synchronous reference client, in each of the three ways."""
    return {
        "in process": Function("tests.clients.reference.sync:client"),
        "python worker": Worker((sys.executable, *MODULE, "--worker")),
        "python command": Command((sys.executable, *MODULE)),
    }


def speeds() -> dict[str, float]:
    """Lives a second of each way; in process a task takes three minutes, of virtual time."""
    found: dict[str, float] = {}
    for name, kind in clients().items():
        print(f"bench: harness, {name}", file=sys.stderr)
        hints = Hints(poll_interval_s=45, deadline_s=3600) if name == "in process" else None
        result = check(kind, Options(lives=LIVES[name], hints=hints))
        assert result.verdict == "pass", [ruling for ruling in result.rulings if ruling.word != "PASS"]
        found[name] = result.lives / result.seconds
    return found
