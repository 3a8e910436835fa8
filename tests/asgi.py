"""The server's ASGI application called in process, its wall clock standing still until a test moves it.

What a socket adds is left out: `tests/mockserver/test_serve.py` has that.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Iterable, Mapping, MutableMapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import unquote

from mockserver.accounts import Account, account_id_of
from mockserver.app import App
from mockserver.dialect import Dialect, merge, parse
from mockserver.planning import PlanBook
from mockserver.settings import Settings
from mockserver.store import Store
from mockserver.tasks import Service
from mockserver.tasks.tenants import key_of

START_MS = 1_772_366_400_000
"""2026-03-01T12:00:00.000Z"""

KEY = "mv_live_first"
OTHER_KEY = "mv_live_other"
TASKS = "/api/v1/tasks"
HOST = "mock.example:8000"
MODEL = "kling-v3-motion-control"
INPUT: dict[str, Any] = {
    "prompt": "人物按参考视频动作起舞",
    "character_orientation": "image",
    "image_url": "https://example.com/ref-image.png",
    "keep_original_sound": "yes",
    "mode": "std",
    "video_url": "https://example.com/ref-video-8s.mp4",
}

Message = MutableMapping[str, Any]
Headers = Iterable[tuple[str, str | bytes]]


def kling(**changes: object) -> dict[str, Any]:
    """The body of the platform's page with these members of `input` changed; None leaves one out."""
    members = {name: value for name, value in (INPUT | changes).items() if value is not None}
    return {"model": MODEL, "input": members}


def dialect(**changes: object) -> Dialect:
    """The default dialect with these settings, as they are written outside."""
    parsed = parse(changes)
    assert isinstance(parsed, Dialect), parsed
    return parsed


