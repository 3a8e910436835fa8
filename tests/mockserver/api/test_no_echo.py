"""No API key ever stands in an answer, an error or what the journal shows, wherever a client puts it (API.md §4)."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.records import Exchange
from mockserver.settings import Settings
from mockserver.wire import redact
from tests.asgi import TASKS, Caller, Reply, dialect, kling
from tests.strategies import API_KEYS, readings, spellings


def in_the_body(text: str) -> list[Any]:
    """Creates with the text as a member's name, or in a value, at every level."""
    return [
        {text: 1},
        {"model": text, "input": {}},
        {"model": "kling-v3-motion-control", "input": text},
        kling(**{text: 1}),
        kling(mode=text),
        kling(prompt=text),
        kling(prompt=f"[mock:failed={text[:64]}]"),
        kling(image_url=text),
        kling(video_url=f"https://example.com/{text}"),
        kling(video_url=f"https://{text}@example.com/x-99s.mp4"),
        kling(video_url=f"data:video/mp4,{text}"),
        kling(watermark_info={text: text}),
        [text],
        text,
    ]


def requests(text: str, quoted: str) -> list[dict[str, Any]]:
    """Requests with the text somewhere; `quoted` is a spelling of it that fits a URL."""
    creates: list[dict[str, Any]] = [{"method": "POST", "path": TASKS, "body": body} for body in in_the_body(text)]
    raws = [json.dumps(kling(prompt=text)).encode()[:-1], f'{{"{text}'.encode(), text.encode(), b"\xff" + text.encode()]
    return [
        *creates,
        *({"method": "POST", "path": TASKS, "raw": raw} for raw in raws),
        *({"method": "POST", "path": TASKS, "raw": b"{}", "headers": {name: quoted}} for name in ("content-type", "x")),
        {"method": "POST", "path": f"{TASKS}?key={quoted}", "body": kling()},
        {"method": "POST", "path": TASKS, "body": kling(), "headers": {"idempotency-key": quoted}},
        {"method": "POST", "path": TASKS, "body": kling(), "headers": {"idempotency-key": f" {quoted}"}},
        {"method": "POST", "path": TASKS, "body": kling(), "headers": {"host": quoted[:250]}},
        {"method": "POST", "path": TASKS, "body": kling(), "headers": {"authorization": f"Basic {quoted}"}},
        {"method": "GET", "path": f"{TASKS}/{quoted}"},
        {"method": "GET", "path": f"{TASKS}/{quoted}/events", "headers": {"last-event-id": quoted}},
        {"method": "GET", "path": f"{TASKS}/task_0?{quoted}"},
        {"method": "GET", "path": f"/{quoted}"},
        {"method": "GET", "path": f"/outputs/{quoted}/task_0/0.mp4", "headers": {"cookie": f"key={quoted}"}},
        {"method": quoted, "path": TASKS},
    ]


def as_shown(exchange: Exchange) -> str:
    """All that the control plane may tell of an exchange: each part redacted as it does it."""
    parts = [exchange.method, exchange.path, exchange.query, exchange.idempotency_key or "", exchange.why.summary]
    parts += [detail.param for detail in exchange.why.details]
    shown = [redact.text(part) for part in parts]
    for message in (exchange.request, exchange.response):
        shown += [redact.header(name.decode(), value.decode("latin-1")) for name, value in message.headers]
        shown.append(redact.text(message.body.decode("utf-8", "replace")))
    return "\n".join(shown)


@pytest.mark.clause("H-NO-ECHO", "C-JOURNAL", "D-KEYS-SERVER")
@given(st.data(), API_KEYS, st.sampled_from(["nested", "flat", "detail", "problem"]), st.booleans())
async def test_no_key_is_ever_shown(data: st.DataObject, key: str, envelope: str, by_its_owner: bool) -> None:
    """Not in an answer, not in the life of the task, not in the journal; however it is spelt."""
    key = key[:100]
    spelt = data.draw(spellings(key))
    text = data.draw(st.sampled_from([key, spelt]))
    quoted = "".join(f"%{ord(each):02x}" if each in '"\\' else each for each in spelt)
    request = data.draw(st.sampled_from(requests(text, quoted)))
    caller = Caller(Settings(dialect=dialect(error_envelope=envelope)))
    request["headers"] = {name: value[:4000] for name, value in request.get("headers", {}).items()}
    owner = key if by_its_owner else "mv_live_other"
    reply: Reply = await caller.request(**request, key=owner)
    texts = [reply.text]
    if reply.status == 200:
        caller.advance(10)
        for each in ("", "/events"):
            path = f"{TASKS}/{reply.json['task_id']}{each}"
            texts.append((await caller.request("GET", path, headers=request["headers"], key=owner)).text)
    texts += [as_shown(exchange) for exchange in [*await caller.exchanges(owner), *await caller.exchanges(None)]]
    for each in texts:
        assert not any(key in reading for reading in readings(each))


@pytest.mark.clause("H-NO-ECHO", "C-JOURNAL")
async def test_a_key_in_a_body_that_the_journal_cuts() -> None:
    """What is kept of a long body is no JSON any more, and an escaped key is found all the same."""
    caller = Caller()
    raw = b'{"model":"\\u006dv_live_secret_of_somebody","input":{"prompt":"%b"}}' % (b"x" * 100_000)
    await caller.create(raw=raw)
    [exchange] = await caller.exchanges()
    assert exchange.request.size_bytes == len(raw)
    assert "secret" not in as_shown(exchange)
    assert "mv_live_***" in as_shown(exchange)
