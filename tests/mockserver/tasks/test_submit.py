"""What a create is judged by, one question of the dialect at a time (API.md §2, §4, §6, §8, §9)."""

import asyncio
import json
from decimal import Decimal

import pytest

from mockserver.accounts import AccountClock
from mockserver.ledger import Topup
from mockserver.planning import PlanBook, PlanEntry
from mockserver.records import MediaFacts, Registered
from mockserver.settings import Settings
from tests.asgi import OTHER_KEY, START_MS, Caller, dialect, kling


def video(seconds: float) -> str:
    return f"https://example.com/ref-video-{seconds}s.mp4"


@pytest.mark.clause("D-COST", "A-BILLING", "A-PRICE")
@pytest.mark.parametrize(
    ("billing", "changes", "cost"),
    [
        ("per_task", {}, 0.11574),
        ("per_task", {"mode": "pro"}, 0.15426),
        ("per_second", {}, 0.92592),
        ("per_second", {"mode": "pro", "video_url": video(3.999)}, 0.46278),
    ],
)
async def test_what_a_task_costs(billing: str, changes: dict[str, str], cost: float) -> None:
    """The documented figure; or that for each whole second of the reference, the fraction dropped."""
    caller = Caller(Settings(dialect=dialect(billing=billing), timing="instant"))
    answer = (await caller.create(kling(**changes))).json
    assert answer["cost_estimate"] == answer["cost_actual"] == cost
    assert Decimal(await caller.balance()) == 1000 - Decimal(str(cost))


@pytest.mark.clause("A-NO-BALANCE")
async def test_an_account_without_money() -> None:
    """402, naming what there is and what is needed; exactly enough is enough."""
    caller = Caller()
    await caller.change(given=Decimal("0.11573"))
    refused = await caller.create()
    assert (refused.status, refused.code) == (402, "insufficient_balance")
    assert "0.11573" in refused.json["error"]["message"]
    assert "0.11574" in refused.json["error"]["message"]
    await caller.change(topups=(Topup(START_MS, Decimal("0.00001")),))
    assert (await caller.create()).status == 200
    assert await caller.balance() == "0.00000"
    assert (await caller.create()).status == 402


@pytest.mark.clause("A-CHARGE-ON", "A-NO-BALANCE")
@pytest.mark.parametrize("charge_on", ["success", "submit"])
async def test_a_failed_task_gives_its_money_back(charge_on: str) -> None:
    """It is there again for the next create, at the moment of the failure."""
    caller = Caller(Settings(dialect=dialect(charge_on=charge_on)))
    await caller.change(given=Decimal("0.11574"))
    await caller.made(kling(prompt="[mock:failed]"))
    caller.advance(2.499)
    assert (await caller.create()).status == 402
    caller.advance(0.001)
    assert (await caller.create()).status == 200


@pytest.mark.clause("A-DURATION-CHECK", "D-DURATION")
@pytest.mark.parametrize(
    ("orientation", "seconds", "fits"),
    [
        ("image", 2.999999, False),
        ("image", 3, True),
        ("image", 10, True),
        ("image", 10.000001, False),
        ("video", 2.999999, False),
        ("video", 3, True),
        ("video", 10.000001, True),
        ("video", 30, True),
        ("video", 30.000001, False),
    ],
)
async def test_durations(orientation: str, seconds: float, fits: bool) -> None:
    """Both ends are included; refused at submit, or failed in the task, as the dialect has it."""
    body = kling(character_orientation=orientation, video_url=video(seconds))
    caller = Caller()
    reply = await caller.create(body)
    assert reply.status == (200 if fits else 400)
    if not fits:
        assert (reply.code, reply.json["error"]["param"]) == ("invalid_duration", "/input/video_url")
        assert orientation in reply.json["error"]["message"]
    in_task = Caller(Settings(dialect=dialect(duration_check="in_task")))
    task_id = await in_task.made(body)
    in_task.advance(2.5)
    answer = (await in_task.read(task_id)).json
    assert answer["status"] == ("succeeded" if fits else "failed")
    assert fits or answer["error"]["code"] == "invalid_duration"
    assert fits or answer["cost_actual"] == 0


@pytest.mark.clause("M-REGISTERED", "D-DURATION")
async def test_a_duration_that_nobody_knows() -> None:
    """A file registered without its seconds breaks no bound."""
    caller = Caller()
    url = kling()["input"]["video_url"]
    account_id = (await caller.account()).account_id
    await caller.store.put_media(account_id, Registered(url, MediaFacts("video", "stated")))
    assert (await caller.create()).status == 200


@pytest.mark.clause("A-DURATION-TOLERANCE")
@pytest.mark.parametrize(("seconds", "status"), [(2.9, 200), (2.899999, 400), (10.1, 200), (10.100001, 400)])
async def test_the_tolerance_widens_both_ends(seconds: float, status: int) -> None:
    """By exactly as much as it says."""
    caller = Caller(Settings(dialect=dialect(duration_tolerance_ms=100)))
    assert (await caller.create(kling(video_url=video(seconds)))).status == status


