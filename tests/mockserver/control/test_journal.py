"""Journals and explanations: what happened, and why (CONTROL.md, Journal)."""

import asyncio
import json
from base64 import b64decode
from functools import partial
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.settings import Settings
from tests.asgi import KEY, TASKS, Caller, dialect, kling
from tests.mockserver.control.desk import KEY_IN_TEXT, Desk, desk

SHARED = Caller()
"""One server for all examples of a property: each has an account of its own."""

SECRET = "mv_live_very-secret_1"


@pytest.mark.clause("C-JOURNAL")
async def test_an_exchange_as_it_was() -> None:
    """Request and answer, with what was learnt of them on the way."""
    made = await desk()
    body = json.dumps(kling(), ensure_ascii=False).encode()
    headers = {"x-Note": "caf\xe9"}
    reply = await made.caller.create(key=made.key, idempotency_key="order-1", raw=body, headers=headers)
    journal = await made.get("journal")
    assert (journal["limit"], journal["dropped"]) == (1000, 0)
    [exchange] = journal["exchanges"]
    request, response = exchange.pop("request"), exchange.pop("response")
    assert exchange.pop("duration_ms") >= 0
    assert exchange.pop("exchange_id").removeprefix("ex_") == exchange["request_id"].removeprefix("req_")
    assert exchange == {
        "request_id": reply.json["request_id"],
        "seq": 1,
        "at": "2026-03-01T12:00:00.000Z",
        "operation": "create",
        "method": "POST",
        "path": TASKS,
        "query": "",
        "status": 200,
        "task_id": reply.json["task_id"],
        "idempotency_key": "order-1",
        "fault": None,
        "assumed": ["video_url"],
    }
    assert ["authorization", "Bearer mv_live_***"] in request["headers"]
    assert ["x-note", "caf\xe9"] in request["headers"]
    assert request["body"] == body.decode()
    assert response["body"] == reply.body.decode()
    assert response["headers"] == [[name, value] for name, value in reply.headers]
    for message, content in ((request, body), (response, reply.body)):
        assert (message["body_bytes"], message["body_truncated"]) == (len(content), False)
        assert message["body_sha256"] == sha256(content).hexdigest()


@pytest.mark.clause("C-JOURNAL")
async def test_a_long_body_is_cut_and_still_known() -> None:
    """64 KiB are shown, up to a whole character; size and digest are of the whole."""
    made = await desk()
    for shift in range(3):
        body = json.dumps(kling(prompt="x" * shift + "舞" * 40_000), ensure_ascii=False).encode()
        await made.caller.create(key=made.key, raw=body)
        request = (await made.get("journal"))["exchanges"][-1]["request"]
        assert body.decode().startswith(request["body"])
        assert 64 * 1024 - 3 < len(request["body"].encode()) <= 64 * 1024
        assert (request["body_bytes"], request["body_truncated"]) == (len(body), True)
        assert request["body_sha256"] == sha256(body).hexdigest()


@pytest.mark.clause("C-JOURNAL")
async def test_bytes_that_are_no_text() -> None:
    """They stand in base64, not in a lie; a download's body is one such."""
    made = await desk(plan={"timing": "instant"})
    body = b"\xff\xfe" + SECRET.encode() + b"\x00{"
    assert (await made.caller.create(key=made.key, raw=body)).status == 400
    [exchange] = (await made.get("journal"))["exchanges"]
    assert exchange["request"]["body"] is None
    assert b64decode(exchange["request"]["body_base64"]) == b"\xff\xfemv_live_***\x00{"
    assert exchange["request"]["body_bytes"] == len(body)
    model = {"model": "qwen-image-2-0-pro", "input": {"prompt": "a cat", "size": "1:1"}}
    created = await made.caller.create(model, key=made.key)
    url = created.json["output"]["images"][0]["url"]
    assert (await made.caller.request("GET", url.removeprefix("http://mock.example:8000"), key=None)).status == 200
    download = (await made.get("journal"))["exchanges"][-1]
    assert (download["operation"], download["task_id"]) == ("download", created.json["task_id"])
    assert download["response"]["body"] is None
    assert b64decode(download["response"]["body_base64"]).startswith(b"\x89PNG")


