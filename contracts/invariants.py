"""What must hold of the fake itself after every life: otherwise nothing is said about the client (HARNESS_ERROR).

Each is judged from what the server answered, holding it against what it recorded, not from its code.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from decimal import Decimal

from contracts.obligations import _answers as answers
from contracts.run import Exchange, Run

Invariant = Callable[[Run], Iterator[str]]

OPENING = ("hold", "charge")
CLOSING = {"hold": ("settle", "release"), "charge": ("refund",)}


def broken(run: Run) -> list[str]:
    """What the fake did wrong, a sentence each."""
    return [sentence for invariant in INVARIANTS for sentence in invariant(run)]


def _by_key(run: Run) -> dict[str, list[Exchange]]:
    """The creates under each key, in order of arrival."""
    found: dict[str, list[Exchange]] = {}
    for each in sorted(run.exchanges, key=lambda each: each.seq):
        if each.operation == "create" and each.idempotency_key is not None and each.origin != "output":
            found.setdefault(each.idempotency_key, []).append(each)
    return found


def one_task_a_key(run: Run) -> Iterator[str]:
    """Equal keys: one task, one id (D-IDEM-REPLAY); where keys expire soon, nothing is said."""
    if "idempotency_ttl_s" in run.life.dialect:
        return
    for key, creates in _by_key(run).items():
        made = {create.task_id for create in creates if create.task_id is not None}
        told = {answers.document(create).get("task_id") for create in creates if answers.kind(create) == "told"}
        ids = made | told - {None}
        if len(ids) > 1:
            yield f"The key {key!r} led to {len(ids)} tasks: {', '.join(sorted(map(str, ids)))}."


def no_conflict_without_a_holder(run: Run) -> Iterator[str]:
    """A refused create does not claim its key: a mismatch needs a task that holds it, with another payload."""
    for creates in _by_key(run).values():
        for index, create in enumerate(creates):
            if create.status != 409 or create.fault == "conflict":
                continue
            holders = [each for each in creates if each.task_id is not None]
            in_flight = len(creates) > 1 and answers.conflict(create) != "idempotency_mismatch"
            differs = any(each.request_body != create.request_body for each in creates[:index])
            if not in_flight and not (holders and differs):
                yield f"Exchange {create.seq} was refused with 409, though no task holds its key with another payload."


def no_success_without_a_task(run: Run) -> Iterator[str]:
    """What a create was answered with exists; what exists was created."""
    known = {record["task_id"] for record in run.tasks}
    asked: set[str | None] = set()
    for each in run.exchanges:
        if each.operation == "create":
            asked.add(each.task_id)
            if answers.kind(each) == "told" and answers.document(each).get("task_id") not in known:
                yield f"Exchange {each.seq} was answered with a task that does not exist."
    for task_id in known - asked:
        yield f"The task {task_id} exists, and no create asked for it."


def statuses_go_forward(run: Run) -> Iterator[str]:
    """Queued, processing, an end, and never back (D-STATUS); a fault may show an older view."""
    order = {"queued": 0, "processing": 1, "succeeded": 2, "failed": 2, "cancelled": 2}
    last: dict[str, str] = {}
    for each in sorted(run.exchanges, key=lambda each: each.seq):
        if each.operation != "read" or each.task_id is None or each.fault is not None:
            continue
        word = answers.word(each)
        if word is None:
            continue
        before = last.get(each.task_id, "queued")
        if order[word] < order[before] or (order[before] == 2 and word != before):
            yield f"Exchange {each.seq}: {each.task_id} went from {before} back to {word}."
        last[each.task_id] = word


def ends_as_planned(run: Run) -> Iterator[str]:
    """A task ends as was decided when it was created, or never."""
    plans = {record["task_id"]: record["plan"]["outcome"] for record in run.tasks}
    for each in run.exchanges:
        word = answers.word(each)
        planned = plans.get(answers.document(each).get("task_id"))
        if word in answers.TERMINAL and planned is not None and word != planned:
            yield f"Exchange {each.seq} says {word} of {each.task_id}, which was to end as {planned}."


def the_ledger_adds_up(run: Run) -> Iterator[str]:
    """Each task is held or charged once, closed at most once, at its price; balance = given - held - charged."""
    by_task: dict[str, list[dict[str, str]]] = {}
    for entry in run.ledger["entries"]:
        if entry["task_id"] is not None:
            by_task.setdefault(entry["task_id"], []).append(entry)
    prices = {record["task_id"]: record["price"]["total"] for record in run.tasks}
    held = charged = Decimal(0)
    for task_id, entries in by_task.items():
        types = Counter(entry["type"] for entry in entries)
        opened = [kind for kind in OPENING for _ in range(types[kind])]
        closed = sum(types[kind] for kind in CLOSING.get(opened[0], ())) if opened else 0
        if len(opened) != 1 or closed > 1 or len(entries) != len(opened) + closed:
            yield f"The task {task_id} was charged more than once: {dict(types)}."
            continue
        if any(entry["amount"] != prices.get(task_id) for entry in entries):
            yield f"The ledger names another price for {task_id} than its record."
        price = Decimal(entries[0]["amount"])
        is_back = types["release"] + types["refund"] > 0
        held += price if opened == ["hold"] and not closed else 0
        charged += price if not is_back and (closed or opened == ["charge"]) else 0
    for task_id in prices.keys() - by_task.keys():
        yield f"The task {task_id} stands in no ledger entry."
    if (held, charged) != (Decimal(run.ledger["held"]), Decimal(run.ledger["charged"])):
        said = f"held {run.ledger['held']}, charged {run.ledger['charged']}"
        yield f"The ledger says {said}; it sums up to {held}, {charged}."


def no_errors_of_its_own(run: Run) -> Iterator[str]:
    """Without a fault the fake answers no 5xx."""
    for each in run.exchanges:
        if each.status is not None and each.status >= 500 and each.fault is None:
            yield f"Exchange {each.seq} was answered with {each.status}, and no fault says so."


def faults_keep_their_number(run: Run) -> Iterator[str]:
    """A fault strikes no more often than the life says."""
    drawn: Counter[str] = Counter()
    for fault in run.life.faults:
        drawn[fault.name] += 10**9 if fault.times is None else fault.times
    for name, number in Counter(each.fault for each in run.exchanges if each.fault is not None).items():
        if number > drawn[name]:
            yield f"The fault {name} struck {number} times, the life has it {drawn[name]} times."


INVARIANTS: tuple[Invariant, ...] = (
    one_task_a_key,
    no_conflict_without_a_holder,
    no_success_without_a_task,
    statuses_go_forward,
    ends_as_planned,
    the_ledger_adds_up,
    no_errors_of_its_own,
    faults_keep_their_number,
)
