"""While a client runs in this process, its clocks, its sleeps and the timeouts of its sockets are virtual.

Only threads that are actors of a timeline notice: the others see time as it is. Everything is put back afterwards.
What is not patched: `datetime.now`, threads that a client starts itself, and C extensions that wait by themselves.
"""

import asyncio
import selectors
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from contracts.actor import Actor
from contracts.virtual import Timeline

Place = tuple[Timeline, Actor]

_places: dict[int, Place] = {}
_installed = 0
_lock = threading.Lock()


@contextmanager
def living(timeline: Timeline, actor: Actor) -> Iterator[None]:
    """This thread is that actor, and sees the timeline's time."""
    me = threading.get_ident()
    _places[me] = (timeline, actor)
    try:
        yield
    finally:
        del _places[me]


class VirtualSelector(selectors.DefaultSelector):
    """What an event loop of an actor waits by."""

    def __init__(self, timeline: Timeline, actor: Actor) -> None:
        super().__init__()
        self._timeline = timeline
        self._actor = actor
        self.register(actor.pipe[0], selectors.EVENT_READ)

    def select(self, timeout: float | None = None) -> Any:
        """As the base class, in virtual time; a loop whose run is over may clean up, but not wait."""
        found = self._look(0)
        if found or (timeout is not None and timeout <= 0):
            return found
        self._timeline.block(self._actor, timeout, lambda: bool(super(VirtualSelector, self).select(0)))
        try:
            while self._actor.blocked and not found:
                found = self._look(None)
                self._timeline.check(self._actor)
        finally:
            self._timeline.unblock(self._actor)
        return found or self._look(0)

    def _look(self, timeout: float | None) -> list[Any]:
        """What is ready, but for a kick of the timeline, which is taken note of."""
        found = super().select(timeout)
        pipe = self._actor.pipe[0]
        if any(key.fd == pipe for key, _ in found):
            self._actor.calm()
        return [(key, events) for key, events in found if key.fd != pipe]


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop of an actor."""

    def __init__(self, timeline: Timeline, actor: Actor) -> None:
        super().__init__(VirtualSelector(timeline, actor))
        self._timeline = timeline

    def time(self) -> float:
        """Seconds of virtual time."""
        return self._timeline.monotonic_s()


def pause(seconds: float) -> None:
    """Let so much time pass: what a client is handed as its `sleep`."""
    time.sleep(seconds)


def new_loop() -> asyncio.AbstractEventLoop:
    """A virtual event loop, in the thread of an actor."""
    return VirtualLoop(*_places[threading.get_ident()])


def _clock(real: Callable[[], Any], virtual: Callable[[Timeline], Any]) -> Callable[[], Any]:
    def read() -> Any:
        place = _places.get(threading.get_ident())
        return real() if place is None else virtual(place[0])

    return read


def _sleep(real: Callable[[float], None]) -> Callable[[float], None]:
    def sleep(seconds: float) -> None:
        place = _places.get(threading.get_ident())
        if place is None:
            real(seconds)
        elif seconds < 0:
            raise ValueError("sleep length must be non-negative")
        else:
            place[0].wait(place[1], seconds)

    return sleep


def _reader(real: Callable[..., Any]) -> Callable[..., Any]:
    """A socket's way to read, its timeout in virtual time."""

    def read(self: socket.socket, *args: Any, **kwargs: Any) -> Any:
        place = _places.get(threading.get_ident())
        timeout_s = self.gettimeout()
        if place is None or timeout_s == 0 or self.fileno() < 0:
            return real(self, *args, **kwargs)
        if not place[0].wait_readable(place[1], self.fileno(), timeout_s):
            raise TimeoutError("timed out")
        return real(self, *args, **kwargs)

    return read


def _loop_maker(real: Callable[[], asyncio.AbstractEventLoop]) -> Callable[[], asyncio.AbstractEventLoop]:
    def make() -> asyncio.AbstractEventLoop:
        return new_loop() if threading.get_ident() in _places else real()

    return make


def _patches() -> list[tuple[Any, str, Any]]:
    """(where, name, what takes its place)."""
    seconds = {"time": lambda line: line.wall_ms() / 1000, "monotonic": Timeline.monotonic_s}
    seconds["perf_counter"] = Timeline.monotonic_s
    found: list[tuple[Any, str, Any]] = [(time, "sleep", _sleep(time.sleep))]
    for name, virtual in seconds.items():
        found.append((time, name, _clock(getattr(time, name), virtual)))
        nanoseconds = _nanoseconds(virtual)
        found.append((time, f"{name}_ns", _clock(getattr(time, f"{name}_ns"), nanoseconds)))
    found.extend((socket.socket, name, _reader(getattr(socket.socket, name))) for name in ("recv", "recv_into"))
    found.extend(
        (module, "new_event_loop", _loop_maker(asyncio.new_event_loop)) for module in (asyncio.events, asyncio)
    )
    return found


def _nanoseconds(virtual: Callable[[Timeline], float]) -> Callable[[Timeline], int]:
    return lambda line: round(virtual(line) * 1e9)


@contextmanager
def patched() -> Iterator[None]:
    """Put the virtual ones in place; lanes that overlap share them."""
    global _installed
    with _lock:
        _installed += 1
        if _installed == 1:
            for where, name, value in _patches():
                _originals.append((where, name, where.__dict__.get(name, _ABSENT)))
                setattr(where, name, value)
    try:
        yield
    finally:
        with _lock:
            _installed -= 1
            if not _installed:
                while _originals:
                    where, name, value = _originals.pop()
                    if value is _ABSENT:
                        delattr(where, name)
                    else:
                        setattr(where, name, value)


_ABSENT = object()
_originals: list[tuple[Any, str, Any]] = []
