"""Holding a client to the contract: run lives, judge each, shrink what breaks a promise, and rule (HARNESS.md)."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Literal

from contracts import drawn, sweep
from contracts.crew import Command, Crew, Function, Kind, Worker, hints_for, told
from contracts.docket import RERUNS, Docket
from contracts.lives import Life
from contracts.obligations.registry import OBLIGATIONS
from contracts.run import Hints, Profile
from contracts.storms import Scale
from contracts.strategies import lives, readings
from contracts.verdicts import Result, Ruling
from mockserver import models
from mockserver.clock import monotonic_s

__all__ = ["Command", "Function", "Kind", "Options", "Progress", "Worker", "check", "hold", "replay"]

Dialects = Literal["default", "each", "all"]

BUDGET_VIRTUAL = 300
BUDGET_REAL = 40
"""Lives that one failure may cost to shrink, in virtual and in real time."""


@dataclass(frozen=True, slots=True)
class Options:
    """How a client is checked; `hints` None: as is good for its kind. `models` none: the main one.

    `lives` counts all of them; `fail_fast` stops at the first that breaks a promise. `jobs` None: one
    for a function, some for processes, which mostly wait.
    """

    lives: int = 400
    max_time_s: float | None = None
    seed: int = 0
    only: tuple[str, ...] = ()
    jobs: int | None = None
    dialects: Dialects = "default"
    strict: bool = False
    fail_fast: bool = False
    models: tuple[str, ...] = ()
    known_failing: Mapping[str, str] = field(default_factory=dict)
    profile: Profile = field(default_factory=Profile)
    hints: Hints | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a check is: `failing` are the ids that broke so far."""

    phase: str
    done: int
    total: int
    failing: tuple[str, ...] = ()


Watch = Callable[[Progress], None]


def _unwatched(progress: Progress) -> None:
    return


def kind_of(client: Kind | Callable[..., Any]) -> Kind:
    """A client as a kind; a bare function is one."""
    if isinstance(client, Command | Worker | Function):
        return client
    name = getattr(client, "__qualname__", type(client).__qualname__)
    return Function(f"{getattr(client, '__module__', '?')}:{name}", client)


def check(client: Kind | Callable[..., Any], options: Options, watch: Watch = _unwatched) -> Result:
    """Hold a client to the contract.

    Raises:
        ValueError: if client, models or ids cannot be used.
        CannotRun: if its command cannot.
    """
    kind = kind_of(client)
    _checked(options)
    hints = told(options.profile, options.hints or hints_for(kind))
    crew = Crew(kind, options.profile, hints, options.jobs, options.only)
    try:
        return _Check(kind, options, hints, crew, watch).result()
    finally:
        crew.close()


def replay(
    client: Kind | Callable[..., Any], life: Life, options: Options, times: int = 1, watch: Watch = _unwatched
) -> Result:
    """Let a client live one life, several times; what it breaks is not shrunk any more.

    Raises:
        ValueError: as `check`; also for a life that this server cannot have.
    """
    kind = kind_of(client)
    _checked(options)
    hints = told(options.profile, options.hints or hints_for(kind))
    crew = Crew(kind, options.profile, hints, 1, options.only)
    docket = Docket(crew, options.only, 0)
    started_s = monotonic_s()
    try:
        for evidence in crew.live([life] * times):
            docket.add(evidence)
            watch(Progress("replay", docket.lives, times, docket.failing))
        rulings = docket.rulings(options.known_failing, times)
    finally:
        crew.close()
    return _result(kind, options, docket, rulings, started_s)


def _checked(options: Options) -> None:
    unknown = [name for name in (*options.only, *options.known_failing) if name not in OBLIGATIONS]
    if unknown:
        raise ValueError(f"there is no obligation {', '.join(unknown)}: there are {', '.join(OBLIGATIONS)}")
    strange = [slug for slug in options.models if models.get(slug) is None]
    if strange:
        raise ValueError(f"there is no model {', '.join(strange)}: 'mindvideo-mock models' lists them")


