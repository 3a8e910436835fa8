"""What P1, P2 and P3 share: polls that came after the end of the task was delivered."""

from collections.abc import Iterator

from contracts.obligations import Broken, _story
from contracts.obligations import _answers as answers
from contracts.run import Exchange, Run


def endings(run: Run, status: str) -> Iterator[tuple[int, Exchange]]:
    """The first answer of each task that surely told the client of such an end."""
    for task in _story.tasks(run):
        found = (step for step in run.steps[task] if answers.ended(step) and answers.word(step) == status)
        yield from ((task, step) for step in [next(found, None)] if step is not None)


def _is_later(ending: Exchange, read: Exchange) -> bool:
    """Whether the poll was sent after the end was known; one that was slow may have been under way before."""
    known_at_ms = ending.at_ms + ending.duration_ms
    return read.seq > ending.seq and read.at_ms + 1 > known_at_ms and read.fault not in answers.UNSURE


def polls_after(run: Run, status: str) -> Iterator[Broken]:
    """Polls after the end; one that confirms the answer of a create is allowed, and so is one for a fresh URL."""
    for task, ending in endings(run, status):
        later = [read for read in run.reads[task] if read.task_id == ending.task_id and _is_later(ending, read)]
        allowed = 1 if ending.operation == "create" or _story.has_download_trouble(run, task) else 0
        if len(later) > allowed:
            polled = "was polled again" if len(later) == 1 else f"was polled {len(later)} times more"
            yield Broken(f"The task {polled} after `{status}` was delivered.", (ending.seq, later[allowed].seq))