@pytest.mark.clause("A-MEDIA-RULES", "U-SCHEMA")
async def test_a_long_prompt() -> None:
    """Only the provider behind minds."""
    body = kling(prompt="\u4eba" * 2501)
    assert (await Caller().create(body)).status == 200
    caller = Caller(Settings(dialect=dialect(media_rules="upstream")))
    refused = await caller.create(body)
    assert refused.json["error"]["details"] == [
        {
            "param": "/input/prompt",
            "code": "max_length",
            "message": "'input/prompt' must have at most 2500 characters.",
        }
    ]
    assert (await caller.create(kling(prompt="\u4eba" * 2500))).status == 200


@pytest.mark.clause("C-PLAN")
async def test_only_accepted_creates_take_from_the_queue() -> None:
    """Neither refusals nor replays do; first in, first out; then the plan's base."""
    caller = Caller()
    queue = (PlanEntry(outcome="succeeded"), PlanEntry(outcome="cancelled"))
    await caller.set_plan(PlanBook(PlanEntry(outcome="failed", timing="instant"), queue))
    await caller.create({"model": "x", "input": {}})
    await caller.create(kling(mode="x"))
    statuses = [(await caller.create(idempotency_key="k")).json["status"] for _ in range(3)]
    statuses += [(await caller.create()).json["status"] for _ in range(2)]
    assert statuses == ["succeeded", "succeeded", "succeeded", "cancelled", "failed"]


@pytest.mark.clause("C-MAGIC")
@pytest.mark.parametrize(
    ("prompt", "status", "code"),
    [
        ("[mock:failed]", "failed", "generation_failed"),
        ("[mock:failed=content_policy] dance", "failed", "content_policy"),
        ("[mock:cancelled]", "cancelled", None),
        ("[mock:stuck]", "processing", None),
        ("[mock:processing=90s]", "processing", None),
        ("[mock:queued=20s]", "queued", None),
        ("[mock:nothing]", "succeeded", None),
    ],
)
async def test_markers(prompt: str, status: str, code: str | None) -> None:
    """They decide how that one task goes, unless the server was told not to look."""
    caller = Caller()
    task_id, plain = await caller.made(kling(prompt=prompt)), await caller.made(kling(prompt=None))
    caller.advance(10)
    answer = (await caller.read(task_id)).json
    assert (answer["status"], answer.get("error", {}).get("code")) == (status, code)
    assert await caller.status(plain) == "succeeded"
    deaf = Caller(Settings(magic=False))
    task_id = await deaf.made(kling(prompt=prompt))
    deaf.advance(10)
    assert await deaf.status(task_id) == "succeeded"


@pytest.mark.clause("C-TIMING", "A-CREATE-VIEW")
async def test_instant_timing() -> None:
    """The create's own answer is terminal, with cost and output."""
    answer = (await Caller(Settings(timing="instant")).create()).json
    assert (answer["status"], answer["cost_actual"]) == ("succeeded", 0.11574)
    assert answer["output"]["videos"][0]["url"].startswith("http://mock.example:8000/outputs/")


@pytest.mark.clause("C-TIMING")
async def test_realistic_timing_is_seeded() -> None:
    """Accounts of one seed live the same lives, of another other ones; a reset begins anew."""

    async def plans(caller: Caller, key: str) -> list[object]:
        account_id = (await caller.account(key)).account_id
        await caller.store.reset(account_id)
        for mode in ("std", "pro", "std"):
            await caller.made(kling(mode=mode), key=key)
        return [task.plan for task in await caller.store.tasks(account_id)]

    caller = Caller(Settings(timing="realistic"))
    first = await plans(caller, "mv_live_a")
    assert len({str(plan) for plan in first}) == 3
    assert first == await plans(caller, "mv_live_b") == await plans(caller, "mv_live_a")
    assert first != await plans(Caller(Settings(timing="realistic", seed=1)), "mv_live_a")


@pytest.mark.clause("A-RATE-LIMIT")
async def test_the_rate_limit_slides() -> None:
    """At the moment that `Retry-After` names a create passes; a millisecond earlier it does not."""
    caller = Caller(Settings(dialect=dialect(rate_limit="2/10")))
    await caller.made(idempotency_key="k")
    caller.advance(4)
    await caller.made()
    refused = await caller.create()
    assert (refused.status, refused.code, refused.header("retry-after")) == (429, "rate_limited", "6")
    assert (await caller.create(idempotency_key="k")).status == 200
    caller.advance(5.999)
    refused = await caller.create()
    assert (refused.status, refused.header("retry-after")) == (429, "1")
    caller.advance(0.001)
    assert (await caller.create()).status == 200
    assert (await caller.create()).header("retry-after") == "4"


