"""Records as rows and back. What a column holds beside `data` is there to be looked for, or to stay out of the JSON."""

from dataclasses import replace
from decimal import Decimal
from functools import lru_cache
from hashlib import sha256
from typing import Any

from mockserver.accounts import Account
from mockserver.codec import decode, encode
from mockserver.ledger import PLACES
from mockserver.lifecycle import timeline
from mockserver.records import TERMINAL, Exchange, Registered, Task
from mockserver.store.sql.schema import LIVE

NEVER_MS = 2**62
"""When a stuck or held task ends."""


REMEMBERED_BYTES = 16 * 1024
"""Of a request body; one that holds a whole file is not worth it."""


def _members(record: Any, **changed: Any) -> dict[str, Any]:
    """What the JSON of a record is made of; `dataclasses.replace` takes ten times as long."""
    return {name: getattr(record, name) for name in record.__slots__} | changed


def units(amount: Decimal) -> int:
    """An amount in 0.00001, as the database adds them up."""
    return int(amount / PLACES)


def money(units: int) -> Decimal:
    """Back from `units`, with five places."""
    return Decimal(units).scaleb(-5)


def account_data(account: Account) -> bytes:
    """All of the account that a create does not change, but for its name: a fork has another."""
    return encode(bare(account))


def bare(account: Account) -> Account:
    """What two accounts share that differ in name and counters alone."""
    return replace(account, account_id="", ordinal=0, serial=0)


def account_values(account: Account) -> dict[str, Any]:
    """The columns that hold an account."""
    return {"data": account_data(account), "ordinal": account.ordinal, "serial": account.serial}


@lru_cache(maxsize=4096)
def _settings(data: bytes) -> Account:
    """Records are never changed, so what comes again and again may be one."""
    return decode(Account, data)


def account_of(account_id: str, data: bytes, ordinal: int, serial: int) -> Account:
    """The account of a row; most rows are read again before anybody changes them."""
    known = _settings(data)
    return Account(
        account_id,
        known.seed,
        known.given,
        known.dialect,
        known.clock,
        known.plan,
        known.topups,
        known.faults,
        ordinal,
        serial,
    )


def _task_data(task: Task) -> bytes:
    return encode(_members(task, account_id="", body=""))


def task_ending(task: Task) -> tuple[int, bool]:
    """(when it ends, whether that gives its price back), as things stand."""
    last = timeline(task)[-1]
    return (last.at_ms if last.status in TERMINAL else NEVER_MS), last.status in ("failed", "cancelled")


def task_values(task: Task, seq: int) -> dict[str, Any]:
    """The row of a new task."""
    ends_ms, is_refunded = task_ending(task)
    return {
        "account_id": task.account_id,
        "snapshot_id": LIVE,
        "seq": seq,
        "task_id": task.task_id,
        "api_key": task.api_key,
        "created_ms": task.created_at_ms,
        "ends_ms": ends_ms,
        "total": units(task.price.total),
        "is_refunded": is_refunded,
        "data": _task_data(task),
        "body": task.body,
    }


def task_changes(task: Task) -> dict[str, Any]:
    """What a change of a task may change of its row."""
    ends_ms, is_refunded = task_ending(task)
    return {"new_data": _task_data(task), "new_ends_ms": ends_ms, "new_is_refunded": is_refunded}


def task_of(account_id: str, data: bytes, body: bytes) -> Task:
    """The task of a row; whose it is and what was sent stand beside the JSON. A poll comes again and again."""
    return (_remembered_task if len(body) <= REMEMBERED_BYTES else _task)(account_id, data, body)


def _task(account_id: str, data: bytes, body: bytes) -> Task:
    return replace(decode(Task, data), account_id=account_id, body=body)


_remembered_task = lru_cache(maxsize=1024)(_task)


def exchange_values(exchange: Exchange) -> dict[str, Any]:
    """The columns that hold an exchange; bodies are bytes and stay bytes."""
    request, response = exchange.request, exchange.response
    kept = _members(exchange, request=_members(request, body=""), response=_members(response, body=""))
    return {
        "exchange_id": exchange.exchange_id,
        "data": encode(kept),
        "request_body": request.body,
        "response_body": response.body,
    }


def exchange_of(data: bytes, request_body: bytes, response_body: bytes) -> Exchange:
    """The exchange of a row."""
    exchange = decode(Exchange, data)
    return replace(
        exchange,
        request=replace(exchange.request, body=request_body),
        response=replace(exchange.response, body=response_body),
    )


def media_data(media: Registered) -> bytes:
    """URL and facts; the bytes are kept apart."""
    return encode(replace(media, content=None))


def media_of(data: bytes, content: bytes | None) -> Registered:
    """The registration of a row."""
    return replace(decode(Registered, data), content=content)


def url_digest(url: str) -> bytes:
    return sha256(url.encode("utf-8", "surrogatepass")).digest()
