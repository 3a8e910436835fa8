"""One suite for every store: the verbs of the seam, as `mockserver/store/__init__.py` promises them."""

import asyncio
from dataclasses import replace
from decimal import Decimal
from functools import partial

import pytest

from mockserver.accounts import Account, Key
from mockserver.ledger import Topup
from mockserver.planning import PlanBook, PlanEntry
from mockserver.problems import Problem
from mockserver.records import MediaFacts, OperatorEvent, Registered, Task
from mockserver.store import Accepted, Look, Store, Usage
from tests.asgi import KEY, OTHER_KEY, START_MS
from tests.mockserver.store.values import REFUSED, account, create, decide, exchange, held

ACCOUNT = account()
OTHER = account("acct_1")
MEDIA = Registered("https://example.com/a.mp4", MediaFacts("video", "stated", duration_us=5_000_000))


@pytest.fixture
async def opened(store: Store) -> Store:
    """A store with two accounts."""
    assert await store.open_account(ACCOUNT, KEY)
    assert await store.open_account(OTHER, OTHER_KEY)
    return store


async def forgotten(store: Store) -> Store:
    """A store that has forgotten its first account."""
    assert await store.forget("acct_0")
    return store


@pytest.mark.clause("C-ACCOUNT")
async def test_an_account_opens_once(opened: Store) -> None:
    """Neither its key nor its name opens another, and a refusal leaves nothing behind."""
    assert await opened.find_key(KEY) == Key(KEY, "acct_0")
    assert await opened.account("acct_0") == ACCOUNT
    assert await opened.accounts() == [ACCOUNT, OTHER]
    assert not await opened.open_account(account("acct_2"), KEY)
    assert not await opened.open_account(ACCOUNT, "mv_live_third")
    assert await opened.account("acct_2") is None
    assert await opened.find_key("mv_live_third") is None


@pytest.mark.clause("C-KEYS")
async def test_keys(opened: Store) -> None:
    """A key is added, disabled, deleted; its account remembers it in every state."""
    assert await opened.put_key(Key("mv_live_a", "acct_0", "disabled"))
    assert await opened.keys("acct_0") == [Key("mv_live_a", "acct_0", "disabled"), Key(KEY, "acct_0")]
    assert await opened.put_key(Key("mv_live_a", "acct_0", "deleted"))
    assert await opened.find_key("mv_live_a") == Key("mv_live_a", "acct_0", "deleted")
    assert not await opened.open_account(account("acct_2"), "mv_live_a")
    assert await opened.keys("acct_1") == [Key(OTHER_KEY, "acct_1")]


@pytest.mark.clause("C-ACCOUNT", "C-KEYS")
async def test_a_forgotten_account_is_gone_and_its_keys_stay_dead(opened: Store) -> None:
    """Every verb says so, none raises; nobody else is touched."""
    made = await create(opened)
    await opened.put_media("acct_0", MEDIA)
    store = await forgotten(opened)
    assert not await store.forget("acct_0")
    assert await store.find_key(KEY) == Key(KEY, "acct_0", "deleted")
    assert not await store.put_key(Key(KEY, "acct_0"))
    assert await store.find_key(KEY) == Key(KEY, "acct_0", "deleted")
    assert not await store.open_account(ACCOUNT, "mv_live_third")
    assert await store.account("acct_0") is None
    assert await store.accounts() == [OTHER]
    assert await store.change_account("acct_0", lambda known: known) is None
    assert await store.keys("acct_0") == []
    assert await store.read(KEY, made.task_id) is None
    assert await store.task("acct_0", made.task_id) is None
    assert await store.tasks("acct_0") == []
    assert await store.change_task("acct_0", made.task_id, lambda task: task) is None
    assert await store.usage("acct_0") is None
    assert await store.claim("acct_0", "k", lambda _: True) is None
    await store.settled("acct_0", "k")
    await store.unclaim("acct_0", "k")
    assert await store.commit("acct_0", None, decide) is None
    assert not await store.put_media("acct_0", MEDIA)
    assert await store.media("acct_0", MEDIA.url) is None
    assert await store.all_media("acct_0") == []
    await store.put_blob("acct_0", "d", b"x")
    assert await store.blob("acct_0", "d") is None
    assert not await store.snapshot("acct_0", "snap_0", START_MS)
    assert await store.restore("acct_0", "snap_0", START_MS) is None
    assert not await store.fork("acct_0", "acct_2", "mv_live_a", START_MS)
    assert not await store.reset("acct_0")
    assert await store.account("acct_1") == OTHER


