"""A task whole: its plan, the facts of its media, the working of its price, and what operators did to it."""

from typing import Any

import orjson

from mockserver.ledger import cost_of
from mockserver.lifecycle import is_held, state_at
from mockserver.records import MediaFacts, OperatorEvent, Plan, Price, Registered, Task
from mockserver.wire import redact
from mockserver.wire.control.account import number, seconds
from mockserver.wire.values import iso, money_text

Json = dict[str, Any]


def record(task: Task, now_ms: int) -> Json:
    """The task at `now_ms`, with everything that decided how it goes."""
    state = state_at(task, now_ms)
    cost = cost_of(task, state.status)
    return {
        "task_id": task.task_id,
        "request_id": task.request_id,
        "status": state.status,
        "model": task.model,
        "input": orjson.loads(task.body)["input"],
        "idempotency_key": key_text(task.idempotency_key),
        "created_at": iso(task.created_at_ms),
        "updated_at": iso(state.at_ms),
        "plan": _plan(task.plan),
        "media": {member(pointer): facts(known) for pointer, known in task.media},
        "price": _price(task.price),
        "cost_actual": None if cost is None else money_text(cost),
        "held": is_held(task),
        "operator": [_event(event) for event in task.operator],
    }


def key_text(idempotency_key: str | None) -> str | None:
    """An idempotency key, which a client may have made of its API key."""
    return None if idempotency_key is None else redact.text(idempotency_key)


def member(pointer: str) -> str:
    """The name of a media member: `/input/image_urls/0` is `image_urls.0`."""
    return pointer.removeprefix("/input/").replace("/", ".")


def facts(known: MediaFacts) -> Json:
    """What is known of a file, null where nothing is, and how it came to be known."""
    duration_us = known.duration_us
    return {
        "kind": known.kind,
        "duration_s": None if duration_us is None else number(duration_us / 1_000_000),
        "width": known.width,
        "height": known.height,
        "bytes": known.size_bytes,
        "container": known.container,
        "source": known.source,
    }


def media(registered: Registered) -> Json:
    """A URL registered with an account."""
    return {"url": registered.url, "facts": facts(registered.facts)}


def _plan(plan: Plan) -> Json:
    shown: Json = {
        "queued_s": seconds(plan.queued_ms),
        "processing_s": seconds(plan.processing_ms),
        "outcome": plan.outcome,
    }
    return shown | _said(plan.code, plan.message)


def _price(price: Price) -> Json:
    return {
        "unit": money_text(price.unit),
        "seconds": price.seconds,
        "total": money_text(price.total),
        "charge_on": price.charge_on,
    }


def _event(event: OperatorEvent) -> Json:
    shown = {"at": iso(event.at_ms), "type": event.kind}
    if event.outcome is not None:
        shown["outcome"] = event.outcome
    return shown | _said(event.code, event.message)


def _said(code: str | None, message: str | None) -> Json:
    """Failure code and message, where there are any; they may come from a prompt."""
    given = {"code": code, "message": message}
    return {name: redact.text(value) for name, value in given.items() if value is not None}
