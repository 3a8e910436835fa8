"""What a fault works with: the request that met it, the app behind it, and the connection it came on."""

import asyncio
from collections import deque
from collections.abc import Callable, MutableMapping
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any, Literal, Protocol

import orjson

from mockserver.accounts import Account
from mockserver.clock import Sleep
from mockserver.http import Answer, Asgi, ClientLeft, Draft, Headers, Receive, Scope, Send, write
from mockserver.problems import Problem
from mockserver.records import Rule, Why
from mockserver.wire import errors

MOST = 86_400 * 1000

Phase = Literal["before", "after"]


class Connection(Protocol):
    """What only the host can do to the socket (`serve` puts one into the scope)."""

    def reset(self) -> None:
        """Send RST: the client sees its connection reset."""
        ...

    def close(self) -> None:
        """Send what was written, then FIN."""
        ...

    def write(self, data: bytes) -> None:
        """Put bytes on the wire, past HTTP."""
        ...

    def refuse(self, seconds: float) -> None:
        """Stop listening on this connection's port for so long, wall time."""
        ...


@dataclass(slots=True)
class Call:
    """One request on its way through a fault."""

    app: Asgi
    scope: Scope
    receive: Receive
    send: Send
    account: Account
    rule: Rule
    sleep: Sleep
    wall_ms: Callable[[], int]
    unread: deque[MutableMapping[str, Any]] = field(default_factory=deque)

    @property
    def draft(self) -> Draft:
        draft: Draft = self.scope["draft"]
        return draft

    @property
    def connection(self) -> Connection:
        connection: Connection = self.scope["state"]["mindvideo.connection"]
        return connection

    async def let_through(self) -> None:
        """Answer as if there were no fault."""
        await self.app(self.scope, self._next, self.send)

    async def answered(self) -> Answer:
        """Let the API do its work, commit included, and keep its answer back."""
        start: MutableMapping[str, Any] = {}
        parts: list[bytes] = []

        async def keep(event: MutableMapping[str, Any]) -> None:
            if event["type"] == "http.response.start":
                start.update(event)
            else:
                parts.append(event.get("body", b""))

        await self.app(self.scope, self._next, keep)
        return Answer(start["status"], b"".join(parts), list(start["headers"]))

    async def write(self, answer: Answer) -> None:
        """Send a whole answer."""
        await write(answer, self.send)

    async def start(self, answer: Answer) -> None:
        """Send status and headers alone."""
        await self.send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})

    async def piece(self, part: bytes) -> None:
        """Send a part of the body; more follows."""
        await self.send({"type": "http.response.body", "body": part, "more_body": True})

    async def end(self, part: bytes) -> None:
        """Send the last part of the body."""
        await self.send({"type": "http.response.body", "body": part})

    async def flush(self) -> None:
        """Headers wait for the first bytes of the body under uvicorn: an empty part sends them off."""
        await self.piece(b"")

    async def pieces(self, body: bytes, size_bytes: int, interval_s: float) -> None:
        """Send the body in packets with a pause after each."""
        for first in range(0, len(body), size_bytes):
            await self.piece(body[first : first + size_bytes])
            await self.wait(interval_s)
        await self.end(b"")

    async def wait(self, seconds: float) -> None:
        """Let wall time pass; the client may leave meanwhile, and nobody is kept waiting for it then.

        Raises:
            ClientLeft: if it did.
        """
        left, slept = asyncio.ensure_future(self.gone()), asyncio.ensure_future(self.sleep(seconds))
        _, pending = await asyncio.wait({left, slept}, return_when=asyncio.FIRST_COMPLETED)
        is_gone = left.done()
        for waiting in pending:
            waiting.cancel()
        await asyncio.gather(*pending, return_exceptions=True)
        if is_gone:
            raise ClientLeft

    async def gone(self) -> None:
        """Return once the connection is no more: only then may an app end without an answer."""
        while (message := await self.receive())["type"] != "http.disconnect":
            self.unread.append(message)

    async def _next(self) -> MutableMapping[str, Any]:
        """What the app receives: nothing is lost to it that came while somebody watched for the client to leave."""
        return self.unread.popleft() if self.unread else await self.receive()

    async def reset(self) -> None:
        """End the connection by RST."""
        self.connection.reset()
        await self.gone()

    async def close(self) -> None:
        """End the connection by FIN, after what was written."""
        self.connection.close()
        await self.gone()

    def error(self, status: int, code: str, message: str) -> Answer:
        """An error in the account's envelope, under any status."""
        return self.render(Problem(code, message), status)

    def refusal(self, code: str, message: str, *, retry_after_s: int | None = None) -> Answer:
        """A refusal of the API's own, in the account's dialect, that the API never made."""
        return self.render(Problem(code, message, retry_after_s=retry_after_s))

    def render(self, problem: Problem, status: int | None = None) -> Answer:
        """A problem as the account's dialect writes it, under another status if one is given."""
        told, content_type, body = errors.render(problem, self.account.dialect, self.draft.request_id, status)
        headers: Headers = [(b"content-type", content_type), (b"content-length", b"%d" % len(body))]
        return Answer(told, body, headers + errors.headers(problem, told))

    def http_date(self, ahead_s: float) -> str:
        """An HTTP-date so far ahead of now, on the clock that the answer's `Date` is written by."""
        return formatdate(self.wall_ms() / 1000 + ahead_s, usegmt=True)

    def note(self, summary: str) -> None:
        """Say in the journal and to `explain` what happened, in place of what the API would have said."""
        self.draft.why = Why("F-FAULT", summary)


def with_body(answer: Answer, body: bytes) -> Answer:
    """The answer with another body, and that body's length."""
    headers = [(name, value) for name, value in answer.headers if name != b"content-length"]
    return Answer(answer.status, body, [*headers, (b"content-length", b"%d" % len(body))])


def edit(answer: Answer, change: Callable[[object], object]) -> Answer:
    """The answer with its JSON changed; another kind of body stays as it is."""
    try:
        document = orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        return answer
    return with_body(answer, orjson.dumps(change(document)))


def positive(name: str, value: float) -> None:
    """Check a parameter.

    Raises:
        ValueError: naming it, if it is not above zero or beyond a day's seconds.
    """
    if not 0 < value <= MOST:
        raise ValueError(f"{name} must be above 0 and at most {MOST}")
