"""Reads and events (D-READ, D-EVENTS)."""

import asyncio
import json
from typing import Any

import pytest

from mockserver.accounts import AccountClock, Key
from mockserver.settings import Settings
from mockserver.tasks.clock import advance
from tests.asgi import KEY, START_MS, TASKS, Caller, chunks_of, dialect, kling

SSE = Settings(dialect=dialect(events_format="sse"))


@pytest.mark.clause("D-READ", "D-STATUS", "D-OUTPUT", "D-COST")
async def test_the_life_of_a_task() -> None:
    """Queued, processing, succeeded; in the end with cost and output."""
    caller = Caller()
    task_id = await caller.made()
    seen = []
    for _ in range(6):
        seen.append((await caller.read(task_id)).json)
        caller.advance(0.5)
    assert [answer["status"] for answer in seen] == ["queued", *["processing"] * 4, "succeeded"]
    assert [sorted(answer) for answer in seen[:5]] == [["cost_estimate", "request_id", "status", "task_id"]] * 5
    assert seen[5]["cost_actual"] == seen[5]["cost_estimate"] == 0.11574
    [video] = seen[5]["output"]["videos"]
    assert video["url"].startswith("http://mock.example:8000/outputs/")
    assert video["url"].endswith(f"/{task_id}/0.mp4")


@pytest.mark.clause("D-OUTPUT")
async def test_an_image_task() -> None:
    """Its output is under `images`, one URL for each picture."""
    caller = Caller(Settings(timing="instant"))
    reply = await caller.create({"model": "wan2-7-image", "input": {"prompt": "a", "n": 3}})
    urls = [each["url"].rpartition("/")[2] for each in reply.json["output"]["images"]]
    assert urls == ["0.png", "1.png", "2.png"]


@pytest.mark.clause("D-READ", "A-REQUEST-ID-OF")
@pytest.mark.parametrize("whose", ["task", "request"])
async def test_the_request_id(whose: str) -> None:
    """Of the create in every answer, or a new one each time."""
    caller = Caller(Settings(dialect=dialect(request_id_of=whose)))
    created = (await caller.create()).json
    ids = {(await caller.read(created["task_id"])).json["request_id"] for _ in range(3)}
    assert ids == {created["request_id"]} if whose == "task" else len(ids | {created["request_id"]}) == 4


@pytest.mark.clause("D-EVENTS", "A-EVENT-PER-STATUS", "A-EVENTS-FORMAT")
async def test_the_events_of_a_task() -> None:
    """One for each status, ids and times for ever the same."""
    caller = Caller()
    task_id = await caller.made()
    lists = []
    for _ in range(4):
        lists.append((await caller.events(task_id)).json)
        caller.advance(1)
    assert [each["task_id"] for each in lists] == [task_id] * 4
    assert [[event["type"] for event in each["events"]] for each in lists] == [
        ["task.queued"],
        ["task.queued", "task.processing"],
        ["task.queued", "task.processing"],
        ["task.queued", "task.processing", "task.succeeded"],
    ]
    last = lists[-1]["events"]
    assert all(each["events"] == last[: len(each["events"])] for each in lists)
    assert [event["created_at"] for event in last] == [
        "2026-03-01T12:00:00.000Z",
        "2026-03-01T12:00:00.500Z",
        "2026-03-01T12:00:02.500Z",
    ]


@pytest.mark.clause("A-EVENTS-FORMAT")
async def test_events_as_an_array() -> None:
    """The same events, bare."""
    caller = Caller(Settings(timing="instant"))
    task_id = await caller.made()
    whole = (await caller.events(task_id)).json
    await caller.set_dialect(events_format="array")
    assert (await caller.events(task_id)).json == whole["events"]


def parsed(stream: bytes) -> list[dict[str, Any]]:
    """The events of a stream; `id` and `event` must agree with the data."""
    events = []
    for block in stream.decode().split("\n\n")[:-1]:
        fields = dict(line.split(": ", 1) for line in block.split("\n"))
        event = json.loads(fields["data"])
        assert (fields["id"], fields["event"]) == (event["event_id"], event["type"])
        events.append(event)
    return events


@pytest.mark.clause("A-EVENTS-FORMAT")
async def test_the_stream_of_a_finished_task() -> None:
    """All events, then the end; after `Last-Event-ID` only what came later."""
    caller = Caller(SSE)
    task_id = await caller.made()
    caller.advance(3)
    reply = await caller.events(task_id)
    assert (reply.header("content-type"), reply.header("content-length")) == ("text/event-stream", None)
    whole = parsed(reply.body)
    assert [event["status"] for event in whole] == ["queued", "processing", "succeeded"]
    for index, event in enumerate(whole):
        resumed = await caller.events(task_id, headers={"last-event-id": event["event_id"]})
        assert parsed(resumed.body) == whole[index + 1 :]
    for unknown in ("", "evt_0", "\xe9"):
        assert parsed((await caller.events(task_id, headers={"last-event-id": unknown})).body) == whole
    assert (await caller.exchanges())[1].response.body == reply.body


