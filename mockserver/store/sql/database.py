"""A database as functions from a connection to a result: one step that is whole or not done, on whichever it is.

The functions are plain ones: SQLAlchemy runs them beside the event loop's own work and waits for the driver in between.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, nullcontext
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, event, exc, make_url
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.util import greenlet_spawn

from mockserver.store import BadStore, Unavailable
from mockserver.store.sql.silence import PAUSE_S, Silence

T = TypeVar("T")
Work = Callable[[Connection], T]

CONNECT_S = 3.0
ANSWER_S = 5.0
"""How long the database may take for one statement, a lock that somebody else holds included.

The database itself gives up a little earlier; so whoever hears nothing for that long knows that nothing comes through.
"""

OWN_SHARE = 0.8
"""After which part of that the database gives up."""

OURS = (exc.IntegrityError, exc.ProgrammingError, exc.DataError, exc.NotSupportedError)
"""What a statement was wrong about; everything else is wrong with the database."""

SESSION = {
    "application_name": "mindvideo-mock",
    "idle_in_transaction_session_timeout": "3s",
    "tcp_keepalives_idle": "5",
    "tcp_keepalives_interval": "2",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "10s",
    "jit": "off",
    "enable_seqscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
}
"""A replica that was cut off in a transaction lets go of its locks, and soon of its connections. Every statement has
its index, however little the database knows of its tables yet."""


def _postgresql(answer_s: float) -> dict[str, Any]:
    own = {"statement_timeout": f"{answer_s * OWN_SHARE * 1000:.0f}ms"}
    return {"timeout": CONNECT_S, "command_timeout": answer_s, "server_settings": SESSION | own}


def _sqlite(answer_s: float) -> dict[str, Any]:
    """The driver leaves transactions to us."""
    return {"isolation_level": None, "timeout": answer_s}


def url_of(text: str) -> URL:
    """What `--store` names, with the driver for it."""
    url = make_url(text)
    return url.set(drivername="sqlite+aiosqlite" if url.get_backend_name() == "sqlite" else "postgresql+asyncpg")


class Database:
    """Up to `connections` at a time, made when they are needed."""

    def __init__(self, url: str, answer_s: float = ANSWER_S, connections: int = 8) -> None:
        self.url = url_of(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        engine = create_async_engine(
            self.url,
            connect_args=_sqlite(answer_s) if self.is_sqlite else _postgresql(answer_s),
            pool_size=connections,
            max_overflow=0,
            pool_timeout=answer_s,
            pool_use_lifo=True,
        )
        self._engine = engine.sync_engine
        self._single = self._steady = self._engine
        self._writer: asyncio.Lock | nullcontext[None] = nullcontext()
        self._silence: Silence | None = None
        self._lost: tuple[type[Exception], ...] = (exc.DBAPIError, exc.TimeoutError, OSError, TimeoutError)
        if self.is_sqlite:
            event.listen(self._engine, "connect", _prepare)
            self._writer = asyncio.Lock()
        else:
            from asyncpg import InterfaceError, PostgresError

            self._single = self._engine.execution_options(isolation_level="AUTOCOMMIT")
            self._steady = self._engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            self._lost += (InterfaceError, PostgresError)
            self._silence = Silence(self._engine, min(PAUSE_S, answer_s))

    def check_file(self) -> None:
        """See that a file is there to be had, and is a database: that will not change by itself.

        Raises:
            BadStore: if not.
        """
        if not self.is_sqlite:
            return
        try:
            with closing(sqlite3.connect(self.url.database or "")) as connection:
                connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.Error as error:
            raise BadStore(f"cannot use {self.url.database}: {error}") from error

    async def read(self, work: Work[T]) -> T:
        """One statement that only looks; asked again where a connection turns out to be dead."""
        try:
            return await self._spawn(self._alone, work)
        except Unavailable as error:
            if not getattr(error.__cause__, "connection_invalidated", False):
                raise
            return await self._spawn(self._alone, work)

    async def view(self, work: Work[T]) -> T:
        """Any number of statements that only look, and see one and the same moment."""
        return await self._spawn(self._at_once, work)

    async def change(self, work: Work[T]) -> T:
        """Statements of which each is a transaction of its own."""
        async with self._writer:
            return await self._spawn(self._alone, work)

    async def write(self, work: Work[T]) -> T:
        """One transaction, committed where `work` returns."""
        async with self._writer:
            return await self._spawn(self._together, work)

    async def close(self) -> None:
        """Let go of every connection."""
        await greenlet_spawn(self._engine.dispose)

    async def _spawn(self, run: Callable[[Work[T]], T], work: Work[T]) -> T:
        with self._told():
            return await greenlet_spawn(run, work)

    def _alone(self, work: Work[T]) -> T:
        with self._single.connect() as connection:
            return work(connection)

    def _together(self, work: Work[T]) -> T:
        with self._engine.begin() as connection:
            if self.is_sqlite:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            return work(connection)

    def _at_once(self, work: Work[T]) -> T:
        with self._steady.begin() as connection:
            if self.is_sqlite:
                connection.exec_driver_sql("BEGIN")
            return work(connection)

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Errors of the database, as opposed to ours, are `Unavailable`."""
        try:
            if self._silence is not None:
                self._silence.check()
            yield
        except self._lost as error:
            if self._silence is not None and isinstance(error, TimeoutError):
                self._silence.begin()
            if isinstance(error, OURS) and not error.connection_invalidated:
                raise
            raise Unavailable(_reason(error)) from error


def _reason(error: Exception) -> str:
    """One line that names no password: the driver's own words."""
    text = str(getattr(error, "orig", None) or error) or type(error).__name__
    return text.splitlines()[0]


def _prepare(connection: Any, _: object) -> None:
    """With a write-ahead log (`check_file`) no commit is lost with the process, and no reader waits for a writer."""
    cursor = connection.cursor()
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.close()
