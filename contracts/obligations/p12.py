"""A task that never ends meets the client's deadline, and is not created again."""

from collections.abc import Iterator

from contracts.obligations import Broken, _story
from contracts.obligations import _answers as answers
from contracts.obligations import _timing as timing
from contracts.run import Run

LEVEL = "P"
SOURCE = "the profile's `deadline_s`"


def exercised(run: Run) -> bool:
    return run.profile.deadline_s is not None and any(_is_stuck(run, task) for task in _story.tasks(run))


def _is_stuck(run: Run, task: int) -> bool:
    return _story.fate(run, task) == "stuck" and _story.accepted(run, task) is not None


def check(run: Run) -> Iterator[Broken]:
    for task in _story.tasks(run):
        if not _is_stuck(run, task):
            continue
        report = run.reports[task]
        if report.outcome == "hung" or timing.spent_ms(run, task) > timing.latest_ms(run):
            spent = timing.shown(timing.spent_ms(run, task), 0)
            message = (
                f"The task never ended; the client, with a deadline of {run.profile.deadline_s:g} s, took {spent}."
            )
            yield Broken(message)
        for create, before in _story.recreates(run, task):
            if answers.told(before):
                yield Broken("The task did not end, and the client created another one.", (before.seq, create.seq))
