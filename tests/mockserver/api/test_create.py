"""`POST /api/v1/tasks`: the request as bytes, and the first answer (API.md §1, §4)."""

import asyncio
import json
import re
from typing import Any

import pytest

from mockserver.settings import Settings
from tests.asgi import HOST, KEY, TASKS, Caller, Reply, dialect, kling

GOOD = json.dumps(kling()).encode()


@pytest.mark.clause("D-CREATE", "A-CREATE-VIEW", "A-CREATE-STATUS", "D-COST")
async def test_the_first_answer() -> None:
    """`request_id`, `task_id`, `status`, `cost_estimate`, as JSON; and a read shows the same."""
    caller = Caller()
    reply = await caller.create()
    assert (reply.status, reply.header("content-type")) == (200, "application/json")
    assert reply.header("content-length") == str(len(reply.body))
    assert list(reply.json) == ["request_id", "task_id", "status", "cost_estimate"]
    assert re.fullmatch(r"req_[0-9a-f]+", reply.json["request_id"])
    assert re.fullmatch(r"task_[0-9a-f]+", reply.json["task_id"])
    assert (reply.json["status"], reply.json["cost_estimate"]) == ("queued", 0.11574)
    assert (await caller.read(reply.json["task_id"])).body == reply.body


@pytest.mark.clause("D-CREATE", "D-INPUT")
async def test_the_request_of_the_page() -> None:
    """Chinese prompt and all, as UTF-8 or in escapes: the record keeps it byte for byte."""
    caller = Caller()
    for raw in (json.dumps(kling(), ensure_ascii=False).encode(), GOOD):
        task_id = (await caller.create(raw=raw)).json["task_id"]
        task = await caller.store.task((await caller.account()).account_id, task_id)
        assert task is not None
        assert task.body == raw


@pytest.mark.clause("D-CREATE", "A-CREATE-VIEW")
async def test_tasks_have_ids_of_their_own() -> None:
    """Without a key equal creates are different tasks."""
    caller = Caller()
    assert len({await caller.made() for _ in range(10)}) == 10
    assert len({(await caller.create()).json["request_id"] for _ in range(10)}) == 10


@pytest.mark.clause("H-CONTENT-TYPE")
@pytest.mark.parametrize(
    ("content_type", "good"),
    [
        ("application/json", True),
        ("Application/JSON", True),
        ("application/json; charset=utf-8", True),
        ('application/json;charset="UTF-8"', True),
        ("application/json; charset=utf8", True),
        ("application/json; profile=x", True),
        ("application/json; charset=latin-1", False),
        ("application/json; charset=utf-16", False),
        ("application/jsonx", False),
        ("text/json", False),
        ("multipart/form-data; boundary=x", False),
        ("application/x-www-form-urlencoded", False),
        ("", False),
    ],
)
async def test_content_types(content_type: str, good: bool) -> None:
    """JSON in UTF-8 and nothing else; a body without a type is 415 too."""
    reply = await Caller().create(headers={"content-type": content_type})
    assert reply.status == (200 if good else 415)


@pytest.mark.clause("H-CONTENT-TYPE")
@pytest.mark.parametrize(("coding", "status"), [("gzip", 415), ("identity", 200), ("br, gzip", 415)])
async def test_content_codings(coding: str, status: int) -> None:
    """What is compressed is not unpacked, so nothing can swell."""
    assert (await Caller().create(headers={"content-encoding": coding})).status == status


