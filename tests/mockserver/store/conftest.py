"""Every store there is: each test here that takes `store` or `make_store` runs once for each."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from sqlalchemy import make_url

from mockserver.clock import token
from mockserver.store import Store
from mockserver.store.memory import MemoryStore
from mockserver.store.sql import SqlStore
from mockserver.store.sql.schema import metadata

JOURNAL_SIZE = 5
JOURNAL_BYTES = 20_000
SNAPSHOT_LIMIT = 3
MEDIA_BYTES = 10_000
BOUNDS = {"snapshot_limit": SNAPSHOT_LIMIT, "media_bytes": MEDIA_BYTES}

POSTGRESQL = os.environ.get("MINDVIDEO_TEST_POSTGRESQL", "postgresql://postgres@127.0.0.1:5432/test")
"""A cluster that runs already, by any database of it; a database of the session's own is made there."""

MakeStore = Callable[[], Coroutine[Any, Any, Store]]


def administer(statement: str) -> None:
    """Run one statement in the cluster that the tests use."""

    async def work() -> None:
        connection = await asyncpg.connect(POSTGRESQL)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    try:
        asyncio.run(work())
    except OSError as error:
        pytest.fail(f"no PostgreSQL at {POSTGRESQL} (MINDVIDEO_TEST_POSTGRESQL names another): {error}", pytrace=False)


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str]:
    """A database of this session's own, with no tables at first; gone afterwards."""
    name = f"mindvideo_{token()}"
    administer(f'CREATE DATABASE "{name}"')
    try:
        yield make_url(POSTGRESQL).set(database=name).render_as_string(hide_password=False)
    finally:
        administer(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with all tables, and nothing in them."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"

    async def make() -> None:
        store = SqlStore(f"sqlite:///{path}")
        await store.open()
        await store.close()

    asyncio.run(make())
    return path


async def emptied(url: str) -> None:
    """Make the tables where there are none, and take out what is in them."""
    store = SqlStore(url)
    await store.open()
    await store.close()
    connection = await asyncpg.connect(url)
    for table in metadata.tables:
        await connection.execute(f"DELETE FROM {table}")
    await connection.execute("INSERT INTO journals VALUES ('', 0, 0, 0)")
    await connection.close()


@pytest.fixture(params=["memory", "postgresql", "sqlite"])
def store_kind(request: pytest.FixtureRequest) -> str:
    """Which store a test is about."""
    kind: str = request.param
    return kind


@pytest.fixture
def store_url(store_kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """What `--store` says."""
    if store_kind == "memory":
        return "memory"
    if store_kind == "sqlite":
        return f"sqlite:///{tmp_path / 'store.db'}"
    url: str = request.getfixturevalue("postgresql_url")
    return url


@pytest.fixture
def make_store(store_kind: str, store_url: str, request: pytest.FixtureRequest, tmp_path: Path) -> MakeStore:
    """Makes an empty store with narrow bounds; what was in one before is gone."""
    template: Path | None = request.getfixturevalue("sqlite_template") if store_kind == "sqlite" else None

    async def make() -> Store:
        if store_kind == "memory":
            return MemoryStore(JOURNAL_SIZE, JOURNAL_BYTES, **BOUNDS)
        if template is None:
            await emptied(store_url)
        else:
            for path in tmp_path.glob("store.db*"):
                path.unlink()
            shutil.copy(template, tmp_path / "store.db")
        return SqlStore(store_url, JOURNAL_SIZE, JOURNAL_BYTES, **BOUNDS)

    return make


@pytest.fixture
async def store(make_store: MakeStore) -> AsyncIterator[Store]:
    """An empty store."""
    made = await make_store()
    yield made
    await made.close()
