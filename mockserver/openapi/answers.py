"""What a success looks like in one dialect: tasks, their output, their events."""

from typing import Any

from mockserver import models
from mockserver.clauses import clauses
from mockserver.dialect import Dialect
from mockserver.openapi.marks import marks

Json = dict[str, Any]

EXAMPLE = {
    "request_id": "req_demo_model",
    "task_id": "task_demo_model",
    "status": "succeeded",
    "cost_estimate": 0.11574,
    "cost_actual": 0.11574,
    "output": {"videos": [{"url": "https://example.com/output/demo.mp4"}]},
}
"""The platform page's own answer."""

STATUSES = ("queued", "processing", "succeeded", "failed", "cancelled")
LATER = ("cost_actual", "output", "error")
"""The members that exist from some status on."""

REQUEST_ID = {"type": "string", "pattern": "^req_[0-9a-z_]+$"}
TASK_ID = {"type": "string", "pattern": "^task_[0-9a-z_]+$"}
INSTANT = {"type": "string", "format": "date-time"}


def task(description: str, clause: str) -> Json:
    """An answer that holds a task."""
    content = {"schema": {"$ref": "#/components/schemas/Task"}, "examples": {"documented": {"value": EXAMPLE}}}
    return {"description": description, "content": {"application/json": content}, **marks(clause)}


def events(dialect: Dialect) -> Json:
    """The answer that holds a task's events, in the dialect's format."""
    kind = "text/event-stream" if dialect.events_format == "sse" else "application/json"
    content = {kind: {"schema": {"$ref": "#/components/schemas/Events"}}}
    return {"description": "The events so far.", "content": content, **marks("D-EVENTS")}


def headers() -> Json:
    """The headers answers bring, under the names they refer to."""
    assumed = "Facts of media that were assumed, not probed, such as video_url.duration_s=8. The fake alone sends it."
    return {
        "Assumed": {"description": assumed, "schema": {"type": "string"}, **marks("M-ASSUMED")},
        "Replayed": {
            "description": "Sent where the Idempotency-Key belongs to an earlier create.",
            "schema": {"type": "string", "const": "true"},
            **marks("A-IDEM-REPLAY-HEADER"),
        },
        "Challenge": {
            "required": True,
            "schema": {"type": "string", "const": "Bearer"},
            **marks("A-UNKNOWN-KEY-STATUS"),
        },
        "RetryAfter": {
            "description": "Seconds to wait before the next try.",
            "required": True,
            "schema": {"type": "integer", "minimum": 1},
            **marks("A-RATE-LIMIT"),
        },
        "RetryInFlight": {
            "description": "Sent where the first request of this Idempotency-Key is still being processed.",
            "schema": {"type": "integer", "minimum": 1},
            **marks("A-IDEM-IN-FLIGHT"),
        },
    }


def created_headers(dialect: Dialect) -> Json:
    """The headers of the answer to a create."""
    found = {"X-Mock-Assumed": {"$ref": "#/components/headers/Assumed"}}
    if dialect.idempotency_replay_header != "none":
        found[dialect.idempotency_replay_header] = {"$ref": "#/components/headers/Replayed"}
    return found


def schemas(dialect: Dialect) -> Json:
    """The schemas of tasks and events."""
    return {
        "Task": _task(dialect),
        "Output": _output(),
        "Status": {"type": "string", "enum": list(STATUSES), **marks("D-STATUS")},
        "Event": _event(),
        "Events": _events(dialect),
    }


def _task(dialect: Dialect) -> Json:
    nulls = dialect.pending_fields == "null"
    members: Json = {
        "request_id": REQUEST_ID,
        "task_id": TASK_ID,
        "status": {"$ref": "#/components/schemas/Status"},
        "cost_estimate": {"type": "number", "minimum": 0, **marks("D-COST")},
        "cost_actual": {"type": "number", "minimum": 0, **marks("D-COST")},
        "output": {"$ref": "#/components/schemas/Output"},
        "error": _error(dialect),
    }
    required = ["request_id", "task_id", "status", "cost_estimate"]
    if nulls:
        required += LATER
        for name in LATER:
            members[name] = {"anyOf": [members[name], {"type": "null"}]}
    if dialect.extra_fields == "some":
        members |= _extra()
        required += _extra()
    failed = ("cost_actual",) if dialect.failed_error == "absent" else ("cost_actual", "error")
    return {
        "type": "object",
        "description": clauses()["D-READ"].sentence,
        "required": required,
        "properties": members,
        "additionalProperties": False,
        "allOf": [
            _when(("queued", "processing"), (), nulls),
            _when(("succeeded",), ("cost_actual", "output"), nulls),
            _when(("failed",), failed, nulls),
            _when(("cancelled",), ("cost_actual",), nulls),
        ],
        **marks("D-READ"),
    }