def bad_json() -> dict[str, bytes]:
    """Bodies that are no JSON, or none that anybody needs."""
    deep = 10_000
    return {
        "empty": b"",
        "blank": b"  \n",
        "truncated": GOOD[:-1],
        "trailing": GOOD + b"}",
        "comma": b'{"model":"x",}',
        "single-quotes": b"{'model': 'x'}",
        "nan": b'{"model":NaN}',
        "infinity": b'{"model":-Infinity}',
        "huge-number": b'{"model":1e999}',
        "lone-surrogate": b'{"model":"\\ud800"}',
        "lone-surrogate-name": b'{"\\udfff":1}',
        "raw-surrogate": b'{"model":"\xed\xa0\x80"}',
        "invalid-utf-8": b'{"model":"\xff"}',
        "overlong-utf-8": b'{"model":"\xc0\xaf"}',
        "utf-16": GOOD.decode().encode("utf-16"),
        "byte-order-mark": b"\xef\xbb\xbf" + GOOD,
        "control-character": b'{"model":"\x00"}',
        "deep-lists": b"[" * deep + b"]" * deep,
        "deep-objects": b'{"a":' * deep + b"1" + b"}" * deep,
        "deep-unclosed": b"[" * deep,
        "deep-in-input": b'{"model":"x","input":' + b'{"a":[' * 40 + b"1" + b"]}" * 40 + b"}",
        "long-digits": b'{"model":' + b"9" * 5000 + b"}",
    }


@pytest.mark.clause("H-JSON", "A-REFUSED")
@pytest.mark.parametrize("name", sorted(bad_json()))
async def test_bodies_that_are_no_json(name: str) -> None:
    """400, saying where; nothing of the body is repeated, and nothing is stored."""
    caller = Caller()
    content = bad_json()[name]
    headers = {"content-type": "application/json"}
    reply = await caller.create(raw=content, headers=headers)
    assert (reply.status, reply.code) == (400, "invalid_json")
    assert len(reply.body) < 500
    assert await caller.task_count() == 0


@pytest.mark.clause("H-JSON")
async def test_as_deep_as_any_input_needs() -> None:
    """64 levels are read; what they hold is then judged by the schema."""
    caller = Caller()
    for levels, code in ((63, "invalid_input"), (64, "invalid_json")):
        nested = b'{"a":' * (levels - 1) + b"{}" + b"}" * (levels - 1)
        raw = b'{"model":"kling-v3-motion-control","input":%b}' % nested
        assert (await caller.create(raw=raw)).code == code


@pytest.mark.clause("H-JSON", "A-IDEM-FINGERPRINT")
async def test_of_duplicate_members_the_last_counts() -> None:
    """For the task, and for the fingerprint."""
    caller = Caller()
    text = json.dumps(kling()["input"]).encode()
    raw = b'{"model":"x","model":"kling-v3-motion-control","input":7,"input":%b}' % text
    first = await caller.create(raw=raw, idempotency_key="k")
    assert first.status == 200
    assert (await caller.create(raw=GOOD, idempotency_key="k")).json["task_id"] == first.json["task_id"]


@pytest.mark.clause("H-ERRORS", "D-CREATE", "A-VALIDATION-STATUS")
@pytest.mark.parametrize(
    ("body", "details"),
    [
        ({}, [("/model", "required"), ("/input", "required")]),
        ({"model": 7, "input": []}, [("/model", "type"), ("/input", "type")]),
        ({"model": None, "input": None}, [("/model", "type"), ("/input", "type")]),
        (
            {"a/b": 1, "input": {}, "c~": 2},
            [("/model", "required"), ("/a~1b", "additional_properties"), ("/c~0", "additional_properties")],
        ),
        ({"model": "kling-v3", "input": {}, "": 1}, [("/", "additional_properties")]),
        ([], [("", "type")]),
        ("x", [("", "type")]),
        (7, [("", "type")]),
        (None, [("", "type")]),
    ],
)
async def test_the_top_level(body: Any, details: list[tuple[str, str]]) -> None:
    """Two members and no others; everything that is wrong with them is named at once."""
    for status in (400, 422):
        caller = Caller(Settings(dialect=dialect(validation_status=status)))
        reply = await caller.create(raw=json.dumps(body).encode())
        assert (reply.status, reply.code) == (status, "invalid_request")
        error = reply.json["error"]
        assert [(each["param"], each["code"]) for each in error["details"]] == details
        assert error["param"] == details[0][0]


