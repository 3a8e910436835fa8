"""From the server's records to a `Run`: what a client did, as obligations judge it. No API key gets in."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

import orjson

from contracts.lives import Life, nonce
from contracts.run import Exchange
from contracts.staging import is_marked
from mockserver import ledger
from mockserver.accounts import Account
from mockserver.records import Exchange as Recorded
from mockserver.records import Task
from mockserver.wire import redact
from mockserver.wire.control import money
from mockserver.wire.control import task as tasks_wire

Origin = Literal["api", "output", "other"]
OPERATIONS = frozenset({"create", "read", "events", "download"})


class Places:
    """The origins of a lane: which port is whose."""

    def __init__(self, api: Sequence[int], output: int, other: int) -> None:
        self.api = tuple(api)
        self.output = output
        self.other = other

    def of(self, host: str) -> tuple[Origin, int | None]:
        """What a `Host` header names: an origin, and if it is the API's, which of the life's runs has it."""
        port = host.rpartition(":")[2]
        number = int(port) if port.isdecimal() else 0
        if number == self.output:
            return "output", None
        if number == self.other:
            return "other", None
        return "api", self.api.index(number) if number in self.api else None


def exchanges(
    life: Life, places: Places, journal: Iterable[tuple[int, Recorded]], tasks: Iterable[Task]
) -> list[Exchange]:
    """The journal, each exchange with its logical task.

    A poll is its task's, whoever sends it. Where two runs were given one id, it is that run's whose origin was asked.
    """
    owners: dict[str, list[int | None]] = {task.task_id: _known(_named(life, task.body)) for task in tasks}
    found: list[Exchange] = []
    for seq, recorded in journal:
        headers = _headers(recorded.request.headers)
        host = next((value for name, value in headers if name.lower() == "host"), "")
        origin, index = places.of(host)
        theirs = owners.setdefault(recorded.task_id or "", [])
        if recorded.operation == "create":
            task = _named(life, recorded.request.body)
            task = index if task is None else task
            if recorded.task_id is not None:
                theirs += _known(task)
        else:
            task = index if index in theirs else next(iter(theirs), None)
        found.append(_exchange(seq, recorded, headers, task, origin))
    return found


def _known(task: int | None) -> list[int | None]:
    return [] if task is None else [task]


def _named(life: Life, body: bytes) -> int | None:
    """The logical task whose nonce the prompt holds."""
    try:
        prompt = orjson.loads(body)["input"]["prompt"]
    except (ValueError, LookupError, TypeError):
        return None
    for index in range(len(life.tasks)):
        if is_marked(life, index) and isinstance(prompt, str) and nonce(life, index) in prompt:
            return index
    return None


def _exchange(
    seq: int, recorded: Recorded, headers: list[tuple[str, str]], task: int | None, origin: Origin
) -> Exchange:
    keys = [value for name, value in headers if name.lower() == "idempotency-key"]
    return Exchange(
        seq=seq,
        at_ms=recorded.at_ms,
        operation=recorded.operation if recorded.operation in OPERATIONS else "none",  # type: ignore[arg-type]
        task=task,
        method=recorded.method,
        path=_safe(recorded.path),
        status=recorded.status,
        task_id=recorded.task_id,
        idempotency_key=keys[0] if keys else None,
        fault=None if recorded.fault is None else recorded.fault.name,
        duration_ms=recorded.duration_us / 1000,
        request_headers=headers,
        request_body=_safe_bytes(recorded.request.body),
        response_headers=_headers(recorded.response.headers),
        response_body=_safe_bytes(recorded.response.body),
        origin=origin,
        query=_safe(recorded.query),
    )


def _headers(given: Iterable[tuple[bytes, bytes]]) -> list[tuple[str, str]]:
    return [(name.decode("latin-1"), _safe(value.decode("latin-1"))) for name, value in given]


def _safe(text: str) -> str:
    return redact.text(text) if "mv" in text or "%" in text or "\\" in text else text


def _safe_bytes(body: bytes) -> bytes:
    """A body without keys; what is no text holds none that anybody could read."""
    if b"mv" not in body and b"%" not in body and b"\\" not in body:
        return body
    try:
        return redact.text(body.decode()).encode()
    except UnicodeDecodeError:
        return redact.text(body.decode("latin-1")).encode("latin-1")


def ledger_of(account: Account, tasks: Sequence[Task], now_ms: int) -> Mapping[str, Any]:
    """The ledger as the control plane shows it."""
    totals = ledger.totals(tasks, now_ms)
    balance = account.credit - totals.held - totals.charged
    return money.ledger(balance, totals, ledger.entries(tasks, account.topups, now_ms))


def records_of(tasks: Iterable[Task], now_ms: int) -> list[Mapping[str, Any]]:
    """The server's full records of the tasks, as the control plane shows them."""
    return [tasks_wire.record(task, now_ms) for task in tasks]
