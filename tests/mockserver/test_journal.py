"""Every exchange is kept as it was, before the last byte of its answer is out (API.md §7)."""

from collections.abc import AsyncIterator
from hashlib import sha256
from typing import Literal

import pytest

from mockserver.accounts import Key
from mockserver.http import Answer, Answering, Draft, Receive, Scope, json_answer
from mockserver.journal import KEPT_BYTES, UNANSWERED, Recorder, message
from mockserver.records import Exchange, Why
from mockserver.settings import Settings
from mockserver.store.memory import MemoryStore
from tests.asgi import KEY, OTHER_KEY, START_MS, TASKS, Caller

SCOPE = {"method": "GET", "path": "/x", "query_string": b"a=\xff", "headers": [(b"host", b"h")]}


@pytest.mark.clause("C-JOURNAL")
def test_a_long_body_is_cut_and_still_known() -> None:
    """64 KiB are kept; size and digest are those of the whole."""
    whole = bytes(KEPT_BYTES)
    assert message([], whole) == message([], whole)
    kept = message([(b"a", b"b")], whole)
    assert (kept.body, kept.size_bytes, kept.sha256) == (whole, KEPT_BYTES, None)
    cut = message([], whole + b"x")
    assert (cut.body, cut.size_bytes, cut.sha256) == (whole, KEPT_BYTES + 1, sha256(whole + b"x").hexdigest())


async def recorded(answering: Answering, store: MemoryStore) -> list[Exchange]:
    async def send(_: object) -> None:
        sizes.append(len((await store.exchanges(None, 0)).exchanges))

    async def receive() -> dict[str, object]:
        raise AssertionError

    sizes: list[int] = []
    recorder = Recorder(answering, store, lambda: START_MS)
    try:
        await recorder(dict(SCOPE), receive, send)
    finally:
        assert sizes == sorted(sizes)
    assert sizes[-1:] in ([], [1])
    return [exchange for _, exchange in (await store.exchanges(None, 0)).exchanges]


@pytest.mark.clause("C-JOURNAL")
async def test_an_exchange_is_stored_before_its_last_byte() -> None:
    """Whoever has the answer finds it in the journal, with all that was learnt on the way."""

    async def answering(scope: Scope, receive: Receive, draft: Draft) -> Answer:
        draft.operation, draft.task_id, draft.assumed = "read", "task_0", ("video_url",)
        draft.why = Why("D-READ", "Because.")
        return json_answer(200, b"{}")

    [exchange] = await recorded(answering, MemoryStore())
    assert (exchange.status, exchange.path, exchange.query, exchange.at_ms) == (200, "/x", "a=\xff", START_MS)
    assert (exchange.operation, exchange.task_id, exchange.assumed) == ("read", "task_0", ("video_url",))
    assert (exchange.request.headers, exchange.response.body) == ([(b"host", b"h")], b"{}")
    assert exchange.why == Why("D-READ", "Because.")
    assert exchange.duration_us >= 0


@pytest.mark.clause("C-JOURNAL")
async def test_a_stream_is_stored_whole() -> None:
    """All pieces that went out, once the last one does."""

    async def pieces() -> AsyncIterator[bytes]:
        yield b"a"
        yield b"b"

    async def answering(scope: Scope, receive: Receive, draft: Draft) -> Answer:
        return Answer(200, b"", [], stream=pieces())

    [exchange] = await recorded(answering, MemoryStore())
    assert exchange.response.body == b"ab"


@pytest.mark.clause("C-JOURNAL")
async def test_a_request_that_nobody_answered_is_stored_too() -> None:
    """Without a status."""

    async def answering(scope: Scope, receive: Receive, draft: Draft) -> None:
        return

    [exchange] = await recorded(answering, MemoryStore())
    assert (exchange.status, exchange.response.body, exchange.why) == (None, b"", UNANSWERED)


