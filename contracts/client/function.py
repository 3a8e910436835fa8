"""A client that is a Python function, sync or async, run in a thread of this process in virtual time."""

import asyncio
import ctypes
import inspect
import os
import threading
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from copy import deepcopy
from typing import Any

from contracts.actor import Actor, Ended
from contracts.client import Call, capture, protocol
from contracts.patching import living, new_loop, patched, pause
from contracts.run import Report
from contracts.virtual import Timeline
from mockserver.clock import sleep

Function = Callable[..., Any]
"""`client(base_url, api_key, request, sleep) -> Outcome`; the outcome is a mapping, or has such attributes."""

PATIENCE = 1.5
"""How many times its deadline a client is given: then it counts as hung."""

BUSY = 0.2
"""The share of that time from which on it computes something."""

LAST_WORDS_S = 1.0
"""How long a thread may take to notice that its run is over."""


class FunctionClient:
    """Runs calls of a function, each in a thread of its own, all on one timeline."""

    def __init__(self, function: Function, timeline: Timeline) -> None:
        self._function = function
        self._timeline = timeline
        self._stack = ExitStack()
        self._stack.enter_context(patched())
        self._stack.enter_context(capture.installed())

    def run(self, calls: Sequence[Call]) -> list[Report]:
        """One report for each call; the times in it are the timeline's."""
        hints = calls[0].hints
        os.environ.update(protocol.hints(hints))
        self._timeline.limit(hints.deadline_s * PATIENCE + hints.startup_s)
        runs = [_Run(self._function, self._timeline, call) for call in calls]
        for each in runs:
            each.thread.start()
        limit_s = max(call.limit_s for call in calls)
        for each in runs:
            each.thread.join(limit_s)
        for each in runs:
            each.finish()
        return [each.report() for each in runs]

    def close(self) -> None:
        """Put the clocks back."""
        self._stack.close()


class _Run:
    """One call under way."""

    def __init__(self, function: Function, timeline: Timeline, call: Call) -> None:
        self._function = function
        self._timeline = timeline
        self._call = call
        self._actor = Actor()
        self._began_ms = self._ended_ms = timeline.wall_ms()
        self._result: Any = None
        self._error: BaseException | None = None
        self._said = capture.Said()
        self.thread = threading.Thread(target=self._live, name="mindvideo client", daemon=True)
        timeline.enlist(self._actor)

    def _live(self) -> None:
        self._timeline.begin(self._actor)
        try:
            with living(self._timeline, self._actor), capture.listening(self._said):
                self._result = self._called()
        except BaseException as error:  # Whatever it is, it is the client's end.
            self._error = error
        finally:
            self._ended_ms = self._timeline.wall_ms()
            self._timeline.dismiss(threading.get_ident())

    def _called(self) -> Any:
        call = self._call
        request = deepcopy(dict(call.request))
        is_async = inspect.iscoroutinefunction(self._function) or inspect.iscoroutinefunction(
            getattr(self._function, "__call__", None)  # noqa: B004
        )
        if is_async:
            with asyncio.Runner(loop_factory=new_loop) as runner:
                return runner.run(self._function(call.base_url, call.api_key, request, sleep))
        return self._function(call.base_url, call.api_key, request, pause)

    def finish(self) -> None:
        """If it has not ended by itself, make it; a thread that cannot be ended is left to itself."""
        if self.thread.is_alive():
            self._end()
        if not self.thread.is_alive():
            self._actor.close()

    def _end(self) -> None:
        """At its next wait, or in the middle of whatever it computes.

        One that is stuck outside Python is left alone: an exception that waits for it makes CPython 3.11 spin.
        """
        ident = self.thread.ident
        assert ident is not None
        self._timeline.end(self._actor)
        burnt_s = time.process_time()
        self.thread.join(LAST_WORDS_S)
        if self.thread.is_alive() and time.process_time() - burnt_s > BUSY * LAST_WORDS_S:
            ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(ident), ctypes.py_object(Ended))
            self.thread.join(LAST_WORDS_S)
        self._timeline.dismiss(ident)

    def report(self) -> Report:
        """How it went."""
        said: dict[str, Any] = {
            "stdout": self._said.out(),
            "stderr": self._said.error(),
            "started_at_ms": self._began_ms,
            "ended_at_ms": self._ended_ms,
        }
        if self.thread.is_alive() or isinstance(self._error, Ended):
            spent_s = (self._timeline.wall_ms() - self._began_ms) / 1000
            return Report("hung", detail=f"it was still running after {spent_s:g} s of its time", **said)
        if self._error is not None:
            return Report("crashed", detail=_told(self._error), **said)
        return protocol.outcome(_members(self._result), **said)


def _members(result: Any) -> Any:
    """The members of an outcome, whatever it is."""
    if isinstance(result, Mapping) or not hasattr(result, "outcome"):
        return result
    names = ("outcome", "task_id", "urls", "http_status", "message", "bytes")
    return {name: getattr(result, name) for name in names if hasattr(result, name)}


def _told(error: BaseException) -> str:
    """The exception, and the line of the client that it came from."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f" ({os.path.basename(frames[-1].filename)}, line {frames[-1].lineno})" if frames else ""
    text = "".join(traceback.format_exception_only(error)).strip().splitlines()
    return f"{text[0] if text else type(error).__name__}{where}"
