"""Save, go back, branch, start over (CONTROL.md, Snapshot, fork, explain)."""

import asyncio
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.asgi import Caller, kling
from tests.mockserver.control.desk import ACCOUNTS, Desk, desk

SHARED = Caller()
"""One server for all examples of a property: each has an account of its own."""

DEEDS = st.sampled_from(
    [
        ("POST", "clock/advance", {"seconds": 1}),
        ("PATCH", "dialect", {"charge_on": "submit"}),
        ("PATCH", "dialect", {"idempotency_fingerprint": "bytes", "create_status": 202}),
        ("PUT", "plan", {"queued_s": 3, "queue": [{"outcome": "failed"}, {"outcome": "stuck"}]}),
        ("POST", "topup", {"amount": 3.5}),
        ("PUT", "media", {"url": "https://a.example/v.mp4", "facts": {"kind": "video", "duration_s": 4}}),
        ("PATCH", "clock", {"mode": "auto"}),
        ("CREATE", "k1", None),
        ("CREATE", "k2", None),
        ("CREATE", None, None),
        ("CANCEL", "", None),
        ("HOLD", "", None),
    ]
)


async def do(made: Desk, deed: Any) -> None:
    """One thing that changes an account."""
    verb, what, body = deed
    if verb == "CREATE":
        await made.caller.create(key=made.key, idempotency_key=what)
    elif verb in ("CANCEL", "HOLD"):
        for task in (await made.get("tasks?limit=1"))["tasks"]:
            await made.call("POST", f"tasks/{task['task_id']}/{verb.lower()}")
    else:
        await made.ok(verb, what, body)


async def holders(made: Desk) -> list[tuple[int, Any]]:
    """Which task each idempotency key leads to, asked with a payload of their own: nothing is created."""
    replies = [
        await made.caller.create(kling(prompt="else"), key=made.key, idempotency_key=key) for key in ("k1", "k2")
    ]
    return [(reply.status, reply.json.get("task_id")) for reply in replies]


@pytest.mark.clause("C-SNAPSHOT")
@settings(max_examples=30)
@given(st.lists(DEEDS, max_size=6), st.lists(st.lists(DEEDS, max_size=5), min_size=1, max_size=3))
def test_a_restore_undoes_everything(before: list[Any], later: list[list[Any]]) -> None:
    """As often as one likes: tasks, money, clock, plan, dialect, media and idempotency records are as they were."""

    async def check() -> None:
        made = await desk(caller=SHARED)
        for deed in before:
            await do(made, deed)
        found = await made.ok("POST", "snapshot")
        assert found["snapshot"].startswith("snap_")
        saved = await made.state()
        for deeds in later:
            for deed in deeds:
                await do(made, deed)
            assert (await made.call("POST", "restore", found)).status == 204
            assert await made.state() == saved

    asyncio.run(check())


@pytest.mark.clause("C-FORK")
@settings(max_examples=30)
@given(st.lists(DEEDS, max_size=6), st.lists(DEEDS, max_size=5), st.lists(DEEDS, max_size=5))
def test_a_fork_is_equal_and_then_apart(before: list[Any], here: list[Any], there: list[Any]) -> None:
    """The same tasks under the same ids, and nothing that is done to one side reaches the other."""

    async def check() -> None:
        made = await desk(caller=SHARED)
        for deed in before:
            await do(made, deed)
        other = Desk(caller=SHARED)
        found = await made.ok("POST", "fork")
        other.account, other.key = found["account"], found["key"]
        assert (await other.get("journal"))["exchanges"] == []
        own, its = await made.state(), await other.state()
        assert its[1:] == own[1:]
        assert {**its[0], "account": "", "keys": []} == {**own[0], "account": "", "keys": []}
        for deed in here:
            await do(made, deed)
        assert await other.state() == its
        own = await made.state()
        for deed in there:
            await do(other, deed)
        assert await made.state() == own

    asyncio.run(check())