def _result(kind: Kind, options: Options, docket: Docket, rulings: Sequence[Ruling], started_s: float) -> Result:
    if not docket.lives:
        docket.errors.append("No life was run: give the check more time, or more lives.")
    return Result(
        client=str(kind),
        rulings=rulings,
        lives=docket.lives,
        seconds=monotonic_s() - started_s,
        seed=options.seed,
        strict=options.strict,
        cost=docket.cost,
        errors=tuple(docket.errors),
    )


class _Check:
    """One check under way."""

    def __init__(self, kind: Kind, options: Options, hints: Hints, crew: Crew, watch: Watch) -> None:
        self._kind = kind
        self._options = options
        self._crew = crew
        self._watch = watch
        self._scale = Scale.of(hints)
        self._model = (options.models or (sweep.DEFAULT_MODEL,))[0]
        self._task = sweep.task_of(self._model, self._scale)
        budget = BUDGET_VIRTUAL if isinstance(kind, Function) else BUDGET_REAL
        self._docket = Docket(crew, options.only, budget)
        self._started_s = monotonic_s()

    def result(self) -> Result:
        """Run all of it."""
        docket, options = self._docket, self._options
        used = self._listed("calm", sweep.calm(self._task, self._scale), options.lives)
        self._sweep(used | {"create", "read"})
        rulings = docket.rulings(options.known_failing, RERUNS, self._shrinking)
        return _result(self._kind, options, docket, rulings, self._started_s)

    def _shrinking(self, name: str, done: int) -> None:
        self._watch(Progress(f"shrinking {name}", done, 0, self._docket.failing))

    def _left(self) -> int:
        return max(0, self._options.lives - self._docket.lives)

    def _sweep(self, used: frozenset[str]) -> None:
        """What comes after the calm lives, with faults on the operations that the client used in them."""
        options, task, scale = self._options, self._task, self._scale
        self._listed("sweep", sweep.faults(task, used, scale), self._left())
        self._listed("pairs", sweep.pairs(task, scale), self._left())
        if options.dialects != "default":
            self._listed("readings", sweep.readings(task, scale, readings()), None)
        models, is_any = options.models or (self._model,), options.dialects == "all"
        strategy = lives(models, scale=scale, operations=used, readings=is_any)
        self._live("drawn", drawn.draw_lives(strategy, self._left(), options.seed), self._left())

    def _listed(self, phase: str, wanted: Iterable[Life], most: int | None) -> frozenset[str]:
        listed = list(islice(wanted, most))
        return self._live(phase, listed, len(listed))

    def _live(self, phase: str, wanted: Iterable[Life], total: int) -> frozenset[str]:
        """Run some lives; the operations that the client used in them."""
        used: set[str] = set()
        for done, evidence in enumerate(self._crew.live(self._in_time(wanted)), 1):
            self._docket.add(evidence)
            used |= evidence.operations
            self._watch(Progress(phase, done, total, self._docket.failing))
        return frozenset(used)

    def _in_time(self, wanted: Iterable[Life]) -> Iterator[Life]:
        """The lives that still begin: in time, and before the first failure where that is enough."""
        limit_s = self._options.max_time_s
        for life in wanted:
            is_late = limit_s is not None and monotonic_s() - self._started_s >= limit_s
            if is_late or (self._options.fail_fast and self._docket.failing):
                return
            yield life


def hold(client: Kind | Callable[..., Any], options: Options | None = None) -> Result:
    """As a test: check a client, and fail with the life in words if it breaks a promise.

    Raises:
        AssertionError: telling each promise that was broken, the smallest life in which it is, and its token.
    """
    from contracts.report import plain

    result = check(client, options or Options())
    if result.verdict != "pass":
        raise AssertionError(plain.failures(result))
    return result
