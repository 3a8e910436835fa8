"""The statements of exports, imports and bounds; the others are in `statements`."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy import Table, bindparam, delete, select, update
from sqlalchemy.dialects.postgresql import insert

from mockserver.store.sql.clauses import ACCOUNT, SNAPSHOT, WANTED, saved, upsert, wanted
from mockserver.store.sql.schema import LIVE, blobs, claims, contents, keys, media, snapshots, tasks

# Exports: what one account owns, under one snapshot id

TASKS_AFTER = (
    select(tasks.c.seq, tasks.c.account_id, tasks.c.data, tasks.c.body)
    .where(saved(tasks), tasks.c.seq > bindparam("after"))
    .order_by(tasks.c.seq)
    .limit(bindparam("most"))
)
CLAIMED_KEYS = select(claims.c.idempotency_key).where(saved(claims), claims.c.task_id.isnot(None))


def _claimed(column: sa.Column[Any]) -> Any:
    """A member of the claim of a wanted key: found by the whole primary key, whatever the planner takes for granted."""
    found = select(column).where(saved(claims), claims.c.idempotency_key == wanted(0))
    return found.correlate(WANTED).scalar_subquery()


CLAIMS_NAMED = select(
    wanted(0), *map(_claimed, (claims.c.task_id, claims.c.created_ms, claims.c.status, claims.c.body))
).select_from(WANTED)
MEDIA = select(media.c.data, media.c.content_id).where(saved(media)).order_by(media.c.seq)
BLOBS = select(blobs.c.digest, blobs.c.content_id).where(saved(blobs))
READ_CONTENT = select(contents.c.content).where(
    contents.c.account_id == ACCOUNT, contents.c.content_id == bindparam("content")
)

# Bounds

OTHER_SNAPSHOTS = select(sa.func.count()).where(snapshots.c.account_id == ACCOUNT, snapshots.c.snapshot_id != SNAPSHOT)
CONTENT_BYTES = select(sa.func.coalesce(sa.func.sum(sa.func.length(contents.c.content)), 0)).where(
    contents.c.account_id == ACCOUNT
)
CONTENT_IDS = (
    select(media.c.content_id)
    .where(media.c.account_id == ACCOUNT, media.c.content_id.isnot(None))
    .union(select(blobs.c.content_id).where(blobs.c.account_id == ACCOUNT))
)
"""What anything refers to, of now or of a snapshot."""

SWEEP_CONTENTS = delete(contents).where(contents.c.account_id == ACCOUNT, contents.c.content_id.notin_(CONTENT_IDS))

# Imports

WAS_KNOWN = select(keys.c.key).where(keys.c.account_id == ACCOUNT).limit(1)
_TAKE = insert(keys)
TAKE_KEY = upsert(_TAKE, "state", where=keys.c.account_id == _TAKE.excluded.account_id).returning(keys.c.key)
"""No row comes back where the key is another account's."""

ADD_MEDIA = insert(media)
ADD_BLOBS = insert(blobs)
ADD_CLAIMS = upsert(insert(claims), "task_id", "created_ms", "status", "body")
"""Where a create is in flight under the key, it stays so."""


def _all(table: Table) -> sa.Delete:
    return delete(table).where(table.c.account_id == ACCOUNT)


CLEAR = (
    *(_all(table) for table in (tasks, media, blobs, contents, snapshots)),
    _all(claims).where(sa.or_(claims.c.owner.is_(None), claims.c.snapshot_id != LIVE)),
    update(claims).where(claims.c.account_id == ACCOUNT).values(task_id=None, created_ms=None, status=None, body=None),
)
"""All that an account owns but keys and journal; creates stay in flight."""
