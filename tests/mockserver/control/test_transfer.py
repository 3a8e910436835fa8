"""Accounts as files, through the control plane."""

import gzip
import json
from base64 import b64encode
from collections import Counter
from typing import Any

import pytest
from fastapi import Request

from mockserver.archive.kinds import KINDS
from mockserver.control.intake import Uploaded
from mockserver.control.refusal import Refused
from mockserver.settings import Settings
from tests.asgi import START_MS, Caller, kling
from tests.mockserver.archive.values import CONTENT, IMAGE, documents, refiled, used
from tests.mockserver.control.desk import ACCOUNTS, Desk, desk

IMPORT = "/_mock/import"
TYPE = {"content-type": "application/x-ndjson"}


async def exported(made: Desk) -> bytes:
    """The account as a file."""
    reply = await made.call("GET", "export")
    assert (reply.status, reply.header("content-type")) == (200, "application/x-ndjson")
    assert reply.header("content-disposition") == f'attachment; filename="{made.account}.jsonl"'
    return reply.body


async def imported(made: Desk, content: bytes, query: str = "", **options: Any) -> Any:
    """The accounts that were taken in."""
    reply = await made.call("POST", f"{IMPORT}{query}", raw=content, headers=TYPE, **options)
    assert reply.status == 200, reply.body
    return reply.json["accounts"]


async def refused(made: Desk, content: bytes, query: str = "") -> tuple[int, str, list[str]]:
    """(status, code, places) of a refusal."""
    return await made.refused("POST", f"{IMPORT}{query}", raw=content, headers=TYPE)


async def listed(made: Desk) -> list[str]:
    """The ids of all accounts."""
    return [each["account"] for each in (await made.get(ACCOUNTS))["accounts"]]


def elsewhere(caller: Caller, made: Desk) -> Desk:
    """The same account on another server."""
    there = Desk(caller=caller)
    there.account, there.key = made.account, made.key
    return there


@pytest.mark.clause("C-EXPORT", "C-IMPORT")
@pytest.mark.parametrize("packed", [False, True])
async def test_an_account_moves_to_another_server(packed: bool) -> None:
    """Everything is there, and goes on from its own time; compressed or not."""
    made, _ = await used(Caller())
    content = await exported(made)
    there = elsewhere(Caller(wall_ms=START_MS + 10**9), made)
    assert await imported(there, gzip.compress(content) if packed else content) == [
        {"account": made.account, "keys": 3, "tasks": 2, "snapshots": 2}
    ]
    assert await there.state() == await made.state()
    assert (await there.get("faults")) == (await made.get("faults"))
    assert (await there.get("journal"))["exchanges"] == []
    assert await exported(there) == content
    first = (await made.get("tasks"))["tasks"][0]["task_id"]
    assert await there.made(idempotency_key="k1") == first
    assert (await there.caller.create(kling(prompt="x"), key=there.key, idempotency_key="k1")).status == 409
    later = (await there.caller.create(kling(image_url=IMAGE), key=there.key)).json["task_id"]
    assert later not in [task["task_id"] for task in (await made.get("tasks"))["tasks"]]


@pytest.mark.clause("C-EXPORT", "D-OUTPUT")
async def test_outputs_are_the_same_bytes_elsewhere() -> None:
    """They are made of the account's seed, its tasks and the bytes of their references."""
    made = await desk(plan={"timing": "instant"})
    await made.ok("PUT", "media", {"url": IMAGE, "content_base64": b64encode(CONTENT).decode()})
    task_id = await made.made(kling(image_url=IMAGE))
    there = elsewhere(Caller(), made)
    await imported(there, await exported(made))
    files = []
    for each in (made, there):
        url = (await each.caller.read(task_id, key=each.key)).json["output"]["videos"][0]["url"]
        files.append((await each.caller.request("GET", f"/outputs/{url.partition('/outputs/')[2]}", key=None)).body)
    assert len(files[0]) > 1000
    assert files[0] == files[1]


@pytest.mark.clause("C-EXPORT")
async def test_time_stands_still_in_a_file() -> None:
    """A real clock goes on where it was, and not where it would be by now."""
    made = await desk(clock={"mode": "real", "speed": 2})
    await made.ok("POST", "clock/advance", {"seconds": 5})
    now = (await made.get("clock"))["now"]
    content = await exported(made)
    there = elsewhere(Caller(wall_ms=START_MS + 10**7), made)
    await imported(there, content)
    assert (await there.get("clock")) == {"mode": "real", "speed": 2, "now": now}
    there.caller.advance(10)
    made.caller.advance(10)
    assert await there.get("clock") == await made.get("clock") != {"mode": "real", "speed": 2, "now": now}


