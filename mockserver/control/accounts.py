"""Accounts, their money, keys, dialect and plan: what a dashboard's user sees and changes."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial
from typing import Annotated, Any

from fastapi import Depends
from starlette.responses import Response

from mockserver import dialect as dialects
from mockserver import ledger
from mockserver.accounts import Account
from mockserver.control import answers, shapes
from mockserver.control.faults import rules_of, rules_violations
from mockserver.control.intake import Sent
from mockserver.control.refusal import granted
from mockserver.control.route import ACCOUNT, Named, Route, Serving, done, shown
from mockserver.dialect import DEFAULT, Dialect
from mockserver.planning import PlanBook, PlanEntry
from mockserver.problems import Problem
from mockserver.records import Task, Violation
from mockserver.tasks import Service, dashboard
from mockserver.tasks.dashboard import Wish
from mockserver.tasks.tenants import delete_key
from mockserver.wire.control import account as accounts
from mockserver.wire.control import money

KEY_NOT_FOUND = Problem("key_not_found", "This account has no such key.")


def dialect_violations(document: dict[str, Any]) -> Iterable[Violation]:
    """What is wrong with a document of dialect settings."""
    merged = dialects.merge(DEFAULT, document)
    return () if isinstance(merged, Dialect) else merged


def _members(document: dict[str, Any]) -> Iterable[Violation]:
    """What is wrong with the settings and the fault rules of a new account."""
    given = document.get("dialect")
    for violation in dialect_violations(given) if isinstance(given, dict) else ():
        yield replace(violation, param=f"/dialect{violation.param}")
    yield from rules_violations(document)


async def create_account(
    service: Serving,
    body: Annotated[shapes.NewAccount, Depends(Sent(shapes.NewAccount, is_optional=True, also=_members))],
) -> Response:
    """Make a fresh, isolated account with all its settings, or nothing at all."""
    dialect = dialects.merge(service.settings.dialect, body.dialect.root)
    assert isinstance(dialect, Dialect), "checked as the body came in"
    clock = body.clock
    wish = Wish(
        dialect,
        partial(rules_of, body.faults),
        body.balance,
        body.seed,
        clock.mode,
        clock.speed,
        clock.now,
        plan_book(body.plan),
    )
    key = await dashboard.make_account(service, wish)
    return shown({"account": key.account_id, "key": key.key}, 201)


async def list_accounts(service: Serving) -> Response:
    """Every account there is."""
    shown_accounts = []
    for account in await service.store.accounts():
        keys = await dashboard.living_keys(service, account.account_id)
        tasks = await service.store.tasks(account.account_id)
        usage = granted(await service.store.usage(account.account_id))
        balance = usage.balance(account.now_ms(service.wall_ms()))
        shown_accounts.append(accounts.summary(account, len(keys), len(tasks), balance))
    return shown({"accounts": shown_accounts})


async def read_account(service: Serving, account: Named) -> Response:
    """The state of an account."""
    return await show_account(service, account)


async def show_account(service: Service, account: Account) -> Response:
    now_ms = account.now_ms(service.wall_ms())
    tasks = await service.store.tasks(account.account_id)
    totals = await asyncio.to_thread(ledger.totals, tasks, now_ms)
    keys = await dashboard.living_keys(service, account.account_id)
    return shown(accounts.state(accounts.Standing(account, keys, len(tasks), totals, now_ms)))


async def forget_account(service: Serving, account: Named) -> Response:
    """Forget an account whole; its keys stay dead."""
    await service.store.forget(account.account_id)
    return done()


async def add_key(service: Serving, account: Named) -> Response:
    """Make one more key."""
    return shown(accounts.key(granted(await dashboard.add_key(service, account.account_id))), 201)


async def switch_key(
    service: Serving, account: Named, key: str, body: Annotated[shapes.KeyState, Depends(Sent(shapes.KeyState))]
) -> Response:
    """Disable a key, or enable it again."""
    found = granted(await dashboard.key_named(service, account.account_id, key), KEY_NOT_FOUND)
    switched = replace(found, state=body.state)
    await service.store.put_key(switched)
    return shown(accounts.key(switched))


async def remove_key(service: Serving, account: Named, key: str) -> Response:
    """Delete a key for ever: it opens nothing again."""
    await delete_key(service, granted(await dashboard.key_named(service, account.account_id, key), KEY_NOT_FOUND))
    return done()


async def top_up(
    service: Serving, account: Named, body: Annotated[shapes.Topup, Depends(Sent(shapes.Topup))]
) -> Response:
    """Add money."""
    return await show_account(service, granted(await dashboard.top_up(service, account.account_id, body.amount)))


async def read_ledger(service: Serving, account: Named) -> Response:
    """The balance, and every change of it."""
    now_ms = account.now_ms(service.wall_ms())
    tasks = await service.store.tasks(account.account_id)
    return await asyncio.to_thread(_ledger, account, tasks, now_ms)


def _ledger(account: Account, tasks: Sequence[Task], now_ms: int) -> Response:
    totals = ledger.totals(tasks, now_ms)
    entries = ledger.entries(tasks, account.topups, now_ms)
    return shown(money.ledger(account.credit - totals.held - totals.charged, totals, entries))


async def read_dialect(account: Named) -> Response:
    """The answers to the open questions that this account gets."""
    return shown(dialects.as_json(account.dialect))


async def change_dialect(
    service: Serving,
    account: Named,
    body: Annotated[shapes.Settings, Depends(Sent(shapes.Settings, also=dialect_violations))],
) -> Response:
    """Change some of the settings, all of them or, where one is bad, none."""
    changed = granted(await dashboard.set_dialect(service, account.account_id, body.root))
    return shown(dialects.as_json(changed.dialect))


async def read_plan(account: Named) -> Response:
    """How the account's next tasks will go; the queue is what is left of it."""
    return shown(accounts.plan(account.plan))


