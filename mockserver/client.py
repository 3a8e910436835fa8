"""A client of the control plane, for tests: synchronous, or awaited. Every refusal raises, naming the member.

Both speak the shapes of the control plane's OpenAPI document (`/_mock/openapi.json`), and need nothing but the standard
library.
"""

import asyncio
import base64
import http.client
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeVar
from urllib.parse import quote, urlencode, urlsplit

TIMEOUT_S = 90
"""Longer than the longest wait of the journal."""

Json = dict[str, Any]
T = TypeVar("T")


class ControlError(Exception):
    """The control plane refused: `status`, `code`, and `param`, the JSON Pointer of what is wrong."""

    def __init__(self, status: int, code: str, message: str, param: str | None) -> None:
        where = f" at {param}" if param else ""
        super().__init__(f"{status} {code}{where}: {message}")
        self.status, self.code, self.message, self.param = status, code, message, param


@dataclass(frozen=True, slots=True)
class ControlClient:
    """The control plane of the server at `base_url`."""

    base_url: str
    admin_token: str | None = None

    def call(self, method: str, path: str, body: object = None) -> Any:
        """One call, its JSON answer parsed; None for an empty one.

        Raises:
            ControlError: for every answer that is no success.
            OSError: if the server cannot be reached.
        """
        place = urlsplit(self.base_url)
        kind = http.client.HTTPSConnection if place.scheme == "https" else http.client.HTTPConnection
        connection = kind(place.hostname or "", place.port, timeout=TIMEOUT_S)
        headers = {"Content-Type": "application/json"}
        if self.admin_token is not None:
            headers["Authorization"] = f"Bearer {self.admin_token}"
        try:
            connection.request(method, path, None if body is None else json.dumps(body).encode(), headers)
            answer = connection.getresponse()
            return _parsed(answer.status, answer.read())
        finally:
            connection.close()

    def new_account(self, **settings: Any) -> "Account":
        """A fresh, isolated account: `balance`, `seed`, `dialect`, `clock`, `plan`, `faults`."""
        made = self.call("POST", "/_mock/accounts", settings)
        return self.account(made["account"], made["key"])

    def account(self, account: str, key: str) -> "Account":
        """An account there is."""
        return Account(self.base_url, account, key, self.call)

    def explain(self, exchange_id: str) -> Json:
        """Why an exchange was answered as it was."""
        explained: Json = self.call("GET", f"/_mock/explain/{quote(exchange_id)}")
        return explained


@dataclass(frozen=True, slots=True)
class AsyncControlClient:
    """The same, awaited; what it asks runs in a thread."""

    base_url: str
    admin_token: str | None = None

    async def run(self, what: Callable[[ControlClient], T]) -> T:
        """Anything the synchronous client can: `await control.run(lambda control: control.explain(name))`."""
        return await asyncio.to_thread(what, ControlClient(self.base_url, self.admin_token))

    async def call(self, method: str, path: str, body: object = None) -> Any:
        """Like `ControlClient.call`."""
        return await self.run(lambda control: control.call(method, path, body))

    async def new_account(self, **settings: Any) -> "AsyncAccount":
        """Like `ControlClient.new_account`."""
        return AsyncAccount(await self.run(lambda control: control.new_account(**settings)))


def _parsed(status: int, body: bytes) -> Any:
    document = json.loads(body) if body else None
    if status < 400:
        return document
    error = document.get("error", {}) if isinstance(document, dict) else {}
    raise ControlError(status, error.get("code", "unknown"), error.get("message", ""), error.get("param"))


@dataclass(frozen=True, slots=True)
class Clock:
    """An account's time."""

    _account: "Account"

    def read(self) -> Json:
        """`mode`, `speed` and `now`."""
        return self._account.ask("GET", "/clock")

    def set(self, **changes: object) -> Json:
        """Any of `mode`, `speed` and `now`."""
        return self._account.ask("PATCH", "/clock", changes)

    def freeze(self) -> Json:
        """Stop time: only `advance` moves it."""
        return self.set(mode="frozen")

    def advance(self, seconds: float | None = None, *, until: str | None = None, until_task: str | None = None) -> Json:
        """Let time pass: so many seconds, `until="next"` change or `"idle"`, or until one task has ended."""
        given = {"seconds": seconds, "until": until, "until_task": until_task}
        body = {name: value for name, value in given.items() if value is not None}
        return self._account.ask("POST", "/clock/advance", body)


@dataclass(frozen=True, slots=True)
class Journal:
    """An account's exchanges, read anew each time: iterate over it, or call it with filters."""

    _account: "Account"

    def __call__(self, **filters: str | int | float) -> list[Json]:
        """Those that match all of `method`, `path`, `status`, `task_id`, `idempotency_key`, `after`; `wait_s` waits."""
        query = f"?{urlencode(filters)}" if filters else ""
        exchanges: list[Json] = self._account.call("GET", f"/journal{query}")["exchanges"]
        return exchanges

    def __iter__(self) -> Iterator[Json]:
        return iter(self())

    def __len__(self) -> int:
        return len(self())

    def __getitem__(self, index: int) -> Json:
        return self()[index]

    def clear(self) -> None:
        """Forget what was exchanged so far."""
        self._account.call("DELETE", "/journal")


