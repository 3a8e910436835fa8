"""The parts put together."""

from sqlalchemy import Connection

from mockserver.store import MEDIA_BYTES, SNAPSHOT_LIMIT
from mockserver.store.sql import statements, version
from mockserver.store.sql.accounts import Accounts
from mockserver.store.sql.database import ANSWER_S, Database
from mockserver.store.sql.exports import Exports
from mockserver.store.sql.imports import Imports
from mockserver.store.sql.journal import Journals
from mockserver.store.sql.media import Media
from mockserver.store.sql.part import Options
from mockserver.store.sql.schema import HEAD
from mockserver.store.sql.snapshots import Snapshots
from mockserver.store.sql.tasks import Tasks

LEASE_S = 15.0
"""Longer than a create takes that fetches its media, shorter than a client's patience."""

LOOK_AT = 1000


class SqlStore(Accounts, Tasks, Snapshots, Exports, Imports, Media, Journals):
    """All of an account in one database; `journal_size` and `journal_bytes` bound each journal as in memory."""

    def __init__(
        self,
        url: str,
        journal_size: int = 1000,
        journal_bytes: int = 16 * 2**20,
        lease_s: float = LEASE_S,
        answer_s: float = ANSWER_S,
        snapshot_limit: int = SNAPSHOT_LIMIT,
        media_bytes: int = MEDIA_BYTES,
        look_at: int = LOOK_AT,
    ) -> None:
        options = Options(journal_size, journal_bytes, lease_s, snapshot_limit, media_bytes, look_at)
        super().__init__(Database(url, answer_s), options)

    async def open(self) -> None:
        self._database.check_file()
        await super().open()

    async def migrate(self) -> str:
        """Bring an older schema to this version's, and tell which that is; only `mindvideo-mock migrate` does it.

        Raises:
            BadStore: if the database is none of ours, or of a newer version.
        """
        self._database.check_file()
        await self._database.write(version.migrate)
        return HEAD

    async def ping(self) -> None:
        def ask(connection: Connection) -> None:
            connection.execute(statements.PING)

        await self._read(ask)

    async def close(self) -> None:
        await self._database.close()