@pytest.mark.clause("C-FORK", "D-IDEM-REPLAY", "D-IDEM-409")
async def test_idempotency_records_are_forked_and_restored() -> None:
    """A key that was used before the fork is used on both sides; one that was used after a snapshot is free again."""
    made = await desk()
    task_id = await made.made(idempotency_key="k1")
    found = await made.ok("POST", "fork")
    assert (await made.caller.create(key=found["key"], idempotency_key="k1")).json["task_id"] == task_id
    assert (await made.caller.create(kling(prompt="x"), key=found["key"], idempotency_key="k1")).status == 409
    snapshot = await made.ok("POST", "snapshot")
    second = await made.made(idempotency_key="k2")
    await made.ok("POST", "restore", snapshot)
    assert await made.refused("GET", f"tasks/{second}") == (404, "task_not_found", [])
    third = await made.made(kling(prompt="x"), idempotency_key="k2")
    assert third not in (task_id, second)
    assert await made.made(idempotency_key="k1") == task_id


@pytest.mark.clause("C-SNAPSHOT")
async def test_keys_and_journal_are_not_in_a_snapshot() -> None:
    """What was made or deleted of them since then stays so."""
    made = await desk()
    doomed = (await made.ok("POST", "keys"))["key"]
    snapshot = await made.ok("POST", "snapshot")
    second = (await made.ok("POST", "keys"))["key"]
    await made.ok("DELETE", f"keys/{doomed}")
    await made.made()
    await made.ok("POST", "restore", snapshot)
    assert {each["key"] for each in (await made.get(""))["keys"]} == {made.key, second}
    assert len((await made.get("journal"))["exchanges"]) == 1
    assert (await made.caller.create(key=doomed)).status == 401


@pytest.mark.clause("C-SNAPSHOT", "C-SHAPE")
async def test_what_is_no_snapshot() -> None:
    """An unknown name, another account's, or none at all."""
    made = await desk()
    snapshot = await made.ok("POST", "snapshot")
    other = await desk(caller=made.caller)
    assert await other.refused("POST", "restore", snapshot) == (404, "snapshot_not_found", [])
    assert await made.refused("POST", "restore", {"snapshot": "snap_x"}) == (404, "snapshot_not_found", [])
    assert await made.refused("POST", "restore", {"snapshot": 1}) == (422, "control_invalid", ["/snapshot"])
    assert await made.refused("POST", "restore") == (415, "unsupported_media_type", [])
    assert await made.refused("POST", "snapshot", {"name": "x"}) == (422, "control_invalid", ["/name"])


@pytest.mark.clause("C-RESET")
@settings(max_examples=30)
@given(st.lists(DEEDS, max_size=8))
def test_a_reset_starts_over(deeds: list[Any]) -> None:
    """Tasks, journal, ledger, queue and idempotency records go; keys, dialect, clock and the plan's base stay."""

    async def check() -> None:
        made = await desk(caller=SHARED, balance=5)
        second = (await made.ok("POST", "keys"))["key"]
        for deed in deeds:
            await do(made, deed)
        account, _, _, plan, dialect, clock, _ = await made.state()
        assert (await made.call("POST", "reset")).status == 204
        after = await made.state()
        assert after[1] == {"tasks": [], "next": None}
        assert after[2] == {"balance": "5.00000", "held": "0.00000", "charged": "0.00000", "entries": []}
        assert after[3] == {**plan, "queue": []}
        assert after[4:6] == [dialect, clock]
        assert {each["key"] for each in account["keys"]} == {made.key, second}
        assert after[0]["keys"] == account["keys"]
        assert (await made.get("journal"))["exchanges"] == []
        assert all(status < 300 for status, _ in await holders(made))

    asyncio.run(check())


@pytest.mark.clause("C-RESET")
async def test_equal_seeds_live_equal_lives_after_a_reset() -> None:
    """Chance starts over, too; but an id is never given out twice."""
    made = await desk(seed=5, plan={"timing": "realistic"})
    lives, names = [], set[str]()
    for _ in range(2):
        tasks = [await made.made() for _ in range(3)]
        lives.append([(await made.get(f"tasks/{task_id}"))["plan"] for task_id in tasks])
        names |= set(tasks)
        await made.ok("POST", "reset")
    assert lives[0] == lives[1]
    assert len(names) == 6
    other = await desk(seed=6, plan={"timing": "realistic"})
    assert (await other.get(f"tasks/{await other.made()}"))["plan"] != lives[0][0]
    assert len((await made.get(ACCOUNTS))["accounts"]) == 1
