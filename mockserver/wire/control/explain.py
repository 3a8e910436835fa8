"""Why an exchange was answered as it was (API.md §7)."""

from collections.abc import Iterable
from typing import Any

from mockserver.dialect import Dialect, as_json
from mockserver.records import Exchange, Violation
from mockserver.wire import redact
from mockserver.wire.control.faults import rule

Json = dict[str, Any]


def creator(exchanges: Iterable[tuple[int, Exchange]], task_id: str) -> str | None:
    """The exchange that created the task, if the journal still has it."""
    made = (each for _, each in exchanges if each.task_id == task_id and each.why.clause == "D-CREATE")
    return next((each.exchange_id for each in made), None)


def render(found: Exchange, dialect: Dialect, holder_exchange_id: str | None) -> Json:
    """The clause, the settings with their values in `dialect`, and who holds the idempotency key."""
    why, values = found.why, as_json(dialect)
    shown: Json = {
        "exchange_id": found.exchange_id,
        "status": found.status,
        "clause": why.clause,
        "summary": redact.text(why.summary),
        "settings": {name: values[name] for name in why.settings},
        "assumed": list(found.assumed),
    }
    if why.details:
        shown["details"] = [detail(violation) for violation in why.details]
    if why.holder is not None:
        shown["holder"] = {"exchange_id": holder_exchange_id, "task_id": why.holder}
        shown["differs"] = [redact.text(pointer) for pointer in why.differs]
    if found.fault is not None:
        shown["fault"] = rule(found.fault)
    return shown


def detail(violation: Violation) -> Json:
    """One broken rule, and the promise it belongs to."""
    return {
        "param": redact.text(violation.param),
        "code": violation.code,
        "message": redact.text(violation.message),
        "clause": violation.clause,
    }
