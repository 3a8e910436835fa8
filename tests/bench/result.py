"""What one run found, as it goes into build/bench.json."""

import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tests.bench.growth import Growth
from tests.bench.servers import Server
from tests.bench.speed import BESIDE, OPERATIONS, Figures, Seen, cpu_ratio, figures, rate_ratio
from tests.bench.starting import Start

BARE = "bare ASGI"


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of one server; both ratios are parts of the bare application's in the same rounds."""

    figures: Figures
    rate_of_bare: float | None
    cpu_of_bare: float | None


@dataclass(frozen=True, slots=True)
class Row:
    """One server; `absent` is why nothing was measured."""

    name: str
    version: str
    absent: str
    start: Start | None
    operations: dict[str, Operation]


@dataclass(frozen=True, slots=True)
class Result:
    """One run; what was not asked for is empty. `load` says how it was made, `machine` on what."""

    machine: dict[str, str]
    load: dict[str, str | int]
    servers: tuple[Row, ...]
    growth: Growth | None = None
    harness: dict[str, float] = field(default_factory=dict)
    scale: dict[str, Any] = field(default_factory=dict)
    took_s: float = 0.0

    @property
    def failed(self) -> int:
        """Answers that were no success, of all that was asked."""
        operations = [each for row in self.servers for each in row.operations.values()]
        found = sum(each.figures.failed for each in operations)
        if self.growth is not None:
            found += self.growth.failed
            found += sum(step.polls.failed + step.beside.failed for step in self.growth.steps)
        if self.scale:
            found += self.scale["failed"] + self.scale["tasks_failed"]
        return found

    def operation(self, server: str, operation: str) -> Operation | None:
        """One of a server, if it was measured."""
        return next((row.operations.get(operation) for row in self.servers if row.name == server), None)

    def start(self, server: str) -> Start | None:
        """How a server starts, if that was measured."""
        return next((row.start for row in self.servers if row.name == server), None)

    def document(self) -> dict[str, Any]:
        """It as JSON has it."""
        return asdict(self)


def rows(servers: Sequence[Server], started: dict[str, Start], seen: Seen) -> tuple[Row, ...]:
    """A row for each server, with what was seen of it."""
    return tuple(
        Row(each.name, each.version, each.absent, started.get(each.name), _operations(each.name, seen))
        for each in servers
    )


def _operations(name: str, seen: Seen) -> dict[str, Operation]:
    found = {}
    for operation in OPERATIONS:
        if rounds := seen.get((name, operation)):
            bare = seen.get((BARE, BESIDE[operation]), [])
            ratios = (rate_ratio(rounds, bare), cpu_ratio(rounds, bare)) if bare else (None, None)
            found[operation] = Operation(figures(rounds), *ratios)
    return found


def machine() -> dict[str, str]:
    """What it ran on."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown")
    is_virtual = any(line.startswith("flags") and " hypervisor" in line for line in lines)
    return {
        "cpu": model,
        "cores": f"{os.cpu_count()}",
        "is_virtual": "yes" if is_virtual else "no",
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "load_average": f"{os.getloadavg()[0]:.2f}",
    }
