"""Who runs the lives: one lane in this process, or several processes with a lane each, in the same order of answers."""

import multiprocessing
import os
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from decimal import Decimal
from importlib import import_module
from queue import SimpleQueue
from typing import Any, TypeVar

from contracts import invariants
from contracts.client import Client
from contracts.client.command import CommandClient
from contracts.client.function import FunctionClient
from contracts.client.worker import WorkerClient
from contracts.lane import Lane
from contracts.lives import Life, token
from contracts.obligations import Broken
from contracts.obligations.judging import judge
from contracts.pace import Pace
from contracts.run import Hints, Profile, Run
from contracts.virtual import Timeline

T = TypeVar("T")

FUNCTION_LIMIT_S = 20.0
"""Of the wall: a life of minutes takes a function milliseconds."""

MARGIN_S = 3.0
"""How much longer than its deadline a process may take before it counts as hung."""

AHEAD = 4
"""Lives that wait for each process."""


@dataclass(frozen=True, slots=True)
class Command:
    """A client that is a command: one process a run. With `compress` its time runs so many times as fast."""

    argv: tuple[str, ...]
    compress: float = 1

    def __str__(self) -> str:
        return " ".join(self.argv)


@dataclass(frozen=True, slots=True)
class Worker:
    """A client that is one process for many runs."""

    argv: tuple[str, ...]

    def __str__(self) -> str:
        return " ".join(self.argv)


@dataclass(frozen=True, slots=True)
class Function:
    """A client that is a Python function, `module:function`, or one that is given."""

    name: str
    function: Callable[..., Any] | None = None

    def __str__(self) -> str:
        return self.name

    def load(self) -> Callable[..., Any]:
        """The function.

        Raises:
            ValueError: naming what is not there.
        """
        if self.function is not None:
            return self.function
        module, colon, name = self.name.partition(":")
        if not colon:
            raise ValueError(f"{self.name!r} names no function: write module:function")
        if os.getcwd() not in sys.path:
            sys.path.insert(0, os.getcwd())
        try:
            found: Any = import_module(module)
            for part in name.split("."):
                found = getattr(found, part)
        except (ImportError, AttributeError) as error:
            raise ValueError(f"{self.name!r} cannot be loaded: {error}") from error
        if not callable(found):
            raise ValueError(f"{self.name!r} is no function")
        loaded: Callable[..., Any] = found
        return loaded


Kind = Command | Worker | Function

VIRTUAL_HINTS = Hints()
REAL_HINTS = Hints(poll_interval_s=0.1, backoff_base_s=0.1, request_timeout_s=1, deadline_s=10)


def hints_for(kind: Kind) -> Hints:
    """What a client is told where nobody says: short waits where they are real."""
    is_fast = isinstance(kind, Function) or (isinstance(kind, Command) and kind.compress > 1)
    return VIRTUAL_HINTS if is_fast else REAL_HINTS


def told(profile: Profile, hints: Hints) -> Hints:
    """The hints for a client that claims some of them itself: it is told what it claims."""
    claimed = {
        "request_timeout_s": profile.request_timeout_s,
        "deadline_s": profile.deadline_s,
        "poll_interval_s": profile.poll_interval_s and profile.poll_interval_s[0],
    }
    return replace(hints, **{name: value for name, value in claimed.items() if value is not None})


def jobs_for(kind: Kind) -> int:
    """How many lives go on side by side where nobody says: processes wait far more than they work."""
    return {Function: 1, Command: 6, Worker: 12}[type(kind)]


