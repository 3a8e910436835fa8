"""Speed: every server asked the same in turn, round after round, so that the ratios share the machine's noise."""

import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from tests.bench import usage
from tests.bench.asked import Asked
from tests.bench.load import Broken, Load, run
from tests.bench.servers import Running, load_pin

OPERATIONS = ("GET", "POST", "events", "replay")
BESIDE = {"GET": "GET", "POST": "POST", "events": "GET", "replay": "POST"}
"""What of the bare application each is measured by: it answers everything alike, but a POST has a body to read."""

WARM_S = 1


@dataclass(frozen=True, slots=True)
class Amount:
    """How much load: `rounds` of `seconds` each, over so many connections."""

    rounds: int
    seconds: int
    connections: int


@dataclass(frozen=True, slots=True)
class Round:
    """One run of load and the CPU that one answer took, in microseconds: of the server, and of its database.

    `waited` is the part of the time in which the server could have worked, but others had its core.
    """

    load: Load
    cpu_us: float | None
    database_cpu_us: float | None = None
    waited: float | None = None


@dataclass(frozen=True, slots=True)
class Figures:
    """Medians of rounds; `spread` is the widest distance between rates of rounds, as a part of the median."""

    per_s: float
    spread: float
    cpu_us: float | None
    database_cpu_us: float | None
    p50_ms: float
    p99_ms: float
    failed: int
    waited: float | None
    rounds_per_s: tuple[float, ...]


Seen = dict[tuple[str, str], list[Round]]
"""The rounds of (server, operation)."""

Backends = Callable[[str], Sequence[int]]
"""The processes of the database of the server with this name."""


def no_backends(_: str) -> Sequence[int]:
    """No server has a database."""
    return ()


def measured(running: Running, asked: Asked, seconds: int, connections: int, backends: Backends = no_backends) -> Round:
    """One run of load on one server."""

    def loaded() -> Load:
        return run(running.base_url, asked, seconds, connections, load_pin())

    found = used(running, loaded, backends)
    waited = found.waited_s / seconds if found.waited_s is not None else None
    return Round(found.load, _each_us(found.own_s, found.load), _each_us(found.its_s, found.load), waited)


def _each_us(used_s: float | None, load: Load) -> float | None:
    return used_s / load.answers * 1e6 if used_s is not None and load.answers else None


@dataclass(frozen=True, slots=True)
class Used:
    """Some load, the seconds of CPU of the server and of its database, and those that the server waited for a core."""

    load: Load
    own_s: float | None
    its_s: float | None
    waited_s: float | None


def used(running: Running, loaded: Callable[[], Load], backends: Backends = no_backends) -> Used:
    """What was used while there was this load."""

    def look() -> tuple[dict[int, float], ...]:
        own = usage.family(running.process_id)
        return usage.cpu_s(own), usage.cpu_s(backends(running.server.name)), usage.waited_s(own)

    before = look()
    load = loaded()
    after = look()
    return Used(load, *(usage.since_s(one, other) for one, other in zip(before, after, strict=True)))


def speeds(
    running: Sequence[Running],
    amount: Amount,
    backends: Backends = no_backends,
    tidy: Callable[[], None] = lambda: None,
) -> Seen:
    """All servers, operation by operation: A B C, A B C, …; each is warmed by a second that does not count.

    `tidy` is called before each round.
    """
    seen: Seen = {}
    for number in range(amount.rounds + 1):
        print(f"bench: round {number} of {amount.rounds}" if number else "bench: warming up", file=sys.stderr)
        tidy()
        targets = [(each, each.server.targets(each.base_url)) for each in running]
        for operation in OPERATIONS:
            for each, asked in targets:
                if operation not in asked:
                    continue
                seconds = amount.seconds if number else WARM_S
                try:
                    found = measured(each, asked[operation], seconds, amount.connections, backends)
                except Broken as error:
                    raise Broken(f"{each.server.name}, {operation}: {error}") from error
                if number:
                    seen.setdefault((each.server.name, operation), []).append(found)
    return seen


def figures(rounds: Sequence[Round]) -> Figures:
    """The medians of some rounds, of which there is one at least."""
    rates = tuple(each.load.per_s for each in rounds)
    middle = median(rates)
    return Figures(
        per_s=middle,
        spread=(max(rates) - min(rates)) / middle if middle else 0.0,
        cpu_us=_median(each.cpu_us for each in rounds),
        database_cpu_us=_median(each.database_cpu_us for each in rounds),
        p50_ms=median(each.load.p50_ms for each in rounds),
        p99_ms=median(each.load.p99_ms for each in rounds),
        failed=sum(each.load.failed for each in rounds),
        waited=_median(each.waited for each in rounds),
        rounds_per_s=rates,
    )


def _median(values: Iterable[float | None]) -> float | None:
    known = [each for each in values if each is not None]
    return median(known) if known else None


def ratio(ours: Sequence[Round], bare: Sequence[Round], of: Callable[[Round], Any]) -> float | None:
    """The median of the rounds' own ratios: what one round suffered, both sides of its ratio did."""
    pairs = [(of(one), of(other)) for one, other in zip(ours, bare, strict=True)]
    known = [one / other for one, other in pairs if one is not None and other]
    return median(known) if known else None


def rate_ratio(ours: Sequence[Round], bare: Sequence[Round]) -> float | None:
    """Answers a second, as a part of the bare application's."""
    return ratio(ours, bare, lambda each: each.load.per_s)


def cpu_ratio(ours: Sequence[Round], bare: Sequence[Round]) -> float | None:
    """The bare application's CPU for an answer as a part of ours: what the ratio of rates would be at full load."""
    return ratio(bare, ours, lambda each: each.cpu_us)
