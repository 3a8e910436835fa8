"""A lane: one server, on which lives are run one after the other, each in a fresh account of its own.

The server runs in a thread of this process, so a life is set up and gathered by calls and not by requests; what the
client does goes over real sockets. Origins: one for each of the runs that are on at once, one for output files, and
one that the API redirects to and that must never see the key.
"""

import asyncio
import threading
from collections.abc import Coroutine, MutableMapping, Sequence
from concurrent.futures import Future
from dataclasses import replace
from decimal import Decimal
from email.utils import formatdate
from typing import Any, Protocol, TypeVar

from contracts import gather, staging
from contracts.client import Call, Client
from contracts.lives import Life
from contracts.run import Hints, Profile, Report, Run
from mockserver import dialect as dialects
from mockserver.accounts import Account, Key
from mockserver.app import App
from mockserver.clock import wall_ms
from mockserver.control.faults import rules_of
from mockserver.dialect import DEFAULT, Dialect
from mockserver.host.listen import Host, run
from mockserver.host.ports import Bound, bind, port_of, take
from mockserver.http import Receive, Scope, Send
from mockserver.loopback import origin
from mockserver.settings import Settings
from mockserver.tasks import dashboard

T = TypeVar("T")

JOURNAL_SIZE = 3000
"""Exchanges of one life that are looked at."""

BALANCE = Decimal(100_000)

DRAIN_S = 0.5
"""How long requests that a client has left may take to notice."""

CONTROL_S = 30.0
"""How long the server may take to set a life up: more means that it is gone."""


class Time(Protocol):
    """A lane's time: a `Timeline` for clients in this process, a `Pace` for the others."""

    @property
    def is_virtual(self) -> bool: ...
    def start(self, loop: asyncio.AbstractEventLoop, at_ms: int) -> None: ...
    def wall_ms(self) -> int: ...
    def monotonic_s(self) -> float: ...
    def seen_ms(self, at_ms: int) -> int: ...
    async def sleep(self, seconds: float) -> None: ...
    async def nap(self, seconds: float) -> None: ...
    def enter(self) -> None: ...
    def leave(self) -> None: ...


