"""A table that has just been filled is no empty one to PostgreSQL: its index for one task is the one it takes."""

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.store.sql import SqlStore
from mockserver.store.sql.statistics import STEP, Statistics
from tests.asgi import Caller, kling
from tests.mockserver.store.conftest import emptied

ANALYSED = "SELECT reltuples FROM pg_class WHERE oid = 'tasks'::regclass"


@given(st.integers(1, 50), st.lists(st.integers(0, 64)))
def test_it_looks_ever_more_seldom(first: int, batches: list[int]) -> None:
    """First after so many creates, then each time there are four times as many."""
    statistics, made, looked_at = Statistics(first), 0, None
    for batch in batches:
        made += batch
        is_due = made >= (first if looked_at is None else STEP * looked_at)
        assert statistics.count(batch) == is_due
        looked_at = made if is_due else looked_at


async def analysed(url: str) -> float:
    """How many tasks PostgreSQL believes there are."""
    connection = await asyncpg.connect(url)
    found: float = await connection.fetchval(ANALYSED)
    await connection.close()
    return found


@pytest.mark.clause("D-CREATE")
async def test_postgresql_looks_at_its_tables(postgresql_url: str) -> None:
    """After the third create; on SQLite there is nothing to look at."""
    await emptied(postgresql_url)
    connection = await asyncpg.connect(postgresql_url)
    await connection.execute("VACUUM ANALYZE tasks")
    await connection.close()
    assert await analysed(postgresql_url) == 0
    store = SqlStore(postgresql_url, look_at=3)
    caller = Caller(store=store)
    for index in range(3):
        await caller.made(kling(prompt=f"{index}"), idempotency_key=f"{index}")
        assert await analysed(postgresql_url) == (3 if index == 2 else 0)
    await store.close()


async def test_sqlite_has_nothing_to_look_at(tmp_path: object) -> None:
    """A create that would be the occasion is like any other."""
    store = SqlStore(f"sqlite:///{tmp_path}/store.db", look_at=1)
    assert await Caller(store=store).made()
    await store.close()
