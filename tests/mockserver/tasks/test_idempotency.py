"""One idempotency key, one task: whatever comes when (D-IDEM-REPLAY, D-IDEM-409, API.md §2)."""

import asyncio
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.accounts import Key
from mockserver.planning import PlanBook, PlanEntry
from mockserver.records import MediaFacts, Registered
from mockserver.settings import Settings
from mockserver.tasks.clock import advance, set_clock
from mockserver.tasks.operate import operate
from tests.asgi import HOST, KEY, OTHER_KEY, TASKS, Caller, Exchange, Reply, dialect, kling
from tests.media_files import data_uri, named, serving

VIDEO = "ref-video-3s-96x64.mp4"
URLS = {
    "inline": data_uri(VIDEO),
    "named": f"http://{HOST}/_mock/media/{VIDEO}",
    "registered": "https://example.com/registered.mp4",
}
SECOND_KEY = "mv_test_second"


def bodies(url: str) -> dict[str, bytes]:
    """Three payloads: two good ones, and one that is refused after its file was looked at."""
    short = data_uri("ref-video-2.9s-96x64.mp4")
    return {
        "one": json.dumps(kling(video_url=url)).encode(),
        "two": json.dumps(kling(video_url=url, prompt="another")).encode(),
        "bad": json.dumps(kling(video_url=short)).encode(),
    }


async def turn() -> None:
    """Let everything that can go on go one step."""
    loop = asyncio.get_running_loop()
    future = loop.create_future()
    loop.call_soon(future.set_result, None)
    await future


async def interleaved(caller: Caller, payloads: list[bytes], order: list[int]) -> list[Reply]:
    """Creates under one key, by two keys of one account, their bodies coming in halves in this order."""
    started: list[tuple[Exchange, asyncio.Task[Reply | None]]] = []
    for index, payload in enumerate(payloads):
        headers = [
            ("authorization", f"Bearer {(KEY, SECOND_KEY)[index % 2]}"),
            ("content-type", "application/json"),
            ("idempotency-key", "k"),
            ("host", HOST),
        ]
        exchange = caller.exchange("POST", TASKS, [payload[:9]], headers, whole=False)
        started.append((exchange, asyncio.ensure_future(caller.call(exchange))))
    for index in order:
        await turn()
        rest = {"type": "http.request", "body": payloads[index][9:], "more_body": False}
        started[index][0].to_send.put_nowait(rest)
    replies = await asyncio.gather(*(task for _, task in started))
    return [reply for reply in replies if reply is not None]


async def opened(in_flight: str) -> Caller:
    """A server with an account of two keys that knows the registered file."""
    caller = Caller(Settings(dialect=dialect(idempotency_in_flight=in_flight)))
    account_id = (await caller.account()).account_id
    await caller.store.put_key(Key(SECOND_KEY, account_id))
    facts = MediaFacts("video", "stated", duration_us=3_000_000)
    await caller.store.put_media(account_id, Registered(URLS["registered"], facts))
    return caller


@st.composite
def races(draw: st.DrawFn) -> tuple[list[str], list[int]]:
    """Which payloads race, and the order in which their bodies are complete."""
    names = draw(st.lists(st.sampled_from(["one", "one", "two", "bad"]), min_size=2, max_size=5))
    return names, draw(st.permutations(range(len(names))))


@pytest.mark.clause("D-IDEM-REPLAY", "D-IDEM-409", "A-IDEM-IN-FLIGHT", "A-IDEM-SCOPE", "A-REFUSED", "C-LEDGER")
@settings(max_examples=60)
@given(races(), st.sampled_from(sorted(URLS)), st.sampled_from(["wait", "conflict"]))
async def test_equal_keys_at_one_time_make_one_task(
    race: tuple[list[str], list[int]], source: str, in_flight: str
) -> None:
    """In any interleaving: one task, one charge, one id for all who sent its payload; nobody else gets anything."""
    names, order = race
    payloads = bodies(URLS[source])
    caller = await opened(in_flight)
    replies = await interleaved(caller, [payloads[name] for name in names], order)
    made = [(name, reply.json["task_id"]) for name, reply in zip(names, replies, strict=True) if reply.status == 200]
    assert len({task_id for _, task_id in made}) == len({name for name, _ in made}) == await caller.task_count() <= 1
    assert await caller.balance() == ("999.88426" if made else "1000.00000")
    for name, reply in zip(names, replies, strict=True):
        if reply.status == 200:
            continue
        expected: set[tuple[str, str | None]] = {("idempotency_mismatch", None)}
        if in_flight == "conflict":
            expected.add(("idempotency_in_flight", "1"))
        if name == "bad":
            expected.add(("invalid_duration", None))
        assert (reply.code, reply.header("retry-after")) in expected
        assert reply.status == (400 if reply.code == "invalid_duration" else 409)
        if made and name == made[0][0]:
            assert reply.code == "idempotency_in_flight"
    if in_flight == "wait" and set(names) != {"bad"}:
        assert made
        assert all(reply.status == 200 for name, reply in zip(names, replies, strict=True) if name == made[0][0])


