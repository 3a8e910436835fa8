"""A 404 right after the create is retried briefly, and leads to no new create."""

from collections.abc import Iterator

from contracts.obligations import Broken, _story
from contracts.obligations import _answers as answers
from contracts.obligations import _timing as timing
from contracts.run import Exchange, Run

LEVEL = "S"
SOURCE = "replicas lag behind; H-NOT-FOUND"


def _missed(run: Run, task: int) -> list[Exchange]:
    """The polls that did not find the task, before one did."""
    found: list[Exchange] = []
    for read in run.reads[task]:
        if answers.kind(read) == "missing" and answers.sure(read) and read.task_id in _story.given_ids(run, task):
            found.append(read)
        elif answers.told(read):
            break
    return found


def exercised(run: Run) -> bool:
    return any(_missed(run, task) for task in _story.tasks(run))


def check(run: Run) -> Iterator[Broken]:
    for task in _story.tasks(run):
        missed = _missed(run, task)
        for create, before in _story.recreates(run, task):
            if before in missed:
                yield Broken("A new task was not found at once, and another was created.", (before.seq, create.seq))
        has_stopped = bool(missed) and missed[-1] is _story.last(run, task)
        is_brief = len(missed) <= timing.patience(run) and not _story.is_stormy(run, task)
        if has_stopped and is_brief and not timing.is_out_of_time(run, task):
            outcome = run.reports[task].outcome
            yield Broken(f"A new task was not found at once, and the client stopped: {outcome}.", (missed[-1].seq,))
