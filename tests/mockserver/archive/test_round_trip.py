"""A file from one store into any other, and on: it stays the same file."""

import io
from pathlib import Path

import pytest

from mockserver.archive.survey import survey
from mockserver.store import Store
from mockserver.store.memory import MemoryStore
from mockserver.store.sql import SqlStore
from tests.asgi import START_MS, Caller
from tests.mockserver.archive.values import CONTENT, documents, file_of, put, used
from tests.mockserver.control.desk import Desk
from tests.mockserver.store.conftest import emptied


async def journey(tmp_path: Path, postgresql_url: str) -> list[Store]:
    """Memory, SQLite, PostgreSQL and memory again, all of them empty."""
    await emptied(postgresql_url)
    return [MemoryStore(), SqlStore(f"sqlite:///{tmp_path / 'a.db'}"), SqlStore(postgresql_url), MemoryStore()]


@pytest.mark.clause("C-EXPORT", "C-IMPORT")
async def test_a_file_stays_the_same_from_store_to_store(tmp_path: Path, postgresql_url: str) -> None:
    """Byte for byte, and whoever looks at the account sees the same in each of them."""
    stores = await journey(tmp_path, postgresql_url)
    callers = [Caller(store=store, wall_ms=START_MS + index * 5000) for index, store in enumerate(stores)]
    desks = await used(callers[0])
    names = [made.account for made in desks]
    first = await file_of(stores[0], START_MS, *names)
    states = [await made.state() for made in desks]
    snapshots = await desks[0].get("snapshots")
    file = first
    for store, caller in zip(stores[1:], callers[1:], strict=True):
        assert await put(store, file, caller.wall_ms) is None
        file = await file_of(store, caller.wall_ms, *names)
        assert file == first
        for made, state in zip(desks, states, strict=True):
            there = Desk(caller=caller)
            there.account, there.key = made.account, made.key
            assert await there.state() == state
            assert (await there.get("journal"))["exchanges"] == []
            assert (await caller.create(key=there.key, idempotency_key="k1")).status == 200
            assert await put(store, first, caller.wall_ms, replace=True) is None
        there.account, there.key = desks[0].account, desks[0].key
        assert await there.get("snapshots") == snapshots
        await there.ok("POST", "restore", {"snapshot": snapshots["snapshots"][0]["snapshot"]})
        assert len((await there.get("tasks"))["tasks"]) == 1
    for store in stores:
        await store.close()


@pytest.mark.clause("C-EXPORT")
async def test_what_a_file_holds() -> None:
    """One of everything; the survey says how much of it."""
    caller = Caller()
    made, other = await used(caller)
    content = await file_of(caller.store, START_MS, made.account, other.account)
    lines = documents(content)
    assert [next(iter(line)) for line in lines] == [
        *("account", "key", "key", "key", "content"),
        *("task", "task", "claim", "claim", "media", "media", "blob"),
        *("snapshot", "task", "claim", "media", "blob"),
        *("snapshot", "task", "task", "claim", "claim", "media", "media", "blob"),
        *("account", "key", "task"),
    ]
    assert lines[6]["task"]["body"].encode("latin-1").decode().count("第二") == 1
    one, two = survey(io.BytesIO(content))
    assert (one.account_id, one.line, len(one.keys), one.task_count, one.snapshot_count, one.media_bytes) == (
        *(made.account, 2, 3, 2, 2),
        len(CONTENT),
    )
    assert (two.account_id, two.line, two.keys, two.task_count) == (other.account, 27, (other.key,), 1)
