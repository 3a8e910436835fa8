"""What the client reports (outcome, id, URLs) is what the server decided."""

from collections.abc import Iterator

from contracts.obligations import Broken, _story, p8
from contracts.obligations import _answers as answers
from contracts.run import Exchange, Report, Run

LEVEL = "M"
SOURCE = "D-READ, D-STATUS, D-OUTPUT"

REFUSALS = frozenset({"refused", "conflict", "missing", "redirect"})


def _judged(run: Run) -> Iterator[tuple[int, Report, list[Exchange]]]:
    """Each task with a report and something to hold it against; how an unknown status is taken is P8's.

    A success without a request is held against that, unless there are creates of nobody knows which task.
    """
    is_clear = all(each.task is not None for each in run.exchanges if each.operation == "create")
    for task, report in enumerate(run.reports):
        steps = run.steps[task]
        is_invented = not steps and is_clear and report.outcome == "succeeded"
        is_answered = bool(steps) and report.outcome not in _story.NO_REPORT and not p8.is_unknown(steps[-1])
        if is_invented or is_answered:
            yield task, report, steps


def exercised(run: Run) -> bool:
    return any(True for _ in _judged(run))


def check(run: Run) -> Iterator[Broken]:
    for task, report, steps in _judged(run):
        if not steps:
            yield Broken("The client reported success, and not one request of it had reached the server.")
            continue
        heard = [step for step in steps if answers.word(step) in answers.TERMINAL]
        decided = answers.word(heard[-1]) if heard else None
        seqs = (heard[-1].seq,) if heard else (steps[-1].seq,)
        given = _story.given_ids(run, task)
        if report.task_id not in given and (report.task_id is not None or report.outcome == "succeeded"):
            yield Broken(f"The client reported the id {report.task_id!r}, which the server did not give.", seqs)
        if decided == "succeeded":
            yield from _success(run, task, report, heard[-1])
        elif decided is None and given and not _is_fair(report, steps):
            yield Broken(f"The client reported {report.outcome}; the server never said so.", seqs)
        elif decided is None and report.outcome == "succeeded":
            yield Broken("The client reported success, and there is no task.", seqs)


def _success(run: Run, task: int, report: Report, step: Exchange) -> Iterator[Broken]:
    if report.outcome == "succeeded":
        if set(report.urls) != set(answers.urls(step)):
            yield Broken(f"The client reported the URLs {list(report.urls)}, not those of the task.", (step.seq,))
    elif not (report.outcome == "gave_up" and _story.has_download_trouble(run, task)):
        yield Broken(f"The task succeeded, the client reported {report.outcome}.", (step.seq,))


def _is_fair(report: Report, steps: list[Exchange]) -> bool:
    """Whether the word fits a task of which no end was heard: the client gave up, or was turned away."""
    last = answers.kind(steps[-1])
    return report.outcome == "gave_up" or (report.outcome in ("rejected", "failed") and last in REFUSALS)