@pytest.mark.clause("C-ACCOUNT")
async def test_changing_an_account(opened: Store) -> None:
    """What the change makes of it is there for the next look; a refusal changes nothing."""
    changed = await opened.change_account("acct_0", lambda known: replace(known, seed=7))
    assert changed == replace(ACCOUNT, seed=7) == await opened.account("acct_0")
    assert await opened.change_account("acct_0", lambda _: REFUSED) == REFUSED
    assert await opened.account("acct_0") == changed


@pytest.mark.clause("D-READ", "C-ACCOUNT")
async def test_reading(opened: Store) -> None:
    """Key, account and task in one look; another account's task is not there."""
    made = await create(opened)
    account = await opened.account("acct_0")
    assert account is not None
    assert await opened.read(KEY, made.task_id) == Look(Key(KEY, "acct_0"), account, made, False)
    assert await opened.read(KEY, "task_x") == Look(Key(KEY, "acct_0"), account, None, False)
    await opened.put_media("acct_1", MEDIA)
    assert await opened.read(OTHER_KEY, made.task_id) == Look(Key(OTHER_KEY, "acct_1"), OTHER, None, True)
    assert await opened.read("mv_live_unknown", made.task_id) is None
    assert await opened.task("acct_0", made.task_id) == made
    assert await opened.task("acct_1", made.task_id) is None


async def test_tasks_stand_in_order_of_creation(opened: Store) -> None:
    """And stay there when one of them changes."""
    made = [await create(opened) for _ in range(3)]
    event = OperatorEvent(START_MS, "cancel")
    changed = await opened.change_task("acct_0", made[0].task_id, lambda task: replace(task, operator=(event,)))
    assert isinstance(changed, Task)
    assert changed.operator == (event,)
    assert await opened.tasks("acct_0") == [changed, made[1], made[2]]
    assert await opened.change_task("acct_0", made[1].task_id, lambda _: REFUSED) == REFUSED
    assert await opened.change_task("acct_0", "task_x", lambda task: task) is None
    assert await opened.tasks("acct_1") == []


@pytest.mark.clause("C-PLAN")
async def test_a_create_takes_from_the_plan(opened: Store) -> None:
    """What it leaves of the account is there for the next one, in the same moment too."""
    queue = tuple(PlanEntry(queued_ms=number) for number in range(3))
    await opened.change_account("acct_0", lambda known: replace(known, plan=PlanBook(queue=queue)))

    def take(known: Account, usage: Usage) -> Accepted:
        entry, book = known.plan.take()
        made = decide(known, usage)
        return replace(
            made, task=replace(made.task, seen_events=entry.queued_ms or 0), account=known.after_create(book)
        )

    made = await asyncio.gather(*(opened.commit("acct_0", None, take) for _ in range(2)))
    assert [each.task.seen_events for each in made if isinstance(each, Accepted)] == [0, 1]
    left = await opened.account("acct_0")
    assert left == replace(ACCOUNT, plan=PlanBook(queue=queue[2:]), ordinal=2, serial=2)


