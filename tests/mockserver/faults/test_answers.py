"""The faults that change or replace an answer, in process. What the socket shows is in `test_sockets.py`."""

from typing import Any

import pytest

from mockserver.faults.table import TABLE
from mockserver.records import Rule
from mockserver.rules import TASK
from tests.asgi import KEY, TASKS, Caller, Reply, dialect, kling


async def rule(caller: Caller, name: str, on: str | None = None, **parameters: Any) -> None:
    """Set one rule, as the control plane would."""
    row = TABLE[name]
    row.build(parameters)
    made = Rule("fault_1", name, on or row.on[0], parameters, times=row.times, waits=row.waits)
    await caller.change(faults=(made,))


async def spoilt(name: str, on: str, **parameters: Any) -> tuple[Caller, Reply]:
    """The answer to a create, or to a read of a fresh task, under a fault."""
    caller = Caller()
    task_id = None if on == "create" else await caller.made()
    await rule(caller, name, on, **parameters)
    reply = await (caller.create(idempotency_key="k1") if task_id is None else caller.read(task_id))
    return caller, reply


@pytest.mark.parametrize(
    ("name", "parameters", "status", "code"),
    [
        ("status", {"code": 429}, 429, "rate_limited"),
        ("status", {"code": 500}, 500, "internal_error"),
        ("status", {"code": 502}, 502, "bad_gateway"),
        ("status", {}, 503, "unavailable"),
        ("status", {"code": 504}, 504, "gateway_timeout"),
        ("odd_retry_after", {"value": "soon"}, 503, "unavailable"),
        ("conflict", {"kind": "in_flight"}, 409, "idempotency_in_flight"),
        ("conflict", {"kind": "mismatch"}, 409, "idempotency_mismatch"),
        ("key_revoked", {}, 401, "unauthorized"),
        ("no_balance", {}, 402, "insufficient_balance"),
        ("rejected", {}, 400, "invalid_input"),
        ("rate_limited", {}, 429, "rate_limited"),
        ("concurrency_limited", {}, 429, "concurrency_limited"),
    ],
)
async def test_refusals(name: str, parameters: dict[str, Any], status: int, code: str) -> None:
    """A fault that answers in place of the API commits nothing, and its key is free afterwards."""
    caller, reply = await spoilt(name, "create", **parameters)
    assert (reply.status, reply.code) == (status, code)
    assert await caller.task_count() == 0
    await caller.change(faults=())
    assert (await caller.create(idempotency_key="k1")).status == 200
    assert await caller.task_count() == 1


async def test_status_after_the_commit() -> None:
    """After the commit the task is there and charged; a retry with the key finds it."""
    caller, reply = await spoilt("status", "create", code=503, phase="after")
    assert reply.status == 503
    assert await caller.task_count() == 1
    assert (await caller.create(idempotency_key="k1")).status == 200
    assert await caller.task_count() == 1


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [({}, []), ({"retry_after": "7"}, ["7"]), ({"retry_after": 0}, ["0"]), ({"retry_after": "soon"}, ["soon"])],
)
async def test_retry_after(parameters: dict[str, Any], expected: list[str]) -> None:
    """`retry_after` is sent as it was given, and left out where it was not."""
    _, reply = await spoilt("status", "read", **parameters)
    assert [value for name, value in reply.headers if name == "retry-after"] == expected


async def test_retry_after_date() -> None:
    """An HTTP-date lies so many seconds of wall time ahead."""
    _, reply = await spoilt("status", "read", retry_after_date_in_s=90)
    assert reply.header("retry-after") == "Sun, 01 Mar 2026 12:01:30 GMT"


async def test_odd_retry_after_on_two_lines() -> None:
    """Each value of a list is on a header line of its own."""
    _, reply = await spoilt("odd_retry_after", "read", value=["1", "1000000"], code=429)
    assert [value for name, value in reply.headers if name == "retry-after"] == ["1", "1000000"]


@pytest.mark.parametrize("code", [200, 502])
async def test_gateway_html(code: int) -> None:
    """A gateway answers HTML under its own status, and the API never sees the create."""
    caller, reply = await spoilt("gateway_html", "create", code=code)
    assert (reply.status, reply.header("content-type")) == (code, "text/html")
    assert await caller.task_count() == 0


async def test_extra_fields() -> None:
    """Every object of the answer grows a member, as deep as asked for."""
    _, reply = await spoilt("extra_fields", "read", depth=2)
    assert reply.json["x_new_member"] == {"x_inner": {"x_inner": "surprise"}}
    assert reply.json["status"] == "queued"


async def test_extra_fields_in_lists() -> None:
    """Objects in a list grow too."""
    caller = Caller()
    task_id = await caller.made()
    await rule(caller, "extra_fields", "events")
    assert "x_new_member" in (await caller.events(task_id)).json["events"][0]


async def test_reordered_fields() -> None:
    """The same members come in reverse order."""
    caller = Caller()
    task_id = await caller.made()
    plain = (await caller.events(task_id)).json
    await rule(caller, "reordered_fields", "events")
    turned = (await caller.events(task_id)).json
    assert turned == plain
    assert list(turned) == list(reversed(plain))


