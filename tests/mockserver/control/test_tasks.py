"""An account's tasks as an operator sees them, and what an operator can do (CONTROL.md, Tasks)."""

import asyncio
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.control.tasks import page
from tests.asgi import INPUT, MODEL, Caller, kling
from tests.mockserver.control.desk import Desk, desk

SHARED = Caller()
"""One server for all examples of a property: each has an account of its own."""

VERBS = ("cancel", "hold", "release")


@pytest.mark.clause("C-TASKS")
async def test_the_full_record() -> None:
    """Plan, facts of the media and working of the price stand beside what the public API shows."""
    made = await desk(dialect={"billing": "per_second"}, plan={"queued_s": 1.5, "processing_s": 20})
    await made.ok("PUT", "media", {"url": INPUT["image_url"], "facts": {"kind": "image", "width": 640, "height": 480}})
    body = kling(video_url="http://mock.example:8000/_mock/media/ref-video-4.5s-320x240.mp4")
    task_id = await made.made(body, idempotency_key="order-1")
    record = await made.get(f"tasks/{task_id}")
    facts = record.pop("media")
    assert record == {
        "task_id": task_id,
        "request_id": record["request_id"],
        "status": "queued",
        "model": MODEL,
        "input": body["input"],
        "idempotency_key": "order-1",
        "created_at": "2026-03-01T12:00:00.000Z",
        "updated_at": "2026-03-01T12:00:00.000Z",
        "plan": {"queued_s": 1.5, "processing_s": 20, "outcome": "succeeded"},
        "price": {"unit": "0.11574", "seconds": 4, "total": "0.46296", "charge_on": "success"},
        "cost_actual": None,
        "held": False,
        "operator": [],
    }
    assert facts["image_url"] == {
        "kind": "image",
        "duration_s": None,
        "width": 640,
        "height": 480,
        "bytes": None,
        "container": None,
        "source": "stated",
    }
    video = facts["video_url"]
    assert (video["duration_s"], video["width"], video["height"]) == (4.5, 320, 240)
    assert (video["kind"], video["container"], video["source"]) == ("video", "mp4", "probed")
    assert video["bytes"] > 1000
    await made.ok("POST", "clock/advance", {"until": "idle"})
    ended = await made.get(f"tasks/{task_id}")
    assert (ended["status"], ended["cost_actual"], ended["updated_at"]) == (
        "succeeded",
        "0.46296",
        "2026-03-01T12:00:21.500Z",
    )
    assert (await made.caller.read(task_id, key=made.key)).json["request_id"] == record["request_id"]


@pytest.mark.clause("C-TASKS")
async def test_a_task_that_is_not_there() -> None:
    """404 for each of its routes."""
    made = await desk()
    assert await made.refused("GET", "tasks/task_x") == (404, "task_not_found", [])
    for verb in VERBS:
        assert await made.refused("POST", f"tasks/task_x/{verb}") == (404, "task_not_found", [])
    body = {"outcome": "failed"}
    assert await made.refused("POST", "tasks/task_x/outcome", body) == (404, "task_not_found", [])


@pytest.mark.clause("C-TASKS", "D-STATUS")
async def test_cancel_ends_the_task_now() -> None:
    """The hold on the money is gone at once, and the public API says cancelled."""
    made = await desk()
    task_id = await made.made()
    await made.ok("POST", "clock/advance", {"seconds": 1})
    record = await made.ok("POST", f"tasks/{task_id}/cancel")
    assert (record["status"], record["updated_at"], record["cost_actual"]) == (
        "cancelled",
        "2026-03-01T12:00:01.000Z",
        "0.00000",
    )
    assert record["operator"] == [{"at": "2026-03-01T12:00:01.000Z", "type": "cancel"}]
    assert await made.caller.status(task_id, key=made.key) == "cancelled"
    assert (await made.get("ledger"))["balance"] == "1000.00000"


@pytest.mark.clause("C-TASKS")
async def test_an_outcome_of_ones_own() -> None:
    """A failure has the code and message it is given; a success has files and costs what it should."""
    made = await desk()
    failed, succeeded, cancelled = [await made.made() for _ in range(3)]
    said = {"outcome": "failed", "code": "content_policy", "message": "Not like this."}
    record = await made.ok("POST", f"tasks/{failed}/outcome", said)
    [event] = record["operator"]
    assert event == {"at": "2026-03-01T12:00:00.000Z", "type": "outcome", **said}
    shown = (await made.caller.read(failed, key=made.key)).json
    assert shown["error"] == {"code": "content_policy", "message": "Not like this."}
    await made.ok("POST", f"tasks/{succeeded}/outcome", {"outcome": "succeeded"})
    shown = (await made.caller.read(succeeded, key=made.key)).json
    assert (shown["status"], shown["cost_actual"]) == ("succeeded", 0.11574)
    assert len(shown["output"]["videos"]) == 1
    await made.ok("POST", f"tasks/{cancelled}/outcome", {"outcome": "cancelled"})
    assert await made.status(cancelled) == "cancelled"


