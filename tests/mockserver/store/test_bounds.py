"""What an account may keep: so many snapshots, so many bytes of media, whoever counts."""

import asyncio
from dataclasses import replace

import pytest

from mockserver.records import MediaFacts, Registered
from mockserver.store import Store
from mockserver.store.belongings import Belonging, Content, Saved
from mockserver.store.sql import SqlStore
from tests.asgi import KEY, OTHER_KEY, START_MS
from tests.mockserver.store.conftest import BOUNDS, MEDIA_BYTES, SNAPSHOT_LIMIT, MakeStore
from tests.mockserver.store.values import account, create

FACTS = Registered("https://example.com/facts.mp4", MediaFacts("video", "stated"))


def file(letter: str, size_bytes: int, name: str | None = None) -> Registered:
    """A registered file; of one letter and size there is one digest."""
    facts = MediaFacts("image", "probed", digest=f"{letter}{size_bytes}")
    return Registered(f"https://example.com/{name or letter}.png", facts, letter.encode() * size_bytes)


@pytest.fixture
async def opened(store: Store) -> Store:
    """A store with two accounts."""
    assert await store.open_account(account(), KEY)
    assert await store.open_account(account("acct_1"), OTHER_KEY)
    return store


async def kept_bytes(store: Store, name: str = "acct_0") -> int:
    """The bytes of all files that leave with the account."""
    left: list[Belonging] = []
    assert await store.export(name, START_MS, left.append)
    return sum(len(each.content) for each in left if isinstance(each, Content))


