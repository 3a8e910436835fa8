"""Somebody at the control plane of a server in process, and one account of it.

Every answer is held to the control plane's own OpenAPI document: its status, its shape, and that it names no key of
the path in an error.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Any

import jsonschema_rs
from hypothesis import strategies as st

from mockserver.control.document import describe
from mockserver.control.plane import application
from mockserver.settings import Settings
from tests.asgi import Caller, Reply

ACCOUNTS = "/_mock/accounts"
KEY_IN_TEXT = re.compile(r"mv_(?:live|test)_(?!\*\*\*)[A-Za-z0-9_-]+")
EXAMPLE_COST = "0.11574"


@cache
def document() -> dict[str, Any]:
    """What the control plane says of itself."""
    return describe(application(), is_guarded=False)


@cache
def _paths() -> tuple[tuple[re.Pattern[str], dict[str, Any]], ...]:
    patterns = [
        (re.compile(re.sub(r"\\{[a-z_]+\\}", "[^/]+", re.escape(path)) + r"\Z"), operations)
        for path, operations in document()["paths"].items()
    ]
    return tuple(sorted(patterns, key=lambda each: "[^/]" in each[0].pattern))


@cache
def validator(pointer: str) -> jsonschema_rs.Draft202012Validator:
    """What holds a value to the schema at that place of the document."""
    return jsonschema_rs.Draft202012Validator({**document(), "$ref": pointer})


def described(method: str, path: str) -> dict[str, Any] | None:
    """The operation as the document has it; None for what it does not know."""
    operations = next((found for pattern, found in _paths() if pattern.match(path)), {})
    operation: dict[str, Any] | None = operations.get(method.lower())
    return operation


def hold(method: str, path: str, reply: Reply) -> None:
    """The answer is one that the document promises."""
    operation = described(method, path)
    if reply.status >= 400 and method != "HEAD":
        assert reply.status < 500, reply.body
        validator("#/components/schemas/Error").validate(reply.json)
        assert not KEY_IN_TEXT.search(reply.text)
    elif operation is not None:
        promised = operation["responses"][str(reply.status)].get("content", {})
        if "application/json" in promised and "schema" in promised["application/json"]:
            validator(promised["application/json"]["schema"]["$ref"]).validate(reply.json)
        if reply.status in (204, 304):
            assert reply.body == b""


class Desk:
    """`key` and `path` are those of the account that was made here."""

    def __init__(self, settings: Settings | None = None, caller: Caller | None = None) -> None:
        self.caller = caller or Caller(settings)
        self.key = ""
        self.account = ""

    @property
    def path(self) -> str:
        return f"{ACCOUNTS}/{self.account}"

    async def call(self, method: str, path: str, body: object = None, **options: Any) -> Reply:
        """One exchange with the control plane; a path without a slash at its beginning is below the account's."""
        place = path if path.startswith("/") else f"{self.path}/{path}" if path else self.path
        reply = await self.caller.request(method, place, body, **{"key": None, **options})
        hold(method, place.partition("?")[0], reply)
        return reply

    async def ok(self, method: str, path: str, body: object = None) -> Any:
        """What a good answer holds."""
        reply = await self.call(method, path, body)
        assert reply.status < 300, reply.body
        return reply.json if reply.body else None

    async def get(self, path: str) -> Any:
        return await self.ok("GET", path)

    async def refused(self, method: str, path: str, body: object = None, **options: Any) -> tuple[int, str, list[str]]:
        """(status, code, every place that is named) of a refusal."""
        reply = await self.call(method, path, body, **options)
        assert reply.status >= 400, reply.body
        details = reply.json["error"].get("details", [])
        assert reply.json["error"].get("param") == (details[0]["param"] if details else None)
        return reply.status, reply.code, [detail["param"] for detail in details]

    async def status(self, task_id: str) -> str:
        """What an operator sees."""
        status: str = (await self.get(f"tasks/{task_id}"))["status"]
        return status

    async def made(self, body: object = None, idempotency_key: str | None = None) -> str:
        """The id of a task of the account."""
        return await self.caller.made(body, key=self.key, idempotency_key=idempotency_key)

    async def state(self) -> list[Any]:
        """All that the account has, but its journal."""
        views = ("", "tasks", "ledger", "plan", "dialect", "clock", "media")
        return [await self.get(view) for view in views]


async def desk(settings: Settings | None = None, caller: Caller | None = None, **wishes: object) -> Desk:
    """A desk with an account as wished, by default with its time standing still; `caller` may be shared."""
    made = Desk(settings, caller)
    wishes = {"clock": {"mode": "frozen"}, **wishes}
    found = await made.ok("POST", ACCOUNTS, wishes)
    made.key, made.account = found["key"], found["account"]
    return made


def guarded(token: str = "s3cret") -> Settings:
    return replace(Settings(), admin_token=token)


def json_values() -> st.SearchStrategy[Any]:
    """Anything JSON can say, and nothing it cannot."""
    leaves = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
    return st.recursive(
        leaves | st.text(max_size=8),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
        max_leaves=6,
    )


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Every operation of the document: (method, path, operation)."""
    for path, found in document()["paths"].items():
        for method, operation in found.items():
            yield method.upper(), path, operation
