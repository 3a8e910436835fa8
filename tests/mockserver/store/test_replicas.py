"""Several replicas on one database: whichever is asked, there is one task for a key, and no money is spent twice."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from decimal import Decimal

import pytest

from mockserver.accounts import Account, Key
from mockserver.problems import Problem
from mockserver.records import Rule
from mockserver.settings import Settings
from mockserver.store import Accepted, Look, Store
from mockserver.store.sql import SqlStore
from tests.asgi import KEY, OTHER_KEY, START_MS, Caller, Reply
from tests.mockserver.store.conftest import JOURNAL_BYTES, JOURNAL_SIZE, MakeStore
from tests.mockserver.store.values import account, create, decide, exchange, held

pytestmark = pytest.mark.parametrize("store_kind", ["postgresql", "sqlite"], indirect=True)

PRICE = Decimal("0.11574")

MakeReplica = Callable[..., SqlStore]


@pytest.fixture
async def replica(make_store: MakeStore, store_url: str) -> AsyncIterator[MakeReplica]:
    """Makes one more replica on a database that is empty at first."""
    made: list[Store] = [await make_store()]

    def make(lease_s: float = 15) -> SqlStore:
        store = SqlStore(store_url, JOURNAL_SIZE, JOURNAL_BYTES, lease_s)
        made.append(store)
        return store

    yield make
    for store in made:
        await store.close()


@pytest.fixture
async def callers(replica: MakeReplica) -> list[Caller]:
    """A client of each of two replicas; the account of its key is there."""
    made = [Caller(Settings(), replica()) for _ in range(2)]
    await made[0].account()
    return made


async def everywhere(callers: list[Caller], times: int, idempotency_key: str | None = None) -> list[Reply]:
    """So many creates at once, from every replica in turn."""
    creates = [callers[index % len(callers)].create(idempotency_key=idempotency_key) for index in range(times)]
    return list(await asyncio.gather(*creates))


@pytest.mark.clause("D-IDEM-REPLAY", "A-IDEM-IN-FLIGHT", "D-COST")
async def test_one_key_is_one_task(callers: list[Caller]) -> None:
    """Of creates that come at once to two replicas one makes the task, and the others get it."""
    replies = await everywhere(callers, 20, "k")
    assert [reply.status for reply in replies] == [200] * 20
    assert len({reply.json["task_id"] for reply in replies}) == 1
    for caller in callers:
        assert await caller.task_count() == 1
        assert Decimal(await caller.balance()) == Decimal(1000) - PRICE


@pytest.mark.clause("A-IDEM-IN-FLIGHT")
async def test_a_key_in_flight_elsewhere_is_a_conflict_where_the_dialect_says_so(callers: list[Caller]) -> None:
    """Until its create has ended."""
    await callers[0].set_dialect(idempotency_in_flight="conflict")
    ours = (await callers[0].account()).account_id
    assert await callers[0].store.claim(ours, "k", lambda _: True) == "claimed"
    refused = await callers[1].create(idempotency_key="k")
    assert (refused.status, refused.code, refused.header("retry-after")) == (409, "idempotency_in_flight", "1")
    await callers[0].store.unclaim(ours, "k")
    assert (await callers[1].create(idempotency_key="k")).status == 200


@pytest.mark.clause("A-NO-BALANCE", "C-LEDGER")
async def test_no_race_overdraws_an_account(callers: list[Caller]) -> None:
    """Of many creates at once as many pass as the balance pays for."""
    await callers[0].change(given=PRICE * 3)
    replies = await everywhere(callers, 20)
    assert Counter(reply.status for reply in replies) == {200: 3, 402: 17}
    assert await callers[1].balance() == "0.00000"


@pytest.mark.clause("A-RATE-LIMIT", "A-CONCURRENCY-LIMIT")
@pytest.mark.parametrize("limit", [{"rate_limit": "3/60"}, {"concurrency_limit": 3}])
async def test_limits_count_what_other_replicas_let_through(callers: list[Caller], limit: dict[str, object]) -> None:
    """And let through again what there is room for."""
    await callers[0].set_dialect(**limit)  # type: ignore[arg-type]  # KEY is not among them
    assert Counter(reply.status for reply in await everywhere(callers, 10)) == {200: 3, 429: 7}
    for caller in callers:
        caller.advance(60)
    assert Counter(reply.status for reply in await everywhere(callers, 10)) == {200: 3, 429: 7}


@pytest.mark.clause("C-FAULTS")
async def test_faults_fire_as_often_as_they_say(callers: list[Caller]) -> None:
    """Whichever replicas the requests come to: the counters are the account's."""
    await callers[0].change(faults=(Rule("fault_1", "status", "create", {"code": 503}, times=2),))
    replies = await everywhere(callers, 10)
    assert Counter(reply.status for reply in replies) == {503: 2, 200: 8}
    assert [rule.fired for rule in (await callers[1].account()).faults] == [2]