def _when(statuses: tuple[str, ...], there: tuple[str, ...], nulls: bool) -> Json:
    """In these statuses these of the later members are there, and the others not yet or not at all."""
    absent: Json | bool = {"type": "null"} if nulls else False
    present: Json | bool = {"not": {"type": "null"}} if nulls else True
    members = {name: present if name in there else absent for name in LATER}
    return {
        "if": {"properties": {"status": {"enum": list(statuses)}}},
        "then": {"required": list(there), "properties": members},
    }


def _error(dialect: Dialect) -> Json:
    """Why a task failed; where the dialect has no such member, its schema is never used."""
    text = {"type": "string", "minLength": 1}
    if dialect.failed_error == "object":
        properties = {"code": text, "message": text}
        schema: Json = {"type": "object", "required": ["code", "message"], "properties": properties}
        return schema | {"additionalProperties": False} | marks("A-FAILED-ERROR")
    return text | marks("A-FAILED-ERROR")


def _extra() -> Json:
    """The further members of `extra_fields = "some"`."""
    marked = marks("A-EXTRA-FIELDS")
    return {
        "model": {"type": "string", "enum": list(models.slugs()), **marked},
        "created_at": {**INSTANT, **marked},
        "updated_at": {**INSTANT, **marked},
        "progress": {"type": "integer", "minimum": 0, "maximum": 100, **marked},
    }


def _output() -> Json:
    """Videos or images, by what the model makes."""
    file = {
        "type": "object",
        "required": ["url"],
        "properties": {"url": {"type": "string", "format": "uri", "minLength": 1}},
        "additionalProperties": False,
    }
    kinds = [
        {
            "type": "object",
            "required": [name],
            "properties": {name: {"type": "array", "minItems": 1, "items": file}},
            "additionalProperties": False,
        }
        for name in ("videos", "images")
    ]
    return {"oneOf": kinds, **marks("D-OUTPUT")}


def _event() -> Json:
    return {
        "type": "object",
        "required": ["event_id", "type", "status", "created_at"],
        "properties": {
            "event_id": {"type": "string", "pattern": "^evt_[0-9a-z_]+$"},
            "type": {"type": "string", "enum": [f"task.{status}" for status in STATUSES]},
            "status": {"$ref": "#/components/schemas/Status"},
            "created_at": INSTANT,
        },
        "additionalProperties": False,
        **marks("A-EVENTS-FORMAT"),
    }


def _streamed_event() -> Json:
    """One block of an event stream: before OpenAPI 3.2, that is what the schema of a stream is taken to describe."""
    data = {
        "type": "string",
        "contentMediaType": "application/json",
        "contentSchema": {"$ref": "#/components/schemas/Event"},
    }
    return {
        "type": "object",
        "description": "Each block of the stream, which ends with the task; the data is one Event.",
        "required": ["id", "event", "data"],
        "properties": {"id": {"type": "string"}, "event": {"type": "string"}, "data": data},
        "additionalProperties": False,
    }


def _events(dialect: Dialect) -> Json:
    listed = {"type": "array", "minItems": 1, "items": {"$ref": "#/components/schemas/Event"}}
    if dialect.events_format == "sse":
        return _streamed_event() | marks("A-EVENTS-FORMAT")
    if dialect.events_format == "array":
        return listed | marks("A-EVENTS-FORMAT")
    return {
        "type": "object",
        "required": ["task_id", "events"],
        "properties": {"task_id": TASK_ID, "events": listed},
        "additionalProperties": False,
        **marks("A-EVENTS-FORMAT"),
    }