def lane_of(kind: Kind, profile: Profile, hints: Hints) -> Lane:
    """A lane for such a client.

    Raises:
        ValueError: if the client cannot be loaded.
    """
    if isinstance(kind, Function):
        timeline = Timeline()
        return Lane(FunctionClient(kind.load(), timeline), timeline, profile, hints, FUNCTION_LIMIT_S)
    compress = kind.compress if isinstance(kind, Command) else 1
    client: Client = CommandClient(kind.argv, compress) if isinstance(kind, Command) else WorkerClient(kind.argv)
    limit_s = (hints.deadline_s + hints.request_timeout_s) / compress + hints.startup_s + MARGIN_S
    return Lane(client, Pace(compress), profile, hints, limit_s)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one run came to, without the run: `errors` are the harness' own."""

    life: Life
    exercised: frozenset[str] = frozenset()
    broken: Mapping[str, tuple[Broken, ...]] = field(default_factory=dict)
    errors: tuple[str, ...] = ()
    cost: Decimal = Decimal(0)
    operations: frozenset[str] = frozenset()


def evidence_of(run: Run, only: Iterable[str]) -> Evidence:
    """Judge a run; nothing is said of the client if the fake did not keep its own promises."""
    errors = tuple(f"{sentence} (life {token(run.life)})" for sentence in invariants.broken(run))
    findings = {} if errors else judge(run, tuple(only))
    return Evidence(
        run.life,
        frozenset(name for name, finding in findings.items() if finding.exercised),
        {name: finding.broken for name, finding in findings.items() if finding.broken},
        errors,
        Decimal(run.ledger["charged"]) + Decimal(run.ledger["held"]),
        frozenset(each.operation for each in run.exchanges if each.status is not None),
    )


_lane: Lane | None = None
"""The lane of a process of the crew."""


def _set_up(kind: Kind, profile: Profile, hints: Hints) -> None:
    global _lane
    _lane = lane_of(kind, profile, hints)


def _live(life: Life, only: tuple[str, ...]) -> Evidence:
    assert _lane is not None
    return evidence_of(_lane.run(life), only)


class Crew:
    """Runs lives, `jobs` of them side by side; what is run again (`run`) is run in this process.

    Clients that are processes mostly wait: their lanes are threads. Functions have virtual time, and a process each.
    """

    def __init__(self, kind: Kind, profile: Profile, hints: Hints, jobs: int | None, only: tuple[str, ...]) -> None:
        self._only = only
        self._jobs = jobs_for(kind) if jobs is None else jobs
        self._lanes = [lane_of(kind, profile, hints)]
        self._pool: Executor | None = None
        if self._jobs > 1 and isinstance(kind, Function):
            context = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(self._jobs, context, _set_up, (kind, profile, hints))
            self._work: Callable[[Life, tuple[str, ...]], Evidence] = _live
        elif self._jobs > 1:
            self._lanes += [lane_of(kind, profile, hints) for _ in range(self._jobs - 1)]
            self._pool = ThreadPoolExecutor(self._jobs, "mindvideo crew")
            self._work = self._evidence
        self._idle: SimpleQueue[Lane] = SimpleQueue()
        for lane in self._lanes:
            self._idle.put(lane)

    def run(self, life: Life) -> Run:
        """Let the client live it, in this process."""
        lane = self._idle.get()
        try:
            return lane.run(life)
        finally:
            self._idle.put(lane)

    def each(self, work: Callable[[str], T], names: Sequence[str]) -> list[T]:
        """What `work` makes of each name; side by side where the lanes of this process are."""
        if len(self._lanes) == 1 or self._pool is None:
            return list(map(work, names))
        return list(self._pool.map(work, names))

    def _evidence(self, life: Life, only: tuple[str, ...]) -> Evidence:
        return evidence_of(self.run(life), only)

    def live(self, lives: Iterable[Life]) -> Iterator[Evidence]:
        """What each life came to, in order."""
        if self._pool is None:
            for life in lives:
                yield self._evidence(life, self._only)
            return
        waiting: deque[Future[Evidence]] = deque()
        for life in lives:
            waiting.append(self._pool.submit(self._work, life, self._only))
            if len(waiting) >= self._jobs * AHEAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()

    def close(self) -> None:
        """Leave nothing running."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
        for lane in self._lanes:
            lane.close()
