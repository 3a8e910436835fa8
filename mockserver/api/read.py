"""`GET /api/v1/tasks/{task_id}` and `…/events`: one look in the store, then rendering."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

from mockserver.api.request import Request, refuse
from mockserver.clock import sleep
from mockserver.http import Answer, json_answer
from mockserver.lifecycle import events_at
from mockserver.problems import Problem
from mockserver.records import Why
from mockserver.store import Look
from mockserver.tasks import read as reads
from mockserver.wire.task import event_id, is_final, render, render_events, sse_event

READ_WHY = Why("D-READ", "The task as it is at this moment.")
EVENTS_WHY = Why("D-EVENTS", "The changes of the task so far.", ("events_format",))

STREAM_STEP_S = 0.1
"""How often an open event stream looks for something new."""


async def read(request: Request) -> Answer:
    """The task, now."""
    looked = request.draft.looked
    found = _found(request, looked, READ_WHY) if looked else await _find(request, READ_WHY)
    if isinstance(found, Answer):
        return found
    dialect = found.account.dialect
    body = render(found.task, found.now_ms, dialect, request.draft.request_id, request.base_url)
    if found.account.clock.mode == "auto":
        await reads.polled(request.service, found)
    return json_answer(200, body)


async def events(request: Request) -> Answer:
    """The task's events, in the dialect's format."""
    found = await _find(request, EVENTS_WHY)
    if isinstance(found, Answer):
        return found
    if found.account.dialect.events_format == "sse":
        return _event_stream(request, found)
    body = render_events(found.task, found.now_ms, found.account.dialect)
    if found.account.clock.mode == "auto":
        await reads.polled(request.service, found)
    return json_answer(200, body)


async def _find(request: Request, why: Why) -> reads.Found | Answer:
    draft = request.draft
    return _found(request, draft.looked or await reads.look(request.service, draft.api_key, _task_id(request)), why)


def _found(request: Request, looked: Look | None, why: Why) -> reads.Found | Answer:
    found = reads.find(request.service, looked)
    if isinstance(found, Problem):
        return refuse(request, looked.account if looked else None, found)
    draft = request.draft
    draft.account_id, draft.at_ms = found.account.account_id, found.now_ms
    draft.task_id, draft.why = found.task.task_id, why
    return found


def _task_id(request: Request) -> str:
    assert request.draft.place is not None
    return request.draft.place.task_id


def _event_stream(request: Request, found: reads.Found) -> Answer:
    """All events, after `Last-Event-ID` where one is given; the stream ends with the task."""
    last = request.draft.headers.get(b"last-event-id", b"").decode("latin-1")
    shown = next(
        (
            change.index + 1
            for change in events_at(found.task, found.now_ms)
            if event_id(found.task, change.index) == last
        ),
        0,
    )
    headers = [(b"content-type", b"text/event-stream"), (b"cache-control", b"no-store")]
    return Answer(200, b"", headers, stream=_stream(request, found, shown))


async def _stream(request: Request, found: reads.Found, shown: int) -> AsyncIterator[bytes]:
    """Events as they happen, until the last one, or until the client leaves."""
    left = asyncio.ensure_future(_left(request))
    try:
        while True:
            changes = events_at(found.task, found.now_ms)
            for change in changes[shown:]:
                yield sse_event(found.task, change)
            shown = max(shown, len(changes))
            if is_final(changes[-1]) or left.done():
                return
            moved = found.account.clock.mode == "auto" and await reads.polled(request.service, found)
            await sleep(0 if moved else STREAM_STEP_S)
            looked = await reads.look(request.service, request.draft.api_key, _task_id(request))
            again = reads.find(request.service, looked)
            if isinstance(again, Problem):
                return
            found = again
    finally:
        left.cancel()
        with suppress(asyncio.CancelledError):
            await left


async def _left(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
