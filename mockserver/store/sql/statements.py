"""Every statement, once, for SQLite and PostgreSQL alike; what is written `:name` in SQL is `bindparam(name)` here.

SQLAlchemy compiles each once for each database. PostgreSQL's INSERT … ON CONFLICT is SQLite's, word for word.
"""

from typing import Any

from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    FromClause,
    Select,
    Table,
    Text,
    and_,
    bindparam,
    case,
    delete,
    func,
    literal,
    literal_column,
    or_,
    select,
    true,
    type_coerce,
    update,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement, GenericFunction

from mockserver.store.sql.schema import (
    LIVE,
    Name,
    accounts,
    blobs,
    claims,
    contents,
    exchanges,
    journals,
    keys,
    media,
    snapshots,
    tasks,
)


class now_ms(FunctionElement[int]):  # named as SQL functions are
    """The database's own time in milliseconds: the one clock that all replicas share."""

    type = BigInteger()
    inherit_cache = True


@compiles(now_ms, "postgresql")
def _postgresql_now_ms(element: Any, compiler: Any, **options: Any) -> str:
    return "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)"


@compiles(now_ms, "sqlite")
def _sqlite_now_ms(element: Any, compiler: Any, **options: Any) -> str:
    return "CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)"


class json_items(GenericFunction[Any]):
    """The items of a JSON array as rows: how many things are asked for in one statement."""

    type = Text()
    inherit_cache = True


@compiles(json_items, "postgresql")
def _postgresql_json_items(element: Any, compiler: Any, **options: Any) -> str:
    return f"json_array_elements(CAST({compiler.process(element.clauses, **options)} AS JSON))"


@compiles(json_items, "sqlite")
def _sqlite_json_items(element: Any, compiler: Any, **options: Any) -> str:
    return f"json_each({compiler.process(element.clauses, **options)})"


_WANTED = json_items(bindparam("wanted", type_=Text)).table_valued("value", name="wanted")


def _wanted(place: int) -> ColumnElement[str]:
    """A member of each item, which is an array of texts."""
    return type_coerce(_WANTED.c.value.op("->>")(literal_column(str(place))), Text)


ACCOUNT: BindParameter[str] = bindparam("account", type_=Name)
SNAPSHOT: BindParameter[str] = bindparam("snapshot", type_=Name)
TASK: BindParameter[str] = bindparam("task", type_=Name)
KEY: BindParameter[str] = bindparam("claimed", type_=Name)

ACCOUNT_COLUMNS = (accounts.c.account_id, accounts.c.data, accounts.c.ordinal, accounts.c.serial)
TASK_COLUMNS = (tasks.c.account_id, tasks.c.data, tasks.c.body)

_OUR_TASKS = and_(tasks.c.account_id == ACCOUNT, tasks.c.snapshot_id == LIVE)
_OUR_CLAIMS = and_(claims.c.account_id == ACCOUNT, claims.c.snapshot_id == LIVE)
_OUR_CLAIM = and_(_OUR_CLAIMS, claims.c.idempotency_key == KEY)

PING = select(literal(1))

# Accounts and their keys

FIND_KEY = select(keys).where(keys.c.key == bindparam("key"))
KEYS_OF = (
    select(keys)
    .join(accounts, accounts.c.account_id == keys.c.account_id)
    .where(keys.c.account_id == ACCOUNT)
    .order_by(keys.c.key)
)
WERE_KNOWN = select(keys.c.key).where(or_(keys.c.account_id == ACCOUNT, keys.c.key == bindparam("key"))).limit(1)
ADD_KEY = insert(keys)
PUT_KEY = insert(keys)
PUT_KEY = PUT_KEY.on_conflict_do_update(
    index_elements=[keys.c.key], set_={"account_id": PUT_KEY.excluded.account_id, "state": PUT_KEY.excluded.state}
)
KILL_KEYS = update(keys).where(keys.c.account_id == ACCOUNT).values(state="deleted")