@pytest.mark.clause("A-IDEM-IN-FLIGHT", "A-REFUSED")
@pytest.mark.parametrize("in_flight", ["wait", "conflict"])
@pytest.mark.parametrize("is_good", [True, False])
async def test_a_create_that_takes_its_time(in_flight: str, is_good: bool) -> None:
    """Who comes in the middle waits, or is told to come back; if it is refused, he goes on as if he were first."""
    caller = Caller(Settings(media="fetch", fetch_private=True, dialect=dialect(idempotency_in_flight=in_flight)))
    gate = asyncio.Event()
    async with serving(named("ref-image-64x48.png") if is_good else b"no picture", gate) as url:
        body = kling(image_url=url, video_url=URLS["named"])
        first = asyncio.ensure_future(caller.create(body, idempotency_key="k"))
        second = asyncio.ensure_future(caller.create(body, idempotency_key="k"))
        if in_flight == "conflict":
            refused = await second
            assert (refused.status, refused.code, refused.header("retry-after")) == (409, "idempotency_in_flight", "1")
            assert not first.done()
        else:
            await asyncio.wait([first, second], timeout=0.01)
            assert not first.done()
            assert not second.done()
        gate.set()
        reply = await first
        again = await second if in_flight == "wait" else await caller.create(body, idempotency_key="k")
    if is_good:
        assert (reply.status, again.status) == (200, 200)
        assert reply.json["task_id"] == again.json["task_id"]
    else:
        assert [(each.status, each.code) for each in (reply, again)] == [(400, "invalid_media")] * 2
    assert await caller.task_count() == is_good
    good = await caller.create(
        kling(image_url=data_uri("ref-image-64x48.png"), video_url=URLS["named"]), idempotency_key="k"
    )
    assert good.status == (409 if is_good else 200)


@pytest.mark.clause("A-IDEM-IN-FLIGHT")
async def test_time_that_moves_while_a_create_waits() -> None:
    """A frozen clock is moved between the first's commit and the waiter's look at it: he sees the task as it is."""
    caller = await opened("wait")
    account_id = (await caller.account()).account_id
    await set_clock(caller.service, account_id, "frozen", None, None)
    headers = [("authorization", f"Bearer {KEY}"), ("content-type", "application/json"), ("idempotency-key", "k")]
    assert await caller.store.claim(account_id, "k", lambda _: True) == "claimed"
    body = json.dumps(kling()).encode()
    waiting = asyncio.ensure_future(caller.call(caller.exchange("POST", TASKS, [body], headers)))
    await turn()
    await advance(caller.service, account_id, 60_000)
    await caller.store.unclaim(account_id, "k")
    task_id = await caller.made(idempotency_key="k")
    await operate(caller.service, account_id, task_id, "hold")
    await operate(caller.service, account_id, task_id, "release")
    await advance(caller.service, account_id, 500)
    reply = await waiting
    assert reply is not None
    assert (reply.status, reply.json["task_id"], reply.json["status"]) == (200, task_id, "processing")


@pytest.mark.clause("D-IDEM-REPLAY", "C-LEDGER", "A-IDEM-REPLAY-VIEW")
@pytest.mark.parametrize("view", ["current", "original"])
async def test_a_replay_charges_nothing(view: str) -> None:
    """The original task comes back, as it is now or as it was first shown, to the byte; without money too."""
    caller = Caller(Settings(dialect=dialect(idempotency_replay_view=view, create_status=202)))
    first = await caller.create(idempotency_key="k")
    await caller.set_dialect(create_status=201)
    balance = await caller.balance()
    await caller.change(given=(await caller.account()).given - 1000 + 1)
    caller.advance(2.5)
    for _ in range(3):
        again = await caller.create(idempotency_key="k")
        assert again.header("idempotent-replayed") is None
        if view == "original":
            assert (again.status, again.body) == (202, first.body)
        else:
            task_id = first.json["task_id"]
            assert (again.status, again.json) == (201, (await caller.read(task_id)).json)
            assert again.json["status"] == "succeeded"
    assert await caller.task_count() == 1
    assert float(balance) - float(await caller.balance()) == pytest.approx(999)


@pytest.mark.clause("A-IDEM-REPLAY-HEADER")
async def test_the_replay_header() -> None:
    """On replays alone."""
    caller = Caller(Settings(dialect=dialect(idempotency_replay_header="Idempotent-Replayed")))
    headers = [(await caller.create(idempotency_key="k")).header("idempotent-replayed") for _ in range(2)]
    assert headers == [None, "true"]


@pytest.mark.clause("A-REQUEST-ID-OF")
@pytest.mark.parametrize("whose", ["task", "request"])
async def test_the_request_id_of_a_replay(whose: str) -> None:
    """That of the create that made the task, or its own."""
    caller = Caller(Settings(dialect=dialect(request_id_of=whose)))
    ids = [(await caller.create(idempotency_key="k")).json["request_id"] for _ in range(2)]
    assert (ids[0] == ids[1]) == (whose == "task")