@pytest.mark.clause("D-IDEM-REPLAY", "A-IDEM-SCOPE")
async def test_a_key_is_claimed_once(opened: Store) -> None:
    """Claimed, in flight, held for as long as the claim lives; of another account it is free."""
    assert await opened.claim("acct_0", "k", lambda _: True) == "claimed"
    assert await opened.claim("acct_0", "k", lambda _: True) == "in_flight"
    assert await opened.claim("acct_1", "k", lambda _: True) == "claimed"
    await opened.unclaim("acct_0", "k")
    made = await create(opened, key="k")
    assert await opened.claim("acct_0", "k", lambda _: True) == held(made)
    assert await opened.claim("acct_0", "k", lambda _: False) == "claimed"
    await opened.unclaim("acct_0", "k")
    assert await opened.claim("acct_0", "k", lambda claim: claim.created_at_ms == START_MS) == held(made)


@pytest.mark.clause("D-IDEM-REPLAY")
async def test_a_key_that_nobody_has_is_taken_with_the_commit(opened: Store) -> None:
    """As when its claim was given up before: nobody else has it, so nothing is lost."""
    made = await opened.commit("acct_0", "k", partial(decide, key="k"))
    assert isinstance(made, Accepted)
    assert await opened.claim("acct_0", "k", lambda _: True) == held(made.task)


@pytest.mark.clause("A-REFUSED")
async def test_a_refused_commit_leaves_nothing(opened: Store) -> None:
    """No task, no change of the account; the key is in flight until it is given up."""
    assert await opened.claim("acct_0", "k", lambda _: True) == "claimed"
    assert await opened.commit("acct_0", "k", lambda *_: REFUSED) == REFUSED
    assert await opened.tasks("acct_0") == []
    assert await opened.account("acct_0") == ACCOUNT
    assert await opened.claim("acct_0", "k", lambda _: True) == "in_flight"
    await opened.unclaim("acct_0", "k")
    assert await opened.claim("acct_0", "k", lambda _: True) == "claimed"


@pytest.mark.clause("A-IDEM-IN-FLIGHT")
@pytest.mark.parametrize("ends", ["commit", "unclaim", "forget"])
async def test_waiting_for_a_create_in_flight(opened: Store, ends: str) -> None:
    """`settled` returns once it has committed, been refused, or its account is gone; not before."""
    assert await opened.claim("acct_0", "k", lambda _: True) == "claimed"
    waiting = asyncio.ensure_future(opened.settled("acct_0", "k"))
    await asyncio.wait([waiting], timeout=0)
    assert not waiting.done()
    if ends == "commit":
        assert not isinstance(await opened.commit("acct_0", "k", partial(decide, key="k")), Problem)
    elif ends == "unclaim":
        await opened.unclaim("acct_0", "k")
    else:
        await opened.forget("acct_0")
    await asyncio.wait_for(waiting, 5)
    await asyncio.wait_for(opened.settled("acct_0", "k"), 5)


@pytest.mark.clause("C-MEDIA")
async def test_media(opened: Store) -> None:
    """A URL is registered with its account, replaced by the next registration; bytes are found by their digest."""
    assert await opened.put_media("acct_0", MEDIA)
    assert await opened.media("acct_0", MEDIA.url) == MEDIA
    assert await opened.media("acct_1", MEDIA.url) is None
    real = Registered(MEDIA.url, MediaFacts("video", "probed", digest="d"), b"bytes")
    assert await opened.put_media("acct_0", real)
    assert await opened.all_media("acct_0") == [real]
    assert await opened.blob("acct_0", "d") == b"bytes"
    assert await opened.blob("acct_1", "d") is None
    unnamed = Registered("https://example.com/b.mp4", MediaFacts("video", "stated"), b"bytes")
    assert await opened.put_media("acct_0", unnamed)
    assert await opened.all_media("acct_0") == [real, unnamed]
    await opened.put_blob("acct_1", "e", b"more")
    assert await opened.blob("acct_1", "e") == b"more"