@pytest.mark.parametrize("on", ["read", "events"])
async def test_null_fields(on: str) -> None:
    """A task says null where it said nothing; what is no task stays as it is."""
    caller = Caller()
    task_id = await caller.made()
    await rule(caller, "null_fields", on)
    answer = (await (caller.read(task_id) if on == "read" else caller.events(task_id))).json
    nulls = [name for name, value in answer.items() if value is None]
    assert nulls == (["cost_actual", "output", "error"] if on == "read" else [])


@pytest.mark.parametrize("code", [200, 201, 202])
async def test_create_code(code: int) -> None:
    """A successful create answers another 2xx."""
    assert (await spoilt("create_code", "create", code=code))[1].status == code


async def test_create_code_of_a_refusal() -> None:
    """A refused create stays refused."""
    caller = Caller()
    await rule(caller, "create_code", code=202)
    assert (await caller.create(kling(mode="fast"))).status == 400


async def test_replay_view() -> None:
    """A replay can show the first answer or the task as it is, under another code, marked or not."""
    caller = Caller()
    first = await caller.create(idempotency_key="k1")
    caller.advance(10)
    await rule(caller, "replay_view", view="original", code=202, marker=True)
    original = await caller.create(idempotency_key="k1")
    assert (original.status, original.body) == (202, first.body)
    assert original.header("idempotent-replayed") == "true"
    await rule(caller, "replay_view", view="current", marker=False)
    current = await caller.create(idempotency_key="k1")
    assert (current.status, current.json["status"]) == (200, "succeeded")
    assert current.header("idempotent-replayed") is None


async def test_stale_read() -> None:
    """A processing task looks queued again; an ended one stays ended."""
    caller = Caller()
    task_id = await caller.made()
    for seconds, expected in ((1, "queued"), (10, "succeeded")):
        caller.advance(seconds)
        await rule(caller, "stale_read")
        assert await caller.status(task_id) == expected


async def test_unknown_status() -> None:
    """A status nobody documented stands in for one that is not terminal, and never for one that is."""
    caller = Caller()
    task_id = await caller.made()
    await rule(caller, "unknown_status", status="moderating")
    assert await caller.status(task_id) == "moderating"
    caller.advance(10)
    await rule(caller, "unknown_status")
    assert await caller.status(task_id) == "succeeded"


async def test_read_lag_404() -> None:
    """The first reads of the next created task are 404; those of older tasks are not."""
    caller = Caller()
    older = await caller.made()
    await rule(caller, "read_lag_404")
    assert (await caller.read(older)).status == 200
    newer = await caller.made()
    assert [(await caller.read(task_id)).status for task_id in (older, newer, newer)] == [200, 404, 200]


async def test_key_revoked_for_good() -> None:
    """After two requests the third and all later ones are 401, until the rule is deleted."""
    caller = Caller()
    task_id = await caller.made()
    await caller.change(faults=(Rule("f", "key_revoked", "any", {}, times=None, after=2),))
    assert [(await caller.read(task_id)).status for _ in range(5)] == [200, 200, 401, 401, 401]
    await caller.change(faults=())
    assert (await caller.read(task_id)).status == 200


@pytest.mark.parametrize(
    ("to", "expected"),
    [
        (None, TASKS),
        ("http://other.example", f"http://other.example{TASKS}"),
        ("https://other.example/there", "https://other.example/there"),
    ],
)
async def test_redirect(to: str | None, expected: str) -> None:
    """The client is sent to the same path, at its own origin or at another, or to a whole URL."""
    caller = Caller()
    await rule(caller, "redirect", "create", code=308, **({} if to is None else {"to": to}))
    reply = await caller.create()
    assert (reply.status, reply.header("location")) == (308, expected)
    assert await caller.task_count() == 0


@pytest.mark.parametrize(
    ("name", "parameters", "statuses"),
    [
        ("skip_states", {}, ["queued", "queued", "succeeded"]),
        ("terminal_at_create", {}, ["succeeded", "succeeded", "succeeded"]),
        ("ends", {}, ["queued", "processing", "failed"]),
        ("ends", {"outcome": "cancelled"}, ["queued", "processing", "cancelled"]),
        ("stuck", {}, ["queued", "processing", "processing"]),
    ],
)
async def test_tasks(name: str, parameters: dict[str, Any], statuses: list[str]) -> None:
    """A fault of a task changes how the next created one goes, and no other."""
    caller = Caller()
    await rule(caller, name, **parameters)
    assert (await caller.create(kling(mode="fast"))).status == 400
    task_id = await caller.made(idempotency_key="k1")
    assert (await caller.create(idempotency_key="k1")).status == 200
    later = await caller.made()
    seen = []
    for seconds in (0, 1, 10):
        caller.advance(seconds)
        seen.append(await caller.status(task_id))
    assert seen == statuses
    assert await caller.status(later) == "succeeded"


async def test_no_output() -> None:
    """The task succeeds, is charged, and brings no file."""
    caller = Caller()
    await rule(caller, "no_output")
    task_id = await caller.made()
    caller.advance(10)
    answer = (await caller.read(task_id)).json
    assert (answer["status"], answer["output"]) == ("succeeded", {"videos": []})


