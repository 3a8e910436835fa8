"""Every statement, once, for SQLite and PostgreSQL alike; what is written `:name` in SQL is `bindparam(name)` here.

SQLAlchemy compiles each once for each database. PostgreSQL's INSERT … ON CONFLICT is SQLite's, word for word.
"""

from typing import Any

import sqlalchemy as sa
from sqlalchemy import BindParameter, ColumnElement, FromClause, Table, and_, bindparam, delete, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from mockserver.store.sql.clauses import ACCOUNT, WANTED, new, now_ms, ours, same, saved, upsert, wanted
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

TASK: BindParameter[str] = bindparam("task", type_=Name)
KEY: BindParameter[str] = bindparam("claimed", type_=Name)

ACCOUNT_COLUMNS = (accounts.c.account_id, accounts.c.data, accounts.c.ordinal, accounts.c.serial)
TASK_COLUMNS = (tasks.c.account_id, tasks.c.data, tasks.c.body)

_OUR_TASKS = ours(tasks)
_OUR_CLAIM = and_(ours(claims), claims.c.idempotency_key == KEY)

PING = select(sa.literal(1))
ANALYSE = sa.text("ANALYZE accounts, tasks, claims, journals, exchanges")

# Accounts and their keys

FIND_KEY = select(keys).where(keys.c.key == bindparam("key"))
KEYS_OF = select(keys).join(accounts, same(accounts, keys, "account_id")).where(keys.c.account_id == ACCOUNT)
WERE_KNOWN = select(keys.c.key).where(or_(keys.c.account_id == ACCOUNT, keys.c.key == bindparam("key"))).limit(1)
ADD_KEY = insert(keys)
PUT_KEY = upsert(insert(keys), "account_id", "state")
KILL_KEYS = update(keys).where(keys.c.account_id == ACCOUNT).values(state="deleted")

ADD_ACCOUNT = insert(accounts)
ACCOUNTS = select(*ACCOUNT_COLUMNS).order_by(accounts.c.place)
READ_ACCOUNT = select(*ACCOUNT_COLUMNS).where(accounts.c.account_id == ACCOUNT)
LOCK_ACCOUNTS = (
    select(*ACCOUNT_COLUMNS, accounts.c.spent, accounts.c.has_media)
    .select_from(WANTED)
    .join(accounts, accounts.c.account_id == wanted(0))
    .order_by(accounts.c.account_id)
    .with_for_update(of=accounts)
)
"""In one order for everybody, so that no two wait for each other.

SQLite has no such lock and needs none: a transaction that writes has the database to itself.
"""
_CHANGE = update(accounts).where(accounts.c.account_id == ACCOUNT)
COUNT_CREATES = _CHANGE.values(new("ordinal", "serial", "spent"))
CHANGE_ACCOUNT = _CHANGE.values(new("data", "ordinal", "serial", "spent", "has_media"))

READ = (
    select(
        keys.c.key,
        wanted(1),
        keys.c.state,
        *ACCOUNT_COLUMNS,
        accounts.c.has_media,
        tasks.c.data.label("task_data"),
        tasks.c.body,
    )
    .select_from(WANTED)
    .join(keys, keys.c.key == wanted(0))
    .join(accounts, same(accounts, keys, "account_id"))
    .outerjoin(
        tasks,
        and_(tasks.c.account_id == accounts.c.account_id, tasks.c.snapshot_id == LIVE, tasks.c.task_id == wanted(1)),
    )
)
"""What polls need, in one look, for all (key, task id) that are wanted at this moment."""

# Tasks