@pytest.mark.clause("C-SNAPSHOT")
async def test_snapshots_are_listed_and_dropped(opened: Store) -> None:
    """In the order in which they were taken, each with the account as it was; a dropped one is gone for good."""
    first = await opened.account("acct_0")
    assert first is not None
    for index, name in enumerate(["snap_b", "snap_a", "snap_c"]):
        assert await opened.snapshot("acct_0", name, START_MS + index // 2)
        await create(opened)
    listed = await opened.snapshots("acct_0")
    assert [each.snapshot_id for each in listed] == ["snap_a", "snap_b", "snap_c"]
    assert listed[1] == Saved("snap_b", first)
    assert [each.account.serial for each in listed] == [1, 0, 2]
    assert await opened.drop_snapshot("acct_0", "snap_b") is True
    assert await opened.drop_snapshot("acct_0", "snap_b") is False
    assert await opened.drop_snapshot("acct_1", "snap_a") is False
    assert await opened.drop_snapshot("acct_x", "snap_a") is None
    assert [each.snapshot_id for each in await opened.snapshots("acct_0")] == ["snap_a", "snap_c"]
    assert await opened.snapshots("acct_1") == await opened.snapshots("acct_x") == []
    assert await opened.restore("acct_0", "snap_b", START_MS) is False
    assert await opened.restore("acct_0", "snap_a", START_MS) is True
    assert len(await opened.tasks("acct_0")) == 1


@pytest.mark.clause("C-SNAPSHOT")
async def test_an_account_has_so_many_snapshots(opened: Store) -> None:
    """One more is refused, and nothing is kept; taken anew or in the place of another it is no more."""
    for index in range(SNAPSHOT_LIMIT):
        assert await opened.snapshot("acct_0", f"snap_{index}", START_MS)
    await create(opened)
    assert await opened.snapshot("acct_0", "snap_x", START_MS) is False
    assert await opened.restore("acct_0", "snap_x", START_MS) is False
    assert await opened.snapshot("acct_0", "snap_0", START_MS + 1) is True
    assert await opened.drop_snapshot("acct_0", "snap_1") is True
    assert await opened.snapshot("acct_0", "snap_x", START_MS) is True
    assert await opened.snapshot("acct_1", "snap_x", START_MS) is True
    assert await opened.snapshot("acct_9", "snap_x", START_MS) is None


@pytest.mark.clause("C-MEDIA")
async def test_an_account_keeps_so_many_bytes(opened: Store) -> None:
    """Exactly so many; each file counts once, under however many URLs; facts weigh nothing; another has its own."""
    assert await opened.put_media("acct_0", file("a", 6000))
    assert await opened.put_media("acct_0", file("a", 6000, "again"))
    assert await opened.put_media("acct_0", file("b", MEDIA_BYTES - 6000 + 1)) is False
    assert await opened.media("acct_0", file("b", 1).url) is None
    assert await opened.blob("acct_0", file("b", MEDIA_BYTES - 6000 + 1).facts.digest or "") is None
    assert await opened.put_media("acct_0", file("b", MEDIA_BYTES - 6000))
    assert await opened.put_media("acct_0", file("c", 1)) is False
    assert await opened.put_media("acct_0", FACTS)
    assert await opened.put_media("acct_0", file("b", MEDIA_BYTES - 6000, "more"))
    assert await opened.put_media("acct_1", file("c", MEDIA_BYTES))
    assert await opened.put_media("acct_9", file("c", 1)) is None
    assert await kept_bytes(opened) == MEDIA_BYTES
    assert [media.url for media in await opened.all_media("acct_0")] == [
        f"https://example.com/{name}" for name in ("a.png", "again.png", "b.png", "facts.mp4", "more.png")
    ]


@pytest.mark.clause("C-MEDIA")
async def test_what_there_is_no_room_for_is_not_put(opened: Store) -> None:
    """Bytes that were fetched are kept where there is room, and are no reason to fail where there is none."""
    await opened.put_blob("acct_0", "d", b"d" * 6000)
    await opened.put_blob("acct_0", "e", b"e" * 6000)
    assert await opened.blob("acct_0", "d") == b"d" * 6000
    assert await opened.blob("acct_0", "e") is None
    await opened.put_blob("acct_0", "f", b"d" * 6000)
    assert await opened.blob("acct_0", "f") == b"d" * 6000
    assert await opened.put_media("acct_0", file("e", 6000)) is False


@pytest.mark.clause("C-MEDIA", "C-SNAPSHOT")
async def test_what_a_snapshot_holds_counts(opened: Store) -> None:
    """A file that only a snapshot holds still counts; one that nothing holds any more does not."""
    assert await opened.snapshot("acct_0", "snap_0", START_MS)
    assert await opened.put_media("acct_0", file("a", 6000))
    assert await opened.snapshot("acct_0", "snap_1", START_MS)
    assert await opened.restore("acct_0", "snap_0", START_MS)
    assert await opened.put_media("acct_0", file("b", 6000)) is False
    assert await opened.drop_snapshot("acct_0", "snap_1")
    assert await kept_bytes(opened) == 0
    for letter in "bcd":
        assert await opened.put_media("acct_0", file(letter, 6000))
        assert await kept_bytes(opened) == 6000
        assert await opened.restore("acct_0", "snap_0", START_MS)
    nameless = [replace(file(letter, 6000, "x"), facts=MediaFacts("image", "stated")) for letter in "ef"]
    for each in nameless:
        assert await opened.put_media("acct_0", each)
        assert await opened.all_media("acct_0") == [each]


@pytest.mark.clause("C-SNAPSHOT", "C-MEDIA")
async def test_replicas_count_together(make_store: MakeStore, store_kind: str, store_url: str) -> None:
    """However many ask at once, of however many replicas: as much is kept as may be, and no more."""
    first = await make_store()
    second = first if store_kind == "memory" else SqlStore(store_url, **BOUNDS)
    await first.open_account(account(), KEY)
    stores = [first, second] * 6
    taken = await asyncio.gather(
        *(store.snapshot("acct_0", f"snap_{index}", START_MS) for index, store in enumerate(stores))
    )
    assert sorted(map(bool, taken)) == [False] * (12 - SNAPSHOT_LIMIT) + [True] * SNAPSHOT_LIMIT
    put = await asyncio.gather(
        *(store.put_media("acct_0", file(letter, 3000)) for letter, store in zip("abcdefghijkl", stores, strict=True))
    )
    assert sorted(map(bool, put)) == [False] * 9 + [True] * 3
    assert len(await second.snapshots("acct_0")) == SNAPSHOT_LIMIT
    third = first if store_kind == "memory" else SqlStore(store_url)
    assert await kept_bytes(third) == await kept_bytes(second) == 9000
    for store in (first, second, third):
        await store.close()