@pytest.mark.clause("H-ERRORS")
async def test_very_many_surplus_members() -> None:
    """The answer stays small, and comes."""
    body = json.dumps({f"m{number}": 0 for number in range(100_000)}).encode()
    reply = await Caller().create(raw=body)
    assert reply.status == 400
    assert len(reply.json["error"]["details"]) <= 1002


@pytest.mark.clause("A-UNKNOWN-MODEL-STATUS", "D-CREATE")
@pytest.mark.parametrize("status", [404, 400, 422])
@pytest.mark.parametrize("slug", ["x", "", "../clauses", "KLING-V3", "kling-v3-motion-control.json", "\u0000"])
async def test_unknown_models(slug: str, status: int) -> None:
    """Named at `/model`; a slug is no path to anything."""
    caller = Caller(Settings(dialect=dialect(unknown_model_status=status)))
    reply = await caller.create({"model": slug, "input": {}})
    assert (reply.status, reply.code, reply.json["error"]["param"]) == (status, "model_not_found", "/model")


@pytest.mark.clause("H-SIZE")
async def test_a_body_over_the_limit() -> None:
    """413: an announced one is not read, a chunked one not to its end; exactly the limit is let through."""
    limit = len(GOOD) + 10
    caller = Caller(Settings(body_limit_bytes=limit))
    assert (await caller.create(raw=GOOD + b" " * 10)).status == 200
    reply = await caller.create(raw=GOOD + b" " * 11)
    assert (reply.status, reply.code) == (413, "body_too_large")
    headers = [("authorization", f"Bearer {KEY}"), ("content-type", "application/json")]
    announced = caller.exchange("POST", TASKS, [b""], [*headers, ("content-length", str(limit + 1))], whole=False)
    announced.to_send.get_nowait()
    chunked = caller.exchange("POST", TASKS, [b" " * limit, b" "], headers, whole=False)
    for exchange in (announced, chunked):
        refused = await asyncio.wait_for(caller.call(exchange), 5)
        assert refused is not None
        assert refused.status == 413


@pytest.mark.clause("H-SIZE", "A-REFUSED")
async def test_a_body_that_does_not_arrive() -> None:
    """408 when its time is over, and the key is not claimed."""
    caller = Caller(Settings(body_timeout_s=0.01))
    headers = [
        ("authorization", f"Bearer {KEY}"),
        ("content-type", "application/json"),
        ("idempotency-key", "k"),
    ]
    reply = await caller.call(caller.exchange("POST", TASKS, [GOOD[:9]], headers, whole=False))
    assert reply is not None
    assert (reply.status, reply.code) == (408, "body_timeout")
    assert (await caller.create(idempotency_key="k")).status == 200


@pytest.mark.clause("H-IDEM-KEY")
@pytest.mark.parametrize(
    ("key", "status"),
    [
        (b"a", 200),
        (b"x" * 255, 200),
        (b"!~\"'{}<>%", 200),
        (b"550e8400-e29b-41d4-a716-446655440000", 200),
        (b"", 400),
        (b"x" * 256, 400),
        (b"a b", 400),
        (b"a\tb", 400),
        (b"a\x7f", 400),
        (b"\xc3\xa9", 400),
        (b"a\n", 400),
    ],
)
async def test_idempotency_keys(key: bytes, status: int) -> None:
    """1 to 255 visible ASCII characters."""
    reply = await with_keys(Caller(), key)
    assert reply.status == status
    assert status == 200 or reply.code == "invalid_idempotency_key"


@pytest.mark.clause("H-IDEM-KEY")
async def test_two_idempotency_keys() -> None:
    """Sent twice is 400, also where both are the same."""
    caller = Caller()
    for keys in ([b"a", b"a"], [b"a", b"b"]):
        assert (await with_keys(caller, *keys)).code == "invalid_idempotency_key"
    assert await caller.task_count() == 0


