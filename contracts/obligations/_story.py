"""The course of one logical task: which creates were attempts of one, what came last, why a client stopped."""

from collections.abc import Iterator, Sequence
from itertools import takewhile

from contracts.obligations import _answers as answers
from contracts.obligations import _timing as timing
from contracts.run import Exchange, Run
from mockserver.faults.table import TABLE

CRASHES = frozenset({"crashed", "unreadable"})
"""The client left nothing that could be read as a report."""

NO_REPORT = CRASHES | {"hung"}

SPOILING = frozenset(
    {"status", "lost_request", "lost_response", "close", "stall", "drip", "truncate", "garbage", "gateway_html"}
    | {"refuse", "odd_retry_after", "read_lag_404", "conflict", "rate_limited", "concurrency_limited"}
)
"""Faults that cost an attempt."""


def tasks(run: Run) -> range:
    """The logical tasks, each with its report."""
    return range(len(run.reports))


def given_ids(run: Run, task: int) -> set[str]:
    """The ids that the server gave to the task, whether or not the client can have seen them."""
    return {create.task_id for create in run.creates[task] if create.task_id is not None}


def accepted(run: Run, task: int) -> Exchange | None:
    """The first create answer that the client surely has."""
    return next((create for create in run.creates[task] if answers.told(create)), None)


def _settles(step: Exchange) -> bool:
    if step.operation == "read":
        return True
    found = answers.kind(step)
    is_mismatch = answers.conflict(step) == "idempotency_mismatch"
    return answers.sure(step) and (found in ("told", "refused", "missing") or is_mismatch)


def attempts(run: Run, task: int) -> list[Exchange]:
    """The sends of the first create of a task, up to the one that settled it or the first poll."""
    found: list[Exchange] = []
    for step in run.steps[task]:
        if step.operation == "create":
            found.append(step)
        if _settles(step):
            break
    return found


def recreates(run: Run, task: int) -> Iterator[tuple[Exchange, Exchange]]:
    """Each create that asks for another task after the first was had, and the exchange it came upon."""
    steps = run.steps[task]
    first = attempts(run, task)
    keys = {answers.key_of(create) for create in first} - {None}
    is_had = False
    for before, step in zip([None, *steps], steps, strict=False):
        if is_had and before is not None and step.operation == "create" and answers.key_of(step) not in keys:
            yield step, before
        is_had = is_had or step.operation == "read" or answers.told(step)


def is_replay(run: Run, task: int, create: Exchange) -> bool:
    """Whether an earlier create had made the task that this one was answered with."""
    earlier = run.creates[task][: run.creates[task].index(create)]
    return create.task_id in {each.task_id for each in earlier}


def last(run: Run, task: int) -> Exchange | None:
    """The last create or poll."""
    return run.steps[task][-1] if run.steps[task] else None


def streak(exchanges: Sequence[Exchange]) -> list[Exchange]:
    """The attempts at the end that failed one after the other."""
    return list(reversed(list(takewhile(answers.fails, reversed(timing.attempts(exchanges))))))


def is_stormy(run: Run, task: int) -> bool:
    """Whether more faults follow each other on one operation of the task than the client is to endure."""
    drawn = 0 if run.life.twin else task
    for operation in ("create", "read"):
        spoilt: set[int] = set()
        for fault in run.life.faults:
            if (fault.task, fault.operation) == (drawn, operation) and fault.name in SPOILING:
                if fault.times is None:
                    return True
                spoilt.update(range(fault.attempt, fault.attempt + fault.times))
        if any({first + step for step in range(timing.patience(run) + 1)} <= spoilt for first in spoilt):
            return True
    return False


def gave_in(run: Run, task: int, operation: str) -> list[Exchange]:
    """The failed attempts after which the client stopped, if it should have gone on."""
    steps = run.steps[task]
    failed = [step for step in streak(steps) if step.operation == operation]
    endured = 1 <= len(failed) <= timing.patience(run) and steps[-1].operation == operation
    is_down = any(step.fault == "refuse" for step in failed)
    if not endured or is_down or is_stormy(run, task) or timing.is_out_of_time(run, task):
        return []
    return failed


def may_retry_create(run: Run, create: Exchange) -> bool:
    """Whether the client is one that sends a create again: it says so, and has a key to do it with."""
    return run.profile.retries_create and answers.key_of(create) is not None


def has_download_trouble(run: Run, task: int) -> bool:
    """Whether a download of the task did not work out, or was slow."""
    downloads = [each for each in run.exchanges if each.operation == "download" and each.task == task]
    is_slow = any(each.duration_ms >= answers.SLOW_MS for each in downloads)
    return is_slow or any(each.fault is not None or each.status is None or each.status >= 400 for each in downloads)


def derailed(run: Run, task: int, step: Exchange) -> str | None:
    """What the client did wrong upon an answer that it should have taken as it is; None if it went on as it should."""
    if not answers.told(step):
        return None
    if step.operation == "create" and any(before is step for _, before in recreates(run, task)):
        return "another create followed"
    if last(run, task) is not step:
        return None
    outcome, status = run.reports[task].outcome, answers.word(step)
    if status not in answers.TERMINAL:
        return None if timing.is_out_of_time(run, task) and outcome == "gave_up" else f"it stopped there: {outcome}"
    if outcome == status or (outcome == "gave_up" and has_download_trouble(run, task)):
        return None
    return f"the task had {status}, the client reported {outcome}"


def hostile(run: Run) -> frozenset[str]:
    """The hostile faults of the life."""
    return frozenset(fault.name for fault in run.life.faults if TABLE[fault.name].kind == "H")


def is_off_limits(run: Run) -> bool:
    """Whether only safety is judged: the life is hostile, or led the client to another origin."""
    return bool(hostile(run)) or any(answers.leads_elsewhere(each) for each in run.exchanges)


def fate(run: Run, task: int) -> str | None:
    """How the server lets the task end; None where no create was carried out and a fault decides."""
    ids = given_ids(run, task)
    plans = [record["plan"]["outcome"] for record in run.tasks if record["task_id"] in ids]
    if plans:
        return str(plans[-1])
    drawn = 0 if run.life.twin else task
    is_drawn = any(fault.operation == "task" and fault.task == drawn for fault in run.life.faults)
    return None if is_drawn else str(run.life.tasks[drawn].outcome)
