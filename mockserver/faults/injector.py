"""The middleware that holds each request against its account's rules, and hands the one that matches to its fault.

It finds the account by the key, as the API will, or by the path of a download. An account without rules costs one look.
"""

from collections.abc import MutableMapping
from dataclasses import replace
from functools import partial
from typing import Any

import orjson

from mockserver.accounts import Account
from mockserver.clock import Sleep
from mockserver.faults.call import Call
from mockserver.faults.table import TABLE
from mockserver.http import Answer, Answering, Asgi, ClientLeft, Draft, Receive, Scope, Send, write
from mockserver.paths import Place, place_of
from mockserver.records import Plan, Rule
from mockserver.rules import TASK, Asked, bind, fire
from mockserver.store import Look
from mockserver.tasks import Service
from mockserver.tasks.read import look
from mockserver.tasks.tenants import bearer


class Injector:
    """Wraps the public surface; `sleep` is how latency faults wait."""

    def __init__(self, surface: Answering, service: Service, sleep: Sleep) -> None:
        self._surface = surface
        self._service = service
        self._sleep = sleep

    async def __call__(self, scope: Scope, receive: Receive, draft: Draft) -> Answer | Asgi | None:
        place = draft.place = place_of(scope["path"])
        draft.api_key = bearer(draft.headers.get(b"authorization", b""))
        store = self._service.store
        if place is not None and place.account_id is not None:
            # Of a download the owner of the file counts; of all else, whose key it is.
            account = await store.account(place.account_id)
        else:
            looked = await look(self._service, draft.api_key, place.task_id if place is not None else "")
            account = self._rules_of(looked, draft)
        if account is None or not account.faults or place is None:
            return await self._surface(scope, receive, draft)
        return partial(self._inject, account, place)

    def _rules_of(self, looked: Look | None, draft: Draft) -> Account | None:
        """Whose rules count, if the key lives.

        Without rules, whatever serves the request comes at once, and need not look again; a fault lets time pass.
        """
        if looked is None:
            return None
        is_active = looked.key.state == "active"
        if not is_active or not looked.account.faults:
            draft.looked = looked
        return looked.account if is_active else None

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The public surface as an application that a fault can stand before."""
        answer = await self._surface(scope, receive, scope["draft"])
        if isinstance(answer, Answer):
            await write(answer, send)

    async def _inject(self, account: Account, place: Place, scope: Scope, receive: Receive, send: Send) -> None:
        draft: Draft = scope["draft"]
        prompt = ""
        if place.operation == "create":
            body, receive = await _read_ahead(receive, self._service.settings.body_limit_bytes)
            prompt, draft.request_body = _prompt(body), body
        else:
            task = await self._service.store.task(account.account_id, place.task_id)
            prompt = _prompt(task.body) if task else ""
        now_ms = account.now_ms(self._service.wall_ms())
        asked = Asked(place.operation, prompt, place.task_id, now_ms, account.seed)
        rule = await self._fire(account.account_id, asked)
        if place.operation == "create":
            draft.reshape = partial(_reshape, self._peek(account, replace(asked, operation=TASK)))
        if rule is None:
            await self._serve(scope, receive, send)
        else:
            draft.operation, draft.fault, draft.task_id = place.operation, rule, place.task_id or None
            draft.idempotency_key = draft.headers.get(b"idempotency-key", b"").decode("latin-1") or None
            draft.account_id, draft.at_ms = account.account_id, now_ms
            await self._spoil(
                Call(self._serve, scope, receive, send, account, rule, self._sleep, self._service.wall_ms)
            )
        if place.operation == "create" and draft.created:
            await self._created(account.account_id, replace(asked, operation=TASK, task_id=draft.task_id))

    async def _spoil(self, call: Call) -> None:
        """Run the fault, and stop waiting when the client leaves."""
        fault = TABLE[call.rule.name].build(call.rule.parameters)
        try:
            await fault(call)
        except ClientLeft:
            return

    async def _fire(self, account_id: str, asked: Asked) -> Rule | None:
        """Move the counters on, atomically, and tell which rule fires."""
        hit: list[Rule] = []

        def change(account: Account) -> Account:
            rules, rule = fire(account.faults, asked)
            hit[:] = [rule] if rule else []
            return replace(account, faults=rules)

        await self._service.store.change_account(account_id, change)
        return hit[0] if hit else None

    def _peek(self, account: Account, asked: Asked) -> Rule | None:
        """The rule for the next created task, counted only once there is one."""
        return fire(account.faults, asked)[1]

    async def _created(self, account_id: str, asked: Asked) -> None:
        await self._fire(account_id, asked)

        def change(account: Account) -> Account:
            assert asked.task_id is not None
            return replace(account, faults=bind(account.faults, asked.prompt, asked.task_id))

        await self._service.store.change_account(account_id, change)


def _reshape(rule: Rule | None, plan: Plan) -> Plan:
    if rule is None:
        return plan
    reshaped: Plan = TABLE[rule.name].build(rule.parameters).reshape(plan)
    return reshaped


def _prompt(body: bytes) -> str:
    """The prompt of a create, which holds the nonce of its logical task; "" where there is none to be read."""
    try:
        prompt = orjson.loads(body)["input"]["prompt"]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return ""
    return prompt if isinstance(prompt, str) else ""


async def _read_ahead(receive: Receive, limit_bytes: int) -> tuple[bytes, Receive]:
    """The body so far as it fits, and a `receive` that gives everything again from the start."""
    seen: list[MutableMapping[str, Any]] = []
    size_bytes, more = 0, True
    while more and size_bytes <= limit_bytes:
        seen.append(await receive())
        size_bytes += len(seen[-1].get("body", b""))
        more = seen[-1].get("more_body", False)
    queue = list(seen)

    async def again() -> MutableMapping[str, Any]:
        return queue.pop(0) if queue else await receive()

    return b"".join(message.get("body", b"") for message in seen), again