@pytest.mark.clause("C-JOURNAL")
async def test_the_journal_is_bounded_in_number(opened: Store) -> None:
    """The oldest go; those dropped are counted; sequence numbers go on."""
    for index in range(7):
        await opened.append("acct_0", exchange(f"ex_{index}"))
    page = await opened.exchanges("acct_0", 0)
    assert [(seq, each.exchange_id) for seq, each in page.exchanges] == [(seq, f"ex_{seq - 1}") for seq in range(3, 8)]
    assert (page.limit, page.dropped) == (5, 2)
    assert [seq for seq, _ in (await opened.exchanges("acct_0", 6)).exchanges] == [7]
    assert (await opened.exchanges("acct_1", 0)).exchanges == (await opened.exchanges(None, 0)).exchanges == []
    await opened.clear_journal("acct_0")
    await opened.append("acct_0", exchange("ex_x"))
    page = await opened.exchanges("acct_0", 0)
    assert ([seq for seq, _ in page.exchanges], page.dropped) == ([8], 0)


@pytest.mark.clause("C-JOURNAL")
async def test_the_journal_is_bounded_in_bytes(opened: Store) -> None:
    """Long ones push out more; the latest is always there."""
    for index, size in enumerate([9000, 9000, 9000]):
        await opened.append("acct_0", exchange(f"ex_{index}", size))
    page = await opened.exchanges("acct_0", 0)
    assert ([each.exchange_id for _, each in page.exchanges], page.dropped) == (["ex_2"], 2)
    await opened.append("acct_0", exchange("ex_3", 10**6))
    assert [each.exchange_id for _, each in (await opened.exchanges("acct_0", 0)).exchanges] == ["ex_3"]


@pytest.mark.clause("C-EXPLAIN")
async def test_an_exchange_is_found_by_its_id(opened: Store) -> None:
    """In whichever journal it stands."""
    await opened.append("acct_1", exchange("ex_0"))
    await opened.append(None, exchange("ex_1"))
    await opened.append("acct_gone", exchange("ex_2"))
    assert await opened.exchange("ex_0") == ("acct_1", exchange("ex_0"))
    assert await opened.exchange("ex_1") == (None, exchange("ex_1"))
    assert await opened.exchange("ex_2") == (None, exchange("ex_2"))
    assert await opened.exchange("ex_3") is None
    await opened.clear_journal("acct_gone")
    assert await opened.exchange("ex_1") is None
    assert (await opened.exchanges("acct_gone", 0)).exchanges == []
    assert await opened.exchange("ex_0") == ("acct_1", exchange("ex_0"))


@pytest.mark.clause("C-JOURNAL")
async def test_waiting_for_an_exchange(opened: Store) -> None:
    """Returns as soon as there is one after the number, or when the time is over."""
    await opened.appended("acct_0", 0, 0.001)
    await opened.appended("acct_0", 0, 0.15)
    waiting = [asyncio.ensure_future(opened.appended("acct_0", 0, 5)) for _ in range(2)]
    await asyncio.wait(waiting, timeout=0)
    assert not any(each.done() for each in waiting)
    await opened.append("acct_0", exchange("ex_0"))
    await asyncio.wait_for(asyncio.gather(*waiting), 5)
    await asyncio.wait_for(opened.appended("acct_0", 0, 5), 4)


