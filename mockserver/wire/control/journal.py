"""Exchanges as the control plane shows them: readable, bounded, and without any API key."""

from base64 import b64encode
from collections.abc import Sequence
from hashlib import sha256
from typing import Any

from mockserver.records import Exchange, Message, record
from mockserver.wire import redact
from mockserver.wire.control.account import number
from mockserver.wire.control.task import key_text
from mockserver.wire.values import iso

Json = dict[str, Any]


@record
class Wanted:
    """What a reader of the journal asks for; None asks for nothing."""

    method: str | None = None
    path: str | None = None
    status: int | None = None
    task_id: str | None = None
    idempotency_key: str | None = None

    def matches(self, exchange: Exchange) -> bool:
        """Exactly, and in all points. What holds an API key is found as it was, and as it is shown."""
        return (
            self.method in (None, exchange.method)
            and self.path in (None, exchange.path, redact.text(exchange.path))
            and self.status in (None, exchange.status)
            and self.task_id in (None, exchange.task_id)
            and self.idempotency_key in (None, exchange.idempotency_key, key_text(exchange.idempotency_key))
        )


def page(exchanges: Sequence[tuple[int, Exchange]], limit: int, dropped: int) -> Json:
    """Exchanges with their sequence numbers; `dropped` counts those the journal had no room for."""
    return {"exchanges": [exchange(seq, found) for seq, found in exchanges], "limit": limit, "dropped": dropped}


def request_id(found: Exchange) -> str:
    """The id of the request itself, whatever the dialect showed: the journal numbers both alike."""
    return f"req_{found.exchange_id.removeprefix('ex_')}"


def exchange(seq: int, found: Exchange) -> Json:
    """One request and its answer."""
    return {
        "exchange_id": found.exchange_id,
        "request_id": request_id(found),
        "seq": seq,
        "at": iso(found.at_ms),
        "operation": found.operation,
        "method": found.method,
        "path": redact.text(found.path),
        "query": redact.text(found.query),
        "status": found.status,
        "task_id": found.task_id,
        "idempotency_key": key_text(found.idempotency_key),
        "fault": None if found.fault is None else found.fault.name,
        "assumed": list(found.assumed),
        "duration_ms": number(found.duration_us / 1000),
        "request": _message(found.request),
        "response": _message(found.response),
    }


def _message(message: Message) -> Json:
    """Bytes that are no text stand in `body_base64`, and `body` is null then."""
    text = _text(message)
    shown: Json = {
        "headers": [_header(name.decode("latin-1"), value.decode("latin-1")) for name, value in message.headers],
        "body": None if text is None else redact.text(text),
        "body_bytes": message.size_bytes,
        "body_truncated": len(message.body) < message.size_bytes,
        "body_sha256": message.sha256 or sha256(message.body).hexdigest(),
    }
    if text is None:
        bytes_without_keys = redact.text(message.body.decode("latin-1")).encode("latin-1")
        shown["body_base64"] = b64encode(bytes_without_keys).decode()
    return shown


def _header(name: str, value: str) -> list[str]:
    return [name, redact.header(name, value)]


def _text(message: Message) -> str | None:
    """The body as text, if it is any; a cut may have gone through its last character."""
    body = message.body
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        is_cut = len(body) < message.size_bytes and error.reason == "unexpected end of data"
        return body[: error.start].decode() if is_cut else None
