"""The ledger as the control plane shows it."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from mockserver.ledger import Entry, Totals
from mockserver.wire.control.task import key_text
from mockserver.wire.values import iso, money_text


def ledger(balance: Decimal, totals: Totals, entries: Iterable[Entry]) -> dict[str, Any]:
    """What may be spent, what is held and charged, and every change that led there."""
    return {
        "balance": money_text(balance),
        "held": money_text(totals.held),
        "charged": money_text(totals.charged),
        "entries": [_entry(entry) for entry in entries],
    }


def _entry(entry: Entry) -> dict[str, Any]:
    return {
        "entry_id": entry.entry_id,
        "at": iso(entry.at_ms),
        "type": entry.type,
        "amount": money_text(entry.amount),
        "task_id": entry.task_id,
        "idempotency_key": key_text(entry.idempotency_key),
    }