async def test_output_expired() -> None:
    """A download can be refused as expired; the rule is the owner's, though nobody shows a key."""
    caller = Caller()
    task_id = await caller.made()
    caller.advance(10)
    url = (await caller.read(task_id)).json["output"]["videos"][0]["url"]
    await rule(caller, "output", kind="expired")
    path = url.removeprefix("http://mock.example:8000")
    assert (await caller.request("GET", path, key=None)).code == "output_expired"
    assert (await caller.request("HEAD", path, key=None)).status == 200


async def test_the_journal_names_the_fault() -> None:
    """A request that meets a fault is journalled all the same, with its body, its key and the fault."""
    caller, _ = await spoilt("status", "create")
    (exchange,) = await caller.exchanges()
    assert exchange.fault.name == "status"
    assert (exchange.status, exchange.operation, exchange.idempotency_key) == (503, "create", "k1")
    assert b"character_orientation" in exchange.request.body
    assert exchange.why.clause == "F-FAULT"


async def test_a_logical_task_has_its_own_faults() -> None:
    """A rule with a nonce is for the creates whose prompt holds it, and for the reads of their tasks."""
    caller = Caller()
    one, two = await caller.made(kling(prompt="first n1")), await caller.made(kling(prompt="second n2"))
    await caller.change(faults=(Rule("f", "status", "read", {}, task="n2"),))
    assert (await caller.read(one)).status == 200
    assert (await caller.read(two)).status == 503


@pytest.mark.parametrize("body", [b"[]", b"{}", b"no json", b'{"input":{"prompt":7}}'])
async def test_bodies_without_a_prompt(body: bytes) -> None:
    """A body that holds no prompt meets no rule that is for a logical task, and is refused as ever."""
    caller = Caller()
    await caller.change(faults=(Rule("f", "status", "create", {}, task="n1"),))
    assert (await caller.create(raw=body)).status == 400


async def test_nothing_but_the_api_is_faulted() -> None:
    """A path that is no operation, a key that opens nothing and a read of an unknown task pass the rules by."""
    caller = Caller()
    await rule(caller, "status", "any")
    assert (await caller.request("GET", "/api/v1/nowhere")).status == 404
    assert (await caller.request("GET", f"{TASKS}/task_x", key=None)).status == 401
    assert (await caller.request("GET", "/outputs/nothing", key=None)).status == 404
    assert (await caller.read("task_x")).status == 503


async def test_envelopes() -> None:
    """A fault's refusal is written in the account's dialect."""
    caller = Caller()
    await caller.change(dialect=dialect(error_envelope="problem"))
    await rule(caller, "status", "any")
    reply = await caller.read("task_x")
    assert (reply.header("content-type"), reply.json["status"]) == ("application/problem+json", 503)


async def test_another_body_is_left_alone() -> None:
    """A fault that edits JSON passes on what is none."""
    caller = Caller()
    task_id = await caller.made()
    await caller.set_dialect(events_format="sse")
    caller.advance(10)
    plain = await caller.events(task_id)
    await rule(caller, "extra_fields", "events")
    assert (await caller.events(task_id)).body == plain.body


@pytest.mark.parametrize(
    ("name", "parameters", "word"),
    [
        ("stall", {"seconds": 0}, "seconds"),
        ("latency", {"seconds": -1}, "seconds"),
        ("refuse", {"seconds": float("inf")}, "seconds"),
        ("drip", {"interval_s": 0}, "interval_s"),
        ("slice", {"bytes": 0}, "bytes"),
        ("truncate", {"bytes": -1}, "bytes"),
        ("extra_fields", {"depth": 33}, "depth"),
        ("stale_read", {"back": 0}, "back"),
        ("unknown_status", {"status": ""}, "status"),
        ("redirect", {"to": "ftp://example.com"}, "to"),
    ],
)
def test_parameters_out_of_bounds(name: str, parameters: dict[str, Any], word: str) -> None:
    """A parameter out of bounds is refused by name."""
    with pytest.raises(ValueError, match=word):
        TABLE[name].build(parameters)


@pytest.mark.parametrize("name", TABLE)
def test_the_table(name: str) -> None:
    """Every row has a fault that can be made without parameters, and knows its parameters' names."""
    row = TABLE[name]
    fault = row.build({})
    assert hasattr(fault, "reshape") == (row.on == (TASK,))
    assert all(hasattr(fault, parameter) for parameter in row.parameters())


async def test_a_client_that_leaves_while_a_rule_waits_its_turn() -> None:
    """Nobody is answered, nothing is made, and the journal has a request without a status."""
    caller = Caller()
    await caller.account()
    await caller.change(faults=(Rule("fault_1", "status", "create", {}, after=1),))
    headers = [("authorization", f"Bearer {KEY}"), ("content-type", "application/json")]
    exchange = caller.exchange("POST", TASKS, [b'{"model":'], headers, whole=False)
    exchange.leave()
    assert await caller.call(exchange) is None
    assert [each.status for each in await caller.exchanges()] == [None]
    assert await caller.task_count() == 0