@pytest.mark.clause("C-IMPORT")
async def test_what_is_there_is_replaced_only_where_that_is_asked() -> None:
    """All that are in the way are named, and none of the file's accounts is taken in."""
    caller = Caller()
    made, other = await used(caller)
    first, second = await exported(made), await exported(other)
    before = [await each.state() for each in (made, other)]
    third = await desk(caller=caller)
    fourth = await exported(third)
    await third.ok("DELETE", "")
    lines = [line for content in (first, second, fourth) for line in documents(content)]
    content = refiled(lines, counts(lines))
    await other.made()
    places = ["/account/account_id"] * 3
    assert await refused(made, content) == (409, "account_exists", places)
    reply = await made.call("POST", IMPORT, raw=content, headers=TYPE)
    assert f"{made.account}, {other.account}, {third.account}" in reply.json["error"]["message"]
    assert "Line 27: " in reply.json["error"]["details"][1]["message"]
    assert await listed(made) == [made.account, other.account]
    assert len((await other.get("tasks"))["tasks"]) == 2
    assert len(await imported(made, content, "?replace=true")) == 3
    assert [await each.state() for each in (made, other)] == before
    assert await listed(made) == [made.account, other.account, third.account]
    assert (await other.get("journal"))["exchanges"] == []


def counts(lines: list[dict[str, Any]]) -> dict[str, int]:
    """What a header says of them."""
    return dict.fromkeys(KINDS, 0) | Counter(next(iter(line)) for line in lines)


@pytest.mark.clause("C-IMPORT", "C-KEYS", "H-NO-ECHO")
async def test_a_key_of_somebody_else_is_not_taken() -> None:
    """Whether it may replace or not; no key is echoed."""
    caller = Caller()
    made, _ = await used(caller)
    content = await exported(made)
    there = await desk(caller=Caller())
    lines = documents(content)
    lines[1]["key"]["key"] = there.key
    for query in ("", "?replace=true"):
        assert await refused(there, refiled(lines, counts(lines)), query) == (
            409,
            "key_taken",
            ["/account/account_id"],
        )
    assert await listed(there) == [there.account]


@pytest.mark.clause("C-IMPORT")
async def test_what_is_found_out_too_late_is_told() -> None:
    """A forgotten account of which the file has no key is noticed in its turn: those before it stay, and are named.

    So it is with one that somebody makes meanwhile.
    """
    caller = Caller()
    desks = await used(caller)
    lines = [line for each in desks for line in documents(await exported(each))]
    for line in [line for line in lines if "key" in line][-1:]:
        lines.remove(line)
    there = Desk(caller=Caller())
    late = elsewhere(there.caller, desks[1])
    content = refiled(lines, counts(lines))
    await imported(there, content)
    for each in desks:
        await elsewhere(there.caller, each).ok("DELETE", "")
    lines[1:4] = []
    for line in lines:
        if "task" in line or "account" in line:
            inner = line.get("task") or line["account"]
            if inner["account_id"] == desks[0].account:
                inner["account_id"] = "acct_new"
        if "snapshot" in line:
            line["snapshot"]["account"]["account_id"] = "acct_new"
    reply = await there.call("POST", IMPORT, raw=refiled(lines, counts(lines)), headers=TYPE)
    assert (reply.status, reply.code) == (409, "account_exists")
    assert reply.json["error"]["message"].endswith("Restored before it: acct_new.")
    assert late.account in reply.json["error"]["message"]
    assert await listed(there) == ["acct_new"]


@pytest.mark.clause("C-IMPORT", "C-SNAPSHOT", "C-MEDIA")
@pytest.mark.parametrize(
    ("settings", "code", "param", "said"),
    [
        (Settings(snapshot_limit=1), "snapshot_limit", "/snapshot", "2 snapshots, and 1 may be kept"),
        (Settings(media_limit_mb=0), "media_limit", "/content", "bytes of media, and 0 may be kept"),
    ],
)
async def test_bounds_hold_for_files_too(settings: Settings, code: str, param: str, said: str) -> None:
    """What holds more than an account may keep here is not taken in."""
    made, _ = await used(Caller())
    there = Desk(settings)
    reply = await there.call("POST", IMPORT, raw=await exported(made), headers=TYPE)
    assert (reply.status, reply.code, reply.json["error"]["param"]) == (409, code, param)
    assert said in reply.json["error"]["message"]
    assert await listed(there) == []