@pytest.mark.clause("A-EVENTS-FORMAT", "C-CLOCK")
async def test_a_stream_moves_an_auto_clock() -> None:
    """It runs through the whole task at once."""
    caller = Caller(Settings(dialect=dialect(events_format="sse"), clock="auto"))
    task_id = await caller.made()
    reply = await asyncio.wait_for(caller.events(task_id), 5)
    assert [event["status"] for event in parsed(reply.body)] == ["queued", "processing", "succeeded"]


@pytest.mark.clause("A-EVENTS-FORMAT")
async def test_a_stream_goes_on_while_the_task_does() -> None:
    """Each event as it happens, until the last one."""
    caller = Caller(SSE)
    task_id = await caller.made()
    exchange = caller.exchange("GET", f"{TASKS}/{task_id}/events", headers=[("authorization", f"Bearer {KEY}")])
    serving = caller.start(exchange)
    seen = []
    async for chunk in chunks_of(exchange):
        seen += parsed(chunk)
        caller.advance(2)
    await serving
    assert [event["status"] for event in seen] == ["queued", "processing", "succeeded"]


@pytest.mark.clause("A-EVENTS-FORMAT", "C-CLOCK")
@pytest.mark.parametrize("clock", ["real", "auto"])
async def test_the_stream_of_a_task_that_never_ends(clock: Any) -> None:
    """It stays open and keeps nobody else from working, until its client leaves."""
    caller = Caller(Settings(dialect=dialect(events_format="sse"), clock=clock))
    task_id = await caller.made(kling(prompt="[mock:stuck]"))
    caller.advance(1)
    exchange = caller.exchange("GET", f"{TASKS}/{task_id}/events", headers=[("authorization", f"Bearer {KEY}")])
    serving = caller.start(exchange)
    chunks = chunks_of(exchange)
    seen = [parsed(await anext(chunks))[0]["status"] for _ in range(2)]
    assert seen == ["queued", "processing"]
    await asyncio.wait([serving], timeout=0.01)
    assert not serving.done()
    assert await caller.made()
    exchange.leave()
    assert [chunk async for chunk in chunks] == []
    await asyncio.wait_for(serving, 5)
    assert (await caller.exchanges())[-1].status == 200


@pytest.mark.clause("A-EVENTS-FORMAT", "C-KEYS", "C-RESET")
@pytest.mark.parametrize("how", ["disabled", "reset"])
async def test_a_stream_ends_with_what_it_tells_of(how: str) -> None:
    """With the key that opened it, or with the task."""
    caller = Caller(SSE)
    task_id = await caller.made()
    account = await caller.account()
    exchange = caller.exchange("GET", f"{TASKS}/{task_id}/events", headers=[("authorization", f"Bearer {KEY}")])
    serving = caller.start(exchange)
    chunks = chunks_of(exchange)
    assert parsed(await anext(chunks))[0]["status"] == "queued"
    if how == "disabled":
        await caller.store.put_key(Key(KEY, account.account_id, "disabled"))
    else:
        await caller.store.reset(account.account_id)
    assert [chunk async for chunk in chunks] == []
    await asyncio.wait_for(serving, 5)


@pytest.mark.clause("C-CLOCK", "D-READ")
async def test_a_frozen_account_is_polled_in_vain() -> None:
    """Until somebody moves its time; each account has its own."""
    caller = Caller()
    account = await caller.change(clock=AccountClock("frozen", 1, START_MS, START_MS))
    task_id = await caller.made()
    other = await caller.made(key="mv_live_other")
    caller.advance(100)
    assert (await caller.status(task_id), await caller.status(other, key="mv_live_other")) == ("queued", "succeeded")
    await advance(caller.service, account.account_id, 500)
    assert await caller.status(task_id) == "processing"


@pytest.mark.clause("C-JOURNAL")
async def test_polls_are_journalled() -> None:
    """With their task, dated by the account's clock."""
    caller = Caller()
    await caller.change(clock=AccountClock("frozen", 1, START_MS + 7, START_MS))
    task_id = await caller.made()
    await caller.read(task_id)
    await caller.events(task_id)
    await caller.read("task_0")
    kept = await caller.exchanges()
    assert [(each.operation, each.task_id, each.at_ms - START_MS, each.why.clause) for each in kept] == [
        ("create", task_id, 7, "D-CREATE"),
        ("read", task_id, 7, "D-READ"),
        ("events", task_id, 7, "D-EVENTS"),
        ("read", None, 7, "H-NOT-FOUND"),
    ]
