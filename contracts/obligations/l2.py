"""The client does not crash and does not outlive its deadline."""

from collections.abc import Iterator

from contracts.obligations import Broken, _story
from contracts.obligations import _timing as timing
from contracts.run import Run

LEVEL = "M"
SOURCE = "what the client is for; the profile's `deadline_s`"
TIMING = True


def exercised(run: Run) -> bool:
    return bool(run.reports)


def check(run: Run) -> Iterator[Broken]:
    """In a hostile life only crashes count."""
    for task, report in enumerate(run.reports):
        if report.outcome in _story.CRASHES:
            detail = f": {report.detail}" if report.detail else "."
            yield Broken(f"The client left no report{detail}")
        elif _story.is_off_limits(run):
            continue
        elif report.outcome == "hung":
            yield Broken("The client did not end.")
        elif timing.spent_ms(run, task) > timing.latest_ms(run):
            spent = timing.shown(timing.spent_ms(run, task), 0)
            yield Broken(f"The client, with a deadline of {timing.deadline_s(run):g} s, took {spent}.")