ADD_ACCOUNT = insert(accounts)
ACCOUNTS = select(*ACCOUNT_COLUMNS).order_by(accounts.c.place)
READ_ACCOUNT = select(*ACCOUNT_COLUMNS).where(accounts.c.account_id == ACCOUNT)
LOCK_ACCOUNTS = (
    select(*ACCOUNT_COLUMNS, accounts.c.spent, accounts.c.has_media)
    .select_from(_WANTED)
    .join(accounts, accounts.c.account_id == _wanted(0))
    .order_by(accounts.c.account_id)
    .with_for_update(of=accounts)
)
"""In one order for everybody, so that no two wait for each other.

SQLite has no such lock and needs none: a transaction that writes has the database to itself.
"""
COUNT_CREATES = (
    update(accounts)
    .where(accounts.c.account_id == ACCOUNT)
    .values({name: bindparam(f"new_{name}") for name in ("ordinal", "serial", "spent")})
)
CHANGE_ACCOUNT = (
    update(accounts)
    .where(accounts.c.account_id == ACCOUNT)
    .values({name: bindparam(f"new_{name}") for name in ("data", "ordinal", "serial", "spent", "has_media")})
)

READ = (
    select(
        keys.c.key,
        _wanted(1),
        keys.c.state,
        *ACCOUNT_COLUMNS,
        accounts.c.has_media,
        tasks.c.data.label("task_data"),
        tasks.c.body,
    )
    .select_from(_WANTED)
    .join(keys, keys.c.key == _wanted(0))
    .join(accounts, accounts.c.account_id == keys.c.account_id)
    .outerjoin(
        tasks,
        and_(tasks.c.account_id == accounts.c.account_id, tasks.c.snapshot_id == LIVE, tasks.c.task_id == _wanted(1)),
    )
)
"""What polls need, in one look, for all (key, task id) that are wanted at this moment."""

# Tasks

READ_TASK = select(*TASK_COLUMNS).where(_OUR_TASKS, tasks.c.task_id == TASK)
TASKS_OF = select(*TASK_COLUMNS).where(_OUR_TASKS).order_by(tasks.c.seq)
ADD_TASKS = insert(tasks)
CHANGE_TASK = (
    update(tasks)
    .where(_OUR_TASKS, tasks.c.task_id == TASK)
    .values({name: bindparam(f"new_{name}") for name in ("data", "ends_ms", "is_refunded")})
)
REFUNDED = select(func.coalesce(func.sum(tasks.c.total), 0)).where(
    _OUR_TASKS, tasks.c.is_refunded, tasks.c.ends_ms <= bindparam("at_ms")
)
UNFINISHED = select(*TASK_COLUMNS).where(_OUR_TASKS, tasks.c.ends_ms > bindparam("at_ms")).order_by(tasks.c.seq)
CREATED_SINCE = (
    select(tasks.c.created_ms)
    .where(
        _OUR_TASKS,
        tasks.c.ends_ms > bindparam("at_ms"),
        tasks.c.created_ms > bindparam("at_ms"),
        tasks.c.api_key == bindparam("key"),
    )
    .order_by(tasks.c.seq)
)
"""No task ends before it is created: so the index by end serves here too."""

# Idempotency keys

_LEASE_MS = now_ms() + bindparam("lease_for_ms", type_=BigInteger)
_IS_FREE = or_(claims.c.owner.is_(None), claims.c.lease_ms < now_ms())

_TAKE = insert(claims).from_select(
    ["account_id", "snapshot_id", "idempotency_key", "fence", "owner", "lease_ms"],
    select(accounts.c.account_id, literal(LIVE), _wanted(1), literal(0), _wanted(2), _LEASE_MS)
    .select_from(_WANTED)
    .join(accounts, accounts.c.account_id == _wanted(0))
    .where(true())
    .order_by(_wanted(0), _wanted(1)),
)
TAKE_CLAIMS = _TAKE.on_conflict_do_update(
    index_elements=[claims.c.account_id, claims.c.snapshot_id, claims.c.idempotency_key],
    set_={"owner": _TAKE.excluded.owner, "lease_ms": _TAKE.excluded.lease_ms},
    where=and_(claims.c.task_id.is_(None), _IS_FREE),
).returning(claims.c.owner)
"""One atomic step for all (account, key, owner) that are wanted: of those who want a free key, one gets a row back."""

LOOK_AT_CLAIM = (
    select(
        claims.c.task_id,
        claims.c.created_ms,
        claims.c.status,
        claims.c.body,
        claims.c.owner.isnot(None) & (claims.c.lease_ms >= now_ms()),
        *TASK_COLUMNS[1:],
    )
    .select_from(accounts)
    .outerjoin(
        claims,
        and_(
            claims.c.account_id == accounts.c.account_id, claims.c.snapshot_id == LIVE, claims.c.idempotency_key == KEY
        ),
    )
    .outerjoin(
        tasks,
        and_(
            tasks.c.account_id == accounts.c.account_id,
            tasks.c.snapshot_id == LIVE,
            tasks.c.task_id == claims.c.task_id,
        ),
    )
    .where(accounts.c.account_id == ACCOUNT)
)
RENEW_CLAIM = (
    update(claims)
    .where(_OUR_CLAIM, claims.c.task_id == TASK, _IS_FREE)
    .values(owner=bindparam("new_owner"), lease_ms=_LEASE_MS)
    .returning(claims.c.owner)
)
"""Take a key whose claim has died of age."""

