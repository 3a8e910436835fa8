"""Every exchange as it was: an ASGI application around the public surface (API.md §7).

It numbers the request, hands the layers below a `Draft` to fill in, and stores the exchange before the last byte of
the answer goes out, so that whoever has the answer finds it in the journal.
"""

from collections import Counter
from collections.abc import Callable, MutableMapping
from functools import partial
from hashlib import sha256
from itertools import count
from typing import Any

from mockserver.clock import monotonic_s, token
from mockserver.http import Answer, Answering, Asgi, Draft, Headers, Receive, Scope, Send, write
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

    `answering` gives a whole answer, or what will write one: a stream, or a fault. `wall_ms` dates exchanges of no
    account, `monotonic_s` measures how long each took. `traffic` counts them all, also those the journal has no room
    for.
    """

    def __init__(
        self,
        answering: Answering,
        store: Store,
        wall_ms: Callable[[], int],
        traffic: Traffic | None = None,
        monotonic_s: Callable[[], float] = monotonic_s,
    ) -> None:
        self._answering = answering
        self._monotonic_s = monotonic_s
        self._wall_ms = wall_ms
        self._traffic = Counter() if traffic is None else traffic
        self._store = store
        self._boot = token(4)
        self._numbers = count(1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        name = f"{self._boot}{next(self._numbers):08x}"
        scope["draft"] = draft = Draft(name, dict(scope["headers"]), self._monotonic_s())
        try:
            answer = await self._answering(scope, receive, draft)
            if type(answer) is Answer and answer.stream is None:
                exchange = self._exchange(scope, draft, answer.status, answer.headers, answer.body)
                await self._store.append(draft.account_id, exchange)
                await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
                await send({"type": "http.response.body", "body": answer.body})
                return
            await self._watch(draft, _writer(answer), scope, receive, send)
        except Unavailable:
            self._traffic[draft.operation, int(UNAVAILABLE.refusal.status)] += 1
            raise
        except BaseException:
            if not draft.is_kept:
                await self._store.append(draft.account_id, self._exchange(scope, draft, None, [], b""))
            raise

    async def _watch(self, draft: Draft, app: Asgi, scope: Scope, receive: Receive, send: Send) -> None:
        """Let `app` write, and keep what it wrote before the last of it goes out."""
        start: MutableMapping[str, Any] | None = None
        sent: list[bytes] = []
        is_held = False

        async def keep() -> None:
            status, headers = (start["status"], start["headers"]) if start else (None, [])
            exchange = self._exchange(scope, draft, status, headers, b"".join(sent))
            await self._store.append(draft.account_id, exchange)

        async def watch(event: MutableMapping[str, Any]) -> None:
            nonlocal start, is_held
            if event["type"] == "http.response.start":
                # It waits for the first bytes, so that nothing has been said where the exchange cannot be stored.
                start, is_held = event, True
                return
            sent.append(event.get("body", b""))
            if not event.get("more_body", False):
                await keep()
            if start is not None and is_held:
                is_held = False
                await send(start)
            await send(event)

        try:
            await app(scope, receive, watch)
        except Unavailable:
            draft.is_kept = True
            raise
        finally:
            if not draft.is_kept:
                await keep()

    def _exchange(self, scope: Scope, draft: Draft, status: int | None, headers: Headers, body: bytes) -> Exchange:
        """What is to be kept now; it is counted."""
        draft.is_kept = True
        self._traffic[draft.operation, status] += 1
        return Exchange(
            f"ex_{draft.name}",
            self._wall_ms() if draft.at_ms is None else draft.at_ms,
            draft.operation,
            scope["method"],
            scope["path"],
            scope["query_string"].decode("latin-1"),
            status,
            draft.task_id,
            draft.idempotency_key,
            draft.fault,
            draft.assumed,
            int((self._monotonic_s() - draft.started_s) * 1e6),
            message(scope["headers"], draft.request_body),
            message(headers, body),
            draft.why or UNANSWERED,
        )


def _writer(answer: Answer | Asgi | None) -> Asgi:
    """What writes the answer; nothing, where nobody is left to read it."""
    if isinstance(answer, Answer):
        return partial(_written, answer)
    return answer or _silent


async def _written(answer: Answer, scope: Scope, receive: Receive, send: Send) -> None:
    await write(answer, send)


async def _silent(scope: Scope, receive: Receive, send: Send) -> None:
    """The client has left."""
