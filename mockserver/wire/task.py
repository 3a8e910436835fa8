"""A task as the public API shows it at one instant (D-CREATE, D-READ, D-EVENTS, D-OUTPUT, D-COST)."""

from collections.abc import Callable

import orjson

from mockserver.dialect import Dialect
from mockserver.ledger import cost_of
from mockserver.lifecycle import Change, events_at, progress_at, state_at
from mockserver.records import TERMINAL, Task
from mockserver.wire import redact
from mockserver.wire.values import iso, money_number

FAILED_CODE = "generation_failed"
FAILED_MESSAGE = "The generation failed."

EXTENSIONS = {"videos": "mp4", "images": "png"}


def output_urls(task: Task, base_url: str) -> list[str]:
    """The absolute URLs of a succeeded task's files; they need no key and hold none."""
    ending = EXTENSIONS[task.output]
    return [f"{base_url}/outputs/{task.account_id}/{task.task_id}/{index}.{ending}" for index in range(task.files)]


def render(task: Task, now_ms: int, dialect: Dialect, request_id: str, base_url: Callable[[], str]) -> bytes:
    """The task object: `request_id, task_id, status, cost_estimate`, then what exists by now.

    `base_url` is asked only where there is something to link to. What else is in the text
    is made of characters JSON takes as they are, or rendered by orjson.
    """
    state = state_at(task, now_ms)
    shown_id = task.request_id if dialect.request_id_of == "task" else request_id
    text = (
        f'{{"request_id":"{shown_id}","task_id":"{task.task_id}","status":"{state.status}",'
        f'"cost_estimate":{money_number(task.price.total)}'
    )
    pending = dialect.pending_fields == "null"
    actual = cost_of(task, state.status)
    if actual is not None:
        text += f',"cost_actual":{money_number(actual)}'
    elif pending:
        text += ',"cost_actual":null'
    if state.status == "succeeded":
        files = [{"url": url} for url in output_urls(task, base_url())]
        text += f',"output":{orjson.dumps({task.output: files}).decode()}'
    elif pending:
        text += ',"output":null'
    error = _error(state, dialect) if state.status == "failed" else None
    if error is not None:
        text += f',"error":{orjson.dumps(error).decode()}'
    elif pending:
        text += ',"error":null'
    if dialect.extra_fields == "some":
        text += f",{_extra(task, state, now_ms)}"
    return f"{text}}}".encode()


def _error(state: Change, dialect: Dialect) -> dict[str, str] | str | None:
    """Code and message may come from a marker in the prompt, so they could hold a key."""
    if dialect.failed_error == "absent":
        return None
    message = redact.text(state.message or FAILED_MESSAGE)
    code = redact.text(state.code or FAILED_CODE)
    return message if dialect.failed_error == "string" else {"code": code, "message": message}


def _extra(task: Task, state: Change, now_ms: int) -> str:
    extra = {
        "model": task.model,
        "created_at": iso(task.created_at_ms),
        "updated_at": iso(state.at_ms),
        "progress": progress_at(task, now_ms),
    }
    return orjson.dumps(extra).decode()[1:-1]


def event_id(task: Task, index: int) -> str:
    """The name of one event; it never changes, whatever happens later."""
    return f"evt_{task.task_id.removeprefix('task_')}_{index}"


def event_json(task: Task, change: Change) -> dict[str, str]:
    """One event of D-EVENTS."""
    return {
        "event_id": event_id(task, change.index),
        "type": f"task.{change.status}",
        "status": change.status,
        "created_at": iso(change.at_ms),
    }


def render_events(task: Task, now_ms: int, dialect: Dialect) -> bytes:
    """The events so far, as an object or a bare array."""
    events = [event_json(task, change) for change in events_at(task, now_ms)]
    return orjson.dumps(events if dialect.events_format == "array" else {"task_id": task.task_id, "events": events})


def sse_event(task: Task, change: Change) -> bytes:
    """One event as a block of a `text/event-stream`."""
    event = event_json(task, change)
    return b"id: %b\nevent: %b\ndata: %b\n\n" % (
        event["event_id"].encode(),
        event["type"].encode(),
        orjson.dumps(event),
    )


def is_final(change: Change) -> bool:
    """Whether no event can follow this one."""
    return change.status in TERMINAL