IS_IN_FLIGHT = select(claims.c.owner).where(_OUR_CLAIM, claims.c.owner.isnot(None), claims.c.lease_ms >= now_ms())
DROP_CLAIM = delete(claims).where(_OUR_CLAIM, claims.c.owner == bindparam("mine"), claims.c.task_id.is_(None))
RELEASE_CLAIM = update(claims).where(_OUR_CLAIM, claims.c.owner == bindparam("mine")).values(owner=None, lease_ms=None)
COMMIT_CLAIMS = insert(claims).values(
    {
        name: bindparam(name)
        for name in ("account_id", "snapshot_id", "idempotency_key", "task_id", "created_ms", "status", "body", "fence")
    }
)
COMMIT_CLAIMS = COMMIT_CLAIMS.on_conflict_do_update(
    index_elements=[claims.c.account_id, claims.c.snapshot_id, claims.c.idempotency_key],
    set_={
        **{name: COMMIT_CLAIMS.excluded[name] for name in ("task_id", "created_ms", "status", "body")},
        "owner": None,
        "lease_ms": None,
        "fence": case((claims.c.owner == bindparam("mine"), 0), else_=None),
    },
)
"""Fails, and with it the whole transaction, where somebody else has taken the key: `fence` must not be NULL."""

FORGET_CLAIMS = delete(claims).where(_OUR_CLAIMS, claims.c.owner.is_(None))
EMPTY_CLAIMS = update(claims).where(_OUR_CLAIMS).values(task_id=None, created_ms=None, status=None, body=None)
"""The committed part of those that are in flight; the others are forgotten before."""

# Media

_OUR_MEDIA = and_(media.c.account_id == ACCOUNT, media.c.snapshot_id == LIVE)
_MEDIA = (
    select(media.c.data, contents.c.content)
    .select_from(media)
    .outerjoin(
        contents,
        and_(contents.c.account_id == media.c.account_id, contents.c.content_id == media.c.content_id),
    )
    .where(_OUR_MEDIA)
)
READ_MEDIA = _MEDIA.where(media.c.url_digest == bindparam("url_digest"))
ALL_MEDIA = _MEDIA.order_by(media.c.seq)
PUT_MEDIA = insert(media).from_select(
    ["account_id", "snapshot_id", "url_digest", "seq", "data", "content_id"],
    select(
        ACCOUNT,
        literal(LIVE),
        bindparam("url_digest", type_=media.c.url_digest.type),
        func.coalesce(func.max(media.c.seq), 0) + 1,
        bindparam("data", type_=media.c.data.type),
        bindparam("content_id", type_=media.c.content_id.type),
    ).where(_OUR_MEDIA),
)
PUT_MEDIA = PUT_MEDIA.on_conflict_do_update(
    index_elements=[media.c.account_id, media.c.snapshot_id, media.c.url_digest],
    set_={"data": PUT_MEDIA.excluded.data, "content_id": PUT_MEDIA.excluded.content_id},
)
READ_BLOB = (
    select(contents.c.content)
    .join(blobs, and_(contents.c.account_id == blobs.c.account_id, contents.c.content_id == blobs.c.content_id))
    .where(blobs.c.account_id == ACCOUNT, blobs.c.snapshot_id == LIVE, blobs.c.digest == bindparam("digest"))
)
PUT_BLOB = insert(blobs)
PUT_BLOB = PUT_BLOB.on_conflict_do_update(
    index_elements=[blobs.c.account_id, blobs.c.snapshot_id, blobs.c.digest],
    set_={"content_id": PUT_BLOB.excluded.content_id},
)
PUT_CONTENT = insert(contents).on_conflict_do_nothing()
COPY_CONTENTS = insert(contents).from_select(
    ["account_id", "content_id", "content"],
    select(bindparam("to_account", type_=contents.c.account_id.type), contents.c.content_id, contents.c.content).where(
        contents.c.account_id == ACCOUNT
    ),
)

# The journals

