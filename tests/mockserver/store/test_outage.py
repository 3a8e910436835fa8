"""A database that cannot be reached: 503 and when to come again, on every route; then service resumes by itself."""

import asyncio
import logging
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import asyncpg
import pytest

from mockserver.accounts import Account
from mockserver.settings import Settings
from mockserver.store import Accepted, BadStore, Unavailable, Usage
from mockserver.store.sql import SqlStore
from tests.asgi import KEY, START_MS, TASKS, Caller, Reply, kling
from tests.mockserver.store.conftest import emptied
from tests.mockserver.store.proxy import Proxy
from tests.mockserver.store.values import account, decide, exchange

ACCOUNT = f"/_mock/accounts/{KEY}"


@pytest.fixture
async def proxy(postgresql_url: str) -> AsyncIterator[Proxy]:
    """An open road to an empty database."""
    await emptied(postgresql_url)
    made = Proxy(postgresql_url)
    await made.open()
    yield made
    await made.cut()


@pytest.fixture
async def caller(proxy: Proxy) -> AsyncIterator[Caller]:
    """A client of a server at the end of that road."""
    made = Caller(Settings(), SqlStore(proxy.url))
    await made.app.open()
    yield made
    await made.app.close()


def assert_unavailable(reply: Reply) -> None:
    assert (reply.status, reply.code, reply.header("retry-after")) == (503, "unavailable", "1")
    assert reply.header("content-length") == str(len(reply.body))
    assert reply.json["request_id"].startswith("req_")


@pytest.mark.clause("C-HEALTH")
async def test_every_route_says_so_and_resumes(caller: Caller, proxy: Proxy, caplog: pytest.LogCaptureFixture) -> None:
    """Health too; what was acknowledged before is there afterwards, and one line in the log tells of the outage."""
    task_id = await caller.made(idempotency_key="k")
    routes = [
        ("POST", TASKS, kling()),
        ("GET", f"{TASKS}/{task_id}", None),
        ("GET", f"{TASKS}/{task_id}/events", None),
        ("GET", "/outputs/acct_0/task_0/0.mp4", None),
        ("GET", "/nowhere", None),
        ("GET", "/_mock/accounts", None),
        ("GET", ACCOUNT, None),
        ("GET", f"{ACCOUNT}/journal", None),
        ("POST", f"{ACCOUNT}/topup", {"amount": 1}),
        ("POST", f"{ACCOUNT}/reset", None),
        ("GET", "/_mock/explain/ex_0", None),
        ("GET", "/metrics", None),
        ("GET", "/_mock/health", None),
        ("HEAD", "/_mock/health", None),
        ("OPTIONS", "/_mock/health", None),
    ]
    assert (await caller.request("GET", "/_mock/health", key=None)).status == 200
    await proxy.cut()
    with caplog.at_level(logging.WARNING, "mindvideo-mock"):
        for method, path, body in routes[:-1]:
            assert_unavailable(await caller.request(method, path, body))
    assert len([record for record in caplog.records if "503" in record.message]) == 1
    assert (await caller.request("OPTIONS", "/_mock/health")).status == 405
    exchange_ = caller.exchange("GET", "/outputs/acct_0/task_0/0.mp4")
    await caller.app.outputs(exchange_.scope, exchange_.receive, exchange_.send)
    download = exchange_.reply()
    assert download is not None
    assert_unavailable(download)
    await proxy.open()
    assert (await caller.request("GET", "/_mock/health", key=None)).status == 200
    replay = await caller.create(idempotency_key="k")
    assert (replay.status, replay.json["task_id"]) == (200, task_id)
    assert (await caller.read(task_id)).status == 200
    metrics = (await caller.request("GET", "/metrics", key=None)).body.decode()
    assert 'mindvideo_mock_requests_total{operation="none",status="503"} 6.0' in metrics


@pytest.mark.clause("C-HEALTH")
async def test_connections_that_the_database_ended_cost_a_poll_nothing(caller: Caller, postgresql_url: str) -> None:
    """A look is taken again on a new connection; a change is answered 503 at worst, and can be sent again."""
    task_id = await caller.made(idempotency_key="k")
    await end_connections(postgresql_url)
    looked = await caller.store.read(KEY, task_id)
    assert looked is not None
    await end_connections(postgresql_url)
    replies = [await caller.create(idempotency_key="k") for _ in range(2)]
    assert replies[-1].json["task_id"] == task_id


async def end_connections(url: str) -> None:
    """As a restart of the database does."""
    connection = await asyncpg.connect(url)
    await connection.fetch(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = 'mindvideo-mock' "
        "AND datname = current_database()"
    )
    await connection.close()


@pytest.mark.clause("C-HEALTH")
async def test_a_silent_network_is_an_outage(proxy: Proxy) -> None:
    """Nobody waits longer than for one answer: not for his turn, a rollback, a goodbye or a new connection, either."""
    caller = Caller(Settings(), SqlStore(proxy.url, answer_s=1.0))
    task_id = await caller.made()
    await asyncio.gather(*(caller.request("POST", f"{ACCOUNT}/topup", {"amount": 1}) for _ in range(8)))
    proxy.fall_silent()

    async def crowd() -> list[Reply]:
        return await asyncio.gather(
            *(caller.create(idempotency_key=f"k{each}") for each in range(10)),
            *(caller.read(task_id) for _ in range(10)),
            *(caller.request("POST", f"{ACCOUNT}/topup", {"amount": 1}) for _ in range(3)),
            *(caller.request("GET", "/_mock/health", key=None) for _ in range(3)),
        )

    early = asyncio.ensure_future(asyncio.wait_for(crowd(), 2.9))
    await asyncio.wait([early], timeout=0.5)
    late = asyncio.wait_for(crowd(), 2.9)
    for reply in [*await late, *await early]:
        assert_unavailable(reply)
    assert_unavailable(await asyncio.wait_for(caller.read(task_id), 0.9))
    await proxy.cut()
    await proxy.open()
    async with asyncio.timeout(20):
        while (await caller.read(task_id)).status == 503:
            pass
    assert (await caller.create(idempotency_key="k1")).status == 200
    await caller.app.close()