@dataclass(frozen=True, slots=True)
class Ledger:
    """An account's money at the moment it was read."""

    balance: Decimal
    held: Decimal
    charged: Decimal
    entries: tuple[Json, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """How an account's next tasks will go: call it to say so anew, `read` it to see what is left."""

    _account: "Account"

    def __call__(self, **plan: Any) -> Json:
        """`timing`, or `queued_s`, `processing_s`, `outcome`, `code`, `message`; `queue`, a list of such."""
        return self._account.ask("PUT", "/plan", plan)

    def read(self) -> Json:
        """The plan; `queue` holds what is left."""
        return self._account.ask("GET", "/plan")


@dataclass(frozen=True, slots=True)
class Account:
    """One tenant: its `key` goes into the client under test, the rest is for the test itself."""

    base_url: str
    account: str
    key: str
    _call: Callable[..., Any]

    def call(self, method: str, path: str, body: object = None) -> Any:
        """A call of the control plane below this account; see `ControlClient.call`."""
        return self._call(method, f"/_mock/accounts/{self.account}{path}", body)

    def ask(self, method: str, path: str, body: object = None) -> Json:
        """A `call` that is answered by an object."""
        answer: Json = self.call(method, path, body)
        return answer

    @property
    def clock(self) -> Clock:
        return Clock(self)

    @property
    def journal(self) -> Journal:
        return Journal(self)

    @property
    def plan(self) -> Plan:
        return Plan(self)

    @property
    def ledger(self) -> Ledger:
        """The money now; amounts are decimals."""
        found = self.call("GET", "/ledger")
        balance, held, charged = (Decimal(found[name]) for name in ("balance", "held", "charged"))
        return Ledger(balance, held, charged, tuple(found["entries"]))

    @property
    def tasks(self) -> list[Json]:
        """The first thousand task records, in order of creation."""
        tasks: list[Json] = self.call("GET", "/tasks?limit=1000")["tasks"]
        return tasks

    def task(self, task_id: str) -> Json:
        """One task's record."""
        return self._task("GET", task_id, "")

    def cancel(self, task_id: str) -> Json:
        """End a task as cancelled, now."""
        return self._task("POST", task_id, "/cancel")

    def outcome(self, task_id: str, outcome: str, **details: str) -> Json:
        """End a task now, as `succeeded`, `failed` or `cancelled`; `code` and `message` are a failure's."""
        return self._task("POST", task_id, "/outcome", {"outcome": outcome, **details})

    def hold(self, task_id: str) -> Json:
        """Stop a task's time."""
        return self._task("POST", task_id, "/hold")

    def release(self, task_id: str) -> Json:
        """Let a held task run on."""
        return self._task("POST", task_id, "/release")

    def _task(self, method: str, task_id: str, path: str, body: object = None) -> Json:
        return self.ask(method, f"/tasks/{quote(task_id, safe='')}{path}", body)

    def dialect(self, **changes: object) -> Json:
        """The settings, after these changes."""
        return self.ask("PATCH" if changes else "GET", "/dialect", changes or None)

    def topup(self, amount: float) -> Json:
        """Add money."""
        return self.ask("POST", "/topup", {"amount": amount})

    def register(self, url: str, *, content: bytes | None = None, facts: Mapping[str, object] | None = None) -> Json:
        """Say what lies behind a URL: bytes, or facts (`kind`, `duration_s`, `width`, `height`, `bytes`)."""
        body: Json = {"url": url}
        if content is not None:
            body["content_base64"] = base64.b64encode(content).decode()
        if facts is not None:
            body["facts"] = dict(facts)
        return self.ask("PUT", "/media", body)

    def new_key(self) -> str:
        """One more key of this account."""
        key: str = self.call("POST", "/keys")["key"]
        return key

    def set_key(self, key: str, state: str) -> Json:
        """Make a key `disabled`, or `active` again."""
        return self.ask("PATCH", f"/keys/{quote(key)}", {"state": state})

    def delete_key(self, key: str) -> None:
        """Delete a key for ever."""
        self.call("DELETE", f"/keys/{quote(key)}")

    def snapshot(self) -> str:
        """Keep everything; the name goes into `restore`."""
        snapshot: str = self.call("POST", "/snapshot")["snapshot"]
        return snapshot

    def restore(self, snapshot: str) -> None:
        """Go back to a snapshot."""
        self.call("POST", "/restore", {"snapshot": snapshot})

    def fork(self) -> "Account":
        """A new account with a copy of everything."""
        made = self.call("POST", "/fork")
        return Account(self.base_url, made["account"], made["key"], self._call)

    def reset(self) -> None:
        """Forget tasks, journal and money spent; keys, dialect and clock stay."""
        self.call("POST", "/reset")

    def forget(self) -> None:
        """Forget the account whole; its keys stay dead."""
        self.call("DELETE", "")


@dataclass(frozen=True, slots=True)
class AsyncAccount:
    """An account whose control is awaited: `await account.run(lambda account: account.clock.advance(5))`."""

    blocking: Account

    @property
    def base_url(self) -> str:
        return self.blocking.base_url

    @property
    def key(self) -> str:
        return self.blocking.key

    async def run(self, what: Callable[[Account], T]) -> T:
        """Anything an `Account` can, in a thread."""
        return await asyncio.to_thread(what, self.blocking)
