"""Every exchange as it was: a pure ASGI middleware around the public surface (API.md §7).

It numbers the request, hands the layers below a `Draft` to fill in, and stores the exchange before the last byte of
the answer goes out, so that whoever has the answer finds it in the journal.
"""

from collections import Counter
from collections.abc import Callable, MutableMapping
from hashlib import sha256
from itertools import count
from typing import Any

from mockserver.clock import monotonic_s, token
from mockserver.http import Draft, Receive, Scope, Send
from mockserver.outage import UNAVAILABLE
from mockserver.records import Exchange, Message, Why
from mockserver.store import Store, Unavailable
from mockserver.tasks import Traffic

KEPT_BYTES = 64 * 1024
"""How much of a body the journal keeps."""

UNANSWERED = Why("H-NOT-FOUND", "No answer was given: the client left, or a fault took its place.")


def message(headers: list[tuple[bytes, bytes]], body: bytes) -> Message:
    """One direction of an exchange; a long body is cut, its true size and digest are kept."""
    if len(body) <= KEPT_BYTES:
        return Message(headers, body, len(body))
    return Message(headers, body[:KEPT_BYTES], len(body), sha256(body).hexdigest())


class Recorder:
    """Stores one exchange for each HTTP request that passes through it.

    `wall_ms` dates those of no account, `monotonic_s` measures how long each took. `traffic` counts them all, also
    those the journal has no room for.
    """

    def __init__(
        self,
        app: Callable[[Scope, Receive, Send], Any],
        store: Store,
        wall_ms: Callable[[], int],
        traffic: Traffic | None = None,
        monotonic_s: Callable[[], float] = monotonic_s,
    ) -> None:
        self._app = app
        self._monotonic_s = monotonic_s
        self._wall_ms = wall_ms
        self._traffic = Counter() if traffic is None else traffic
        self._store = store
        self._boot = token(4)
        self._numbers = count(1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        name = f"{self._boot}{next(self._numbers):08x}"
        draft = Draft(f"req_{name}")
        scope["draft"] = draft
        started_s = self._monotonic_s()
        start: MutableMapping[str, Any] | None = None
        sent: list[bytes] = []
        stored = is_held = False

        async def store() -> None:
            nonlocal stored
            stored = True
            duration_us = int((self._monotonic_s() - started_s) * 1e6)
            if draft.at_ms is None:
                draft.at_ms = self._wall_ms()
            exchange = _exchange(f"ex_{name}", scope, draft, start, b"".join(sent), duration_us)
            await self._store.append(draft.account_id, exchange)
            self._traffic[draft.operation, str(exchange.status or "none")] += 1

        async def watch(event: MutableMapping[str, Any]) -> None:
            nonlocal start, is_held
            if event["type"] == "http.response.start":
                # It waits for the first bytes, so that nothing has been said where the exchange cannot be stored.
                start, is_held = event, True
                return
            sent.append(event.get("body", b""))
            if not event.get("more_body", False):
                await store()
            if start is not None and is_held:
                is_held = False
                await send(start)
            await send(event)

        try:
            await self._app(scope, receive, watch)
        except Unavailable:
            stored = True
            self._traffic[draft.operation, str(UNAVAILABLE.refusal.status)] += 1
            raise
        finally:
            if not stored:
                await store()


def _exchange(
    exchange_id: str,
    scope: Scope,
    draft: Draft,
    start: MutableMapping[str, Any] | None,
    sent: bytes,
    duration_us: int,
) -> Exchange:
    assert draft.at_ms is not None
    return Exchange(
        exchange_id=exchange_id,
        at_ms=draft.at_ms,
        operation=draft.operation,
        method=scope["method"],
        path=scope["path"],
        query=scope["query_string"].decode("latin-1"),
        status=start["status"] if start else None,
        task_id=draft.task_id,
        idempotency_key=draft.idempotency_key,
        fault=draft.fault,
        assumed=draft.assumed,
        duration_us=duration_us,
        request=message(scope["headers"], draft.request_body),
        response=message(start["headers"] if start else [], sent),
        why=draft.why or UNANSWERED,
    )
