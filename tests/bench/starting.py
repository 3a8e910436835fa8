"""How soon a server answers, and what memory it takes before it has done anything."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from tests.bench import usage
from tests.bench.servers import Server, started

STARTS = 5


@dataclass(frozen=True, slots=True)
class Start:
    """The median of the starts: from the start of the process to its first 200; its memory thereafter."""

    ready_s: float
    idle_mb: float | None


def starts(servers: Sequence[Server], times: int = STARTS) -> dict[str, Start]:
    """Each server in turn, so often."""
    ready_s: dict[str, list[float]] = {each.name: [] for each in servers}
    idle_mb: dict[str, list[float]] = {each.name: [] for each in servers}
    for number in range(times):
        print(f"bench: start {number + 1} of {times}", file=sys.stderr)
        for server in servers:
            with started(server) as running:
                ready_s[server.name].append(running.ready_s)
                resident_mb = usage.resident_mb(running.process_id)
                if resident_mb is not None:
                    idle_mb[server.name].append(resident_mb)
    return {name: Start(median(ready_s[name]), median(idle_mb[name]) if idle_mb[name] else None) for name in ready_s}
