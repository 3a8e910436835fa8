"""An account's time: what it shows, what moves it, and that it never runs back (CONTROL.md, Clock)."""

import asyncio
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.asgi import Caller, kling
from tests.mockserver.control.desk import Desk, desk

SHARED = Caller()
"""One server for all examples of a property: each has an account of its own."""

NOON = "2026-03-01T12:00:00.000Z"


@pytest.mark.clause("C-CLOCK")
async def test_a_frozen_clock_moves_when_it_is_told_to() -> None:
    """The wall's time does not touch it; fractions of a second count."""
    made = await desk()
    made.caller.advance(100)
    assert await made.get("clock") == {"mode": "frozen", "speed": 1, "now": NOON}
    moved = await made.ok("POST", "clock/advance", {"seconds": 12.5})
    assert moved == {"mode": "frozen", "speed": 1, "now": "2026-03-01T12:00:12.500Z"}
    assert await made.get("clock") == moved
    assert await made.ok("POST", "clock/advance", {"seconds": 0}) == moved


@pytest.mark.clause("C-CLOCK")
async def test_any_subset_can_be_changed() -> None:
    """A change of mode or speed keeps the time; so does an empty change."""
    made = await desk()
    await made.ok("POST", "clock/advance", {"seconds": 10})
    changed = await made.ok("PATCH", "clock", {"mode": "real", "speed": 2.5})
    assert changed == {"mode": "real", "speed": 2.5, "now": "2026-03-01T12:00:10.000Z"}
    made.caller.advance(4)
    assert (await made.get("clock"))["now"] == "2026-03-01T12:00:20.000Z"
    assert (await made.ok("PATCH", "clock", {"speed": 0}))["now"] == "2026-03-01T12:00:20.000Z"
    made.caller.advance(4)
    assert await made.ok("PATCH", "clock", {}) == {"mode": "real", "speed": 0, "now": "2026-03-01T12:00:20.000Z"}
    later = await made.ok("PATCH", "clock", {"now": "2027-01-01T02:00+02:00", "mode": "auto"})
    assert later == {"mode": "auto", "speed": 0, "now": "2027-01-01T00:00:00.000Z"}


@pytest.mark.clause("C-CLOCK")
async def test_a_change_due_at_an_instant_is_there_at_it() -> None:
    """One millisecond before it is not."""
    made = await desk(plan={"queued_s": 10, "processing_s": 20})
    task_id = await made.made()
    seen = []
    for seconds in (9.999, 0.001, 19.999, 0.001):
        await made.ok("POST", "clock/advance", {"seconds": seconds})
        seen.append(await made.status(task_id))
    assert seen == ["queued", "processing", "processing", "succeeded"]


@pytest.mark.clause("C-CLOCK")
async def test_advancing_to_the_next_change_and_to_the_end() -> None:
    """`next` is the earliest change of any task; with nothing to come, time stays."""
    made = await desk(plan={"queued_s": 10, "processing_s": 20, "queue": [{}, {"queued_s": 15}, {"processing_s": 500}]})
    tasks = [await made.made() for _ in range(3)]
    times = [(await made.ok("POST", "clock/advance", {"until": "next"}))["now"][14:19] for _ in range(6)]
    assert times == ["00:10", "00:15", "00:30", "00:35", "08:30", "08:30"]
    assert {await made.status(task_id) for task_id in tasks} == {"succeeded"}
    last = await made.made()
    assert (await made.ok("POST", "clock/advance", {"until_task": last}))["now"] == "2026-03-01T12:09:00.000Z"
    await made.made()
    assert (await made.ok("POST", "clock/advance", {"until": "idle"}))["now"] == "2026-03-01T12:09:30.000Z"
    assert (await made.ok("POST", "clock/advance", {"until": "idle"}))["now"] == "2026-03-01T12:09:30.000Z"
    assert (await made.ok("POST", "clock/advance", {"until_task": last}))["now"] == "2026-03-01T12:09:30.000Z"


@pytest.mark.clause("C-CLOCK")
@pytest.mark.parametrize("how", ["stuck", "held"])
async def test_waiting_for_what_never_ends_is_refused_at_once(how: str) -> None:
    """409, and time has not moved; another task can still be waited for."""
    made = await desk()
    endless = await made.made(kling(prompt="[mock:stuck]") if how == "stuck" else None)
    if how == "held":
        await made.ok("POST", f"tasks/{endless}/hold")
    other = await made.made(kling(prompt="[mock:processing=90s]"))
    before = await made.get("clock")
    for body in ({"until": "idle"}, {"until_task": endless}):
        assert await made.refused("POST", "clock/advance", body) == (409, "clock_conflict", [])
    assert await made.get("clock") == before
    await made.ok("POST", "clock/advance", {"until_task": other})
    assert await made.status(other) == "succeeded"


