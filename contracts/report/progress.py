"""How far a check is: a bar on a terminal, a line now and then elsewhere. Both go to stderr."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

if TYPE_CHECKING:
    from contracts import harness

PARTS, MANY = 5, 50
"""Lines for each phase of so many lives, where they are plain; a shorter one has but its first."""


@contextmanager
def shown(file: TextIO) -> Iterator["harness.Watch"]:
    """Show on `file` what is watched, until the check is done."""
    console = Console(file=file, highlight=False)
    if not console.is_terminal or console.is_dumb_terminal:
        yield _Lines(file)
        return
    # No thread of its own, and no streams of others: clients that run in this process have both watched.
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[failing]}"),
    )
    bar = Progress(
        *columns, console=console, transient=True, auto_refresh=False, redirect_stdout=False, redirect_stderr=False
    )
    with bar:
        yield _Bar(bar)


def _failing(progress: "harness.Progress") -> str:
    return f"broken: {', '.join(progress.failing)}" if progress.failing else ""


class _Bar:
    """One bar, for the phase that is under way."""

    def __init__(self, bar: Progress) -> None:
        self._bar = bar
        self._phase = ""

    def __call__(self, progress: "harness.Progress") -> None:
        if progress.phase != self._phase:
            self._phase = progress.phase
            for task in self._bar.task_ids:
                self._bar.remove_task(task)
            self._bar.add_task(progress.phase, total=progress.total or None, failing="")
        (task,) = self._bar.task_ids
        self._bar.update(task, completed=progress.done, failing=_failing(progress), refresh=True)


class _Lines:
    """A line for each part of a phase, and for each promise that is newly broken."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._said: tuple[object, ...] = ()

    def __call__(self, progress: "harness.Progress") -> None:
        part = progress.done * PARTS // progress.total if progress.total >= MANY else 0
        news = (progress.phase, part, progress.failing)
        if news == self._said:
            return
        self._said = news
        of = f" {progress.done}/{progress.total}" if progress.total else ""
        failing = _failing(progress)
        print(f"{progress.phase}{of}{'; ' if failing else ''}{failing}", file=self._file, flush=True)