ADVANCE_JOURNAL = (
    update(journals)
    .where(journals.c.account_id == ACCOUNT)
    .values(seq=journals.c.seq + bindparam("more"), end_bytes=journals.c.end_bytes + bindparam("more_bytes"))
    .returning(journals.c.seq, journals.c.end_bytes)
)
ADD_JOURNAL = insert(journals)
ADD_EXCHANGES = insert(exchanges)


def _kept(exchange: FromClause) -> ColumnElement[bool]:
    """Within the bounds: the latest, as many as fit, and the very last whatever it weighs. Others may be there."""
    return and_(
        exchange.c.account_id == journals.c.account_id,
        exchange.c.seq > journals.c.cleared,
        exchange.c.seq > journals.c.seq - bindparam("limit"),
        or_(exchange.c.start_bytes >= journals.c.end_bytes - bindparam("most_bytes"), exchange.c.seq == journals.c.seq),
    )


_kept_too = exchanges.alias()
_EXCHANGE = (exchanges.c.data, exchanges.c.request_body, exchanges.c.response_body)
PAGE = (
    select(
        journals.c.seq.label("last"),
        journals.c.cleared,
        select(func.min(_kept_too.c.seq)).where(_kept(_kept_too)).correlate(journals).scalar_subquery().label("first"),
        exchanges.c.seq,
        *_EXCHANGE,
    )
    .select_from(journals)
    .outerjoin(exchanges, and_(_kept(exchanges), exchanges.c.seq > bindparam("after")))
    .where(journals.c.account_id == ACCOUNT)
    .order_by(exchanges.c.seq)
)
READ_EXCHANGE = (
    select(exchanges.c.account_id, *_EXCHANGE)
    .join(journals, _kept(exchanges))
    .where(exchanges.c.exchange_id == bindparam("exchange_id"))
)
TRIM_JOURNAL = delete(exchanges).where(
    exchanges.c.account_id == ACCOUNT,
    exchanges.c.seq < bindparam("last"),
    or_(exchanges.c.seq <= bindparam("oldest"), exchanges.c.start_bytes < bindparam("oldest_bytes")),
)
CLEAR_JOURNAL = (
    update(journals).where(journals.c.account_id == ACCOUNT).values(cleared=journals.c.seq).returning(journals.c.seq)
)
CLEAR_EXCHANGES = delete(exchanges).where(exchanges.c.account_id == ACCOUNT)

# Snapshots

SAVE_ACCOUNT = insert(snapshots)
SAVE_ACCOUNT = SAVE_ACCOUNT.on_conflict_do_update(
    index_elements=[snapshots.c.account_id, snapshots.c.snapshot_id],
    set_={name: SAVE_ACCOUNT.excluded[name] for name in ("data", "ordinal", "serial", "spent", "has_media")},
)
SAVED_ACCOUNT = select(snapshots).where(snapshots.c.account_id == ACCOUNT, snapshots.c.snapshot_id == SNAPSHOT)

_OWNED = (tasks, claims, media, blobs)


def _copy(table: Table) -> Any:
    """INSERT … SELECT of all rows under one (account, snapshot) to another; of claims the committed ones, as such."""
    skipped = ("account_id", "snapshot_id", "owner", "lease_ms")
    rest = [column for column in table.c if column.name not in skipped]
    chosen: Select[Any] = select(
        bindparam("to_account", type_=table.c.account_id.type),
        bindparam("to_snapshot", type_=table.c.snapshot_id.type),
        *rest,
    ).where(table.c.account_id == ACCOUNT, table.c.snapshot_id == SNAPSHOT)
    if table is not claims:
        return insert(table).from_select(["account_id", "snapshot_id", *rest], chosen)
    copied = insert(table).from_select(["account_id", "snapshot_id", *rest], chosen.where(claims.c.task_id.isnot(None)))
    return copied.on_conflict_do_update(
        index_elements=[claims.c.account_id, claims.c.snapshot_id, claims.c.idempotency_key],
        set_={name: copied.excluded[name] for name in ("task_id", "created_ms", "status", "body")},
    )


COPIES = tuple(_copy(table) for table in _OWNED)
DROPS = tuple(
    delete(table).where(table.c.account_id == ACCOUNT, table.c.snapshot_id == SNAPSHOT)
    for table in (tasks, media, blobs)
)
DROP_CLAIMS = delete(claims).where(claims.c.account_id == ACCOUNT, claims.c.snapshot_id == SNAPSHOT)
FORGET = tuple(
    delete(table).where(table.c.account_id == ACCOUNT)
    for table in (*_OWNED, contents, snapshots, exchanges, journals, accounts)
)
