"""Watching processes: until each has done its part, or has gone beyond its bounds and been ended."""

import selectors
from collections.abc import Sequence
from typing import Literal

from contracts.client.processes import KEEPER_S, Process
from contracts.run import Word
from mockserver.clock import monotonic_s

FLOOD_BYTES = 64 * 1024 * 1024
"""A process that writes more to one output is ended."""

GRACE_S = 1.0
"""How long a process may take to end after SIGTERM; how long its children may go on writing when it has ended."""

LONGEST_WAIT_S = 60.0

Stage = Literal["running", "leaving", "ending", "over"]


class Watch:
    """The course of one process: it runs, it leaves or is asked to, it is ended, it is over.

    `verdict` says what it has done that it may not. `was_killed` is whether it lived until it was ended.
    """

    def __init__(self, process: Process) -> None:
        self.process = process
        self.stage: Stage = "running"
        self.verdict: tuple[Word, str] | None = None
        self.was_killed = False
        self.due_s = 0.0
        self._limit_s = 0.0

    @property
    def is_over(self) -> bool:
        """Whether nothing is left of the process, or nothing that could be killed."""
        return self.stage == "over"

    def allow(self, limit_s: float) -> None:
        """It may run so long from now on."""
        self._limit_s, self.due_s = limit_s, monotonic_s() + limit_s

    def leave(self) -> None:
        """The process should be about to end: a little later, what is left of it is killed."""
        self.stage, self.due_s = "leaving", monotonic_s() + GRACE_S

    def step(self) -> None:
        """Go on to the next stage, if it is time."""
        process, is_late = self.process, monotonic_s() >= self.due_s
        if process.is_gone or (self.stage == "ending" and is_late):
            if process.is_lost and self.verdict is None:
                self.verdict = ("crashed", "it killed the process of the harness that had started it.")
            self.stage = "over"
            return
        if self.stage == "running":
            self._judge(is_late)
            is_late = False
        if self.stage == "leaving" and (is_late or (process.exit_code is not None and process.is_silent)):
            self._end()

    def _judge(self, is_late: bool) -> None:
        """Whether the process may go on running."""
        for name, stream in (("stdout", self.process.stdout), ("stderr", self.process.stderr)):
            if stream.heard_bytes > FLOOD_BYTES:
                detail = f"more than {FLOOD_BYTES >> 20} MiB on {name}, so it was ended: print less."
                self.verdict = ("unreadable", detail)
                return self._end()
        if self.process.exit_code is not None:
            self.leave()
        elif is_late:
            self.verdict = ("hung", f"it was still running after {self._limit_s:g} s, so it was ended.")
            self.process.terminate()
            self.leave()
        return None

    def _end(self) -> None:
        self.was_killed = self.process.exit_code is None
        self.process.end()
        self.stage, self.due_s = "ending", monotonic_s() + KEEPER_S


def attend(selector: selectors.BaseSelector, watches: Sequence[Watch]) -> None:
    """Wait until something happens or is due, and deal with it. Not all of them may be over."""
    due_s = min(watch.due_s for watch in watches if not watch.is_over)
    for key, _ in selector.select(min(max(due_s - monotonic_s(), 0), LONGEST_WAIT_S)):
        key.data()
    for watch in watches:
        watch.step()