@pytest.mark.clause("C-TASKS", "C-SHAPE")
@pytest.mark.parametrize(
    ("body", "places"),
    [
        ({}, ["/outcome"]),
        ({"outcome": "stuck"}, ["/outcome"]),
        ({"outcome": "queued", "code": 1, "why": 2}, ["/outcome", "/code", "/why"]),
    ],
)
async def test_what_is_no_outcome(body: object, places: list[str]) -> None:
    """The task goes on as planned."""
    made = await desk()
    task_id = await made.made()
    assert await made.refused("POST", f"tasks/{task_id}/outcome", body) == (422, "control_invalid", places)
    assert (await made.get(f"tasks/{task_id}"))["operator"] == []


@pytest.mark.clause("C-TASKS")
async def test_hold_and_release() -> None:
    """A held task's time stands still in the state it is in; released, the rest of that state runs from then."""
    made = await desk(plan={"queued_s": 10, "processing_s": 20})
    task_id = await made.made()
    await made.ok("POST", "clock/advance", {"seconds": 15})
    assert (await made.ok("POST", f"tasks/{task_id}/hold"))["held"] is True
    assert len((await made.ok("POST", f"tasks/{task_id}/hold"))["operator"]) == 1
    await made.ok("POST", "clock/advance", {"seconds": 1000})
    assert await made.status(task_id) == "processing"
    record = await made.ok("POST", f"tasks/{task_id}/release")
    assert (record["held"], [event["type"] for event in record["operator"]]) == (False, ["hold", "release"])
    assert len((await made.ok("POST", f"tasks/{task_id}/release"))["operator"]) == 2
    await made.ok("POST", "clock/advance", {"seconds": 14.999})
    assert await made.status(task_id) == "processing"
    await made.ok("POST", "clock/advance", {"seconds": 0.001})
    assert await made.status(task_id) == "succeeded"


@pytest.mark.clause("C-TASKS", "D-STATUS")
@pytest.mark.parametrize("prompt", ["[mock:failed]", "[mock:cancelled]", "dance"])
async def test_an_ended_task_is_left_alone(prompt: str) -> None:
    """Whatever is tried, 409, and record and ledger are as they were."""
    made = await desk(plan={"timing": "instant"})
    task_id = await made.made(kling(prompt=prompt))
    before = await made.state()
    for verb in VERBS:
        assert await made.refused("POST", f"tasks/{task_id}/{verb}") == (409, "task_ended", [])
    body = {"outcome": "succeeded"}
    assert await made.refused("POST", f"tasks/{task_id}/outcome", body) == (409, "task_ended", [])
    assert await made.state() == before


async def pages(made: Desk, query: str) -> list[list[str]]:
    """Every page of the list, followed by its cursors."""
    found, more = [], ""
    while True:
        answer = await made.get(f"tasks?{query}{more}")
        found.append([task["task_id"] for task in answer["tasks"]])
        if answer["next"] is None:
            return found
        more = f"&after={answer['next']}"


@pytest.mark.clause("C-TASKS")
async def test_the_list_in_pages() -> None:
    """In order of creation, each task once, filtered by what it is now."""
    made = await desk(plan={"queue": [{"outcome": "failed"}, {}, {"outcome": "failed"}, {}, {"outcome": "failed"}]})
    tasks = [await made.made() for _ in range(5)]
    assert await pages(made, "limit=2") == [tasks[:2], tasks[2:4], tasks[4:]]
    assert await pages(made, "limit=5") == [tasks]
    assert await pages(made, "status=failed") == [[]]
    await made.ok("POST", "clock/advance", {"until": "idle"})
    assert await pages(made, "status=failed&limit=1") == [tasks[:1], tasks[2:3], tasks[4:]]
    assert await pages(made, "status=succeeded&limit=1000") == [[tasks[1], tasks[3]]]
    assert (await made.get(f"tasks?after={tasks[4]}")) == {"tasks": [], "next": None}


