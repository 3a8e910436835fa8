"""What a test says about a client: which money moved, which requests came. Messages show the lines that decide.

Each takes an account as `ControlClient.new_account` or the fixture `mindvideo` gives it.
"""

import json
from collections import Counter
from collections.abc import Iterable, Sequence

from mockserver.client import Account
from mockserver.client.shapes import Entry, Exchange, Message, Task

SHOWN_LINES = 30
CHARGES = {"settle": 1, "charge": 1, "refund": -1}


def assert_charged_once(account: Account, task_id: str | None = None) -> None:
    """The account (or that one task) was charged for one task, and the charge stands."""
    __tracebackhide__ = True
    _assert_charges(account, task_id, 1)


def assert_not_charged(account: Account, task_id: str | None = None) -> None:
    """Nothing was charged to the account (or for that one task), or all of it was refunded; a hold is no charge."""
    __tracebackhide__ = True
    _assert_charges(account, task_id, 0)


def assert_charged(account: Account, times: int) -> None:
    """The account was charged for so many tasks."""
    __tracebackhide__ = True
    _assert_charges(account, None, times)


def assert_no_requests(
    account: Account, *, method: str | None = None, path: str | None = None, status: int | None = None
) -> None:
    """No such request came; without filters: none at all."""
    __tracebackhide__ = True
    assert_requests(account, 0, method=method, path=path, status=status)


def assert_requests(
    account: Account,
    count: int,
    *,
    method: str | None = None,
    path: str | None = None,
    status: int | None = None,
) -> None:
    """Exactly so many requests came whose method, path and status are these."""
    __tracebackhide__ = True
    exchanges = account.journal()
    found = [
        each
        for each in exchanges
        if method in (None, each["method"]) and path in (None, each["path"]) and status in (None, each["status"])
    ]
    if len(found) != count:
        wanted = " ".join(str(part) for part in (method, path, status) if part is not None) or "of any kind"
        _fail(f"expected {_count(count, 'request')} {wanted}, found {len(found)}", exchange_lines(exchanges))


def assert_one_key_per_task(account: Account) -> None:
    """Every create carried an idempotency key, and no key was sent with two payloads."""
    __tracebackhide__ = True
    creates = account.journal(method="POST", path="/api/v1/tasks")
    keyless = [each for each in creates if each["idempotency_key"] is None]
    if keyless:
        _fail(f"{_count(len(keyless), 'create')} carried no Idempotency-Key", exchange_lines(creates))
    payloads: dict[str | None, set[str]] = {}
    for each in creates:
        payloads.setdefault(each["idempotency_key"], set()).add(_canonical(each["request"]))
    mixed = [key for key, seen in payloads.items() if len(seen) > 1]
    if mixed:
        _fail(f"the Idempotency-Key {mixed[0]!r} was sent with different payloads", exchange_lines(creates))


def assert_no_duplicate_tasks(account: Account) -> None:
    """No two tasks have the same model and input: nothing was submitted twice under two keys, or under none."""
    __tracebackhide__ = True
    tasks = account.tasks()
    same = [one for index, one in enumerate(tasks) for other in tasks[:index] if _payload(one) == _payload(other)]
    if same:
        lines = [f"{each['task_id']} {each['status']} key {each['idempotency_key']}: {each['input']}" for each in tasks]
        _fail(f"of {len(tasks)} tasks, {len(same)} repeated an earlier one", lines)


def exchange_lines(exchanges: Iterable[Exchange]) -> list[str]:
    """Exchanges, one short line each."""
    return [_exchange_line(each) for each in exchanges]


def _exchange_line(exchange: Exchange) -> str:
    query = f"?{exchange['query']}" if exchange["query"] else ""
    status = "unanswered" if exchange["status"] is None else exchange["status"]
    notes = [f"key {exchange['idempotency_key']}"] if exchange["idempotency_key"] else []
    notes += [f"task {exchange['task_id']}"] if exchange["task_id"] else []
    notes += [f"fault {exchange['fault']}"] if exchange["fault"] else []
    line = f"#{exchange['seq']} {exchange['method']} {exchange['path']}{query} -> {status}"
    return f"{line}  {', '.join(notes)}" if notes else line


def _assert_charges(account: Account, task_id: str | None, count: int) -> None:
    __tracebackhide__ = True
    entries = account.ledger()["entries"]
    shown = [each for each in entries if task_id in (None, each["task_id"])]
    found = sum(CHARGES.get(each["type"], 0) for each in shown)
    if found == count:
        return
    held = Counter(each["task_id"] for each in shown if each["type"] == "hold")
    held.subtract(each["task_id"] for each in shown if each["type"] in ("settle", "release"))
    open_holds = sum(number for number in held.values() if number > 0)
    hint = f"; {_count(open_holds, 'hold')} still open: let the account's clock advance" if open_holds else ""
    subject = f"of task {task_id}" if task_id else "to the account"
    _fail(f"expected {_count(count, 'charge')} {subject}, found {found}{hint}", [_entry_line(each) for each in entries])


def _entry_line(entry: Entry) -> str:
    return f"{entry['at']} {entry['type']} {entry['amount']}  task {entry['task_id']}, key {entry['idempotency_key']}"


def _payload(task: Task) -> object:
    return task["model"], task["input"]


def _canonical(request: Message) -> str:
    """The payload of a create, however it was written; of one that the journal had to cut, its digest."""
    if request["body"] is None or request["body_truncated"]:
        return request["body_sha256"]
    try:
        return json.dumps(json.loads(request["body"]), sort_keys=True)
    except ValueError:
        return request["body"]


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _fail(message: str, lines: Sequence[str]) -> None:
    __tracebackhide__ = True
    shown = [f"  {line}" for line in lines[-SHOWN_LINES:]] or ["  (nothing)"]
    if len(lines) > SHOWN_LINES:
        shown.insert(0, f"  … {len(lines) - SHOWN_LINES} earlier")
    raise AssertionError("\n".join([message, *shown]))
