"""Which version of the schema a database has, and bringing it to this one's. Alembic is imported where it is needed."""

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from mockserver.store import BadStore
from mockserver.store.sql.schema import HEAD, metadata

TABLE = "alembic_version"
MIGRATIONS = Path(__file__).with_name("migrations")
LOCK = 7_102_023_011
"""An advisory lock of PostgreSQL: of replicas that start together, one makes the tables."""


def check(connection: Connection) -> bool:
    """Whether the database is ready; False if it is empty.

    Raises:
        BadStore: if it is neither.
    """
    found = _found(connection)
    if found is not None and found != HEAD:
        raise BadStore(
            f"the database has schema {found}, this version needs {HEAD}: stop every server on it, make a copy, then "
            "run 'mindvideo-mock migrate --store …'"
        )
    return found == HEAD


def _found(connection: Connection) -> str | None:
    """The version of the schema; None if there is none at all.

    Raises:
        BadStore: if it is one that this version knows nothing of.
    """
    tables = set(inspect(connection).get_table_names())
    if TABLE not in tables:
        if strange := sorted(tables & metadata.tables.keys()):
            raise BadStore(f"the database has tables of somebody else's ({', '.join(strange)}): name an empty one")
        return None
    found: str | None = connection.execute(text(f"SELECT version_num FROM {TABLE}")).scalar()
    if found != HEAD and found not in _known():
        raise BadStore(
            f"the database has schema {found}, which this version ({HEAD}) does not know: it was made by a newer one; "
            "install that, or name another database"
        )
    return found


def _known() -> list[str]:
    from alembic.script import ScriptDirectory

    return [script.revision for script in ScriptDirectory(str(MIGRATIONS)).walk_revisions()]


def migrate(connection: Connection) -> None:
    """Bring an empty or older schema to this version; others that try the same wait, and find it done.

    Raises:
        BadStore: if the database is none of ours, or of a newer version.
    """
    from alembic import command
    from alembic.config import Config

    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SELECT pg_advisory_xact_lock({LOCK})"))
    if _found(connection) == HEAD:
        return
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
