"""The order of checks of a create: of any two things that are wrong, the earlier one is answered (API.md §4)."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import combinations
from typing import Any

import pytest

from mockserver.settings import Settings
from tests.asgi import KEY, TASKS, Caller, Reply, kling

LIMIT_BYTES = 2000


@dataclass
class Wrong:
    """A create in the making; each of the functions below spoils one thing of it."""

    method: str = "POST"
    path: str = TASKS
    key: str | None = KEY
    headers: dict[str, str] = field(default_factory=dict)
    body: Any = field(default_factory=kling)
    wrap: list[Callable[[bytes], bytes]] = field(default_factory=list)
    account: dict[str, Any] = field(default_factory=dict)

    def raw(self) -> bytes:
        content = json.dumps(self.body).encode()
        for each in self.wrap:
            content = each(content)
        return content


def route(wrong: Wrong) -> None:
    wrong.path = "/api/v1/task"


def method(wrong: Wrong) -> None:
    wrong.method = "PUT"


def authentication(wrong: Wrong) -> None:
    wrong.key = None


def content_type(wrong: Wrong) -> None:
    wrong.headers["content-type"] = "text/plain"


def size(wrong: Wrong) -> None:
    wrong.wrap.append(lambda content: content + b" " * LIMIT_BYTES)


def is_json(wrong: Wrong) -> None:
    wrong.wrap.append(lambda content: content + b"}")


def is_object(wrong: Wrong) -> None:
    wrong.wrap.insert(0, lambda content: b"[%b]" % content)


def key_header(wrong: Wrong) -> None:
    wrong.headers["idempotency-key"] = "x" * 256


def known_key(wrong: Wrong) -> None:
    wrong.headers.setdefault("idempotency-key", "known")


def members(wrong: Wrong) -> None:
    wrong.body["more"] = 1


def model(wrong: Wrong) -> None:
    wrong.body["model"] = "no-such-model"


def schema(wrong: Wrong) -> None:
    wrong.body["input"]["mode"] = "x"


def media(wrong: Wrong) -> None:
    wrong.body["input"]["image_url"] = "x"


def duration(wrong: Wrong) -> None:
    wrong.body["input"]["video_url"] = "https://example.com/ref-video-31s.mp4"


def balance(wrong: Wrong) -> None:
    wrong.account["given"] = Decimal("0.11574")


def limits(wrong: Wrong) -> None:
    wrong.account["concurrency_limit"] = 1


CHECKS: list[tuple[Callable[[Wrong], None], int, str]] = [
    (route, 404, "not_found"),
    (method, 405, "method_not_allowed"),
    (authentication, 401, "unauthorized"),
    (content_type, 415, "unsupported_media_type"),
    (size, 413, "body_too_large"),
    (is_json, 400, "invalid_json"),
    (is_object, 400, "invalid_request"),
    (key_header, 400, "invalid_idempotency_key"),
    (known_key, 409, "idempotency_mismatch"),
    (members, 400, "invalid_request"),
    (model, 404, "model_not_found"),
    (schema, 400, "invalid_input"),
    (media, 400, "invalid_media"),
    (duration, 400, "invalid_duration"),
    (balance, 402, "insufficient_balance"),
    (limits, 429, "concurrency_limited"),
]


async def answer(*spoilers: Callable[[Wrong], None]) -> tuple[Reply, Caller]:
    """What a create is answered in which all of this is wrong, by an account that has made one task."""
    wrong = Wrong()
    for spoil in spoilers:
        spoil(wrong)
    caller = Caller(Settings(body_limit_bytes=LIMIT_BYTES))
    await caller.made(kling(prompt="the first"), idempotency_key="known")
    if "given" in wrong.account:
        await caller.change(given=wrong.account["given"])
    if "concurrency_limit" in wrong.account:
        await caller.set_dialect(concurrency_limit=wrong.account["concurrency_limit"])
    reply = await caller.request(wrong.method, wrong.path, headers=wrong.headers, key=wrong.key, raw=wrong.raw())
    return reply, caller


@pytest.mark.clause("A-CHECK-ORDER", "A-REFUSED")
@pytest.mark.parametrize(
    ("earlier", "later"), list(combinations(CHECKS, 2)), ids=lambda check: check[0].__name__.replace("_", "-")
)
async def test_of_two_wrongs_the_earlier_is_answered(
    earlier: tuple[Callable[[Wrong], None], int, str], later: tuple[Callable[[Wrong], None], int, str]
) -> None:
    """Every pair of checks, neighbours and others; and nothing is stored but the task there was."""
    reply, caller = await answer(later[0], earlier[0])
    assert (reply.status, reply.code) == earlier[1:]
    assert await caller.task_count() == 1


@pytest.mark.clause("A-CHECK-ORDER")
@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check[0].__name__.replace("_", "-"))
async def test_each_wrong_by_itself(check: tuple[Callable[[Wrong], None], int, str]) -> None:
    """Is answered with its own code."""
    reply, _ = await answer(check[0])
    assert (reply.status, reply.code) == check[1:]


@pytest.mark.clause("A-CHECK-ORDER")
async def test_nothing_wrong() -> None:
    """Then a task is made."""
    reply, caller = await answer()
    assert reply.status == 200
    assert await caller.task_count() == 2
