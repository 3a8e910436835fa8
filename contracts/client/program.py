"""The program that a client is: how its processes are started, whether it is run once for each call or as a worker."""

import os
import selectors
from collections.abc import Sequence
from pathlib import Path

from contracts.client import Call, faketime, protocol
from contracts.client.processes import CannotRun, Keeper, Process
from contracts.run import Word
from mockserver.clock import token

RUN_ID = "MINDVIDEO_RUN_ID"
"""In the environment of every process that a client starts, so that whoever finds one can tell whose it is."""


class Program:
    """A command, the speed of its time, and the directory it runs in.

    Raises:
        CannotRun: if it is clear from the start that it cannot be run.
    """

    def __init__(self, argv: Sequence[str], compress: float, cwd: str | Path | None) -> None:
        if not argv or not argv[0]:
            raise CannotRun("the command is empty: give a program and its arguments")
        if cwd is not None and not Path(cwd).is_dir():
            raise CannotRun(f"there is no directory '{cwd}' to run the command in")
        if not 1 <= compress <= faketime.FASTEST:
            raise CannotRun(f"time can be compressed 1 to {faketime.FASTEST} times, not {compress:g} times")
        self._argv = tuple(argv)
        self._cwd = None if cwd is None else str(cwd)
        self._compress = compress
        self._preloaded = faketime.library() if compress > 1 else None
        self._keeper = Keeper()

    def start(self, selector: selectors.BaseSelector, call: Call) -> Process:
        """A process; its environment tells it of the call."""
        environment = {**protocol.environment(call, os.environ), RUN_ID: token()}
        if self._preloaded is not None:
            environment = faketime.environment(self._compress, environment, self._preloaded)
        return self._keeper.start(selector, self._argv, environment, self._cwd)

    def check(self, process: Process) -> None:
        """Whether the process could be started.

        Raises:
            CannotRun: if not.
        """
        if process.refusal is not None:
            raise CannotRun(f"cannot run '{self._argv[0]}': {process.refusal}")

    def remarked(self, word: Word, detail: str) -> tuple[Word, str]:
        """A verdict, with what may be the reason."""
        return word, f"{detail}{faketime.REMARK}" if word == "hung" and self._preloaded is not None else detail

    def end(self, process: Process) -> None:
        """Return once nothing is left of the process, of those that it has started, and of their files."""
        process.close()
        if process.is_lost:
            self._keeper.close()
        if self._preloaded is not None and process.pid is not None:
            faketime.tidy(process.pid)

    def close(self) -> None:
        """Leave nothing behind."""
        self._keeper.close()