@dataclass
class Reply:
    """One whole answer."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    def header(self, name: str) -> str | None:
        """The only header of that name, or None."""
        found = [value for each, value in self.headers if each == name]
        assert len(found) <= 1, found
        return found[0] if found else None

    @property
    def code(self) -> str:
        """The error code of the nested envelope."""
        code: str = self.json["error"]["code"]
        return code

    @property
    def text(self) -> str:
        """All a client can see of it: headers and body."""
        return "\n".join([*(f"{name}: {value}" for name, value in self.headers), self.body.decode("latin-1")])


@dataclass
class Exchange:
    """A request under way: what the client still has to send, and what has come back so far."""

    scope: dict[str, Any]
    to_send: asyncio.Queue[Message] = field(default_factory=asyncio.Queue)
    came: asyncio.Queue[Message] = field(default_factory=asyncio.Queue)

    async def receive(self) -> Message:
        return await self.to_send.get()

    async def send(self, message: Message) -> None:
        await self.came.put(message)

    def leave(self) -> None:
        """The client closes the connection."""
        self.to_send.put_nowait({"type": "http.disconnect"})

    def reply(self) -> Reply | None:
        """What has come, or None if nothing has."""
        messages = [self.came.get_nowait() for _ in range(self.came.qsize())]
        if not messages:
            return None
        start, *parts = messages
        headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in start["headers"]]
        return Reply(start["status"], headers, b"".join(part["body"] for part in parts))


class Caller:
    """A client and the server it calls. `wall_ms` is what the wall clock shows."""

    def __init__(self, settings: Settings | None = None, store: Store | None = None, wall_ms: int = START_MS) -> None:
        self.wall_ms = wall_ms
        self.app = App(settings or Settings(), store, lambda: self.wall_ms)

    @property
    def service(self) -> Service:
        return self.app.service

    @property
    def store(self) -> Store:
        return self.app.store

    def exchange(
        self, method: str, path: str, chunks: Iterable[bytes] = (b"",), headers: Headers = (), *, whole: bool = True
    ) -> Exchange:
        """A request as the host would hand it over; with `whole` its last chunk is known to be the last."""
        target, _, query = path.partition("?")
        scope = {
            "type": "http",
            "method": method,
            "scheme": "http",
            "path": unquote(target),
            "raw_path": target.encode(),
            "query_string": query.encode("latin-1"),
            "headers": [
                (name.lower().encode(), value if isinstance(value, bytes) else value.encode("latin-1"))
                for name, value in headers
            ],
            "server": ("127.0.0.1", 8000),
        }
        made = Exchange(scope)
        *first, last = chunks
        for chunk in first:
            made.to_send.put_nowait({"type": "http.request", "body": chunk, "more_body": True})
        made.to_send.put_nowait({"type": "http.request", "body": last, "more_body": not whole})
        return made

    async def call(self, exchange: Exchange) -> Reply | None:
        """The answer; None where there was none."""
        await self.app(exchange.scope, exchange.receive, exchange.send)
        return exchange.reply()

    def start(self, exchange: Exchange) -> asyncio.Task[None]:
        """Serve an exchange whose answer is looked at while it comes: see `chunks_of`."""

        async def serve() -> None:
            await self.app(exchange.scope, exchange.receive, exchange.send)

        return asyncio.ensure_future(serve())

    async def request(
        self,
        method: str,
        path: str,
        body: object = None,
        headers: Mapping[str, str] | None = None,
        *,
        key: str | None = KEY,
        raw: bytes | None = None,
    ) -> Reply:
        """One exchange: `body` is sent as JSON, `raw` as it is; `headers` come over the usual ones, "" is none."""
        content = raw if raw is not None else b"" if body is None else json.dumps(body).encode()
        usual = {"host": HOST}
        if key is not None:
            usual["authorization"] = f"Bearer {key}"
        if content:
            usual |= {"content-type": "application/json", "content-length": str(len(content))}
        chosen = usual | (dict(headers) if headers else {})
        sent = [(name, value) for name, value in chosen.items() if value or name not in usual]
        reply = await self.call(self.exchange(method, path, [content], sent))
        assert reply is not None
        return reply

    async def create(
        self,
        body: object = None,
        *,
        key: str | None = KEY,
        idempotency_key: str | None = None,
        headers: Mapping[str, str] | None = None,
        raw: bytes | None = None,
    ) -> Reply:
        """A POST of the platform's example, or of `body`."""
        more = dict(headers or {})
        if idempotency_key is not None:
            more["idempotency-key"] = idempotency_key
        return await self.request("POST", TASKS, kling() if body is None else body, more, key=key, raw=raw)

    async def made(self, body: object = None, *, key: str = KEY, idempotency_key: str | None = None) -> str:
        """The id of a task that is created here."""
        reply = await self.create(body, key=key, idempotency_key=idempotency_key)
        assert reply.status == 200, reply.body
        task_id: str = reply.json["task_id"]
        return task_id

    async def read(self, task_id: str, *, key: str | None = KEY) -> Reply:
        return await self.request("GET", f"{TASKS}/{task_id}", key=key)

    async def events(self, task_id: str, *, key: str | None = KEY, headers: Mapping[str, str] | None = None) -> Reply:
        return await self.request("GET", f"{TASKS}/{task_id}/events", headers=headers, key=key)

    async def status(self, task_id: str, *, key: str = KEY) -> str:
        """What a poll says."""
        status: str = (await self.read(task_id, key=key)).json["status"]
        return status

    def advance(self, seconds: float) -> None:
        """Let wall time pass."""
        self.wall_ms += round(seconds * 1000)

    async def account(self, key: str = KEY) -> Account:
        """The account of a key, opened where need be."""
        await key_of(self.service, key)
        found = await self.store.account(account_id_of(key))
        assert found is not None
        return found

    async def change(self, key: str = KEY, **changes: Any) -> Account:
        """Replace parts of the account."""
        account = await self.account(key)
        changed = await self.store.change_account(account.account_id, lambda known: replace(known, **changes))
        assert isinstance(changed, Account)
        return changed

    async def set_dialect(self, key: str = KEY, **changes: object) -> None:
        """Change settings of the account's dialect, as they are written outside."""
        merged = merge((await self.account(key)).dialect, changes)
        assert isinstance(merged, Dialect), merged
        await self.change(key, dialect=merged)

    async def set_plan(self, plan: PlanBook, key: str = KEY) -> None:
        await self.change(key, plan=plan)

    async def balance(self, key: str = KEY) -> str:
        """What the account may still spend."""
        account = await self.account(key)
        usage = await self.store.usage(account.account_id)
        assert usage is not None
        return str(usage.balance(account.now_ms(self.wall_ms)))

    async def task_count(self, key: str = KEY) -> int:
        return len(await self.store.tasks((await self.account(key)).account_id))

    async def exchanges(self, key: str | None = KEY) -> list[Any]:
        """The journal of the key's account, or the server's."""
        account_id = None if key is None else (await self.account(key)).account_id
        return [exchange for _, exchange in (await self.store.exchanges(account_id, 0)).exchanges]


async def chunks_of(exchange: Exchange) -> AsyncIterator[bytes]:
    """The chunks of a streamed answer as they come, until it ends."""
    start = await exchange.came.get()
    assert start["type"] == "http.response.start"
    while True:
        part = await exchange.came.get()
        if part["body"]:
            yield part["body"]
        if not part.get("more_body", False):
            return
