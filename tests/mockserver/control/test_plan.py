"""How the next tasks will go: the plan and its queue (CONTROL.md, Plan)."""

import asyncio
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.asgi import Caller, kling
from tests.mockserver.control.desk import desk

SHARED = Caller()
"""One server for all examples of a property: each has an account of its own."""

TEXT = st.text(min_size=1, max_size=5)
MEMBERS: dict[Any, st.SearchStrategy[Any]] = {
    "timing": st.sampled_from(["instant", "fast", "realistic"]),
    "queued_s": st.integers(0, 10_000_000) | st.integers(0, 9_999_999).map(lambda each: each / 1000),
    "processing_s": st.integers(0, 10_000_000) | st.integers(0, 9_999_999).map(lambda each: each / 1000),
    "outcome": st.sampled_from(["succeeded", "failed", "cancelled", "stuck"]),
    "code": TEXT,
    "message": TEXT,
}
ENTRIES = st.fixed_dictionaries({}, optional=MEMBERS)


@pytest.mark.clause("C-PLAN")
@settings(max_examples=30)
@given(st.fixed_dictionaries({}, optional={**MEMBERS, "queue": st.lists(ENTRIES, max_size=4)}))
def test_a_plan_reads_as_it_was_written(plan: dict[str, Any]) -> None:
    """PUT replaces the whole; GET gives it back, an empty queue where none was named."""

    async def check() -> None:
        made = await desk(caller=SHARED, plan={"queued_s": 1, "outcome": "stuck", "queue": [{"timing": "fast"}]})
        assert await made.ok("PUT", "plan", plan) == {"queue": [], **plan}
        assert await made.get("plan") == {"queue": [], **plan}

    asyncio.run(check())


@pytest.mark.clause("C-PLAN")
async def test_each_accepted_task_takes_one_entry() -> None:
    """First in, first out; what an entry lacks comes from the plan; refusals and replays take none."""
    made = await desk()
    queue = [{"outcome": "failed", "code": "boom", "message": "It broke."}, {"queued_s": 0, "processing_s": 0}]
    await made.ok("PUT", "plan", {"queued_s": 5, "processing_s": 7, "queue": queue})
    assert (await made.caller.create(kling(mode="fast"), key=made.key)).status == 400
    assert len((await made.get("plan"))["queue"]) == 2
    first = await made.made(idempotency_key="one")
    assert await made.made(idempotency_key="one") == first
    assert (await made.get("plan"))["queue"] == queue[1:]
    second, third = await made.made(), await made.made()
    assert await made.get("plan") == {"queued_s": 5, "processing_s": 7, "queue": []}
    plans = [(await made.get(f"tasks/{task_id}"))["plan"] for task_id in (first, second, third)]
    assert plans == [
        {"queued_s": 5, "processing_s": 7, "outcome": "failed", "code": "boom", "message": "It broke."},
        {"queued_s": 0, "processing_s": 0, "outcome": "succeeded"},
        {"queued_s": 5, "processing_s": 7, "outcome": "succeeded"},
    ]


@pytest.mark.clause("C-PLAN", "C-MAGIC")
async def test_markers_win_over_the_plan() -> None:
    """The prompt speaks for its own task only, and takes its entry of the queue all the same."""
    made = await desk(plan={"queued_s": 5, "queue": [{"outcome": "failed"}]})
    task_id = await made.made(kling(prompt="[mock:cancelled] [mock:queued=20s]"))
    assert (await made.get(f"tasks/{task_id}"))["plan"] == {
        "queued_s": 20,
        "processing_s": 2,
        "outcome": "cancelled",
    }
    assert (await made.get("plan"))["queue"] == []


@pytest.mark.clause("C-PLAN", "C-SHAPE")
@pytest.mark.parametrize(
    ("plan", "places"),
    [
        ({"timing": "slow"}, ["/timing"]),
        ({"queued_s": -1, "processing_s": 1e8}, ["/queued_s", "/processing_s"]),
        ({"queued_s": True}, ["/queued_s"]),
        ({"outcome": "queued"}, ["/outcome"]),
        ({"code": ""}, ["/code"]),
        ({"message": "x" * 2001}, ["/message"]),
        ({"queue": None}, ["/queue"]),
        ({"queue": {}}, ["/queue"]),
        ({"queue": [None, {"queue": []}, {"outcome": None}]}, ["/queue/0", "/queue/1/queue", "/queue/2/outcome"]),
        ({"queue": [{}] * 10_001}, ["/queue"]),
        ({"plan": {}}, ["/plan"]),
    ],
)
async def test_what_is_no_plan(plan: object, places: list[str]) -> None:
    """It is refused by place, and the plan is as it was."""
    made = await desk(plan={"queued_s": 1})
    assert await made.refused("PUT", "plan", plan) == (422, "control_invalid", places)
    assert await made.get("plan") == {"queued_s": 1, "queue": []}
