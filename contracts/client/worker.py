"""A client that is one long-lived process: calls and replies are lines of JSON with an `id` (HARNESS.md §1)."""

import selectors
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from contracts.client import Call, protocol
from contracts.client.output import Kept
from contracts.client.processes import CannotRun
from contracts.client.program import Program
from contracts.client.watch import Watch, attend
from contracts.run import Report, Word
from mockserver.clock import token, wall_ms

__all__ = ["CannotRun", "WorkerClient"]

LONGEST_LINE_BYTES = 1024 * 1024
"""Of a line that is longer, the beginning is dropped: it is no reply."""

CLOSED = "it closed its {name} while calls were under way: a worker serves until its stdin ends."
LEFT = "it ended while calls were under way: a worker serves until its stdin ends."


class WorkerClient:
    """Runs a worker. The environment that it is started in holds the values of the first call.

    A worker that dies, hangs, floods or closes a pipe is ended with all that it has started; the next run has a fresh
    one. What it writes between two runs is kept for the calls of the second.

    Raises:
        CannotRun: if it is clear from the start that it cannot be run; `run` raises it where that shows only then.
    """

    def __init__(self, argv: Sequence[str], compress: float = 1, cwd: str | Path | None = None) -> None:
        self._program = Program(argv, compress, cwd)
        self._worker: _Worker | None = None

    def run(self, calls: Sequence[Call]) -> list[Report]:
        """All calls are under way at once.

        Raises:
            CannotRun: if the command cannot be run.
        """
        if not calls:
            return []
        self._dismiss_unless(self._worker is not None and self._worker.is_usable())
        self._worker = self._worker or _Worker(self._program, calls[0])
        is_done = False
        try:
            reports = self._worker.run(calls)
            is_done = self._worker.is_usable()
        finally:
            self._dismiss_unless(is_done)
        return reports

    def close(self) -> None:
        """Let the worker end, then leave nothing behind; also done at the end of the interpreter."""
        if self._worker is not None:
            self._worker.leave()
        self._dismiss_unless(False)
        self._program.close()

    def _dismiss_unless(self, is_usable: bool) -> None:
        if self._worker is not None and not is_usable:
            self._worker.close()
            self._worker = None


class Lines:
    """Chunks of a stream put together to lines."""

    def __init__(self) -> None:
        self._half = b""

    def split(self, chunk: bytes) -> list[bytes]:
        """The lines that the chunk completes."""
        *lines, half = (self._half + chunk).split(b"\n")
        self._half = half[-LONGEST_LINE_BYTES:]
        return lines


class _Flight:
    """The calls of one run, and what came while they were under way."""

    def __init__(self, calls: Sequence[Call], lines: Lines) -> None:
        self._calls = {token(): call for call in calls}
        self._lines = lines
        self._reports: dict[str, Report] = {}
        self._began_ms = wall_ms()
        keys = {call.api_key.encode() for call in calls}
        self.stdout, self.stderr = Kept(*keys), Kept(*keys)
        self.is_late = False

    @property
    def is_waiting(self) -> bool:
        """Whether a call has no reply yet."""
        return len(self._reports) < len(self._calls)

    def questions(self) -> bytes:
        """What the worker is to read."""
        return b"".join(protocol.numbered_question(call, number) for number, call in self._calls.items())

    def hear(self, chunk: bytes) -> None:
        """Take the replies out of what the worker says; the rest is noise."""
        for line in self._lines.split(chunk):
            found = protocol.reply(line)
            if found is not None and found[0] in self._calls.keys() - self._reports.keys() and not self.is_late:
                self._reports[found[0]] = replace(found[1], ended_at_ms=wall_ms())

    def reports(self, word: Word, detail: str, exit_code: int | None) -> list[Report]:
        """One for each call, in order; word and detail are for those without a reply."""
        missing = Report(word, detail=detail, exit_code=exit_code, ended_at_ms=wall_ms())
        stdout, stderr = protocol.text(self.stdout.kept()), protocol.text(self.stderr.kept())
        return [
            replace(self._reports.get(number, missing), stdout=stdout, stderr=stderr, started_at_ms=self._began_ms)
            for number in self._calls
        ]


class _Worker:
    """One process, from its start to its end."""

    def __init__(self, program: Program, call: Call) -> None:
        self._program = program
        self._selector = selectors.DefaultSelector()
        self._lines = Lines()
        self._watch = Watch(program.start(self._selector, call))
        self._process = self._watch.process

    def is_usable(self) -> bool:
        """Whether it can be given calls, as far as can be told."""
        process = self._process
        process.hear()
        is_open = process.stdin.is_open and not process.stdout.is_hung_up()
        return is_open and self._watch.stage == "running" and process.exit_code is None and not process.is_gone

    def run(self, calls: Sequence[Call]) -> list[Report]:
        """Give it the calls, and wait for the replies."""
        process, watch, flight = self._process, self._watch, _Flight(calls, self._lines)
        process.stdout.listen(flight.stdout.take, flight.hear)
        process.stderr.listen(flight.stderr.take)
        watch.allow(max(call.limit_s for call in calls))
        process.stdin.send(flight.questions(), is_last=False)
        closed = None
        while flight.is_waiting and not watch.is_over:
            attend(self._selector, [watch])
            flight.is_late = watch.verdict is not None
            if watch.stage == "running" and not (process.stdin.is_open and process.stdout.is_open):
                closed = "stdin" if process.stdout.is_open else "stdout"
                watch.leave()
        self._program.check(process)
        process.drain()
        return flight.reports(*self._end(closed, flight.stderr.kept()), process.exit_code)

    def _end(self, closed: str | None, stderr: bytes) -> tuple[Word, str]:
        """What is to be said of the calls without a reply."""
        exit_code = self._process.exit_code
        if self._watch.verdict is not None:
            return self._program.remarked(*self._watch.verdict)
        if self._watch.was_killed:
            return "crashed", CLOSED.format(name=closed)
        return "crashed", protocol.crash(exit_code, stderr) if exit_code else LEFT

    def leave(self) -> None:
        """Let it end by itself, if it does at once."""
        self._process.stdin.close()
        self._watch.leave()
        while not self._watch.is_over:
            attend(self._selector, [self._watch])

    def close(self) -> None:
        """Nothing is left of it."""
        self._program.end(self._process)
        self._selector.close()