@pytest.mark.clause("C-JOURNAL", "D-KEYS-SERVER")
async def test_no_key_is_ever_shown() -> None:
    """Not in headers, path, query, bodies or the idempotency key, of the account's own keys or anybody's."""
    made = await desk()
    await made.caller.create(
        kling(prompt=f"my key is {SECRET}", **{SECRET: 1}),
        key=made.key,
        idempotency_key=f"for-{made.key}",
        headers={"x-copy": made.key, "cookie": f"k={SECRET}", "x-again": SECRET},
    )
    await made.caller.create(kling(prompt=f"once more {SECRET}"), key=made.key, idempotency_key=f"for-{SECRET}")
    await made.caller.request("GET", f"/api/v1/{SECRET}?key={made.key}&{SECRET}=1", key=made.key)
    await made.caller.request("GET", "/nowhere", headers={"authorization": SECRET, "x": f"Basic {SECRET}"}, key=None)
    replies = [await made.call("GET", path) for path in ("journal", "/_mock/journal", "ledger")]
    assert len(replies[0].json["exchanges"]) == 3
    assert len(replies[1].json["exchanges"]) == 1
    for reply in replies:
        assert not KEY_IN_TEXT.search(reply.text)
    for exchange in replies[0].json["exchanges"]:
        assert not KEY_IN_TEXT.search((await made.call("GET", f"/_mock/explain/{exchange['exchange_id']}")).text)
    shown = replies[0].json["exchanges"]
    assert shown[2]["path"] == "/api/v1/mv_live_***"
    assert shown[2]["query"] == "key=mv_live_***&mv_live_***=1"
    assert [each["idempotency_key"] for each in shown] == ["for-mv_live_***", "for-mv_live_***", None]
    query = urlencode({"idempotency_key": f"for-{SECRET}"})
    assert [each["seq"] for each in (await made.get(f"journal?{query}"))["exchanges"]] == [2]
    assert len((await made.get("journal?idempotency_key=for-mv_live_***"))["exchanges"]) == 2


@pytest.mark.clause("C-JOURNAL")
async def test_which_journal_an_exchange_stands_in() -> None:
    """What comes with a key of the account stands in its journal, refused or not; the rest in the server's."""
    made = await desk()
    second = (await made.ok("POST", "keys"))["key"]
    await made.ok("PATCH", f"keys/{second}", {"state": "disabled"})
    await made.caller.create(key=second)
    await made.ok("DELETE", f"keys/{second}")
    await made.caller.create(key=second)
    await made.caller.request("GET", "/nowhere", key=made.key)
    await made.caller.create(key=None)
    await made.caller.create(key="mv_nothing")
    own = (await made.get("journal"))["exchanges"]
    assert [(each["seq"], each["status"]) for each in own] == [(1, 401), (2, 401), (3, 404)]
    strays = (await made.get("/_mock/journal"))["exchanges"]
    assert [(each["method"], each["status"]) for each in strays] == [("POST", 401), ("POST", 401)]
    assert len((await made.get("/_mock/journal?after=1"))["exchanges"]) == 1
    assert (await made.call("DELETE", "/_mock/journal")).status == 204
    assert (await made.get("/_mock/journal"))["exchanges"] == []
    assert len((await made.get("journal"))["exchanges"]) == 3


@pytest.mark.clause("C-JOURNAL")
async def test_a_journal_is_cleared_and_its_numbers_go_on() -> None:
    """`dropped` counts what there was no room for since then."""
    made = await desk(Settings(journal_size=2))
    for _ in range(5):
        await made.caller.read("task_x", key=made.key)
    journal = await made.get("journal")
    assert ([each["seq"] for each in journal["exchanges"]], journal["limit"], journal["dropped"]) == ([4, 5], 2, 3)
    assert (await made.call("DELETE", "journal")).status == 204
    await made.caller.read("task_x", key=made.key)
    journal = await made.get("journal")
    assert ([each["seq"] for each in journal["exchanges"]], journal["dropped"]) == ([6], 0)


