"""From one store to another: what was exported anywhere is adopted everywhere, whole or not at all."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

import pytest

from mockserver.accounts import Account, Key
from mockserver.ledger import Topup
from mockserver.lifecycle import status_at
from mockserver.planning import PlanBook, PlanEntry
from mockserver.records import MediaFacts, OperatorEvent, Registered, Rule, Task
from mockserver.store import Store
from mockserver.store.belongings import (
    Belonging,
    Blob,
    Claimed,
    Content,
    Placed,
    Saved,
    content_id,
)
from mockserver.store.memory import MemoryStore
from mockserver.tasks.operate import append
from tests.asgi import KEY, OTHER_KEY, START_MS
from tests.mockserver.store.conftest import MakeStore
from tests.mockserver.store.values import account, create, exchange, held

FILE = Registered("https://example.com/a.mp4", MediaFacts("video", "probed", digest="d"), b"bytes")
FACTS = Registered("https://example.com/b.mp4", MediaFacts("video", "stated", duration_us=5_000_000))
RULE = Rule("fault_0", "status", "create", {"code": 503}, times=None, seen=3, fired=2)
LATER_MS = START_MS + 90_000


async def furnished(store: Store) -> None:
    """An account that owns one of everything, and another one that owns next to nothing."""
    assert await store.open_account(account(), KEY)
    assert await store.open_account(account("acct_1"), OTHER_KEY)
    await store.put_key(Key("mv_live_off", "acct_0", "disabled"))
    await store.put_key(Key("mv_live_gone", "acct_0", "deleted"))
    await create(store, key="k")
    assert await store.put_media("acct_0", FILE)
    assert await store.snapshot("acct_0", "snap_b", START_MS)
    assert await store.snapshot("acct_0", "snap_a", START_MS + 1)
    made = await create(store, key="j")
    await store.change_task("acct_0", made.task_id, lambda task: append(OperatorEvent(START_MS, "hold"), task))
    await create(store)
    assert await store.put_media("acct_0", FACTS)
    await store.put_blob("acct_0", "e", b"more")
    await store.append("acct_0", exchange("ex_0"))
    plan = PlanBook(PlanEntry(queued_ms=1), (PlanEntry(outcome="failed"),))

    def furnish(known: Account) -> Account:
        return replace(known, plan=plan, faults=(RULE,), seed=7, topups=(Topup(START_MS, Decimal(5), 1),))

    assert isinstance(await store.change_account("acct_0", furnish), Account)


async def exported(store: Store, name: str = "acct_0", wall_ms: int = LATER_MS) -> list[Belonging]:
    """What leaves."""
    left: list[Belonging] = []
    assert await store.export(name, wall_ms, left.append)
    return left


async def reads(store: Store, name: str = "acct_0") -> list[object]:
    """What every look finds that says nothing of the wall."""
    known = await store.account(name)
    assert known is not None
    keys = await store.keys(name)
    tasks = await store.tasks(name)
    usage = await store.usage(name)
    assert usage is not None
    claims = [await store.claim(name, key, lambda _: True) for key in ("j", "k")]
    looks = [await store.read(KEY, task.task_id) for task in tasks]
    return [
        replace(known, clock=known.clock.at(0, 0)),
        keys,
        [await store.find_key(key.key) for key in keys],
        tasks,
        claims,
        [replace(look, account=known) for look in looks if look] == looks,
        await store.all_media(name),
        [await store.blob(name, digest) for digest in ("d", "e", "f")],
        await store.snapshots(name),
        usage.balance(LATER_MS),
        list(usage.unfinished(START_MS)),
    ]


@pytest.fixture
async def source() -> MemoryStore:
    """Where things come from."""
    made = MemoryStore()
    await furnished(made)
    return made


@pytest.mark.clause("C-EXPORT")
async def test_what_is_exported(store: Store) -> None:
    """One of everything, in the order that is promised: equal, byte for byte, whichever store it comes from."""
    await furnished(store)
    left = await exported(store)
    kinds = [type(each).__name__ for each in left]
    held_kinds = ["Task", "Claimed", "Placed", "Blob"]
    assert kinds == [
        *("Account", "Key", "Key", "Key", "Content", "Content"),
        *("Task", "Task", "Task", "Claimed", "Claimed", "Placed", "Placed", "Blob", "Blob"),
        *("Saved", *held_kinds, "Saved", *held_kinds),
    ]
    known = await store.account("acct_0")
    assert known is not None
    assert left[0] == replace(known, clock=known.clock.at(known.now_ms(LATER_MS), 0))
    contents = {each.content_id: each.content for each in left if isinstance(each, Content)}
    assert contents == {content_id(content): content for content in (b"bytes", b"more")}
    assert list(contents) == sorted(contents)
    assert [each for each in left if isinstance(each, Task)][:3] == await store.tasks("acct_0")
    assert [each.idempotency_key for each in left if isinstance(each, Claimed)] == ["j", "k", "k", "k"]
    names = {content: name for name, content in contents.items()}
    placed = [Placed(replace(FILE, content=None), names[b"bytes"]), Placed(FACTS, None)]
    assert [each for each in left if isinstance(each, Placed)][:2] == placed
    assert [each for each in left if isinstance(each, Blob)][:2] == [
        Blob("d", names[b"bytes"]),
        Blob("e", names[b"more"]),
    ]
    assert [each.snapshot_id for each in left if isinstance(each, Saved)] == ["snap_b", "snap_a"]
    book = MemoryStore()
    await furnished(book)
    assert left == await exported(book)
    assert [type(each).__name__ for each in await exported(store, "acct_1")] == ["Account", "Key"]
    assert not await store.export("acct_x", LATER_MS, left.append)


@pytest.mark.clause("C-IMPORT")
async def test_what_is_adopted_is_what_was_exported(store: Store, source: MemoryStore) -> None:
    """Every look finds the same, and a second export is equal to the first; only time has been let go on."""
    left = await exported(source)
    assert await store.adopt(iter(left), LATER_MS + 7000, replace=False) == "adopted"
    known = await store.account("acct_0")
    assert known is not None
    assert isinstance(left[0], Account)
    assert known == replace(left[0], clock=left[0].clock.at(LATER_MS, LATER_MS + 7000))
    assert await exported(store, wall_ms=LATER_MS + 7000) == left
    assert await reads(store) == await reads(source)
    assert (await store.exchanges("acct_0", 0)).exchanges == []
    assert await store.find_key(OTHER_KEY) is None


@pytest.mark.clause("C-IMPORT", "C-SNAPSHOT")
async def test_an_adopted_account_lives_on(store: Store, source: MemoryStore) -> None:
    """It creates under new names, its snapshots can be gone back to, its time runs."""
    assert await store.adopt(await exported(source), LATER_MS, replace=False) == "adopted"
    before = await store.tasks("acct_0")
    made = await create(store, key="l")
    assert made.task_id not in {task.task_id for task in before}
    assert await store.tasks("acct_0") == [*before, made]
    assert await store.restore("acct_0", "snap_b", LATER_MS)
    assert await store.tasks("acct_0") == before[:1]
    assert await store.all_media("acct_0") == [FILE]
    assert await store.claim("acct_0", "k", lambda _: True) == held(before[0])
    later = await create(store, key="m")
    assert later.task_id not in {made.task_id, *(task.task_id for task in before)}
    assert status_at(later, later.created_at_ms + 10**6) == "succeeded"


@pytest.mark.clause("C-IMPORT")
async def test_what_is_here_is_not_replaced_unasked(store: Store, source: MemoryStore) -> None:
    """Nothing changes; neither does it where the account was forgotten, which stays so until it is asked back."""
    await furnished(store)
    made = await create(store)
    left = await exported(source)
    before = await reads(store)
    assert await store.adopt(left, LATER_MS, replace=False) == "known"
    assert await reads(store) == before
    await store.forget("acct_0")
    assert await store.adopt(left, LATER_MS, replace=False) == "known"
    assert await store.account("acct_0") is None
    assert await store.find_key(KEY) == Key(KEY, "acct_0", "deleted")
    assert await store.adopt(left, LATER_MS, replace=True) == "adopted"
    assert await store.task("acct_0", made.task_id) is None
    assert await reads(store) == await reads(source)
    assert [each.account_id for each in await store.accounts()] == ["acct_1", "acct_0"]


@pytest.mark.clause("C-IMPORT", "C-KEYS")
async def test_replacing(store: Store, source: MemoryStore) -> None:
    """What the account owned goes, journal and snapshots included; a key it has gained since then is dead, not free."""
    left = await exported(source)
    await furnished(store)
    await store.put_key(Key("mv_live_late", "acct_0"))
    late = await create(store, key="late")
    await store.put_media("acct_0", replace(FILE, url="https://example.com/c.mp4", content=b"others"))
    await store.snapshot("acct_0", "snap_c", START_MS)
    assert await store.claim("acct_0", "flying", lambda _: True) == "claimed"
    assert await store.claim("acct_0", "k", lambda _: False) == "claimed"
    assert await store.adopt(left, LATER_MS, replace=True) == "adopted"
    assert await store.task("acct_0", late.task_id) is None
    assert await store.find_key("mv_live_late") == Key("mv_live_late", "acct_0", "deleted")
    assert await store.claim("acct_0", "late", lambda _: True) == "claimed"
    assert await store.claim("acct_0", "flying", lambda _: True) == "in_flight"
    await store.unclaim("acct_0", "k")
    await store.unclaim("acct_0", "late")
    known = await store.account("acct_0")
    assert known is not None
    assert known.serial == 4
    again = [each for each in await exported(store) if not (isinstance(each, Key) and each.key == "mv_live_late")]
    assert isinstance(again[0], Account)
    assert [replace(again[0], serial=3), *again[1:]] == left
    assert (await store.exchanges("acct_0", 0)).exchanges == []
    await store.append("acct_0", exchange("ex_1"))
    assert [seq for seq, _ in (await store.exchanges("acct_0", 0)).exchanges] == [2]
    assert await store.account("acct_1") == account("acct_1")


@pytest.mark.clause("C-IMPORT", "C-KEYS")
async def test_a_key_of_another_account_is_not_taken(store: Store, source: MemoryStore) -> None:
    """Whether it may replace or not, and in whatever state the key is; nothing of the account is made."""
    await store.open_account(account("acct_9"), KEY)
    left = await exported(source)
    for state in ("active", "disabled", "deleted"):
        await store.put_key(Key(KEY, "acct_9", state))
        for may_replace in (False, True):
            assert await store.adopt(left, LATER_MS, replace=may_replace) == "key_taken"
    assert await store.account("acct_0") is None
    assert await store.find_key("mv_live_off") is None
    assert await store.find_key(KEY) == Key(KEY, "acct_9", "deleted")


class Torn(Exception):
    """A stream that ends badly."""


@pytest.mark.clause("C-IMPORT")
async def test_a_stream_that_breaks_changes_nothing(store: Store, source: MemoryStore) -> None:
    """Wherever it does; what it raises is told."""
    left = await exported(source)
    await furnished(store)
    before = await reads(store)

    def torn(at: int) -> Iterator[Belonging]:
        yield from left[:at]
        raise Torn

    for at in range(1, len(left) + 1):
        with pytest.raises(Torn):
            await store.adopt(torn(at), LATER_MS, replace=True)
        assert await reads(store) == before


@pytest.mark.clause("C-EXPORT", "C-IMPORT")
async def test_more_than_a_page(store: Store, source: MemoryStore) -> None:
    """Hundreds of tasks and claims come through in order."""
    for index in range(450):
        await create(source, "acct_1", key=f"k{index}")
    left = await exported(source, "acct_1")
    assert await store.adopt(left, LATER_MS, replace=False) == "adopted"
    assert await exported(store, "acct_1") == left
    assert len(left) == 902


async def test_two_at_once(make_store: MakeStore, source: MemoryStore) -> None:
    """Of two that bring the same account one gets in."""
    store = await make_store()
    left = await exported(source)
    done = await asyncio.gather(*(store.adopt(left, LATER_MS, replace=False) for _ in range(2)))
    assert sorted(done) == ["adopted", "known"]
    assert await exported(store) == left
    await store.close()


async def test_an_export_sees_one_moment(store: Store) -> None:
    """What is created meanwhile is not in it, nor half of it."""
    await furnished(store)
    expected = await exported(store)
    left: list[Belonging] = []

    async def meanwhile() -> None:
        await create(store, key="z")
        await store.put_media("acct_0", replace(FILE, url="https://example.com/z.mp4"))

    exporting = asyncio.ensure_future(store.export("acct_0", LATER_MS, left.append))
    while not left:
        await asyncio.wait([exporting], timeout=0)
    await meanwhile()
    assert await exporting
    assert left == expected
