"""Hostile and broken requests: a 4xx that says what is wrong, whatever they are (CONTROL.md, Errors)."""

import asyncio
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.control.intake import MAX_BODY_BYTES, MAX_MEMBERS
from mockserver.models.schema import MAX_VIOLATIONS
from mockserver.settings import Settings
from tests.asgi import KEY, Caller
from tests.mockserver.control.desk import ACCOUNTS, Desk, desk, json_values, operations

SHARED = Caller()
"""One server for all examples of a property: each has an account of its own."""

BODIES = [
    (method, path)
    for method, path, operation in operations()
    if "application/json" in operation.get("requestBody", {}).get("content", {})
]


def filled(made: Desk, path: str) -> str:
    """The path with names in its places."""
    names = {"account": made.account, "key": made.key, "task_id": "task_x", "exchange_id": "ex_x", "name": "x"}
    return path.format(**names)


@pytest.mark.clause("C-SHAPE", "H-JSON")
@pytest.mark.parametrize(
    "raw",
    [
        b"{",
        b"nope",
        b'{"amount":NaN}',
        b'{"amount":Infinity}',
        b'{"amount":1e999}',
        b'{"a":"\\ud800"}',
        b'{"a":"\xed\xa0\x80"}',
        b'{"a":"\xff"}',
        b"\x00",
        b"[" * 10_000 + b"]" * 10_000,
        b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
        b'{"a":' + b"9" * 100_000 + b"}",
        b'{"a":01}',
        b"{'a':1}",
        b"\xef\xbb\xbf{}",
    ],
    ids=range(15),
)
async def test_what_is_no_json(raw: bytes) -> None:
    """400 wherever a body is taken, long before anything looks at it."""
    made = await desk()
    for method, path in BODIES:
        assert await made.refused(method, filled(made, path), raw=raw) == (400, "invalid_json", [])


@pytest.mark.clause("C-SHAPE")
async def test_what_is_just_not_too_deep() -> None:
    """JSON that can be read is judged by its shape, however deep it goes."""
    made = await desk()
    for deep in ("[" * 1000 + "]" * 1000, '{"a":' * 1000 + "1" + "}" * 1000):
        for method, path in BODIES:
            for member in ("dialect", "create_status", "mode", "queue", "facts", "amount"):
                reply = await made.call(method, filled(made, path), raw=f'{{"{member}":{deep}}}'.encode())
                assert reply.status in (404, 422)


@pytest.mark.clause("C-SHAPE")
@pytest.mark.parametrize("body", ["null", "true", "1", '"x"', "[]", "[{}]"])
async def test_a_body_is_an_object(body: str) -> None:
    """JSON of any other kind is refused as a whole."""
    made = await desk()
    for method, path in [*BODIES, ("POST", f"{made.path}/reset"), ("POST", f"{made.path}/keys")]:
        found = await made.refused(method, filled(made, path), raw=body.encode())
        assert found == (422, "control_invalid", [""])


@pytest.mark.clause("C-SHAPE", "H-CONTENT-TYPE")
@pytest.mark.parametrize("kind", ["", "text/plain", "application/x-www-form-urlencoded", "application/jsonp"])
async def test_a_body_says_that_it_is_json(kind: str) -> None:
    """A web page cannot send that to another host without being asked first."""
    made = await desk()
    for method, path in BODIES:
        found = await made.refused(method, filled(made, path), {}, headers={"content-type": kind})
        assert found == (415, "unsupported_media_type", [])
    body = {"headers": {"content-type": "Application/JSON; charset=utf-8"}}
    assert (await made.call("POST", ACCOUNTS, {}, **body)).status == 201


@pytest.mark.clause("C-SHAPE", "H-SIZE")
async def test_a_body_over_the_limit() -> None:
    """413: unread where its length is announced, else as soon as it is too long; and 408 if it never ends."""
    made = await desk(Settings(body_timeout_s=0.01))
    headers = {"content-length": str(MAX_BODY_BYTES + 1)}
    assert await made.refused("PATCH", "clock", {}, headers=headers) == (413, "body_too_large", [])
    raw = b'{"a":"' + b"x" * MAX_BODY_BYTES + b'"}'
    assert await made.refused("PATCH", "clock", raw=raw, headers={"content-length": ""}) == (413, "body_too_large", [])
    kind = [("content-type", "application/json")]
    exchange = made.caller.exchange("PATCH", f"{made.path}/clock", [b"{"], kind, whole=False)
    reply = await made.caller.call(exchange)
    assert reply is not None
    assert (reply.status, reply.code) == (408, "body_timeout")


async def test_a_client_that_leaves() -> None:
    """Nobody is answered, nothing has changed, and no error is left behind."""
    made = await desk()
    kind = [("content-type", "application/json")]
    exchange = made.caller.exchange("PATCH", f"{made.path}/clock", [b'{"mode":"real"'], kind, whole=False)
    exchange.leave()
    await made.caller.call(exchange)
    assert (await made.get("clock"))["mode"] == "frozen"


@pytest.mark.clause("C-SHAPE", "H-ERRORS")
async def test_very_many_mistakes() -> None:
    """The first are named; a body with more members than any use has is not looked at."""
    made = await desk()
    _, _, places = await made.refused("PATCH", "clock", {f"x{index}": 1 for index in range(5000)})
    assert len(places) == MAX_VIOLATIONS
    many: dict[str, Any] = {f"x{index}": 1 for index in range(MAX_MEMBERS)}
    for body in (many | {"y": 1}, {"y": [{"z": many}]}):
        assert await made.refused("PATCH", "dialect", body) == (422, "control_invalid", [""])
    found = await made.call("POST", "tasks/task_x/outcome", {"outcome": "failed", "message": ":" * (MAX_MEMBERS + 1)})
    assert found.code == "control_invalid"
    assert [detail["code"] for detail in found.json["error"]["details"]] == ["too_long"]