@pytest.mark.clause("C-JOURNAL")
async def test_replicas_write_one_journal(replica: MakeReplica) -> None:
    """Numbered without a gap, and whoever waits at one replica hears of what the other appends."""
    ours, theirs = replica(), replica()
    await ours.open_account(account(), KEY)
    waiting = asyncio.ensure_future(theirs.appended("acct_0", 0, 20))
    await asyncio.gather(
        *(each.append("acct_0", exchange(f"ex_{index}")) for index in range(9) for each in (ours, theirs))
    )
    await waiting
    assert [seq for seq, _ in (await theirs.exchanges("acct_0", 0)).exchanges] == list(range(14, 19))


@pytest.mark.clause("A-IDEM-IN-FLIGHT")
async def test_a_replica_that_dies_gives_its_keys_back(replica: MakeReplica) -> None:
    """A create that waits for one of a dead replica goes on when the lease has run out."""
    dead, living = replica(lease_s=1.5), Caller(Settings(), replica())
    ours = (await living.account()).account_id
    assert await dead.claim(ours, "k", lambda _: True) == "claimed"
    await dead.close()
    assert await living.store.claim(ours, "k", lambda _: True) == "in_flight"
    reply = await asyncio.wait_for(living.create(idempotency_key="k"), 20)
    assert reply.status == 200
    assert await living.task_count() == 1


@pytest.mark.clause("D-IDEM-REPLAY")
async def test_who_comes_too_late_has_lost(replica: MakeReplica) -> None:
    """The claim of a create that was slow is taken over; its commit fails, and takes nobody's with it."""
    slow, quick = replica(lease_s=-1), replica()
    await slow.open_account(account(), KEY)
    assert await slow.claim("acct_0", "k", lambda _: True) == "claimed"
    assert await quick.claim("acct_0", "k", lambda _: True) == "claimed"

    def late(known: Account, usage: object) -> Accepted:
        return replace(decide(known, usage, key="k"))  # type: ignore[arg-type]

    made = await asyncio.gather(
        slow.commit("acct_0", None, decide), slow.commit("acct_0", "k", late), slow.commit("acct_0", None, decide)
    )
    assert made[1] == "lost"
    assert isinstance(made[0], Accepted)
    assert isinstance(made[2], Accepted)
    assert len(await quick.tasks("acct_0")) == 2
    await slow.unclaim("acct_0", "k")
    first = await quick.commit("acct_0", "k", late)
    assert isinstance(first, Accepted)
    assert await slow.claim("acct_0", "k", lambda _: True) == held(first.task)
    assert await slow.commit("acct_0", "k", late) == "lost"


async def test_creates_that_ask_in_one_moment(replica: MakeReplica) -> None:
    """One has the key; the other has it only if the first one's lease is over by then."""
    for lease_s, states in ((15, ["claimed", "in_flight"]), (-1, ["claimed", "claimed"])):
        store = replica(lease_s=lease_s)
        await store.open_account(account(f"acct_{lease_s}"), f"mv_live_{lease_s}")
        claims = [store.claim(f"acct_{lease_s}", "k", lambda _: True) for _ in range(2)]
        assert await asyncio.gather(*claims) == states


@pytest.mark.clause("A-IDEM-TTL")
async def test_a_key_that_died_of_age_is_taken_once(replica: MakeReplica) -> None:
    """Of all who find it dead, one goes on; given up, it is what it was."""
    stores = [replica(), replica()]
    await stores[0].open_account(account(), KEY)
    made = await create(stores[0], key="k")
    states = await asyncio.gather(*(each.claim("acct_0", "k", lambda _: False) for each in stores * 4))
    assert Counter(states) == {"claimed": 1, "in_flight": 7}
    for store in stores:
        await store.unclaim("acct_0", "k")
    assert await stores[0].claim("acct_0", "k", lambda _: True) == held(made)


