"""Virtual time for a server and its clients in one process: nobody waits, and nothing happens out of order.

A discrete-event simulation over real sockets. Clients are *actors*, each a thread; the server's waits are *sleepers*.
Time stands still while anybody has something to do, and jumps to the next deadline once nobody has: all actors wait,
every request that is under way on the server sleeps, and the server has proved, by turning its event loop over with
nothing coming of it, that no byte is on its way between them.
"""

import asyncio
import heapq
import select
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from math import inf

from contracts.actor import Actor, Ended

TURNS = 8
"""Of the server's loop, each with a look at the network: to accept, read, hand on, answer and write."""

EAGER_S = 0.002
"""How long an answer is waited for before anybody thinks of moving time: most come sooner."""

CROWD = 200
"""Requests in one life from which on each takes `CROWDED_S`, so that a loop without waits comes to an end as well."""

CROWDED_S = 1.0


@dataclass(slots=True, eq=False)
class _Sleeper:
    future: "asyncio.Future[None]"
    is_request: bool
    is_waiting: bool = True


class Timeline:
    """One virtual time. `start` gives it the server's loop and an instant; all of it may be called from any thread."""

    is_virtual = True

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._start_ms = 0
        self._elapsed_s = 0.0
        self._actors: dict[int, Actor] = {}
        self._sleepers: list[tuple[float, int, _Sleeper]] = []
        self._numbers = count()
        self._in_flight = 0
        self._asleep = 0
        self._changes = 0
        self._proof = -1
        self._is_proving = False
        self._is_stirred = False
        self._over_at_s = inf
        self.requests = 0

    def start(self, loop: asyncio.AbstractEventLoop, wall_ms: int) -> None:
        """Begin a life: time stands at `wall_ms`, and nothing was asked yet."""
        with self._lock:
            self._loop = loop
            self._start_ms = wall_ms - int(self._elapsed_s * 1000)
            self.requests = 0
            self._over_at_s = inf

    def limit(self, seconds: float) -> None:
        """Let whoever still waits so much later come upon `Ended`."""
        self._over_at_s = self._elapsed_s + seconds

    def wall_ms(self) -> int:
        """Milliseconds since the epoch."""
        return self._start_ms + int(self._elapsed_s * 1000 + 1e-3)

    def monotonic_s(self) -> float:
        """Seconds since an instant that never changes."""
        return self._elapsed_s

    def seen_ms(self, at_ms: int) -> int:
        """Reports are dated by this timeline already."""
        return at_ms

    # What the server does.

    def enter(self) -> None:
        """A request has come; a crowd of them takes its time."""
        with self._lock:
            self._in_flight += 1
            self._changes += 1
            self.requests += 1
            if self.requests > CROWD:
                self._elapsed_s += CROWDED_S

    def leave(self) -> None:
        """A request is done with."""
        with self._lock:
            self._in_flight -= 1
            self._changed()

    async def sleep(self, seconds: float) -> None:
        """The wait of a request."""
        await self._sleep(seconds, is_request=True)

    async def nap(self, seconds: float) -> None:
        """A wait that belongs to no request."""
        await self._sleep(seconds, is_request=False)

    async def _sleep(self, seconds: float, *, is_request: bool) -> None:
        sleeper = _Sleeper(asyncio.get_running_loop().create_future(), is_request)
        with self._lock:
            heapq.heappush(self._sleepers, (self._elapsed_s + max(0.0, seconds), next(self._numbers), sleeper))
            self._asleep += is_request
            self._changed()
        try:
            await sleeper.future
        finally:
            with self._lock:
                self._wake(sleeper)

    def _wake(self, sleeper: _Sleeper) -> None:
        if sleeper.is_waiting:
            sleeper.is_waiting = False
            self._asleep -= sleeper.is_request
            self._changes += 1

    # What clients do.

    def enlist(self, actor: Actor) -> None:
        """An actor whose thread is still to start: time waits for it."""
        with self._lock:
            self._actors[-id(actor)] = actor

    def begin(self, actor: Actor) -> None:
        """Its thread, this one, has started."""
        with self._lock:
            del self._actors[-id(actor)]
            self._actors[threading.get_ident()] = actor

    def dismiss(self, thread_id: int) -> None:
        """A thread is done, or given up: nobody waits for it any more."""
        with self._lock:
            self._actors.pop(thread_id, None)
            self._changed()

    def end(self, actor: Actor) -> None:
        """Let it come upon `Ended` at its next wait."""
        actor.ended = True
        actor.kick()

    def wait(self, actor: Actor, seconds: float) -> None:
        """Sleep, in this actor's thread.

        Raises:
            Ended: if its run is over.
        """
        self._block(actor, self._elapsed_s + max(0.0, seconds), None)
        while actor.blocked:
            _poller(actor.pipe[0]).poll()
            actor.calm()
            self.check(actor)
        self.check(actor)

    def wait_readable(self, actor: Actor, fd: int, timeout_s: float | None) -> bool:
        """Whether the socket had something to read within `timeout_s`.

        Raises:
            Ended: if the actor's run is over.
        """
        self.check(actor)
        poller = _poller(fd)
        if not self._asleep and poller.poll(EAGER_S * 1000):
            return True
        deadline_s = None if timeout_s is None else self._elapsed_s + timeout_s
        self._block(actor, deadline_s, lambda: bool(poller.poll(0)))
        both = _poller(fd, actor.pipe[0])
        while True:
            events = dict(both.poll())
            if actor.pipe[0] in events:
                actor.calm()
                self.check(actor)
            if fd in events or not actor.blocked:
                self.unblock(actor)
                return fd in events

    def block(self, actor: Actor, timeout_s: float | None, ready: Callable[[], bool]) -> None:
        """Say that this actor waits, for what `ready` tells of or for a time; it polls its pipe meanwhile."""
        self.check(actor)
        self._block(actor, None if timeout_s is None else self._elapsed_s + timeout_s, ready)

    def unblock(self, actor: Actor) -> None:
        """It goes on."""
        with self._lock:
            actor.blocked, actor.ready, actor.deadline_s = False, None, None
            self._changes += 1

    def check(self, actor: Actor) -> None:
        """Go on, unless the actor's run is over.

        Raises:
            Ended: if it is.
        """
        if actor.ended or self._elapsed_s > self._over_at_s:
            actor.ended = True
            self.unblock(actor)
            raise Ended

    def _block(self, actor: Actor, deadline_s: float | None, ready: Callable[[], bool] | None) -> None:
        with self._lock:
            actor.deadline_s, actor.ready, actor.blocked = deadline_s, ready, True
            self._changed()

    # How time moves.

    def _changed(self) -> None:
        self._changes += 1
        self._step()

    def _step(self) -> None:
        """Move time on, as far as nobody minds. Under the lock."""
        actors = self._actors.values()
        if not actors or not all(actor.blocked for actor in actors):
            return
        while self._in_flight <= self._asleep:
            is_in_doubt = self._in_flight or self._is_stirred or any(actor.ready for actor in actors)
            if is_in_doubt and not self._is_proved():
                return
            self._is_stirred = False
            if any(actor.ready is not None and actor.ready() for actor in actors):
                return
            due_s = min(self._deadlines(), default=None)
            if due_s is None:
                return
            self._elapsed_s = max(self._elapsed_s, due_s)
            self._ring()
            if self._let_go():
                return

    def _deadlines(self) -> Iterator[float]:
        while self._sleepers and not self._sleepers[0][2].is_waiting:
            heapq.heappop(self._sleepers)
        if self._sleepers:
            yield self._sleepers[0][0]
        yield from (actor.deadline_s for actor in self._actors.values() if actor.deadline_s is not None)

    def _ring(self) -> None:
        """Wake the server's sleepers whose time has come."""
        assert self._loop is not None
        while self._sleepers and self._sleepers[0][0] <= self._elapsed_s:
            sleeper = heapq.heappop(self._sleepers)[2]
            if sleeper.is_waiting:
                self._wake(sleeper)
                self._is_stirred = True
                self._loop.call_soon_threadsafe(_settle, sleeper.future)

    def _let_go(self) -> bool:
        """Wake the actors whose time has come; whether there was one."""
        due = [
            actor
            for actor in self._actors.values()
            if actor.deadline_s is not None and actor.deadline_s <= self._elapsed_s
        ]
        for actor in due:
            actor.blocked, actor.ready, actor.deadline_s = False, None, None
            actor.kick()
        return bool(due)

    def _is_proved(self) -> bool:
        """Whether nothing has been on its way since the last change; if that is not known, it is found out."""
        if self._proof == self._changes:
            return True
        if not self._is_proving:
            assert self._loop is not None
            self._is_proving = True
            self._loop.call_soon_threadsafe(self._turn, self._loop, TURNS, self._changes)
        return False

    def _turn(self, loop: asyncio.AbstractEventLoop, turns: int, changes: int) -> None:
        """One more turn of the server's loop; after the last one it is proved that nothing came of them."""
        if turns:
            loop.call_soon(self._turn, loop, turns - 1, changes)
            return
        with self._lock:
            self._is_proving = False
            self._proof = changes
            self._step()


def _poller(*fds: int) -> "select.poll":
    made = select.poll()
    for fd in fds:
        made.register(fd, select.POLLIN)
    return made


def _settle(future: "asyncio.Future[None]") -> None:
    if not future.done():
        future.set_result(None)
