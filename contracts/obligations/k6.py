"""At most one charge per logical task, net of refunds and releases."""

from collections.abc import Iterator

from contracts.obligations import Broken
from contracts.obligations import _answers as answers
from contracts.run import Exchange, Run

LEVEL = "M"
SOURCE = "D-IDEM-REPLAY, A-CHARGE-ON"


def _taken(run: Run) -> set[str]:
    """The tasks that were paid for, or for which money is held."""
    by_type: dict[str, set[str]] = {}
    for entry in run.ledger["entries"]:
        by_type.setdefault(entry["type"], set()).add(entry.get("task_id"))
    given_back = by_type.get("release", set()) | by_type.get("refund", set())
    return (by_type.get("hold", set()) | by_type.get("charge", set())) - given_back


def _paid(run: Run, creates: list[Exchange]) -> dict[str, Exchange]:
    """The charged tasks of some creates; two under one key would be the server's fault, and count once."""
    taken = _taken(run)
    found: dict[str, Exchange] = {}
    for create in creates:
        if create.task_id in taken:
            found.setdefault(answers.key_of(create) or f"{create.task_id}", create)
    return found


def exercised(run: Run) -> bool:
    return bool(_taken(run))


def check(run: Run) -> Iterator[Broken]:
    amounts = {entry.get("task_id"): entry["amount"] for entry in run.ledger["entries"]}
    for creates in run.creates.values():
        paid = _paid(run, creates)
        if len(paid) > 1:
            sums = " and ".join(str(amounts[create.task_id]) for create in paid.values())
            message = f"One task was wanted, {len(paid)} are charged: {sums}."
            yield Broken(message, tuple(create.seq for create in paid.values()))