@pytest.mark.clause("A-RATE-LIMIT")
async def test_the_rate_limit_is_per_key() -> None:
    """What is refused does not count against it, nor what another key creates."""
    caller = Caller(Settings(dialect=dialect(rate_limit="1/10")))
    for _ in range(3):
        assert (await caller.create(kling(mode="x"))).status == 400
    assert (await caller.create()).status == 200
    assert (await caller.create(key=OTHER_KEY)).status == 200
    assert (await caller.create()).status == 429


@pytest.mark.clause("A-CONCURRENCY-LIMIT")
async def test_the_concurrency_limit() -> None:
    """At the moment that `Retry-After` names a create passes; a millisecond earlier it does not."""
    caller = Caller(Settings(dialect=dialect(concurrency_limit=2)))
    await caller.set_plan(PlanBook(PlanEntry(queued_ms=2000, processing_ms=3000)))
    await caller.made()
    caller.advance(1)
    await caller.made()
    refused = await caller.create()
    assert (refused.status, refused.code, refused.header("retry-after")) == (429, "concurrency_limited", "4")
    caller.advance(3.999)
    assert (await caller.create()).status == 429
    caller.advance(0.001)
    assert (await caller.create()).status == 200


@pytest.mark.clause("A-CONCURRENCY-LIMIT")
async def test_waiting_for_as_many_to_end_as_there_are_too_many() -> None:
    """A limit that was lowered later; for a stuck task nobody knows, so a second is as good as any."""
    caller = Caller()
    for seconds in (5, 3, 4):
        await caller.set_plan(PlanBook(PlanEntry(queued_ms=0, processing_ms=seconds * 1000)))
        await caller.made()
    await caller.set_dialect(concurrency_limit=2)
    assert (await caller.create()).header("retry-after") == "4"
    await caller.set_dialect(concurrency_limit=1)
    assert (await caller.create()).header("retry-after") == "5"
    await caller.set_dialect(concurrency_limit="none")
    await caller.made(kling(prompt="[mock:stuck]"))
    await caller.set_dialect(concurrency_limit=1)
    assert (await caller.create()).header("retry-after") == "1"


@pytest.mark.clause("A-RATE-LIMIT", "A-CONCURRENCY-LIMIT")
@pytest.mark.parametrize(
    ("rate_limit", "code", "wait_s"), [("1/60", "rate_limited", "60"), ("1/2", "concurrency_limited", "3")]
)
async def test_both_limits(rate_limit: str, code: str, wait_s: str) -> None:
    """Where both refuse, the longer wait is the true one."""
    caller = Caller(Settings(dialect=dialect(rate_limit=rate_limit, concurrency_limit=1)))
    await caller.made()
    refused = await caller.create()
    assert (refused.code, refused.header("retry-after")) == (code, wait_s)
    caller.advance(int(wait_s))
    assert (await caller.create()).status == 200


@pytest.mark.clause("A-RATE-LIMIT")
@pytest.mark.parametrize("speed", [0.5, 3, 60])
async def test_retry_after_is_in_seconds_of_the_wall(speed: float) -> None:
    """A client waits there, however fast its account's time goes."""
    caller = Caller(Settings(speed=speed, dialect=dialect(rate_limit="1/60")))
    await caller.made()
    wait_s = int((await caller.create()).header("retry-after") or 0)
    assert wait_s == 60 / speed
    caller.advance(wait_s)
    assert (await caller.create()).status == 200


@pytest.mark.clause("A-REFUSED", "C-ACCOUNT")
@pytest.mark.parametrize("idempotency_key", [None, "k"])
async def test_an_account_forgotten_while_a_create_is_on_its_way(idempotency_key: str | None) -> None:
    """401, as its key is from then on; nothing is left of it."""
    caller = Caller()
    account = await caller.account()
    headers = [("authorization", "Bearer mv_live_first"), ("content-type", "application/json")]
    if idempotency_key:
        headers.append(("idempotency-key", idempotency_key))
    exchange = caller.exchange("POST", "/api/v1/tasks", [b""], headers, whole=False)
    waiting = asyncio.ensure_future(caller.call(exchange))
    await asyncio.wait([waiting], timeout=0)
    assert await caller.store.forget(account.account_id)
    exchange.to_send.put_nowait({"type": "http.request", "body": json.dumps(kling()).encode(), "more_body": False})
    reply = await waiting
    assert reply is not None
    assert (reply.status, reply.code) == (401, "unauthorized")


@pytest.mark.clause("C-CLOCK")
async def test_a_create_is_dated_by_the_accounts_clock() -> None:
    """Not by the wall."""
    caller = Caller(Settings(dialect=dialect(extra_fields="some")))
    await caller.change(clock=AccountClock("frozen", 1, START_MS + 1, START_MS))
    caller.advance(10)
    assert (await caller.create()).json["created_at"] == "2026-03-01T12:00:00.001Z"
