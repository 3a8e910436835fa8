"""The schema: made where there is none, left alone where it is another, brought up to date when somebody says so."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Connection, create_engine, inspect, make_url, text
from sqlalchemy.ext.asyncio import create_async_engine

from mockserver.clock import token
from mockserver.store import BadStore, Unavailable
from mockserver.store.sql import SqlStore, version
from mockserver.store.sql.database import url_of
from mockserver.store.sql.schema import HEAD, metadata
from tests.asgi import KEY
from tests.mockserver.store.conftest import POSTGRESQL, administer
from tests.mockserver.store.values import account, exchange


@pytest.fixture(params=["postgresql", "sqlite"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database with nothing in it."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'store.db'}"
        return
    name = f"mindvideo_{token()}"
    administer(f'CREATE DATABASE "{name}"')
    try:
        yield make_url(POSTGRESQL).set(database=name).render_as_string(hide_password=False)
    finally:
        administer(f'DROP DATABASE "{name}" WITH (FORCE)')


async def done(url: str, work: Callable[[Connection], Any]) -> Any:
    """What comes of it in a transaction, past the store."""
    engine = create_async_engine(url_of(url))
    async with engine.begin() as connection:
        result = await connection.run_sync(work)
    await engine.dispose()
    return result


def upgraded(to: str) -> Callable[[Connection], None]:
    """Migrates as far as an older version did."""

    def work(connection: Connection) -> None:
        config = Config()
        config.set_main_option("script_location", str(version.MIGRATIONS))
        config.attributes["connection"] = connection
        command.upgrade(config, to)

    return work


async def test_an_empty_database_is_given_its_tables(url: str) -> None:
    """By one of the replicas that start at once; the tables are those that the statements are written for."""
    stores = [SqlStore(url) for _ in range(3)]
    await asyncio.gather(*(store.open() for store in stores))
    assert sum(await asyncio.gather(*(store.open_account(account(), KEY) for store in stores))) == 1
    for store in stores:
        await store.close()

    def differences(connection: Connection) -> Any:
        return compare_metadata(MigrationContext.configure(connection), metadata)

    assert await done(url, differences) == []


async def test_an_older_schema_is_left_alone_until_it_is_migrated(url: str) -> None:
    """The server says what to do, and nothing that was there is lost by it."""
    await done(url, upgraded("0001"))
    insert = "INSERT INTO journals VALUES ('acct_0', 0, 0, 0)"
    await done(url, lambda connection: connection.execute(text(insert)))
    store = SqlStore(url)
    with pytest.raises(BadStore, match=f"has schema 0001, this version needs {HEAD}: .*mindvideo-mock migrate"):
        await store.open()
    with pytest.raises(Unavailable, match="has schema 0001"):
        await store.accounts()
    assert await store.migrate() == HEAD
    assert await store.migrate() == HEAD
    await store.append("acct_0", exchange("ex_0"))
    assert await store.exchange("ex_0") == ("acct_0", exchange("ex_0"))
    await store.close()


async def test_a_newer_schema_is_left_alone(url: str) -> None:
    """Neither served nor migrated."""
    store = SqlStore(url)
    await store.open()
    await store.close()
    await done(url, lambda connection: connection.execute(text("UPDATE alembic_version SET version_num = '9999'")))
    store = SqlStore(url)
    for verb in (store.open, store.migrate):
        with pytest.raises(BadStore, match=f"has schema 9999, which this version \\({HEAD}\\) does not know: .*newer"):
            await verb()
    await store.close()


async def test_tables_of_somebody_else_are_left_alone(url: str) -> None:
    """A database that happens to have a table of one of our names is none of ours."""
    await done(url, lambda connection: connection.execute(text("CREATE TABLE tasks (title TEXT)")))
    store = SqlStore(url)
    for verb in (store.open, store.migrate):
        with pytest.raises(BadStore, match=r"has tables of somebody else's \(tasks\): name an empty one"):
            await verb()
    await store.close()
    assert await done(url, lambda connection: inspect(connection).get_table_names()) == ["tasks"]


def test_a_file_is_an_ordinary_database(tmp_path: Path) -> None:
    """With a write-ahead log; whatever reads SQLite reads it."""
    path = tmp_path / "store.db"

    async def write() -> None:
        store = SqlStore(f"sqlite:///{path}")
        await store.open_account(account(), KEY)
        await store.close()

    asyncio.run(write())
    engine = create_engine(f"sqlite:///{path}")
    with engine.connect() as connection:
        assert connection.execute(text("SELECT key, state FROM keys")).all() == [(KEY, "active")]
        assert connection.execute(text("PRAGMA journal_mode")).scalar() == "wal"
    engine.dispose()