async def with_keys(caller: Caller, *keys: bytes) -> Reply:
    """A good create with these `Idempotency-Key` headers."""
    headers: list[tuple[str, str | bytes]] = [
        ("authorization", f"Bearer {KEY}"),
        ("content-type", "application/json"),
        *(("idempotency-key", key) for key in keys),
    ]
    reply = await caller.call(caller.exchange("POST", TASKS, [GOOD], headers))
    assert reply is not None
    return reply


@pytest.mark.clause("M-ASSUMED", "C-JOURNAL")
@pytest.mark.parametrize(
    ("url", "header"),
    [
        ("https://example.com/ref-video-8s.mp4", "video_url.duration_s=8"),
        ("https://example.com/ref-video-7.25s.mp4", "video_url.duration_s=7.25"),
        ("https://example.com/clip.mp4", "video_url.duration_s=5"),
        (f"http://{HOST}/_mock/media/ref-video-3s-96x64.mp4", None),
    ],
)
async def test_what_was_assumed_is_said(url: str, header: str | None) -> None:
    """In a header of the create's answer and in the journal; a replay assumes nothing."""
    caller = Caller()
    reply = await caller.create(kling(video_url=url), idempotency_key="k")
    assert reply.header("x-mock-assumed") == header
    assert (await caller.create(kling(video_url=url), idempotency_key="k")).header("x-mock-assumed") is None
    first, replay = await caller.exchanges()
    assert first.assumed == (("video_url",) if header else ())
    assert replay.assumed == ()


@pytest.mark.clause("M-ASSUMED")
async def test_assumed_lists_and_long_videos() -> None:
    """Each by its place in the input, in plain digits."""
    body = {"model": "wan2-7-videoedit", "input": {"prompt": "a", "video_urls": ["https://a/b-1234567.5s.mp4"]}}
    reply = await Caller().create(body)
    assert reply.header("x-mock-assumed") == "video_urls.0.duration_s=1234567.5"


@pytest.mark.clause("H-ERRORS", "D-INPUT", "D-SCHEMA")
async def test_all_problems_are_named_in_one_answer() -> None:
    """Of both media URLs, and of every member."""
    caller = Caller()
    reply = await caller.create(kling(image_url="x", video_url="data:video/mp4;base64,AAAA"))
    assert [each["param"] for each in reply.json["error"]["details"]] == ["/input/image_url", "/input/video_url"]
    reply = await caller.create(kling(mode="x", character_orientation=None, more=1, prompt=""))
    assert {(each["param"], each["code"]) for each in reply.json["error"]["details"]} == {
        ("/input/character_orientation", "required"),
        ("/input/mode", "enum"),
        ("/input/more", "additional_properties"),
        ("/input/prompt", "min_length"),
    }


@pytest.mark.clause("C-JOURNAL", "C-EXPLAIN", "D-IDEM-409")
async def test_what_is_kept_for_an_explanation() -> None:
    """The clause, the settings, who holds the key, and the pointers that differ."""
    caller = Caller()
    task_id = await caller.made(idempotency_key="k")
    await caller.create(idempotency_key="k")
    await caller.create(kling(prompt="another", mode="pro"), idempotency_key="k")
    await caller.create(kling(mode="x"), idempotency_key="l")
    made, replayed, mismatched, refused = await caller.exchanges()
    assert [(each.why.clause, each.task_id, each.idempotency_key) for each in (made, replayed)] == [
        ("D-CREATE", task_id, "k"),
        ("D-IDEM-REPLAY", task_id, "k"),
    ]
    assert (mismatched.why.clause, mismatched.why.holder) == ("D-IDEM-409", task_id)
    assert sorted(mismatched.why.differs) == ["/input/mode", "/input/prompt"]
    assert (refused.why.clause, [each.param for each in refused.why.details]) == ("D-SCHEMA", ["/input/mode"])
    assert [each.operation for each in await caller.exchanges()] == ["create"] * 4
