"""In calm the client ends, as `succeeded` when the task did."""

from collections.abc import Iterator

from contracts.obligations import Broken, _story, p8, p9
from contracts.obligations import _answers as answers
from contracts.obligations import _timing as timing
from contracts.run import Exchange, Run

LEVEL = "M"
SOURCE = "what the client is for"
TIMING = True

TURNED_AWAY = frozenset({"refused", "redirect"})


def _is_in_the_way(run: Run, step: Exchange) -> bool:
    """Whether something happened after which a client may stop."""
    is_create_over = answers.fails(step) and step.operation == "create" and not _story.may_retry_create(run, step)
    is_mismatch = answers.kind(step) == "conflict" and answers.conflict(step) != "idempotency_in_flight"
    return answers.kind(step) in TURNED_AWAY or step.fault == "refuse" or is_create_over or is_mismatch


def _is_for_others(step: Exchange) -> bool:
    """Whether a client that stops here is judged by another obligation, of its own level, or may have had no answer."""
    is_slow = step.whole and not answers.sure(step)
    is_odd = p8.is_unknown(step) or p9.is_stale(step)
    return is_slow or is_odd or answers.kind(step) in ("missing", "conflict")


def _has_budget(run: Run, task: int) -> bool:
    failed = _story.streak(run.steps[task])
    is_own_limit = bool(failed) and failed[-1].fault is None
    is_spent = len(failed) > timing.patience(run) or timing.is_out_of_time(run, task)
    return not (is_own_limit or is_spent or _story.has_download_trouble(run, task))


def _cases(run: Run) -> Iterator[tuple[int, str]]:
    """Each task that the server lets end, in a calm that the client's budget reaches; and how it ends.

    A crash is L2's.
    """
    for task in _story.tasks(run):
        if run.reports[task].outcome in _story.CRASHES:
            continue
        steps = run.steps[task]
        fate = _story.fate(run, task)
        is_calm = not any(_is_in_the_way(run, step) for step in steps) and not _story.is_stormy(run, task)
        is_ours = not steps or not _is_for_others(steps[-1])
        is_bound_to_end = run.reports[task].outcome == "hung" or _has_budget(run, task)
        if fate in answers.TERMINAL and is_calm and is_ours and is_bound_to_end:
            yield task, str(fate)


def exercised(run: Run) -> bool:
    return any(True for _ in _cases(run))


def check(run: Run) -> Iterator[Broken]:
    for task, fate in _cases(run):
        outcome = run.reports[task].outcome
        if outcome == "hung":
            yield Broken("Nothing stood in the way, and the client did not end.")
        elif fate == "succeeded" and outcome != fate:
            seqs = tuple(step.seq for step in run.steps[task][-1:])
            silent = "" if run.exchanges else ": not one request of it reached the server"
            yield Broken(f"Nothing stood in the way of success, and the client reported {outcome}{silent}.", seqs)
