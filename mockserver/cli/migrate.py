"""`mindvideo-mock migrate`: a database of an older version brought to this one's schema."""

import asyncio

from mockserver.app import store_of
from mockserver.cli.options import BadOption
from mockserver.settings import Settings
from mockserver.store import BadStore, Unavailable


def migrate(url: str) -> None:
    """Bring the database to this version's schema; one that has it stays as it is."""
    if url == "memory":
        raise BadOption("a store in memory has no schema: name a database with --store")
    try:
        version = asyncio.run(_migrated(url))
    except (BadStore, Unavailable) as error:
        raise BadOption(str(error)) from error
    print(f"The database has schema {version}.")


async def _migrated(url: str) -> str:
    store = store_of(Settings(store=url))
    try:
        from mockserver.store.sql import SqlStore

        assert isinstance(store, SqlStore)
        return await store.migrate()
    finally:
        await store.close()