async def replace_plan(
    service: Serving, account: Named, body: Annotated[shapes.Plan, Depends(Sent(shapes.Plan))]
) -> Response:
    """Say how the account's next tasks will go; what was said before is gone."""
    changed = granted(await dashboard.set_plan(service, account.account_id, plan_book(body)))
    return shown(accounts.plan(changed.plan))


def plan_book(plan: shapes.Plan) -> PlanBook:
    return PlanBook(_plan_entry(plan), tuple(map(_plan_entry, plan.queue)))


def _plan_entry(entry: shapes.PlanEntry) -> PlanEntry:
    queued_ms, processing_ms = _milliseconds(entry.queued_s), _milliseconds(entry.processing_s)
    return PlanEntry(entry.timing, queued_ms, processing_ms, entry.outcome, entry.code, entry.message)


def _milliseconds(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds * 1000)


ROUTES = (
    Route("POST", "/_mock/accounts", create_account, answers.NewAccount, 201),
    Route("GET", "/_mock/accounts", list_accounts, answers.Accounts),
    Route("GET", ACCOUNT, read_account, answers.Account),
    Route("DELETE", ACCOUNT, forget_account, None, 204),
    Route("POST", f"{ACCOUNT}/keys", add_key, answers.Key, 201),
    Route("PATCH", f"{ACCOUNT}/keys/{{key}}", switch_key, answers.Key),
    Route("DELETE", f"{ACCOUNT}/keys/{{key}}", remove_key, None, 204),
    Route("POST", f"{ACCOUNT}/topup", top_up, answers.Account),
    Route("GET", f"{ACCOUNT}/ledger", read_ledger, answers.Ledger),
    Route("GET", f"{ACCOUNT}/dialect", read_dialect, answers.Dialect),
    Route("PATCH", f"{ACCOUNT}/dialect", change_dialect, answers.Dialect),
    Route("GET", f"{ACCOUNT}/plan", read_plan, answers.Plan),
    Route("PUT", f"{ACCOUNT}/plan", replace_plan, answers.Plan),
)
