"""What a refusal looks like in one dialect, and which of them each operation can give."""

from typing import Any

from mockserver.clauses import clauses
from mockserver.dialect import Dialect
from mockserver.openapi.answers import REQUEST_ID
from mockserver.openapi.marks import marks
from mockserver.problems import REFUSALS

Json = dict[str, Any]

ALWAYS = ("unauthorized", "key_disabled", "unavailable")
READS = (*ALWAYS, "not_found", "task_not_found")
POSSIBLE: dict[str, tuple[str, ...]] = {
    "submitTask": (
        *ALWAYS,
        "unsupported_media_type",
        "body_too_large",
        "body_timeout",
        "invalid_json",
        "invalid_idempotency_key",
        "idempotency_mismatch",
        "idempotency_in_flight",
        "invalid_request",
        "model_not_found",
        "invalid_input",
        "invalid_media",
        "invalid_duration",
        "insufficient_balance",
        "rate_limited",
        "concurrency_limited",
    ),
    "getTask": READS,
    "getTaskEvents": READS,
}
ONLY_UNDER = {
    "idempotency_in_flight": ("idempotency_in_flight", "conflict"),
    "invalid_duration": ("duration_check", "at_submit"),
}
"""Refusals that one value of one setting brings; the others stand in every dialect."""

TYPES = sorted({refusal.type for refusal in REFUSALS.values()})


def responses(operation_id: str, dialect: Dialect) -> Json:
    """The refusals of one operation, by status."""
    by_status: dict[int, list[str]] = {}
    for code in POSSIBLE[operation_id]:
        setting, value = ONLY_UNDER.get(code, ("", None))
        if not setting or getattr(dialect, setting) == value:
            status = REFUSALS[code].status
            number: int = status if isinstance(status, int) else getattr(dialect, status)
            by_status.setdefault(number, []).append(code)
    return {str(status): _response(status, codes, dialect) for status, codes in sorted(by_status.items())}


def _response(status: int, codes: list[str], dialect: Dialect) -> Json:
    """One status with all that can lead to it: the sentences of their clauses."""
    ids = list(dict.fromkeys(REFUSALS[code].clause for code in codes))
    kind = "application/problem+json" if dialect.error_envelope == "problem" else "application/json"
    answer: Json = {
        "description": "\n\n".join(clauses()[clause].sentence for clause in ids),
        "content": {kind: {"schema": _schema(codes, dialect)}},
        **marks(ids[0]),
        "x-clauses": ids,
    }
    headers = {401: ("WWW-Authenticate", "Challenge"), 429: ("Retry-After", "RetryAfter")}
    if "idempotency_in_flight" in codes:
        headers[409] = ("Retry-After", "RetryInFlight")
    if status in headers:
        name, component = headers[status]
        answer["headers"] = {name: {"$ref": f"#/components/headers/{component}"}}
    return answer


def _schema(codes: list[str], dialect: Dialect) -> Json:
    """The envelope, with the codes that this status can carry."""
    envelope: Json = {"$ref": "#/components/schemas/Error"}
    if dialect.error_envelope == "detail":
        return envelope
    narrowed: Json = {"properties": {"code": {"enum": codes}}}
    if dialect.error_envelope == "nested":
        narrowed = {"properties": {"error": narrowed}}
    return {"allOf": [envelope, narrowed]}


def schemas(dialect: Dialect) -> Json:
    """The error envelope of the dialect, and one violation in its list of details."""
    envelopes = {"nested": _nested, "flat": _flat, "detail": _detail, "problem": _problem}
    return {"Error": envelopes[dialect.error_envelope]() | marks("A-ERROR-ENVELOPE"), "Violation": _violation()}


def _closed(required: list[str], properties: Json) -> Json:
    return {"type": "object", "required": required, "properties": properties, "additionalProperties": False}


TEXT = {"type": "string", "minLength": 1}
POINTER = {"type": "string", "pattern": "^(/|$)", "description": "A JSON Pointer into the request body."}
DETAILS = {"type": "array", "minItems": 1, "items": {"$ref": "#/components/schemas/Violation"}}
MEMBERS = {"code": TEXT, "message": TEXT, "param": POINTER, "details": DETAILS}


def _violation() -> Json:
    properties = {"param": POINTER, "code": TEXT, "message": TEXT}
    return _closed(["param", "code", "message"], properties) | marks("H-ERRORS")


def _nested() -> Json:
    error = _closed(["code", "message", "type"], MEMBERS | {"type": {"type": "string", "enum": TYPES}})
    return _closed(["error", "request_id"], {"error": error, "request_id": REQUEST_ID})


def _flat() -> Json:
    return _closed(["code", "message", "request_id"], MEMBERS | {"request_id": REQUEST_ID})


def _detail() -> Json:
    return _closed(["detail"], {"detail": {"anyOf": [TEXT, DETAILS]}})


def _problem() -> Json:
    properties = {
        "type": {"type": "string", "format": "uri-reference"},
        "title": TEXT,
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": TEXT,
        "code": TEXT,
        "request_id": REQUEST_ID,
        "errors": DETAILS,
    }
    return _closed(["type", "title", "status", "detail", "code", "request_id"], properties)