@pytest.mark.clause("C-IMPORT", "C-SHAPE")
async def test_what_is_no_file() -> None:
    """The line and the place in it are told; media type, size and time are looked at before."""
    made, _ = await used(Caller())
    content = await exported(made)
    there = Desk()
    assert await refused(there, b"{}") == (422, "control_invalid", [""])
    assert await refused(there, content[:-50]) == (422, "control_invalid", [""])
    lines = documents(content)
    lines[5]["task"]["plan"]["queued_ms"] = -1
    reply = await there.call("POST", IMPORT, raw=refiled(lines, counts(lines)), headers=TYPE)
    assert (reply.status, reply.code, reply.json["error"]["param"]) == (422, "control_invalid", "/task/plan/queued_ms")
    assert "Line 7: this must be a whole number" in reply.json["error"]["message"]
    assert await there.refused("POST", IMPORT, {}) == (415, "unsupported_media_type", [])
    assert await there.refused("POST", IMPORT) == (415, "unsupported_media_type", [])
    assert await refused(there, content, "?replace=maybe") == (422, "control_invalid", ["replace"])
    assert await refused(there, content, "?sure=true") == (422, "control_invalid", ["sure"])
    for announced in ("5000000000", "9" * 30):
        reply = await there.call("POST", IMPORT, raw=b"x", headers={**TYPE, "content-length": announced})
        assert (reply.status, reply.code) == (413, "body_too_large")
    assert await listed(there) == []
    assert await there.refused("GET", f"{ACCOUNTS}/acct_x/export") == (404, "account_not_found", [])


@pytest.mark.clause("C-IMPORT")
async def test_a_body_in_parts() -> None:
    """However it comes; one that stops coming, or is left off, is not waited for."""
    made, _ = await used(Caller())
    content = await exported(made)
    there = Desk(Settings(body_timeout_s=0.05))
    parts = [content[at : at + 1000] for at in range(0, len(content), 1000)]
    exchange = there.caller.exchange("POST", IMPORT, parts, TYPE.items())
    reply = await there.caller.call(exchange)
    assert reply is not None
    assert reply.status == 200
    stalled = there.caller.exchange("POST", IMPORT, parts, TYPE.items(), whole=False)
    reply = await there.caller.call(stalled)
    assert reply is not None
    assert (reply.status, json.loads(reply.body)["error"]["code"]) == (408, "body_timeout")
    left = there.caller.exchange("POST", IMPORT, parts, TYPE.items(), whole=False)
    left.leave()
    await there.caller.call(left)
    assert await listed(there) == [made.account]


@pytest.mark.clause("C-IMPORT")
async def test_a_body_without_an_end() -> None:
    """Is read no further than a file may be long."""
    made = Desk()
    taken = Uploaded("application/x-ndjson", 10)
    exchange = made.caller.exchange("POST", IMPORT, [b"x" * 8, b"x" * 8], TYPE.items())
    request = Request(exchange.scope | {"service": made.caller.service}, exchange.receive)
    with pytest.raises(Refused) as told:
        await taken(request)
    assert told.value.problem.code == "body_too_large"


@pytest.mark.clause("C-SNAPSHOT")
async def test_snapshots_are_bounded_listed_and_deleted() -> None:
    """One too many is refused, and says what helps; a deleted one is gone."""
    made = await desk(Settings(snapshot_limit=2))
    first = await made.ok("POST", "snapshot")
    await made.made()
    made.caller.advance(1)
    second = await made.ok("POST", "snapshot")
    assert await made.refused("POST", "snapshot") == (409, "snapshot_limit", ["/snapshots"])
    message = (await made.call("POST", "snapshot")).json["error"]["message"]
    assert message == (
        "The account has 2 snapshots, as many as it may: delete one (DELETE …/snapshots/{snapshot}), "
        "or start the server with a higher --snapshot-limit."
    )
    at = "2026-03-01T12:00:00.000Z"
    assert await made.get("snapshots") == {
        "snapshots": [{**first, "at": at, "tasks": 0}, {**second, "at": at, "tasks": 1}]
    }
    assert (await made.call("DELETE", f"snapshots/{first['snapshot']}")).status == 204
    assert await made.refused("DELETE", f"snapshots/{first['snapshot']}") == (404, "snapshot_not_found", [])
    assert await made.refused("POST", "restore", first) == (404, "snapshot_not_found", [])
    assert [each["snapshot"] for each in (await made.get("snapshots"))["snapshots"]] == [second["snapshot"]]
    await made.ok("POST", "snapshot")


@pytest.mark.clause("C-MEDIA")
async def test_media_are_bounded() -> None:
    """Files beyond the bound are refused, and say what helps; facts are always taken."""
    made = await desk(Settings(media_limit_mb=0))
    body = {"url": IMAGE, "content_base64": b64encode(CONTENT).decode()}
    assert await made.refused("PUT", "media", body) == (409, "media_limit", ["/content_base64"])
    message = (await made.call("PUT", "media", body)).json["error"]["message"]
    assert "more than 0 MiB of media: state facts instead" in message
    assert "--media-limit-mb" in message
    await made.ok("PUT", "media", {"url": IMAGE, "facts": {"kind": "image"}})
    assert [each["url"] for each in (await made.get("media"))["media"]] == [IMAGE]
