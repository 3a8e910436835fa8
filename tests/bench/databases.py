"""A PostgreSQL database for one run: made, and dropped at the end; and what its processes use."""

import asyncio
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import asyncpg
from sqlalchemy import make_url

from mockserver.clock import token

CLUSTER = os.environ.get("MINDVIDEO_TEST_POSTGRESQL", "postgresql://postgres@127.0.0.1:5432/test")
"""One that runs already, by any database of it, as the tests of the stores have it."""

CONNECT_S = 3
SETTINGS = ("fsync", "synchronous_commit", "autovacuum", "shared_buffers", "max_connections")


class NoDatabase(Exception):
    """One line on why there is no PostgreSQL to be had."""


@dataclass(frozen=True, slots=True)
class Database:
    """One in the cluster; `about` is the cluster's version and the settings that a write depends on."""

    name: str
    url: str
    about: str

    def ask(self, statement: str) -> list[tuple[Any, ...]]:
        """The rows of one statement, asked in this database."""
        return _ask(self.url, statement)

    def tidy(self) -> None:
        """Do what autovacuum does within a minute where it is on: free what updates left, and count the rows.

        A table of which PostgreSQL has never counted the rows is asked by whichever index comes first.
        """
        self.ask("VACUUM (ANALYZE)")

    def backends(self) -> list[int]:
        """The processes of the cluster that serve somebody in this database, if the cluster is on this machine."""
        rows = _ask(CLUSTER, f"SELECT pid FROM pg_stat_activity WHERE datname = '{self.name}'")
        return [pid for (pid,) in rows if os.path.exists(f"/proc/{pid}")]


@contextmanager
def database() -> Iterator[Database]:
    """An empty one of one's own.

    Raises:
        NoDatabase: if the cluster cannot be reached.
    """
    name = f"mindvideo_bench_{token()}"
    try:
        version = _ask(CLUSTER, "SHOW server_version")[0][0].split()[0]
        settings = "; ".join(f"{each} {_ask(CLUSTER, f'SHOW {each}')[0][0]}" for each in SETTINGS)
        _ask(CLUSTER, f'CREATE DATABASE "{name}"')
    except (OSError, TimeoutError, asyncpg.PostgresError) as error:
        raise NoDatabase(f"no PostgreSQL at {make_url(CLUSTER)!r}: {error}") from error
    try:
        yield Database(
            name,
            make_url(CLUSTER).set(database=name).render_as_string(hide_password=False),
            f"PostgreSQL {version} ({settings})",
        )
    finally:
        _ask(CLUSTER, f'DROP DATABASE "{name}" WITH (FORCE)')


def _ask(url: str, statement: str) -> list[tuple[Any, ...]]:
    async def work() -> list[tuple[Any, ...]]:
        connection = await asyncpg.connect(url, timeout=CONNECT_S)
        try:
            return [tuple(row) for row in await connection.fetch(statement)]
        finally:
            await connection.close()

    return asyncio.run(work())