class Lane:
    """Runs lives of one client; `limit_s` is the wall time that a life may take."""

    def __init__(self, client: Client, time: Time, profile: Profile, hints: Hints, limit_s: float) -> None:
        self._client = client
        self._time = time
        self._profile = profile
        self._hints = hints
        self._limit_s = limit_s
        self._keys: set[str] = set()
        self._in_flight: set[asyncio.Task[Any]] = set()
        self._host: Host | None = None
        self._stop = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._bound, self._places = _ports()
        self._seen = 0
        ready: Future[None] = Future()
        self._thread = threading.Thread(target=self._serve, args=(ready,), name="mindvideo lane", daemon=True)
        self._thread.start()
        ready.result(CONTROL_S)

    def _serve(self, ready: "Future[None]") -> None:
        run(self._bound, self._hosted(ready))

    async def _hosted(self, ready: "Future[None]") -> None:
        settings, time = self._bound.settings, self._time
        app = App(settings, wall_ms=time.wall_ms, monotonic_s=time.monotonic_s, sleep=time.sleep)
        self._loop = asyncio.get_running_loop()
        self._host = Host(self._bound, app, wrap=self._watched, nap=time.nap, is_dated=False)
        await self._host.start()
        ready.set_result(None)
        await self._stop.wait()
        await self._host.stop()

    def _watched(self, app: Any) -> Any:
        """The app, each request counted while it is under way, its answer dated by the lane's time."""

        async def watched(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "http":
                await app(scope, receive, send)
                return

            async def dated(event: MutableMapping[str, Any]) -> None:
                if event["type"] == "http.response.start":
                    date = formatdate(self._time.wall_ms() / 1000, usegmt=True).encode()
                    event = {**event, "headers": [(b"date", date), *event["headers"]]}
                await send(event)

            task = asyncio.current_task()
            assert task is not None
            self._in_flight.add(task)
            self._time.enter()
            try:
                await app(scope, receive, dated)
            finally:
                self._in_flight.discard(task)
                self._time.leave()

        return watched

    def _call(self, work: Coroutine[Any, Any, T]) -> T:
        assert self._loop is not None
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(CONTROL_S)

    def run(self, life: Life) -> Run:
        """Let the client live it.

        Raises:
            ValueError: if the life is none that this server could have: an unknown fault, setting or the like.
        """
        assert self._loop is not None
        at_ms = wall_ms()
        self._time.start(self._loop, at_ms)
        key = self._call(self._open(life))
        calls = [
            Call(origin("127.0.0.1", port), key.key, request, self._hints, self._limit_s)
            for port, request in zip(self._places.api, staging.requests_of(life), strict=False)
        ]
        reports = self._client.run(calls)
        ended_ms = self._time.wall_ms()
        run = self._call(self._gathered(life, key, reports, (self._time.seen_ms(at_ms), ended_ms)))
        self._keys.update(each.idempotency_key for each in run.exchanges if each.idempotency_key)
        return run

    async def _open(self, life: Life) -> Key:
        assert self._host is not None
        dialect = dialects.merge(DEFAULT, life.dialect)
        if not isinstance(dialect, Dialect):
            raise ValueError(" ".join(violation.message for violation in dialect))
        rules = staging.rules_of(life, origin("127.0.0.1", self._places.other))
        wish = dashboard.Wish(
            dialect, lambda now_ms: rules_of(rules, now_ms), BALANCE, life.seed, plan=staging.plan_of(life)
        )
        return await dashboard.make_account(self._host.app.service, wish)

    async def _gathered(self, life: Life, key: Key, reports: Sequence[Report], span_ms: tuple[int, int]) -> Run:
        assert self._host is not None
        await self._drain()
        await self._host.listen_again()
        store, account_id = self._host.app.store, key.account_id
        account = await store.account(account_id)
        assert isinstance(account, Account)
        tasks = await store.tasks(account_id)
        own = await store.exchanges(account_id, 0)
        strays = await store.exchanges(None, self._seen)
        journal = _in_order([*own.exchanges, *strays.exchanges])
        self._seen = strays.exchanges[-1][0] if strays.exchanges else self._seen
        now_ms = max(span_ms[1], account.now_ms(self._time.wall_ms()))
        run = Run(
            life=life,
            profile=self._profile,
            hints=self._hints,
            api_key=key.key,
            reports=[self._dated(report) for report in reports],
            exchanges=gather.exchanges(life, self._places, journal, tasks),
            tasks=gather.records_of(tasks, now_ms),
            ledger=gather.ledger_of(account, tasks, now_ms),
            started_at_ms=span_ms[0],
            ended_at_ms=span_ms[1],
            virtual=self._time.is_virtual,
            other_runs_keys=frozenset(self._keys),
        )
        await store.forget(account_id)
        return run

    def _dated(self, report: Report) -> Report:
        """The report, dated by the lane's time."""
        seen = self._time.seen_ms
        return replace(report, started_at_ms=seen(report.started_at_ms), ended_at_ms=seen(report.ended_at_ms))

    async def _drain(self) -> None:
        """Let the requests end that the client has left; those it has not are cut off."""
        assert self._host is not None
        if not self._in_flight:
            return
        await asyncio.wait(set(self._in_flight), timeout=DRAIN_S / 10)
        open_cycles = [(each.transport, each.cycle) for each in self._host.connections if each.cycle is not None]
        for transport in [transport for transport, cycle in open_cycles if not cycle.response_complete]:
            transport.abort()
        await asyncio.gather(*self._in_flight, return_exceptions=True)

    def close(self) -> None:
        """Stop the server and the client."""
        self._client.close()
        assert self._loop is not None
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(CONTROL_S)


def _ports() -> tuple[Bound, gather.Places]:
    """Free ports for every origin of a lane."""
    bound = take(Settings(port=0, output_port=0, journal_size=JOURNAL_SIZE, keys="strict", magic=True))
    more = tuple(bind("127.0.0.1", 0) for _ in range(staging.MOST_AT_ONCE))
    api = (bound.settings.port, *(port_of(each) for each in more[1:]))
    assert bound.settings.output_port is not None
    return replace(bound, more=more), gather.Places(api, bound.settings.output_port, port_of(more[0]))


def _in_order(journal: list[Any]) -> list[Any]:
    """Exchanges of several journals in the order in which they came, by which they are named."""
    ordered = sorted(journal, key=lambda each: each[1].exchange_id)
    return [(number, recorded) for number, (_, recorded) in enumerate(ordered, 1)]