@pytest.mark.clause("C-CLOCK", "C-SHAPE")
@pytest.mark.parametrize(
    ("method", "path", "body", "places"),
    [
        ("PATCH", "clock", {"mode": "fast"}, ["/mode"]),
        ("PATCH", "clock", {"mode": None}, ["/mode"]),
        ("PATCH", "clock", {"speed": -1}, ["/speed"]),
        ("PATCH", "clock", {"speed": 1e7}, ["/speed"]),
        ("PATCH", "clock", {"speed": True}, ["/speed"]),
        ("PATCH", "clock", {"speed": "2"}, ["/speed"]),
        ("PATCH", "clock", {"now": "2026-05-05"}, ["/now"]),
        ("PATCH", "clock", {"now": "2026-05-05T05:05:05"}, ["/now"]),
        ("PATCH", "clock", {"now": "2026-02-30T05:05:05Z"}, ["/now"]),
        ("PATCH", "clock", {"now": 1772366400000}, ["/now"]),
        ("PATCH", "clock", {"time": "2026-05-05T05:05:05Z", "speed": "x"}, ["/speed", "/time"]),
        ("POST", "clock/advance", {"seconds": -0.001}, ["/seconds"]),
        ("POST", "clock/advance", {"seconds": 1e13}, ["/seconds"]),
        ("POST", "clock/advance", {"seconds": "1"}, ["/seconds"]),
        ("POST", "clock/advance", {"seconds": None}, ["/seconds"]),
        ("POST", "clock/advance", {"until": "now"}, ["/until"]),
        ("POST", "clock/advance", {"until_task": 7}, ["/until_task"]),
        ("POST", "clock/advance", {}, [""]),
        ("POST", "clock/advance", {"seconds": 1, "until": "next"}, [""]),
    ],
)
async def test_what_is_no_time(method: str, path: str, body: object, places: list[str]) -> None:
    """A refusal names the place, and time is as it was."""
    made = await desk()
    before = await made.get("clock")
    assert await made.refused(method, path, body) == (422, "control_invalid", places)
    assert await made.get("clock") == before


@pytest.mark.clause("C-CLOCK")
async def test_an_unknown_task_and_the_end_of_time() -> None:
    """There is no waiting for a task of another account, and no year 10000."""
    made = await desk()
    body = {"until_task": "task_of_nobody"}
    assert await made.refused("POST", "clock/advance", body) == (404, "task_not_found", [])
    assert await made.refused("POST", "clock/advance", {"seconds": 1e12}) == (409, "clock_conflict", [])
    assert (await made.get("clock"))["now"] == NOON


@pytest.mark.clause("C-CLOCK")
async def test_time_runs_back_only_without_tasks() -> None:
    """An account with tasks answers 409; once it is reset, it may go back."""
    made = await desk()
    earlier = {"now": "2020-01-01T00:00:00Z"}
    assert (await made.ok("PATCH", "clock", earlier))["now"] == "2020-01-01T00:00:00.000Z"
    await made.made()
    assert await made.refused("PATCH", "clock", {"now": "2019-12-31T23:59:59.999Z"}) == (409, "clock_conflict", [])
    assert (await made.ok("PATCH", "clock", {"now": "2020-01-01T00:00:00Z"}))["now"] == "2020-01-01T00:00:00.000Z"
    await made.ok("POST", "reset")
    assert (await made.ok("PATCH", "clock", {"now": "2019-01-01T00:00:00Z"}))["now"] == "2019-01-01T00:00:00.000Z"


STEPS = st.one_of(
    st.fixed_dictionaries({"seconds": st.floats(0, 1e5)}),
    st.sampled_from([{"until": "next"}, {"until": "idle"}]),
    st.fixed_dictionaries({}, optional={"mode": st.sampled_from(["real", "frozen", "auto"]), "speed": st.floats(0, 9)}),
    st.fixed_dictionaries(
        {"now": st.sampled_from(["2026-03-01T12:00:01Z", "2026-03-01T13:00:00Z", "2027-01-01T00:00Z"])}
    ),
    st.floats(0, 1000),
)


@pytest.mark.clause("C-CLOCK", "D-STATUS")
@settings(max_examples=30)
@given(st.lists(STEPS, max_size=12))
def test_time_never_goes_back(steps: list[Any]) -> None:
    """Whatever is done to the clock of an account with tasks, neither its time nor a task's status goes back."""

    async def check() -> None:
        made = await desk(caller=SHARED)
        task_id = await made.made()
        times, ranks = [], []
        for step in steps:
            await _step(made, step)
            times.append((await made.get("clock"))["now"])
            ranks.append(("queued", "processing", "succeeded").index(await made.status(task_id)))
        assert times == sorted(times)
        assert ranks == sorted(ranks)

    asyncio.run(check())


async def _step(made: Desk, step: Any) -> None:
    if isinstance(step, float):
        made.caller.advance(step)
    elif step.keys() & {"seconds", "until"}:
        await made.call("POST", "clock/advance", step)
    else:
        await made.call("PATCH", "clock", step)