async def test_a_large_body_is_read_in_a_thread() -> None:
    """It makes no other difference."""
    made = await desk()
    plan: dict[str, list[Any]] = {"queue": [{"message": "m" * 1000, "outcome": "failed"}] * 100}
    assert await made.ok("PUT", "plan", plan) == plan
    plan["queue"] = [*plan["queue"], {"x": 1}]
    assert await made.refused("PUT", "plan", plan) == (422, "control_invalid", ["/queue/100/x"])


@pytest.mark.clause("C-SHAPE")
async def test_duplicate_members() -> None:
    """The last one counts."""
    made = await desk()
    raw = b'{"mode":"auto","mode":"frozen"}'
    assert (await made.call("PATCH", "clock", raw=raw)).json["mode"] == "frozen"


@pytest.mark.clause("C-SHAPE")
async def test_calls_that_take_nothing_get_nothing() -> None:
    """An empty body or `{}`; no query either."""
    made = await desk()
    for path in ("snapshot", "reset", "keys"):
        assert (await made.call("POST", path)).status < 300
        assert (await made.call("POST", path, {})).status < 300
        assert await made.refused("POST", path, {"a/b": 1}) == (422, "control_invalid", ["/a~1b"])
        assert await made.refused("POST", f"{path}?x=1&x=2&y") == (422, "control_invalid", ["x", "y", "x"])
    for method, path in (("GET", made.path), ("GET", "plan"), ("DELETE", "journal"), ("GET", "/_mock/accounts")):
        assert await made.refused(method, f"{path}?x=1") == (422, "control_invalid", ["x"])


@pytest.mark.clause("C-SHAPE", "H-NOT-FOUND", "H-METHOD")
async def test_what_is_no_route() -> None:
    """404, no redirect for a slash too many; 405 with every method the path has."""
    made = await desk()
    for path in (
        "/_mock",
        "/_mock/",
        "/_mock/x",
        f"{ACCOUNTS}/",
        f"{made.path}/",
        f"{made.path}/clock/",
        f"{ACCOUNTS}//",
    ):
        for method in ("GET", "POST", "DELETE"):
            assert (await made.refused(method, path))[:2] == (404, "not_found")
    for path, allowed in (
        ("clock", "GET, HEAD, PATCH"),
        ("plan", "GET, HEAD, PUT"),
        ("journal", "DELETE, GET, HEAD"),
        ("keys/x", "DELETE, PATCH"),
        ("/_mock/accounts", "GET, HEAD, POST"),
        ("", "DELETE, GET, HEAD"),
        ("/_mock/health", "GET, HEAD"),
        ("/openapi.json", "GET, HEAD"),
        ("/metrics", "GET, HEAD"),
    ):
        for method in ("OPTIONS", "TRACE", "BREW"):
            reply = await made.call(method, path)
            assert (reply.status, reply.code, reply.header("allow")) == (405, "method_not_allowed", allowed)


@pytest.mark.clause("H-NO-ECHO", "C-SHAPE")
async def test_no_error_echoes_a_key() -> None:
    """Wherever the client put it."""
    made = await desk()
    gone = "mv_live_long-gone"
    await made.ok("DELETE", f"{ACCOUNTS}/{gone}")
    for method, path, body in (
        ("GET", f"{ACCOUNTS}/{gone}", None),
        ("GET", f"/_mock/{KEY}", None),
        (KEY, ACCOUNTS, None),
        ("PATCH", f"keys/{KEY}", {"state": "active"}),
        ("PATCH", f"keys/{made.key}", {"state": KEY}),
        ("PATCH", "clock", {KEY: 1, "mode": KEY, "now": KEY}),
        ("PATCH", "dialect", {KEY: KEY, "rate_limit": KEY}),
        ("POST", "clock/advance", {"until_task": KEY}),
        ("POST", "restore", {"snapshot": KEY}),
        ("GET", f"journal?{KEY}={KEY}&status={KEY}", None),
        ("GET", f"tasks?after={KEY}", None),
        ("GET", f"/_mock/explain/{KEY}", None),
        ("GET", f"/_mock/media/{KEY}", None),
        ("PUT", "media", {"url": KEY, "content_base64": KEY}),
    ):
        reply = await made.call(method, path, body)
        assert reply.status >= 400
        assert "mv_live_l" not in reply.text
        assert KEY not in reply.text


@pytest.mark.clause("C-SHAPE")
@settings(max_examples=30)
@given(
    st.sampled_from(BODIES),
    json_values()
    | st.dictionaries(
        st.sampled_from(
            [
                "mode",
                "now",
                "seconds",
                "queue",
                "amount",
                "balance",
                "url",
                "facts",
                "state",
                "outcome",
                "dialect",
                "clock",
            ]
        ),
        json_values(),
    ),
)
def test_whatever_comes_is_answered(call: tuple[str, str], body: Any) -> None:
    """Never a 5xx; a refusal names what is wrong and changes nothing."""

    async def check() -> None:
        made = await desk(caller=SHARED)
        before = await made.state()
        method, path = call
        reply = await made.call(method, filled(made, path), raw=json.dumps(body).encode())
        if reply.status >= 400:
            assert reply.json["error"]["message"].endswith(".")
            assert await made.state() == before

    asyncio.run(check())
