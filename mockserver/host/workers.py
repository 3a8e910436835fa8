"""Processes that serve the same ports, and the one that watches over them.

They are forked before there is any loop or thread. The parent serves nothing.
"""

import gc
import logging
import os
import select
import signal
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from types import FrameType
from typing import NoReturn

from mockserver.clock import monotonic_s

LOG = logging.getLogger("mindvideo-mock")

PATIENCE_S = 2.0
"""How long workers may take to stop; in order they take half a second."""

PAUSE_S = 1.0
"""Before a worker is started in place of one that ended before it was ready."""

BEAT_S = 1.0
"""How often a worker that serves lets the parent hear of it."""

SILENCE_S = 10.0
"""A worker that serves, and is not heard of for so long, hangs."""

STOPS = (signal.SIGTERM, signal.SIGINT)
WORD_BYTES = 1024
END_OF_WORD, BEAT = b"\n", b"."


@dataclass(frozen=True, slots=True)
class Duty:
    """What a worker is told. `place` is its own among them, from 0: of those at work, each has another.

    `lifeline` is readable once it is to stop: also when the parent is no more.

    `ready` is called once it serves; the text of the first of all workers, one line, is what `supervise` announces.
    `beat` is called every `BEAT_S` seconds from then on, by what does the work: who is silent is taken to hang.
    """

    place: int
    is_first: bool
    lifeline: int
    ready: Callable[[str], None]
    beat: Callable[[], None]


@dataclass(slots=True)
class Worker:
    """The end of the pipe through which it says that it is ready, then beats; when it was heard, once it is ready."""

    place: int
    pipe: int
    heard_s: float | None = None


class Crew:
    """The workers of one parent."""

    def __init__(
        self, count: int, work: Callable[[Duty], int], announce: Callable[[str], None], silence_s: float
    ) -> None:
        self._count = count
        self._work = work
        self._announce = announce
        self._silence_s = silence_s
        self._workers: dict[int, Worker] = {}
        """By process."""
        self._first_word: str | None = None
        self._is_announced = False
        self._is_stopping = False
        self._rest_until_s = 0.0
        self._lifeline, self._hold = os.pipe()
        self._woken, self._wake = os.pipe()

    def run(self) -> int:
        """Return once every worker has ended: 0, or the exit code of the first where it could not begin."""
        for end in (self._woken, self._wake):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(self._wake, warn_on_full_buffer=False)
        for number in STOPS:
            signal.signal(number, self._stop)
        signal.signal(signal.SIGCHLD, _noted)
        gc.freeze()
        while not self._is_stopping:
            self._fill()
            self._wait(self._next_s())
            self._end_who_hang()
            if code := self._reap():
                return code
        self._end()
        return 0

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self._is_stopping = True

    def _fill(self) -> None:
        """Start who is missing; the first alone, for it may find that there is nothing to begin with."""
        wanted = 1 if self._first_word is None else self._count
        while len(self._workers) < wanted and monotonic_s() >= self._rest_until_s:
            pipe, end = os.pipe()
            place = min(set(range(self._count)) - {each.place for each in self._workers.values()})
            process_id = os.fork()
            if not process_id:
                self._live(place, end)
            os.close(end)
            self._workers[process_id] = Worker(place, pipe)

    def _live(self, place: int, end: int) -> NoReturn:
        """A worker's life. None may hold the other end of the lifeline: they must notice when the parent is gone."""
        code = 1
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            for number in STOPS:
                signal.signal(number, _leave)
            for other in (self._hold, self._woken, self._wake):
                os.close(other)

            os.set_blocking(end, False)

            def say(what: bytes) -> None:
                with suppress(BrokenPipeError, BlockingIOError):  # The parent is gone, or stopped.
                    os.write(end, what)

            def ready(text: str) -> None:
                say(text.encode() + END_OF_WORD)

            code = self._work(Duty(place, self._first_word is None, self._lifeline, ready, lambda: say(BEAT)))
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(code)

    def _next_s(self) -> float | None:
        """How long nothing is to be done, if nothing happens: until a rest is over, or somebody silent for too long."""
        now_s = monotonic_s()
        due_s = [each.heard_s + self._silence_s for each in self._workers.values() if each.heard_s is not None]
        due_s += [self._rest_until_s] if self._rest_until_s > now_s else []
        return max(0.0, min(due_s) - now_s) if due_s else None

    def _wait(self, at_most_s: float | None) -> None:
        """Until something has happened: a signal, a worker that is ready or beats; or for so long."""
        pipes = {each.pipe: each for each in self._workers.values()}
        readable, _, _ = select.select([self._woken, *pipes], [], [], at_most_s)
        for end in readable:
            said = os.read(end, WORD_BYTES)
            if end in pipes and said:  # Without a word it has ended: `_reap` finds it.
                worker = pipes[end]
                if worker.heard_s is None and self._first_word is None:
                    self._first_word = said.partition(END_OF_WORD)[0].decode()
                worker.heard_s = monotonic_s()
        are_ready = len(self._workers) == self._count and all(
            each.heard_s is not None for each in self._workers.values()
        )
        if self._first_word and are_ready and not self._is_announced:
            self._is_announced = True
            self._announce(self._first_word)

    def _end_who_hang(self) -> None:
        """Kill those who were silent for too long; what they had to say by now has been read."""
        now_s = monotonic_s()
        for process_id, worker in self._workers.items():
            if worker.heard_s is not None and now_s - worker.heard_s >= self._silence_s:
                LOG.error("Worker %d hangs: it was silent for %.0f s.", process_id, now_s - worker.heard_s)
                os.kill(process_id, signal.SIGKILL)
                worker.heard_s = now_s

    def _reap(self) -> int:
        """Take note of who has ended; the exit code, where that is the end of all."""
        for process_id in list(self._workers):
            ended, status = os.waitpid(process_id, os.WNOHANG)
            if not ended:
                continue
            worker, code = self._workers.pop(process_id), os.waitstatus_to_exitcode(status)
            os.close(worker.pipe)
            if worker.heard_s is None:
                self._rest_until_s = monotonic_s() + PAUSE_S
                if self._first_word is None and code > 0:
                    return code
            if not self._is_stopping:
                LOG.warning("Worker %d ended (%s); another takes its place.", process_id, _how(code))
        return 0

    def _end(self) -> None:
        """Tell the workers to stop, end those that do not."""
        os.close(self._hold)
        until_s = monotonic_s() + PATIENCE_S
        while self._workers and monotonic_s() < until_s:
            self._wait(max(0.0, until_s - monotonic_s()))
            self._reap()
        for process_id in self._workers:
            os.kill(process_id, signal.SIGKILL)


def _noted(number: int, frame: FrameType | None) -> None:
    """That a worker has ended wakes the parent; what it was is asked then."""


def _how(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"exit code {code}"


def _leave(number: int, frame: FrameType | None) -> None:
    """A signal that comes before the worker serves."""
    os._exit(0)


def supervise(
    count: int, work: Callable[[Duty], int], announce: Callable[[str], None], silence_s: float = SILENCE_S
) -> int:
    """Keep so many workers at work until SIGTERM or SIGINT; the exit code. Once all are ready, it is announced.

    Who ends, or is silent for `silence_s` seconds while it serves, is replaced.
    """
    return Crew(count, work, announce, silence_s).run()