@pytest.mark.clause("C-JOURNAL")
async def test_a_bug_is_stored_and_not_hidden() -> None:
    """The exchange is kept, the exception goes on to the host."""

    async def answering(scope: Scope, receive: Receive, draft: Draft) -> None:
        raise LookupError

    store = MemoryStore()
    with pytest.raises(LookupError):
        await recorded(answering, store)
    assert len((await store.exchanges(None, 0)).exchanges) == 1


@pytest.mark.clause("C-JOURNAL")
async def test_names_are_given_out_once() -> None:
    """Every exchange has its own id, and its request the matching one."""
    caller = Caller()
    replies = [await caller.request("GET", "/nowhere") for _ in range(3)]
    exchanges = await caller.exchanges()
    assert len({exchange.exchange_id for exchange in exchanges}) == 3
    assert [reply.json["request_id"].removeprefix("req_") for reply in replies] == [
        exchange.exchange_id.removeprefix("ex_") for exchange in exchanges
    ]


@pytest.mark.clause("C-JOURNAL", "C-KEYS")
async def test_whose_journal_a_request_stands_in() -> None:
    """That of the account whose key it shows, on whatever path; without one, or with an unknown one, the server's."""
    caller, strict = Caller(), Caller(Settings(keys="strict"))
    for path in (f"{TASKS}/task_0", TASKS, "/nowhere", "/api/v1/balance"):
        await caller.request("GET", path)
        await caller.request("GET", path, key=OTHER_KEY)
        await caller.request("GET", path, key=None)
        await caller.request("GET", path, key="not-a-key")
        await strict.request("GET", path)
    assert len(await caller.exchanges(KEY)) == len(await caller.exchanges(OTHER_KEY)) == 4
    assert len(await caller.exchanges(None)) == 8
    assert len(await strict.exchanges(None)) == 4


@pytest.mark.clause("C-JOURNAL", "C-KEYS")
@pytest.mark.parametrize("state", ["disabled", "deleted"])
async def test_what_a_dead_key_tries_stands_in_its_account(state: Literal["disabled", "deleted"]) -> None:
    """Every operation, unknown paths and wrong methods too."""
    caller = Caller()
    account = await caller.account()
    await caller.store.put_key(Key(KEY, account.account_id, state))
    await caller.create(idempotency_key="k")
    await caller.read("task_0")
    await caller.events("task_0")
    await caller.request("DELETE", TASKS)
    await caller.request("GET", "/nowhere")
    assert [(each.status, each.operation) for each in await caller.exchanges()] == [
        (401, "create"),
        (401, "read"),
        (401, "events"),
        (405, "create"),
        (404, "none"),
    ]
    assert (await caller.exchanges())[0].idempotency_key == "k"


@pytest.mark.clause("C-JOURNAL")
async def test_the_body_of_a_refused_request_is_kept() -> None:
    """Also where no handler asked for it: on an unknown path, without a key, with a wrong type."""
    caller = Caller()
    await caller.request("POST", "/api/v1/uploads", raw=b"first")
    await caller.create(raw=b"second", headers={"content-type": "text/plain"})
    await caller.create(raw=b"third")
    await caller.create(raw=b"fourth", key=None)
    kept = [exchange.request.body for exchange in await caller.exchanges() + await caller.exchanges(None)]
    assert kept == [b"first", b"second", b"third", b"fourth"]


@pytest.mark.clause("C-JOURNAL")
async def test_a_client_that_leaves_in_the_middle_of_its_request() -> None:
    """Nothing is answered, and the exchange has no status."""
    caller = Caller()
    headers = [("authorization", f"Bearer {KEY}"), ("content-type", "application/json")]
    exchange = caller.exchange("POST", TASKS, [b"{"], headers, whole=False)
    exchange.leave()
    assert await caller.call(exchange) is None
    [kept] = await caller.exchanges()
    assert (kept.status, kept.operation, kept.why) == (None, "create", UNANSWERED)
