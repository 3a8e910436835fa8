"""A client that is a command, in any language: one process for each call (HARNESS.md §1)."""

import selectors
from collections.abc import Sequence
from pathlib import Path

from contracts.client import Call, protocol
from contracts.client.output import Kept
from contracts.client.processes import CannotRun
from contracts.client.program import Program
from contracts.client.watch import Watch, attend
from contracts.run import Report
from mockserver.clock import wall_ms

__all__ = ["CannotRun", "CommandClient"]


class CommandClient:
    """Runs a command. With `compress` its time runs so many times as fast, under libfaketime.

    Raises:
        CannotRun: if it is clear from the start that it cannot be run; `run` raises it where that shows only then.
    """

    def __init__(self, argv: Sequence[str], compress: float = 1, cwd: str | Path | None = None) -> None:
        self._program = Program(argv, compress, cwd)

    def run(self, calls: Sequence[Call]) -> list[Report]:
        """A process for each call, all at once; none of them, and none that they started, outlives this.

        Raises:
            CannotRun: if the command cannot be run.
        """
        runs: list[_Run] = []
        with selectors.DefaultSelector() as selector:
            try:
                runs.extend(_Run(self._program, selector, call) for call in calls)
                while not all(run.watch.is_over for run in runs):
                    attend(selector, [run.watch for run in runs])
            finally:
                for run in runs:
                    self._program.end(run.watch.process)
        return [run.report() for run in runs]

    def close(self) -> None:
        """Leave nothing behind; also done at the end of the interpreter."""
        self._program.close()


class _Run:
    """One call and its process."""

    def __init__(self, program: Program, selector: selectors.BaseSelector, call: Call) -> None:
        self._program = program
        self._kept = [Kept(call.api_key.encode()) for _ in range(2)]
        question = protocol.question(call)
        process = program.start(selector, call)
        process.stdout.listen(self._kept[0].take)
        process.stderr.listen(self._kept[1].take)
        process.stdin.send(question, is_last=True)
        self.watch = Watch(process)
        self.watch.allow(call.limit_s)

    def report(self) -> Report:
        """How it went, once it is over."""
        process = self.watch.process
        self._program.check(process)
        stdout, stderr = (kept.kept() for kept in self._kept)
        began_ms, ended_ms = process.started_at_ms, process.ended_at_ms or wall_ms()
        if self.watch.verdict is None:
            assert process.exit_code is not None
            return protocol.report(stdout, stderr, process.exit_code, started_at_ms=began_ms, ended_at_ms=ended_ms)
        word, detail = self._program.remarked(*self.watch.verdict)
        return Report(
            outcome=word,
            detail=detail,
            exit_code=process.exit_code,
            stdout=protocol.text(stdout),
            stderr=protocol.text(stderr),
            started_at_ms=began_ms,
            ended_at_ms=ended_ms,
        )
