"""The journals: of each account, and of what came with no key or an unknown one."""

import asyncio
from collections.abc import Sequence
from typing import Annotated

import orjson
from fastapi import Depends
from starlette.responses import Response

from mockserver.clock import monotonic_s
from mockserver.control import answers, shapes
from mockserver.control.intake import Asked
from mockserver.control.refusal import granted, response
from mockserver.control.route import ACCOUNT, Named, Route, Serving, done, shown
from mockserver.http import json_answer
from mockserver.problems import Problem
from mockserver.records import Exchange
from mockserver.store import Page
from mockserver.tasks import Service
from mockserver.wire.control import explain
from mockserver.wire.control.journal import Wanted, page

EXCHANGE_NOT_FOUND = Problem(
    "exchange_not_found", "No journal holds an exchange of that id: it may have been pushed out, or cleared."
)

Query = Annotated[shapes.JournalQuery, Depends(Asked(shapes.JournalQuery))]


async def read_journal(service: Serving, account: Named, query: Query) -> Response:
    """The exchanges of the account, in order; with `wait_s` as soon as one matches."""
    return await _read(service, account.account_id, query)


async def read_server_journal(service: Serving, query: Query) -> Response:
    """The exchanges that belong to no account."""
    return await _read(service, None, query)


async def clear_journal(service: Serving, account: Named) -> Response:
    """Empty the account's journal; sequence numbers go on."""
    await service.store.clear_journal(account.account_id)
    return done()


async def clear_server_journal(service: Serving) -> Response:
    """Empty the journal of the exchanges that belong to no account."""
    await service.store.clear_journal(None)
    return done()


async def explain_exchange(service: Serving, exchange_id: str) -> Response:
    """Why an exchange was answered as it was; settings are shown as the account has them now."""
    account_id, found = granted(await service.store.exchange(exchange_id), EXCHANGE_NOT_FOUND)
    account = None if account_id is None else await service.store.account(account_id)
    dialect = account.dialect if account else service.settings.dialect
    holder = None
    if found.why.holder is not None:
        journal = await service.store.exchanges(account_id, 0)
        holder = explain.creator(journal.exchanges, found.why.holder)
    return shown(explain.render(found, dialect, holder))


async def _read(service: Service, account_id: str | None, query: shapes.JournalQuery) -> Response:
    wanted = Wanted(query.method, query.path, query.status, query.task_id, query.idempotency_key)
    found, seen = await _matching(service, account_id, wanted, query.after, query.wait_s)
    return await asyncio.to_thread(_rendered, found, seen)


def _rendered(found: Sequence[tuple[int, Exchange]], seen: Page) -> Response:
    return response(json_answer(200, orjson.dumps(page(found, seen.limit, seen.dropped))))


async def _matching(
    service: Service, account_id: str | None, wanted: Wanted, after: int, wait_s: float
) -> tuple[list[tuple[int, Exchange]], Page]:
    """What matches after that number, as soon as there is anything, or nothing once `wait_s` have passed."""
    deadline_s = monotonic_s() + wait_s
    while True:
        if account_id is not None:
            granted(await service.store.account(account_id))
        seen = await service.store.exchanges(account_id, after)
        found = [(seq, exchange) for seq, exchange in seen.exchanges if wanted.matches(exchange)]
        left_s = deadline_s - monotonic_s()
        if found or left_s <= 0:
            return found, seen
        if seen.exchanges:
            after = seen.exchanges[-1][0]
        await service.store.appended(account_id, after, left_s)


ROUTES = (
    Route("GET", f"{ACCOUNT}/journal", read_journal, answers.Journal),
    Route("DELETE", f"{ACCOUNT}/journal", clear_journal, None, 204),
    Route("GET", "/_mock/journal", read_server_journal, answers.Journal),
    Route("DELETE", "/_mock/journal", clear_server_journal, None, 204),
    Route("GET", "/_mock/explain/{exchange_id}", explain_exchange, answers.Explanation),
)
