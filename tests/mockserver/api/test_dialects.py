"""The same story in every dialect: each answer says what the setting says it should, and can be read back."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings

from mockserver.dialect import DEFAULT, Dialect, as_json, merge
from mockserver.dialect import settings as questions
from mockserver.settings import Settings
from tests.asgi import Caller, Reply, kling
from tests.strategies import DIALECT_CHANGES

SAMPLES: dict[str, list[object]] = {
    "seconds": [0, 0.5, 60, "never"],
    "milliseconds": [0, 100],
    "rate": ["none", "1/60", "3/0.5"],
    "count": ["none", 1, 5],
}


def variants() -> Iterator[tuple[str, object]]:
    """Every setting at every variant, or at a few values where it takes numbers."""
    for question in questions():
        for value in question.variants if question.form == "choice" else SAMPLES[question.form]:
            yield question.name, value


def code_of(reply: Reply, spoken: Dialect) -> object:
    """The error code, wherever the envelope has it; the `detail` envelope tells only the details."""
    body = reply.json
    if spoken.error_envelope == "nested":
        return body["error"]["code"]
    return None if spoken.error_envelope == "detail" else body["code"]


def events_of(reply: Reply, spoken: Dialect) -> list[Any]:
    if spoken.events_format == "sse":
        blocks = reply.body.decode().split("\n\n")[:-1]
        return [json.loads(block.split("data: ")[1]) for block in blocks]
    events: list[Any] = reply.json if spoken.events_format == "array" else reply.json["events"]
    return events


def refused(reply: Reply, status: int, code: str, spoken: Dialect) -> None:
    """A refusal with that status and code, in the dialect's envelope, with what it has to say."""
    assert reply.status == status
    assert code_of(reply, spoken) in (code, None)
    problem = spoken.error_envelope == "problem"
    assert reply.header("content-type") == ("application/problem+json" if problem else "application/json")
    assert not problem or reply.json["status"] == status
    assert ("request_id" in reply.json) == (spoken.error_envelope != "detail")


async def tell(spoken: Dialect) -> None:
    """The life of one task and of several refusals; a key, and so an account, for each create."""
    caller = Caller(Settings(dialect=spoken))
    keys = (f"mv_live_{number}" for number in range(100))

    async def create(body: Any, key: str | None = None, **more: Any) -> Reply:
        return await caller.create(body, key=key or next(keys), **more)

    first = await create(None, "mv_live_x", idempotency_key="k")
    assert first.status == spoken.create_status
    answer = first.json
    pending = ["cost_actual", "output", "error"] if spoken.pending_fields == "null" else []
    extra = ["model", "created_at", "updated_at", "progress"] if spoken.extra_fields == "some" else []
    assert list(answer) == ["request_id", "task_id", "status", "cost_estimate", *pending, *extra]
    assert answer["cost_estimate"] == (0.92592 if spoken.billing == "per_second" else 0.11574)
    assert all(answer[name] is None for name in pending)
    balance = 1000 - answer["cost_estimate"]
    assert float(await caller.balance("mv_live_x")) == pytest.approx(balance)

    if spoken.idempotency_ttl_s != 0:
        await replay(caller, spoken, first)
    refused(await create(kling(mode="x")), spoken.validation_status, "invalid_input", spoken)
    refused(await create({"model": "x", "input": {}}), spoken.unknown_model_status, "model_not_found", spoken)
    refused(await create({}), spoken.validation_status, "invalid_request", spoken)
    refused(await create(kling(image_url="x")), spoken.validation_status, "invalid_media", spoken)
    refused(await caller.read(answer["task_id"], key=next(keys)), 404, "task_not_found", spoken)
    refused(await caller.request("PUT", "/api/v1/tasks"), 405, "method_not_allowed", spoken)
    refused(await caller.read("task_0", key=None), spoken.unknown_key_status, "unauthorized", spoken)

    failing = kling(prompt="[mock:failed=content_policy]")
    if spoken.duration_check == "in_task":
        failing = kling(video_url="https://example.com/a-99s.mp4")
    else:
        late = await create(kling(video_url="https://example.com/a-99s.mp4"))
        refused(late, spoken.validation_status, "invalid_duration", spoken)
    failed = await create(failing, "mv_live_y")
    assert failed.status == spoken.create_status
    caller.advance(2.5)
    await end(caller, spoken, answer["task_id"], failed.json["task_id"])


