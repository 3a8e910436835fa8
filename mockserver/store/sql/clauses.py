"""What statements are made of: the two functions that SQLite and PostgreSQL name differently, and common clauses."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy import BigInteger, BindParameter, ColumnElement, FromClause, Text, and_, bindparam
from sqlalchemy.dialects.postgresql import Insert
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement, GenericFunction

from mockserver.store.sql.schema import LIVE, Name


class now_ms(FunctionElement[int]):
    """The database's own time in milliseconds: the one clock that all replicas share."""

    type = BigInteger()
    inherit_cache = True


class json_items(GenericFunction[Any]):
    """The items of a JSON array as rows: how many things are asked for in one statement."""

    type = Text()
    inherit_cache = True


@compiles(now_ms, "postgresql")
def _postgresql_now_ms(element: Any, compiler: Any, **options: Any) -> str:
    return "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)"


@compiles(now_ms, "sqlite")
def _sqlite_now_ms(element: Any, compiler: Any, **options: Any) -> str:
    return "CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)"


@compiles(json_items, "postgresql")
def _postgresql_json_items(element: Any, compiler: Any, **options: Any) -> str:
    return f"json_array_elements(CAST({compiler.process(element.clauses, **options)} AS JSON))"


@compiles(json_items, "sqlite")
def _sqlite_json_items(element: Any, compiler: Any, **options: Any) -> str:
    return f"json_each({compiler.process(element.clauses, **options)})"


WANTED = json_items(bindparam("wanted", type_=sa.Text)).table_valued("value", name="wanted")


def wanted(place: int) -> ColumnElement[str]:
    """A member of each item, which is an array of texts."""
    return sa.type_coerce(WANTED.c.value.op("->>")(sa.literal_column(str(place))), sa.Text)


ACCOUNT: BindParameter[str] = bindparam("account", type_=Name)
SNAPSHOT: BindParameter[str] = bindparam("snapshot", type_=Name)


def upsert(added: Insert, *names: str, where: Any = None) -> Insert:
    """Where the row is there, these columns of it become those of the new one."""
    changed = {name: added.excluded[name] for name in names}
    return added.on_conflict_do_update(index_elements=list(added.table.primary_key), set_=changed, where=where)


def new(*names: str) -> dict[str, Any]:
    return {name: bindparam(f"new_{name}") for name in names}


def ours(table: FromClause) -> ColumnElement[bool]:
    return and_(table.c.account_id == ACCOUNT, table.c.snapshot_id == LIVE)


def saved(table: FromClause) -> ColumnElement[bool]:
    return and_(table.c.account_id == ACCOUNT, table.c.snapshot_id == SNAPSHOT)


def same(left: FromClause, right: FromClause, *names: str) -> ColumnElement[bool]:
    return and_(*(left.c[name] == right.c[name] for name in names))