REQUESTS = st.sampled_from(
    [
        ("POST", TASKS, "k1"),
        ("POST", TASKS, "k2"),
        ("POST", f"{TASKS}/", None),
        ("GET", f"{TASKS}/task_x", None),
        ("GET", f"{TASKS}/LATEST", None),
        ("GET", f"{TASKS}/LATEST/events", None),
        ("DELETE", TASKS, None),
    ]
)
FILTERS = {
    "method": st.sampled_from(["GET", "POST", "get", ""]),
    "path": st.sampled_from([TASKS, f"{TASKS}/", f"{TASKS}/task_x", "/api"]),
    "status": st.sampled_from([200, 404, 405, 599]),
    "task_id": st.sampled_from(["LATEST", "task_x"]),
    "idempotency_key": st.sampled_from(["k1", "k2", "K1", ""]),
    "after": st.integers(0, 9),
    "wait_s": st.just(0),
}


@pytest.mark.clause("C-JOURNAL")
@settings(max_examples=30)
@given(
    st.lists(REQUESTS, max_size=8),
    st.lists(st.fixed_dictionaries({}, optional=FILTERS), min_size=1, max_size=4),
)
def test_filters_are_exact_and_combined(requests: list[Any], filters: list[dict[str, Any]]) -> None:
    """What a filtered journal shows is what filtering the whole of it leaves."""

    async def check() -> None:
        made = await desk(caller=SHARED)
        latest = "task_y"
        for method, path, key in requests:
            headers = {"idempotency-key": key} if key else None
            body = kling() if method == "POST" else None
            place = path.replace("LATEST", latest)
            reply = await made.caller.request(method, place, body, headers, key=made.key)
            latest = reply.json.get("task_id", latest) if reply.status == 200 and "task_id" in reply.json else latest
        whole = (await made.get("journal"))["exchanges"]
        assert [each["seq"] for each in whole] == list(range(1, len(requests) + 1))
        for wanted in filters:
            if wanted.get("task_id") == "LATEST":
                wanted = wanted | {"task_id": latest}
            found = (await made.get(f"journal?{urlencode(wanted)}"))["exchanges"]
            assert found == [each for each in whole if _passes(each, wanted)]

    asyncio.run(check())


def _passes(exchange: dict[str, Any], wanted: dict[str, Any]) -> bool:
    exact = wanted.keys() - {"after", "wait_s"}
    return exchange["seq"] > wanted.get("after", 0) and all(exchange[name] == wanted[name] for name in exact)


@pytest.mark.clause("C-JOURNAL", "C-SHAPE")
@pytest.mark.parametrize(
    ("query", "places"),
    [
        ("stat=200", ["stat"]),
        ("status=ok", ["status"]),
        ("status=99", ["status"]),
        ("after=-1", ["after"]),
        ("after=x", ["after"]),
        ("wait_s=61", ["wait_s"]),
        ("wait_s=-1", ["wait_s"]),
        ("wait_s=nan", ["wait_s"]),
        ("wait_s=inf", ["wait_s"]),
        ("method=GET&method=POST", ["method"]),
        ("limit=1&status=", ["status", "limit"]),
    ],
)
async def test_what_is_no_filter(query: str, places: list[str]) -> None:
    """It is named, for both kinds of journal."""
    made = await desk()
    for path in ("journal", "/_mock/journal"):
        assert await made.refused("GET", f"{path}?{query}") == (422, "control_invalid", places)


@pytest.mark.clause("C-JOURNAL")
async def test_waiting_ends_with_the_first_that_matches() -> None:
    """What does not match does not end it, what matches does, long before the time is up."""
    made = await desk()
    ask = partial(made.caller.read, key=made.key)
    await ask("task_0")
    reader = asyncio.create_task(made.get("journal?wait_s=60&status=404&path=/api/v1/tasks/task_2"))
    for task_id in ("task_1", "task_2"):
        await made.get("")  # gives way to the reader
        assert not reader.done()
        await ask(task_id)
    found = await asyncio.wait_for(reader, 30)
    assert [each["seq"] for each in found["exchanges"]] == [3]
    assert len((await made.get("journal?wait_s=60&after=2"))["exchanges"]) == 1


@pytest.mark.clause("C-JOURNAL")
async def test_waiting_outlives_a_clearing() -> None:
    """An empty journal whose numbers have gone on is waited on like any other."""
    made = await desk()
    await made.caller.read("task_1", key=made.key)
    await made.ok("DELETE", "journal")
    reader = asyncio.create_task(made.get("journal?wait_s=60"))
    await made.get("")
    assert not reader.done()
    await made.caller.read("task_2", key=made.key)
    assert [each["seq"] for each in (await asyncio.wait_for(reader, 30))["exchanges"]] == [2]