async def replay(caller: Caller, spoken: Dialect, first: Reply) -> None:
    """Once at once, and once a payload that differs."""
    again = await caller.create(key="mv_live_x", idempotency_key="k")
    assert again.status == first.status
    same = {**again.json, "request_id": 0} == {**first.json, "request_id": 0}
    assert same
    if spoken.idempotency_replay_view == "original":
        assert again.body == first.body
    else:
        is_repeated = spoken.request_id_of == "task"
        assert (again.json["request_id"] == first.json["request_id"]) == is_repeated
    named = spoken.idempotency_replay_header == "Idempotent-Replayed"
    assert again.header("idempotent-replayed") == ("true" if named else None)
    other = await caller.create(kling(prompt="another"), key="mv_live_x", idempotency_key="k")
    refused(other, 409, "idempotency_mismatch", spoken)
    spaced = json.dumps(kling(), indent=1).encode()
    same_json = await caller.create(raw=spaced, key="mv_live_x", idempotency_key="k")
    assert same_json.status == (409 if spoken.idempotency_fingerprint == "bytes" else first.status)


async def end(caller: Caller, spoken: Dialect, task_id: str, failed_id: str) -> None:
    """Both tasks are over: one with an output, the other with an error."""
    done = (await caller.read(task_id, key="mv_live_x")).json
    assert (done["status"], done["cost_actual"]) == ("succeeded", done["cost_estimate"])
    url = done["output"]["videos"][0]["url"]
    assert ("error" in done) == (spoken.pending_fields == "null")
    if spoken.output_ttl_s == 0:
        download = await caller.request("GET", url.removeprefix("http://mock.example:8000"), key=None)
        refused(download, 403, "output_expired", spoken)
    events = events_of(await caller.events(task_id, key="mv_live_x"), spoken)
    assert [event["status"] for event in events] == ["queued", "processing", "succeeded"]
    failed = (await caller.read(failed_id, key="mv_live_y")).json
    assert (failed["status"], failed["cost_actual"]) == ("failed", 0)
    code = "invalid_duration" if spoken.duration_check == "in_task" else "content_policy"
    error = failed.get("error")
    if spoken.failed_error == "absent":
        assert error is None
    else:
        assert isinstance(error, str) if spoken.failed_error == "string" else error["code"] == code
    assert await caller.balance("mv_live_y") == "1000.00000"


@pytest.mark.clause("A-CREATE-STATUS", "A-VALIDATION-STATUS", "A-UNKNOWN-MODEL-STATUS", "A-UNKNOWN-KEY-STATUS")
@pytest.mark.clause("A-ERROR-ENVELOPE", "A-REQUEST-ID-OF", "A-PENDING-FIELDS", "A-FAILED-ERROR", "A-EVENTS-FORMAT")
@pytest.mark.clause("A-IDEM-FINGERPRINT", "A-IDEM-REPLAY-VIEW", "A-IDEM-TTL", "A-IDEM-REPLAY-HEADER", "A-EXTRA-FIELDS")
@pytest.mark.clause("A-DURATION-CHECK", "A-BILLING", "A-CHARGE-ON", "A-OUTPUT-TTL", "C-DIALECT")
@pytest.mark.parametrize(("name", "value"), list(variants()))
async def test_each_variant_of_each_setting(name: str, value: object) -> None:
    """One changed at a time."""
    spoken = merge(DEFAULT, {name: value})
    assert isinstance(spoken, Dialect)
    assert as_json(spoken)[name] == value
    await tell(spoken)


@pytest.mark.clause("C-DIALECT")
@settings(max_examples=40)
@given(DIALECT_CHANGES)
async def test_any_mixture_of_settings(changes: dict[str, object]) -> None:
    """However many are changed, each still does its own thing."""
    spoken = merge(DEFAULT, changes)
    assert isinstance(spoken, Dialect)
    await tell(spoken)
