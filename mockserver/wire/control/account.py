"""An account, its keys, clock and plan, as the control plane shows them."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from mockserver.accounts import Account, Key
from mockserver.ledger import Totals
from mockserver.planning import PlanBook, PlanEntry
from mockserver.records import record
from mockserver.store.belongings import Saved
from mockserver.wire.values import iso, money_text

Json = dict[str, Any]


@record
class Standing:
    """An account and its money at one instant, `now_ms` on its own clock; `keys` are the living ones."""

    account: Account
    keys: Sequence[Key]
    tasks: int
    totals: Totals
    now_ms: int


def number(value: float) -> float:
    """A number as it would be written by hand: whole ones without a point."""
    return int(value) if float(value).is_integer() else value


def seconds(duration_ms: int) -> float:
    """Milliseconds as a JSON number of seconds."""
    return number(duration_ms / 1000)


def key(found: Key) -> Json:
    return {"key": found.key, "state": found.state}


def clock(account: Account, now_ms: int) -> Json:
    """Its mode, its speed, and its time."""
    return {"mode": account.clock.mode, "speed": number(account.clock.speed), "now": iso(now_ms)}


def summary(account: Account, keys: int, tasks: int, balance: Decimal) -> Json:
    """An account in the list of all."""
    return {"account": account.account_id, "keys": keys, "tasks": tasks, "balance": money_text(balance)}


def state(standing: Standing) -> Json:
    """All there is to say of an account in a few lines."""
    totals = standing.totals
    return {
        "account": standing.account.account_id,
        "keys": [key(found) for found in standing.keys],
        "balance": money_text(standing.account.credit - totals.held - totals.charged),
        "held": money_text(totals.held),
        "charged": money_text(totals.charged),
        "tasks": standing.tasks,
        "seed": standing.account.seed,
        "clock": clock(standing.account, standing.now_ms),
    }


def snapshot(saved: Saved) -> Json:
    """A snapshot in the list of all; the account's `ordinal` counts the tasks it had."""
    account = saved.account
    return {"snapshot": saved.snapshot_id, "at": iso(account.clock.anchor_ms), "tasks": account.ordinal}


def plan(book: PlanBook) -> Json:
    """The plan, with what is left of its queue; what was not said is left out."""
    return {**_entry(book.base), "queue": [_entry(entry) for entry in book.queue]}


def _entry(entry: PlanEntry) -> Json:
    shown = {
        "timing": entry.timing,
        "queued_s": None if entry.queued_ms is None else seconds(entry.queued_ms),
        "processing_s": None if entry.processing_ms is None else seconds(entry.processing_ms),
        "outcome": entry.outcome,
        "code": entry.code,
        "message": entry.message,
    }
    return {name: value for name, value in shown.items() if value is not None}