async def test_an_error_of_a_create_is_its_own(replica: MakeReplica) -> None:
    """Others in the same transaction are not touched, and neither is what looks at a claim."""
    store = replica()
    await store.open_account(account(), KEY)
    await create(store, key="k")

    def broken(*_: object) -> Accepted:
        raise LookupError

    def puzzled(_: object) -> bool:
        raise LookupError

    results = await asyncio.gather(
        store.commit("acct_0", None, decide),
        store.commit("acct_0", None, broken),
        store.commit("acct_1", None, decide),
        store.commit("acct_0", None, decide),
        return_exceptions=True,
    )
    assert [type(each) for each in results] == [Accepted, LookupError, type(None), Accepted]
    assert len(await store.tasks("acct_0")) == 3
    with pytest.raises(LookupError):
        await store.claim("acct_0", "k", puzzled)


@pytest.mark.clause("C-ACCOUNT")
async def test_an_account_is_opened_by_one(replica: MakeReplica) -> None:
    """Of replicas that open it at once, under one key or under several, one does."""
    stores = [replica(), replica()]
    keys = [f"mv_live_{index}" for index in range(4)]
    opened = await asyncio.gather(*(each.open_account(account(), key) for key in keys for each in stores))
    assert sorted(opened) == [False] * 7 + [True]
    [key] = await stores[0].keys("acct_0")
    assert key == Key(keys[opened.index(True) // 2], "acct_0")
    forks = await asyncio.gather(*(each.fork("acct_0", "acct_1", OTHER_KEY, START_MS) for each in stores * 3))
    assert sorted(forks) == [False] * 5 + [True]


@pytest.mark.clause("C-SNAPSHOT")
async def test_a_restart_loses_nothing(replica: MakeReplica) -> None:
    """Whatever was acknowledged is there for the next process, in the same order."""
    before = replica()
    for index in range(12):
        await before.open_account(account(f"acct_{index}"), f"mv_live_{index}")
    made = [await create(before, key=f"k{index}", now_ms=START_MS + index) for index in range(12)]
    await before.put_blob("acct_0", "d", b"bytes")
    await before.snapshot("acct_0", "snap_0", START_MS)
    for index in range(4):
        await before.append("acct_0", exchange(f"ex_{index}"))
    kept = await before.account("acct_0")
    assert kept is not None
    await before.close()
    after = replica()
    assert [each.account_id for each in await after.accounts()] == [f"acct_{index}" for index in range(12)]
    assert await after.read("mv_live_0", made[3].task_id) == Look(Key("mv_live_0", "acct_0"), kept, made[3], False)
    assert await after.tasks("acct_0") == made
    assert await after.claim("acct_0", "k7", lambda _: True) == held(made[7])
    assert await after.blob("acct_0", "d") == b"bytes"
    assert await after.restore("acct_0", "snap_0", START_MS)
    assert [each.exchange_id for _, each in (await after.exchanges("acct_0", 0)).exchanges] == [
        f"ex_{index}" for index in range(4)
    ]


async def test_what_no_database_takes_is_not_found(replica: MakeReplica) -> None:
    """A path may hold any text, and others look at the same time."""
    store = replica()
    await store.open_account(account(), KEY)
    made = await create(store)
    odd = ("task_\x00", "task_\ud800", "tásk", "", made.task_id)
    looks = await asyncio.gather(*(store.read(KEY, task_id) for task_id in odd))
    assert [look and look.task for look in looks] == [None, None, None, None, made]
    caller = Caller(Settings(), store)
    assert (await caller.read("%00%C3%A4", key=KEY)).status == 404
    assert (await caller.request("GET", "/_mock/accounts/%00/tasks/%00", key=None)).status == 404
    assert (await caller.request("GET", f"/_mock/accounts/{KEY}/tasks/%00", key=None)).status == 404
    assert (await caller.request("GET", "/_mock/explain/%00", key=None)).status == 404
    assert isinstance(await store.change_task("acct_0", made.task_id, lambda _: Problem("task_ended", "")), Problem)