@pytest.mark.clause("A-IDEM-TTL")
async def test_a_key_is_remembered_from_its_create() -> None:
    """Not from its last use; afterwards it is as good as new."""
    caller = Caller(Settings(dialect=dialect(idempotency_ttl_s=10)))
    first = await caller.made(idempotency_key="k")
    caller.advance(9.999)
    assert await caller.made(idempotency_key="k") == first
    caller.advance(0.001)
    second = await caller.made(kling(prompt="another"), idempotency_key="k")
    assert second != first
    caller.advance(9.999)
    assert (await caller.create(idempotency_key="k")).code == "idempotency_mismatch"
    await caller.set_dialect(idempotency_ttl_s="never")
    caller.advance(10**6)
    assert await caller.made(kling(prompt="another"), idempotency_key="k") == second


@pytest.mark.clause("D-IDEM-409", "A-IDEM-FINGERPRINT")
@pytest.mark.parametrize(
    ("other", "canonical", "exact"),
    [
        (b'{"model":"kling-v3-motion-control",   "input":%b}', 200, 409),
        (b'{"input":{"mode":"pro"},"input":%b,"model":"kling-v3-motion-control"}', 200, 409),
        (b'{"model":"kling-v3-motion-control","input":%b,"more":1}', 409, 409),
        (b'{"model":"kling-v3","input":%b}', 409, 409),
        (b'{"model":"no-such-model","input":%b}', 409, 409),
        (b'{"input":%b}', 409, 409),
        (b"{}", 409, 409),
    ],
)
async def test_what_counts_as_the_same_payload(other: bytes, canonical: int, exact: int) -> None:
    """Anything different in the body is 409, before anything else is held against it; no `Retry-After`."""
    for fingerprint, status in (("canonical", canonical), ("bytes", exact)):
        caller = Caller(Settings(dialect=dialect(idempotency_fingerprint=fingerprint)))
        given_input = json.dumps(kling()["input"]).encode()
        await caller.create(raw=b'{"model":"kling-v3-motion-control","input":%b}' % given_input, idempotency_key="k")
        body = other % given_input if b"%b" in other else other
        reply = await caller.create(raw=body, idempotency_key="k")
        assert reply.status == status
        if status == 409:
            assert (reply.code, reply.header("retry-after")) == ("idempotency_mismatch", None)


@pytest.mark.clause("A-IDEM-SCOPE")
async def test_the_scope_of_a_key_is_the_account() -> None:
    """Another key of the account finds the task, another account has its own."""
    caller = await opened("wait")
    task_id = await caller.made(idempotency_key="k")
    assert await caller.made(idempotency_key="k", key=SECOND_KEY) == task_id
    assert await caller.made(idempotency_key="k", key=OTHER_KEY) != task_id
    assert await caller.made(idempotency_key="l") != task_id
    assert await caller.made(idempotency_key="K") != task_id


@pytest.mark.clause("A-REFUSED", "D-IDEM-REPLAY")
@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"model": "x", "input": {}}, "model_not_found"),
        (kling(mode="x"), "invalid_input"),
        (kling(video_url="x"), "invalid_media"),
        (kling(video_url="https://example.com/a-31s.mp4"), "invalid_duration"),
        ({}, "invalid_request"),
        ([], "invalid_request"),
    ],
)
async def test_a_refusal_does_not_claim_its_key(body: Any, code: str) -> None:
    """The same key with a good payload is a first create, not a mismatch; nothing was stored or charged."""
    caller = Caller()
    await caller.set_plan(PlanBook(queue=(PlanEntry(timing="instant"),)))
    for _ in range(2):
        assert (await caller.create(body, idempotency_key="k")).code == code
    assert (await caller.task_count(), await caller.balance()) == (0, "1000.00000")
    assert (await caller.create(idempotency_key="k")).json["status"] == "succeeded"
    assert (await caller.create(body, idempotency_key="k")).status in (400, 409)
    assert await caller.task_count() == 1


@pytest.mark.clause("A-REFUSED")
@pytest.mark.parametrize("setting", ["rate_limit", "concurrency_limit", "balance"])
async def test_a_refusal_at_the_commit_does_not_claim_its_key(setting: str) -> None:
    """402 and 429 neither; and a replay is answered all the same."""
    caller = Caller()
    held = await caller.made(idempotency_key="held")
    if setting == "balance":
        await caller.change(given=(await caller.account()).given - 1000)
    else:
        limit: dict[str, Any] = {setting: "1/60" if setting == "rate_limit" else 1}
        await caller.set_dialect(**limit)
    refused = await caller.create(idempotency_key="k")
    assert refused.status == (402 if setting == "balance" else 429)
    assert await caller.made(idempotency_key="held") == held
    if setting == "balance":
        await caller.change(given=(await caller.account()).given + 1000)
    else:
        limit[setting] = "none"
        await caller.set_dialect(**limit)
    assert await caller.made(kling(prompt="another"), idempotency_key="k") != held