@pytest.mark.clause("C-JOURNAL")
async def test_waiting_in_vain() -> None:
    """Once the time is up, the answer is what there is: nothing; 404 if the account is gone by then."""
    made = await desk()
    assert (await made.get("journal?wait_s=0.01&method=PUT"))["exchanges"] == []
    reader = asyncio.create_task(made.call("GET", "journal?wait_s=0.05"))
    await made.get("")
    await made.ok("DELETE", "")
    assert (await asyncio.wait_for(reader, 30)).code == "account_not_found"


@pytest.mark.clause("C-EXPLAIN", "D-IDEM-409")
async def test_who_holds_the_key_and_what_differs() -> None:
    """A mismatch names the exchange that made the task, and each pointer as deep as the difference."""
    made = await desk()
    task_id = await made.made(idempotency_key="k")
    other = kling(prompt="another") | {"model": "kling-v2-6-motion-control"}
    assert (await made.caller.create(other, key=made.key, idempotency_key="k")).status == 409
    first, second = (await made.get("journal"))["exchanges"]
    found = await made.get(f"/_mock/explain/{second['exchange_id']}")
    assert sorted(found.pop("differs")) == ["/input/prompt", "/model"]
    assert found.pop("summary").endswith(".")
    holder = {"exchange_id": first["exchange_id"], "task_id": task_id}
    assert found == {
        "exchange_id": second["exchange_id"],
        "status": 409,
        "clause": "D-IDEM-409",
        "settings": {"idempotency_fingerprint": "canonical"},
        "assumed": [],
        "holder": holder,
    }
    await made.ok("DELETE", "journal")
    assert (await made.caller.create(other, key=made.key, idempotency_key="k")).status == 409
    [third] = (await made.get("journal"))["exchanges"]
    found = await made.get(f"/_mock/explain/{third['exchange_id']}")
    assert found["holder"] == {"exchange_id": None, "task_id": task_id}


async def why(made: Desk, body: object = None, **changes: Any) -> Any:
    """The explanation of the next create."""
    await made.caller.create(body, key=made.key, **changes)
    latest = (await made.get("journal"))["exchanges"][-1]
    return await made.get(f"/_mock/explain/{latest['exchange_id']}")


@pytest.mark.clause("C-EXPLAIN", "D-CREATE", "D-IDEM-REPLAY", "D-SCHEMA", "D-DURATION", "A-NO-BALANCE")
async def test_every_answer_has_its_reason() -> None:
    """The clause, the settings that decided with their values, what was assumed, and all that was wrong."""
    made = await desk(balance=0.2, dialect={"validation_status": 422, "create_status": 201})
    found = await why(made, idempotency_key="k")
    assert (found["clause"], found["status"], found["assumed"]) == ("D-CREATE", 201, ["video_url"])
    assert found["settings"] == {"create_status": 201}
    assert (await why(made, idempotency_key="k"))["clause"] == "D-IDEM-REPLAY"
    found = await why(made, kling(mode="fast", prompt=7))
    assert (found["clause"], found["settings"]["validation_status"]) == ("D-SCHEMA", 422)
    assert sorted(detail["param"] for detail in found["details"]) == ["/input/mode", "/input/prompt"]
    found = await why(made, kling(video_url="https://example.com/x-60s.mp4"))
    assert (found["clause"], found["details"][0]["param"]) == ("D-DURATION", "/input/video_url")
    found = await why(made)
    assert (found["clause"], found["status"]) == ("A-NO-BALANCE", 402)
    assert "0.08426" in found["summary"]
    assert "0.11574" in found["summary"]


@pytest.mark.clause("C-EXPLAIN")
async def test_an_exchange_of_no_account() -> None:
    """It is explained in the server's own dialect; an unknown id is 404."""
    made = Desk(Settings(dialect=dialect(extra_fields="some")))
    await made.caller.create(key=None)
    [exchange] = (await made.get("/_mock/journal"))["exchanges"]
    found = await made.get(f"/_mock/explain/{exchange['exchange_id']}")
    assert (found["clause"], found["settings"]) == ("D-AUTH", {"unknown_key_status": 401})
    assert await made.refused("GET", "/_mock/explain/ex_x") == (404, "exchange_not_found", [])
    assert await made.refused("GET", f"/_mock/explain/{KEY}") == (404, "exchange_not_found", [])
