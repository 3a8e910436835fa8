"""What one exchange told the client, as far as the server can know."""

import json
from functools import lru_cache
from typing import Any, Literal
from urllib.parse import urlsplit

from contracts.run import Exchange
from mockserver.journal import KEPT_BYTES

PENDING = frozenset({"queued", "processing"})
TERMINAL = frozenset({"succeeded", "failed", "cancelled"})

UNSURE = frozenset({"stall", "drip", "latency", "slice", "garbage"})
"""Faults that take time, or that are no proper HTTP: even if all was sent, the client may not have had it."""

SLOW_MS = 250
"""So long a client need not have waited: a busy machine may be slow without any fault."""

Kind = Literal["lost", "spoilt", "transient", "redirect", "conflict", "missing", "refused", "told"]

FAILING: frozenset[Kind] = frozenset({"lost", "spoilt", "transient"})
"""What is worth another attempt."""


@lru_cache(maxsize=4096)
def parsed(body: bytes) -> Any:
    """The body as JSON; None for what is none, and for `null`, which tells a client as little."""
    try:
        return json.loads(body)
    except ValueError:
        return None


def document(exchange: Exchange) -> dict[str, Any]:
    """The JSON object of the answer; empty where there is none."""
    found = parsed(exchange.response_body)
    return found if isinstance(found, dict) else {}


def kind(exchange: Exchange) -> Kind:
    """What the client had in hand: nothing whole, what makes no sense, a refusal of some sort, or what it asked."""
    status = exchange.status
    if status is None or not exchange.whole:
        return "lost"
    if status < 300:
        return "told" if document(exchange) else "spoilt"
    if status < 400:
        return "redirect"
    if status >= 500 or status in (408, 429):
        return "transient"
    if status == 409:
        return "conflict"
    return "missing" if status == 404 else "refused"


def sure(exchange: Exchange) -> bool:
    """Whether the client can but have received the whole answer."""
    return exchange.whole and exchange.fault not in UNSURE and exchange.duration_ms < SLOW_MS


def arrived(exchange: Exchange) -> bool:
    """Whether the request surely came whole: a client may have left in the middle of it."""
    announced = exchange.header("content-length") or ""
    if not announced.isdecimal():
        return exchange.status is not None
    return len(exchange.request_body) >= min(int(announced), KEPT_BYTES)


def told(exchange: Exchange) -> bool:
    """Whether the client surely received a task."""
    return sure(exchange) and kind(exchange) == "told"


def fails(exchange: Exchange) -> bool:
    """Whether the client surely has no usable answer, and another attempt may bring one."""
    return kind(exchange) in FAILING


def word(exchange: Exchange) -> str | None:
    """The status of the task in the answer."""
    found = document(exchange).get("status") if kind(exchange) == "told" else None
    return found if isinstance(found, str) else None


def ended(exchange: Exchange) -> bool:
    """Whether the client was surely told that the task has ended."""
    return told(exchange) and word(exchange) in TERMINAL


def urls(exchange: Exchange) -> list[str]:
    """The output URLs in the answer."""
    output = document(exchange).get("output")
    files = [*output.get("videos", []), *output.get("images", [])] if isinstance(output, dict) else []
    return [str(file["url"]) for file in files]


def conflict(exchange: Exchange) -> str | None:
    """Which 409 it surely was: `idempotency_mismatch` or `idempotency_in_flight`; None where no code tells."""
    if kind(exchange) != "conflict" or not sure(exchange):
        return None
    found = document(exchange)
    inner = found.get("error")
    code = inner.get("code") if isinstance(inner, dict) else found.get("code")
    return code if code in ("idempotency_mismatch", "idempotency_in_flight") else None


def leads_elsewhere(exchange: Exchange) -> bool:
    """Whether the answer redirects to another origin: another port of the same host is one."""
    targets = exchange.answered("location") if kind(exchange) == "redirect" else []
    return any(urlsplit(target).netloc not in ("", exchange.header("host")) for target in targets)


def key_of(exchange: Exchange) -> str | None:
    """The idempotency key as it was sent, whatever the server made of it."""
    return exchange.header("idempotency-key")
