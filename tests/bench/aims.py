"""What the figures should be, and whether they are."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from tests.bench.result import Result

OURS = "ours, memory"
POSTGRESQL = "ours, PostgreSQL"
RIVALS = ("aimock", "Prism")

GET_OF_BARE, POST_OF_BARE = 0.7, 0.5
READY_S, IDLE_MB = 0.35, 60
GROWN_OF_SMALL, GROWN_TASKS = 0.95, 1_000_000
POSTGRESQL_CREATES_PER_S = 1000
LIVES_PER_S = {"in process": 100, "python worker": 10, "python command": 3}


@dataclass(frozen=True, slots=True)
class Aim:
    """One figure beside what it should be: at least, or at most, that. `beside` is a word on it."""

    what: str
    measured: float
    sign: Literal[">=", "<="]
    aim: float
    unit: str = ""
    beside: str = ""

    @property
    def is_met(self) -> bool:
        return self.measured >= self.aim if self.sign == ">=" else self.measured <= self.aim


def aims(result: Result) -> list[Aim]:
    """Those of what was measured."""
    return [*_speed(result), *_rivals(result), *_start(result), *_growth(result), *_others(result)]


def _speed(result: Result) -> Iterator[Aim]:
    for operation, aim in (("GET", GET_OF_BARE), ("POST", POST_OF_BARE)):
        found = result.operation(OURS, operation)
        if found is not None and found.rate_of_bare is not None:
            by_cpu = f"by CPU {found.cpu_of_bare:.2f}" if found.cpu_of_bare is not None else ""
            yield Aim(f"{operation}, of bare ASGI", found.rate_of_bare, ">=", aim, beside=by_cpu)
    if found := result.operation(POSTGRESQL, "POST"):
        yield Aim("creates on PostgreSQL", found.figures.per_s, ">=", POSTGRESQL_CREATES_PER_S, "/s")


def _rivals(result: Result) -> Iterator[Aim]:
    for rival in RIVALS:
        for operation in ("GET", "POST"):
            one, other = result.operation(OURS, operation), result.operation(rival, operation)
            if one and other:
                yield Aim(f"{operation}, beside {rival}", one.figures.per_s, ">=", other.figures.per_s, "/s")


def _start(result: Result) -> Iterator[Aim]:
    start = result.start(OURS)
    if start is not None:
        yield Aim("ready", start.ready_s, "<=", READY_S, " s")
        if start.idle_mb is not None:
            yield Aim("idle memory", start.idle_mb, "<=", IDLE_MB, " MB")


def _growth(result: Result) -> Iterator[Aim]:
    for step in result.growth.steps[1:] if result.growth else ():
        if step.rate_ratio is not None:
            by_cpu = f"by CPU {step.cpu_ratio:.2f}" if step.cpu_ratio is not None else ""
            few = result.growth.steps[0].tasks if result.growth else 0
            what = f"GET at {power(step.tasks)} tasks, of {power(few)}"
            yield Aim(what, step.rate_ratio, ">=", GROWN_OF_SMALL, beside=by_cpu)


def _others(result: Result) -> Iterator[Aim]:
    for name, per_s in result.harness.items():
        yield Aim(f"harness, {name}", per_s, ">=", LIVES_PER_S[name], " lives/s")
    yield Aim("answers that failed", result.failed, "<=", 0)


def power(count: int) -> str:
    """1000 as 10^3; a count that is no power of ten as it is."""
    zeros = len(f"{count}") - 1
    return f"10^{zeros}" if zeros and count == 10**zeros else f"{count}"