READ_TASK = select(*TASK_COLUMNS).where(_OUR_TASKS, tasks.c.task_id == TASK)
TASKS_OF = select(*TASK_COLUMNS).where(_OUR_TASKS).order_by(tasks.c.seq)
ADD_TASKS = insert(tasks)
_CHANGE = update(tasks).where(_OUR_TASKS, tasks.c.task_id == TASK)
CHANGE_TASK = _CHANGE.values(new("data", "ends_ms", "is_refunded"))
REFUNDED = select(sa.func.coalesce(sa.func.sum(tasks.c.total), 0)).where(
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

_LEASE_MS = now_ms() + bindparam("lease_for_ms", type_=sa.BigInteger)
_IS_FREE = or_(claims.c.owner.is_(None), claims.c.lease_ms < now_ms())

_TAKE = insert(claims).from_select(
    ["account_id", "snapshot_id", "idempotency_key", "fence", "owner", "lease_ms"],
    select(accounts.c.account_id, sa.literal(LIVE), wanted(1), sa.literal(0), wanted(2), _LEASE_MS)
    .select_from(WANTED)
    .join(accounts, accounts.c.account_id == wanted(0))
    .where(sa.true())
    .order_by(wanted(0), wanted(1)),
)
_IS_NOBODYS = and_(claims.c.task_id.is_(None), _IS_FREE)
TAKE_CLAIMS = upsert(_TAKE, "owner", "lease_ms", where=_IS_NOBODYS).returning(claims.c.owner)
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
    .outerjoin(claims, _OUR_CLAIM)
    .outerjoin(tasks, same(tasks, claims, "account_id", "snapshot_id", "task_id"))
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
_HELD = ("task_id", "created_ms", "status", "body")
_HOLD = insert(claims).values(
    {name: bindparam(name) for name in ("account_id", "snapshot_id", "idempotency_key", *_HELD, "fence")}
)
COMMIT_CLAIMS = _HOLD.on_conflict_do_update(
    index_elements=list(claims.primary_key),
    set_={
        **{name: _HOLD.excluded[name] for name in _HELD},
        "owner": None,
        "lease_ms": None,
        "fence": sa.case((claims.c.owner == bindparam("mine"), 0), else_=None),
    },
)
"""Fails, and with it the whole transaction, where somebody else has taken the key: `fence` must not be NULL."""

FORGET_CLAIMS = delete(claims).where(ours(claims), claims.c.owner.is_(None))
EMPTY_CLAIMS = update(claims).where(ours(claims)).values(dict.fromkeys(_HELD))
"""The committed part of those that are in flight; the others are forgotten before."""

# Media

_HAS_CONTENT = same(contents, media, "account_id", "content_id")
_MEDIA = (
    select(media.c.data, contents.c.content).select_from(media).outerjoin(contents, _HAS_CONTENT).where(ours(media))
)
READ_MEDIA = _MEDIA.where(media.c.url_digest == bindparam("url_digest"))
ALL_MEDIA = _MEDIA.order_by(media.c.seq)
_PUT = insert(media).from_select(
    ["account_id", "snapshot_id", "url_digest", "seq", "data", "content_id"],
    select(
        ACCOUNT,
        sa.literal(LIVE),
        bindparam("url_digest", type_=media.c.url_digest.type),
        sa.func.coalesce(sa.func.max(media.c.seq), 0) + 1,
        bindparam("data", type_=media.c.data.type),
        bindparam("content_id", type_=media.c.content_id.type),
    ).where(ours(media)),
)
PUT_MEDIA = upsert(_PUT, "data", "content_id")
READ_BLOB = (
    select(contents.c.content)
    .join(blobs, same(contents, blobs, "account_id", "content_id"))
    .where(ours(blobs), blobs.c.digest == bindparam("digest"))
)
PUT_BLOB = upsert(insert(blobs), "content_id")
PUT_CONTENT = insert(contents).on_conflict_do_nothing()
_TO_ACCOUNT: BindParameter[str] = bindparam("to_account", type_=Name)
_TO_SNAPSHOT: BindParameter[str] = bindparam("to_snapshot", type_=Name)
COPY_CONTENTS = insert(contents).from_select(
    ["account_id", "content_id", "content"],
    select(_TO_ACCOUNT, contents.c.content_id, contents.c.content).where(contents.c.account_id == ACCOUNT),
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
        select(sa.func.min(_kept_too.c.seq))
        .where(_kept(_kept_too))
        .correlate(journals)
        .scalar_subquery()
        .label("first"),
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

SAVE_ACCOUNT = upsert(insert(snapshots), "data", "ordinal", "serial", "spent", "has_media")
SAVED_ACCOUNT = select(snapshots).where(saved(snapshots))
SNAPSHOTS_OF = select(
    snapshots.c.snapshot_id, snapshots.c.account_id, snapshots.c.data, snapshots.c.ordinal, snapshots.c.serial
).where(snapshots.c.account_id == ACCOUNT)
DROP_SNAPSHOT = delete(snapshots).where(saved(snapshots))

_OWNED = (tasks, claims, media, blobs)


def _copy(table: Table) -> Any:
    """INSERT … SELECT of all rows under one (account, snapshot) to another; of claims the committed ones, as such."""
    skipped = ("account_id", "snapshot_id", "owner", "lease_ms")
    rest = [column for column in table.c if column.name not in skipped]
    chosen: sa.Select[Any] = select(_TO_ACCOUNT, _TO_SNAPSHOT, *rest).where(saved(table))
    if table is not claims:
        return insert(table).from_select(["account_id", "snapshot_id", *rest], chosen)
    copied = insert(table).from_select(["account_id", "snapshot_id", *rest], chosen.where(claims.c.task_id.isnot(None)))
    return upsert(copied, *_HELD)


COPIES = tuple(_copy(table) for table in _OWNED)
DROPS = tuple(delete(table).where(saved(table)) for table in (tasks, media, blobs))
DROP_CLAIMS = delete(claims).where(saved(claims))
FORGET = tuple(
    delete(table).where(table.c.account_id == ACCOUNT)
    for table in (*_OWNED, contents, snapshots, exchanges, journals, accounts)
)
