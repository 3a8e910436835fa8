"""Texts as they are shown: without keys and control characters; what came of an exchange, in words."""

import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from contracts.obligations import _answers as answers
from contracts.run import Exchange
from mockserver.wire import redact

LONGEST = 1000
"""Characters of one text that is shown; what is longer loses its middle."""

HIDDEN = "***"

_TASK_ID = re.compile(r"(task_[0-9a-f]{6})[0-9a-f]{10,}")


def clean(text: str, *secrets: str) -> str:
    """The text in one line, as it may be shown anywhere: the secrets and every API key are taken out."""
    for secret in filter(None, secrets):
        mark = redact.text(secret)
        text = text.replace(secret, HIDDEN if mark == secret else mark)
    return shortened(visible(redact.text(text)), LONGEST)


def visible(text: str) -> str:
    """The text with each character that is none to look at (control, bidirectional, surrogate) escaped."""
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)


def shortened(text: str, most: int) -> str:
    """The text, without its middle if it is too long: what differs is mostly at an end."""
    if len(text) <= most:
        return text
    kept = most - 1
    return f"{text[: kept - kept // 2]}…{text[len(text) - kept // 2 :]}"


def brief(text: str) -> str:
    """The text with the server's task ids cut to what tells them apart."""
    return _TASK_ID.sub(r"\1…", text)


def span(milliseconds: float) -> str:
    """A length of time."""
    if milliseconds < 1000:
        return f"{milliseconds:.0f} ms"
    if milliseconds < 120_000:
        return f"{milliseconds / 1000:.3g} s"
    minutes, seconds = divmod(round(milliseconds / 1000), 60)
    return f"{minutes} min {seconds} s" if seconds else f"{minutes} min"


def times(count: int) -> str:
    """How often."""
    return {1: "once", 2: "twice"}.get(count, f"{count} times")


def listed(parts: Iterable[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    *most, last = parts
    return f"{', '.join(most)} and {last}" if most else last


def count(number: int, noun: str) -> str:
    """`1 life`, `2 lives`."""
    plural = {"life": "lives"}.get(noun, f"{noun}s")
    return f"{number} {noun if number == 1 else plural}"


TASK: Mapping[str, str] = {
    "failed": "a task that fails",
    "cancelled": "a task that is cancelled",
    "stuck": "a task that never ends",
    "ends": "a task that does not succeed",
    "skip_states": "a task that skips states",
    "terminal_at_create": "a task that ends at once",
    "no_output": "a task that succeeds without output",
}
"""How a task goes, by its outcome or by the fault that decides it; what is not here is nothing special."""

_FAULTS: Mapping[str, str] = {
    "status": "{status}{phase}",
    "lost_request": "connection lost{phase}",
    "lost_response": "connection lost{phase}",
    "close": "connection closed without an answer{phase}",
    "refuse": "connection refused",
    "stall": "no byte for {seconds}, {then}",
    "drip": "the answer drips for {seconds}, {then}",
    "latency": "{seconds} late, {then}",
    "slice": "{plain} in tiny packets",
    "truncate": "answer cut short{phase}",
    "garbage": "garbled answer{phase}",
    "gateway_html": "{status} with a gateway's HTML page",
    "extra_fields": "{plain} with unknown fields",
    "reordered_fields": "{plain} with its fields in another order",
    "null_fields": "{plain} with null in place of what is not there",
    "stale_read": "an older view: {plain}",
    "read_lag_404": "404, not to be seen yet",
    "unknown_status": "an unknown status: {plain}",
    "replay_view": "replayed: {plain}",
    "key_revoked": "{status}, the key is revoked",
    "no_balance": "{status}, no balance",
}


def came(exchange: Exchange, *, commits: bool, secret: str) -> str:
    """What came of an exchange, as the client saw it or would have."""
    template = _FAULTS.get(exchange.fault or "", "{plain}")
    then = "then the client leaves" if exchange.status is None or not exchange.whole else f"then {_plain(exchange)}"
    told = template.format(
        status=exchange.status,
        phase=_phase(exchange, commits),
        seconds=span(exchange.duration_ms),
        plain=_plain(exchange),
        then=then,
    )
    waits = "".join(f", Retry-After {value}" for value in exchange.answered("retry-after"))
    return clean(told + waits, secret)


def _phase(exchange: Exchange, commits: bool) -> str:
    if commits:
        return " after commit"
    return " before commit" if exchange.operation == "create" and exchange.task_id is None else ""


def _plain(exchange: Exchange) -> str:
    """Status of the answer, and what it says."""
    if exchange.status is None:
        return "no answer: the client left"
    said = _said(exchange)
    return f"{exchange.status} {said}" if said else f"{exchange.status}"


def _said(exchange: Exchange) -> str:
    if not exchange.whole:
        return "cut short"
    places = exchange.answered("location")
    if answers.kind(exchange) == "redirect" and places:
        return f"to {places[-1]}" if urlsplit(places[-1]).netloc else "to the same origin"
    document = answers.document(exchange)
    inner = document.get("error")
    found: Any = document.get("status") if exchange.status and exchange.status < 300 else None
    found = found or (inner.get("code") if isinstance(inner, dict) else document.get("code"))
    return found if isinstance(found, str) else ""