@pytest.mark.clause("D-IDEM-REPLAY")
async def test_a_host_that_is_cut_off_in_a_create_keeps_nobody_waiting(proxy: Proxy, postgresql_url: str) -> None:
    """The database ends its transaction, and its key is free once the lease is over."""
    cut_off, other = SqlStore(proxy.url, lease_s=1.0, answer_s=1.0), SqlStore(postgresql_url)
    await other.open_account(account(), KEY)

    def decide_and_vanish(of: Account, usage: Usage) -> Accepted:
        proxy.fall_silent()
        return decide(of, usage, key="k")

    assert await cut_off.claim("acct_0", "k", lambda _: True) == "claimed"
    creating = asyncio.ensure_future(cut_off.commit("acct_0", "k", decide_and_vanish))
    async with asyncio.timeout(20):
        while await other.claim("acct_0", "k", lambda _: True) == "in_flight":
            await other.settled("acct_0", "k")
    made = await other.commit("acct_0", "k", partial(decide, key="k"))
    assert isinstance(made, Accepted)
    with pytest.raises(Unavailable):
        await creating
    assert [task.task_id for task in await other.tasks("acct_0")] == [made.task.task_id]
    await cut_off.close()
    await other.close()


@pytest.mark.clause("C-HEALTH")
async def test_a_server_may_start_before_its_database(
    proxy: Proxy, postgresql_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    """It says so once, answers 503, and serves as soon as the database is there."""
    await proxy.cut()
    caller = Caller(Settings(), SqlStore(proxy.url))
    with caplog.at_level(logging.WARNING, "mindvideo-mock"):
        await caller.app.open()
    assert "503" in caplog.text
    assert_unavailable(await caller.create())
    await proxy.open()
    assert (await caller.create()).status == 200
    await caller.app.close()


async def test_a_stream_that_has_begun_ends(caller: Caller, proxy: Proxy) -> None:
    """Its status is out: there is nothing left to say."""
    await caller.set_dialect(events_format="sse")
    task_id = await caller.made(kling(prompt="[mock:stuck]"))
    exchange_ = caller.exchange(
        "GET", f"{TASKS}/{task_id}/events", headers=[("authorization", f"Bearer {KEY}")], whole=False
    )
    serving = caller.start(exchange_)
    assert (await exchange_.came.get())["status"] == 200
    await proxy.cut()
    await asyncio.wait_for(serving, 20)
    rest = [exchange_.came.get_nowait() for _ in range(exchange_.came.qsize())]
    assert "http.response.start" not in [event["type"] for event in rest]


async def test_an_answer_that_cannot_be_journalled_is_not_given(caller: Caller, proxy: Proxy) -> None:
    """Whoever has an answer finds it in the journal: the status waits for that."""
    await caller.account()
    exchange_ = caller.exchange("GET", "/nowhere", [b""], [("content-length", "1")], whole=False)
    serving = caller.start(exchange_)
    while caller.service.traffic.total() == 0 and exchange_.to_send.qsize():
        await asyncio.wait([serving], timeout=0.01)
    await proxy.cut()
    exchange_.to_send.put_nowait({"type": "http.request", "body": b"x", "more_body": False})
    await asyncio.wait_for(serving, 20)
    reply = exchange_.reply()
    assert reply is not None
    assert_unavailable(reply)


async def test_claims_and_waiters_of_an_outage(caller: Caller, proxy: Proxy) -> None:
    """Whoever waits is told; a claim that cannot be given up runs out by itself."""
    store = caller.store
    await store.open_account(account(), KEY)
    assert await store.claim("acct_0", "k", lambda _: True) == "claimed"
    waiting = asyncio.ensure_future(store.settled("acct_0", "k"))
    await asyncio.wait([waiting], timeout=0.05)
    await proxy.cut()
    with pytest.raises(Unavailable):
        await waiting
    with pytest.raises(Unavailable):
        await store.unclaim("acct_0", "k")
    with pytest.raises(Unavailable):
        await store.append("acct_0", exchange("ex_0"))
    with pytest.raises(Unavailable):
        await store.snapshot("acct_0", "snap_0", START_MS)


async def test_a_file_that_is_no_database_is_no_outage(tmp_path: Path) -> None:
    """It will not become one by itself."""
    store = SqlStore(f"sqlite:///{tmp_path}/no/such/folder/store.db")
    with pytest.raises(BadStore, match=r"cannot use .*store\.db: unable to open database file"):
        await store.open()
    await store.close()
    (tmp_path / "notes.txt").write_text("not a database\n" * 100)
    store = SqlStore(f"sqlite:///{tmp_path / 'notes.txt'}")
    with pytest.raises(BadStore, match="file is not a database"):
        await store.open()
    with pytest.raises(Unavailable, match="file is not a database"):
        await store.ping()
    await store.close()


async def test_a_database_that_is_none_is_an_outage_with_a_reason(postgresql_url: str) -> None:
    """What the database says is told: a wrong name or password may be put right while the server waits."""
    store = SqlStore(f"{postgresql_url}_none")
    with pytest.raises(Unavailable, match="does not exist"):
        await store.open()
    await store.close()