@pytest.mark.clause("C-SNAPSHOT")
async def test_a_snapshot_is_restored_any_number_of_times(opened: Store) -> None:
    """Tasks, claims, money, time and media are as they were; keys, journal and the names given out are not touched."""
    kept = await create(opened, key="k")
    await opened.put_media("acct_0", MEDIA)
    saved = await opened.account("acct_0")
    assert saved is not None
    assert await opened.snapshot("acct_0", "snap_0", START_MS)
    assert await opened.restore("acct_0", "snap_x", START_MS) is False
    names = {kept.task_id}
    for round_index in range(1, 3):
        later = await create(opened, now_ms=START_MS + 100)
        assert later.task_id not in names
        names.add(later.task_id)
        await opened.change_task("acct_0", kept.task_id, lambda task: replace(task, seen_events=3))
        await opened.change_account(
            "acct_0", lambda known: replace(known, seed=9, topups=(Topup(START_MS, Decimal(1)),))
        )
        await opened.put_media("acct_0", replace(MEDIA, url="https://example.com/b.mp4"))
        await opened.put_key(Key("mv_live_a", "acct_0"))
        await opened.append("acct_0", exchange(f"ex_{round_index}"))
        wall_ms = START_MS + 5000 * round_index
        assert await opened.restore("acct_0", "snap_0", wall_ms)
        back = await opened.account("acct_0")
        assert back == replace(saved, serial=1 + round_index, clock=saved.clock.at(START_MS, wall_ms))
        assert await opened.tasks("acct_0") == [kept]
        assert await opened.claim("acct_0", "k", lambda _: True) == held(kept)
        assert await opened.all_media("acct_0") == [MEDIA]
        assert len(await opened.keys("acct_0")) == 2
        assert len((await opened.exchanges("acct_0", 0)).exchanges) == round_index


@pytest.mark.clause("C-FORK")
async def test_a_fork_shares_nothing_afterwards(opened: Store) -> None:
    """The same tasks under the same ids, in a new account with a new key; what one does the other does not see."""
    made = await create(opened, key="k")
    await opened.put_media("acct_0", MEDIA)
    await opened.append("acct_0", exchange("ex_0"))
    assert not await opened.fork("acct_0", "acct_2", OTHER_KEY, START_MS)
    assert await opened.fork("acct_0", "acct_2", "mv_live_fork", START_MS)
    twin = replace(made, account_id="acct_2")
    first = await opened.account("acct_0")
    assert first is not None
    assert await opened.account("acct_2") == replace(first, account_id="acct_2")
    assert await opened.tasks("acct_2") == [twin]
    assert await opened.claim("acct_2", "k", lambda _: True) == held(twin)
    assert await opened.all_media("acct_2") == [MEDIA]
    assert await opened.keys("acct_2") == [Key("mv_live_fork", "acct_2")]
    assert (await opened.exchanges("acct_2", 0)).exchanges == []
    ours, theirs = await create(opened, key="l"), await create(opened, "acct_2", key="l")
    assert ours.task_id != theirs.task_id
    assert await opened.tasks("acct_0") == [made, ours]
    assert await opened.tasks("acct_2") == [twin, theirs]
    usage = await opened.usage("acct_2")
    assert usage is not None
    assert [task.account_id for task in usage.unfinished(START_MS)] == ["acct_2", "acct_2"]


@pytest.mark.clause("C-RESET")
async def test_a_reset_forgets_what_was_done(opened: Store) -> None:
    """Tasks, claims, journal, top-ups and the plan's queue go; keys, seed, media, clock and the plan's base stay."""
    plan = PlanBook(PlanEntry(queued_ms=1), (PlanEntry(queued_ms=2),))
    await opened.change_account(
        "acct_0", lambda known: replace(known, seed=3, plan=plan, topups=(Topup(START_MS, Decimal(1)),))
    )
    made = await create(opened, key="k")
    await opened.put_media("acct_0", MEDIA)
    await opened.append("acct_0", exchange("ex_0"))
    assert await opened.reset("acct_0")
    assert await opened.account("acct_0") == replace(ACCOUNT, seed=3, plan=PlanBook(plan.base), serial=1)
    assert await opened.tasks("acct_0") == []
    assert await opened.task("acct_0", made.task_id) is None
    assert await opened.claim("acct_0", "k", lambda _: True) == "claimed"
    assert (await opened.exchanges("acct_0", 0)).exchanges == []
    assert await opened.all_media("acct_0") == [MEDIA]
    assert await opened.keys("acct_0") == [Key(KEY, "acct_0")]
    usage = await opened.usage("acct_0")
    assert usage is not None
    assert usage.balance(START_MS) == ACCOUNT.given