@pytest.mark.clause("C-TASKS", "C-SHAPE")
@pytest.mark.parametrize(
    ("query", "places"),
    [
        ("status=ended", ["status"]),
        ("limit=0", ["limit"]),
        ("limit=1001", ["limit"]),
        ("limit=x", ["limit"]),
        ("limit=1&limit=2", ["limit"]),
        ("after=task_x", ["after"]),
        ("after=", ["after"]),
        ("page=2&limit=1.5", ["limit", "page"]),
    ],
)
async def test_what_is_no_query(query: str, places: list[str]) -> None:
    """A parameter that is unknown, repeated or of no good value is named."""
    made = await desk()
    assert await made.refused("GET", f"tasks?{query}") == (422, "control_invalid", places)


async def test_a_page_does_not_grow_without_bound() -> None:
    """It ends early where inputs are very large, but is never empty where there are tasks."""
    made = await desk()
    for size in (10, 3000, 10, 10):
        await made.made(kling(prompt="x" * size))
    tasks = await made.caller.store.tasks(made.account)
    assert [len(page(tasks[start:], 100, 2000)) for start in range(5)] == [1, 1, 2, 1, 0]
    assert len(page(tasks, 2, 10**6)) == 2


ACTIONS = st.one_of(
    st.tuples(st.sampled_from(VERBS), st.integers(0, 2)),
    st.tuples(st.sampled_from(["succeeded", "failed", "cancelled"]), st.integers(0, 2)),
    st.tuples(st.just("advance"), st.integers(0, 4000)),
    st.tuples(st.just("create"), st.booleans()),
    st.tuples(st.just("topup"), st.integers(1, 100)),
)


@pytest.mark.clause("C-LEDGER", "C-TASKS", "D-STATUS", "A-CHARGE-ON")
@settings(max_examples=30)
@given(st.sampled_from(["success", "submit"]), st.lists(ACTIONS, max_size=15))
def test_money_is_never_lost_whatever_an_operator_does(charge_on: str, actions: list[tuple[str, int]]) -> None:
    """Balance, holds and charges add up to what was given; entries add up to them; an ended task stays as it ended."""
    asyncio.run(_operate(charge_on, actions))


async def _operate(charge_on: str, actions: list[tuple[str, int]]) -> None:
    made = await desk(caller=SHARED, balance=1, dialect={"charge_on": charge_on})
    tasks = [await made.made() for _ in range(3)]
    given, seen = 100_000, dict[str, str]()
    for name, value in actions:
        if name == "advance":
            await made.ok("POST", "clock/advance", {"seconds": value / 1000})
        elif name == "create":
            await made.caller.create(key=made.key, idempotency_key="same" if value else None)
        elif name == "topup":
            given += value * 1000
            await made.ok("POST", "topup", {"amount": value / 100})
        elif name in VERBS:
            await made.call("POST", f"tasks/{tasks[value]}/{name}")
        else:
            await made.call("POST", f"tasks/{tasks[value]}/outcome", {"outcome": name})
        ledger, records = await made.get("ledger"), (await made.get("tasks"))["tasks"]
        _agree(given, ledger, records)
        for record in records:
            if seen.get(record["task_id"]) in ("succeeded", "failed", "cancelled"):
                assert record["status"] == seen[record["task_id"]]
            seen[record["task_id"]] = record["status"]


def _agree(given: int, ledger: dict[str, Any], records: list[dict[str, Any]]) -> None:
    """In hundred-thousandths."""
    balance, held, charged = (round(float(ledger[name]) * 100_000) for name in ("balance", "held", "charged"))
    assert balance + held + charged == given
    assert min(balance, held, charged) >= 0
    sums = dict.fromkeys(("hold", "settle", "release", "charge", "refund", "topup"), 0)
    for entry in ledger["entries"]:
        sums[entry["type"]] += round(float(entry["amount"]) * 100_000)
    assert held == sums["hold"] - sums["settle"] - sums["release"]
    assert charged == sums["settle"] + sums["charge"] - sums["refund"]
    assert given == 100_000 + sums["topup"]
    at = [entry["at"] for entry in ledger["entries"]]
    assert all(earlier <= later for earlier, later in pairwise(at))
    succeeded = sum(record["status"] == "succeeded" for record in records)
    unended = sum(record["status"] in ("queued", "processing") for record in records)
    assert held + charged == (succeeded + unended) * 11574
    assert len({entry["entry_id"] for entry in ledger["entries"]}) == len(ledger["entries"])
