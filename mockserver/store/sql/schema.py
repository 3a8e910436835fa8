"""The tables. Migrations make them (`migrations`); a test holds the two together.

What an account owns stands under its id and a snapshot id, "" for what it owns now: a copy of the rows is a copy of
everything.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Dialect,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    TypeDecorator,
    text,
)

HEAD = "0002"
"""The version of this schema: that of the latest migration."""

LIVE = ""
"""The snapshot id of what is owned now."""

SERVER = ""
"""The account id under which the journal of no account stands."""

NOBODY = "\x7f"
"""A name that nothing has."""


def name(text: str) -> str:
    """The text if it can be the name of anything here; what a path holds may be text that no database takes."""
    return text if text.isascii() and text.isprintable() else NOBODY


class Name(TypeDecorator[str]):
    """A name that this server made or has checked; whoever asks for another text finds nothing."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else name(value)


metadata = MetaData()

_NUMBER = BigInteger().with_variant(Integer, "sqlite")

accounts = Table(
    "accounts",
    metadata,
    Column("place", _NUMBER, primary_key=True, autoincrement=True),
    Column("account_id", Name, nullable=False, unique=True),
    Column("data", LargeBinary, nullable=False),
    Column("ordinal", BigInteger, nullable=False),
    Column("serial", BigInteger, nullable=False),
    Column("spent", BigInteger, nullable=False),
    Column("has_media", Boolean, nullable=False),
)
"""`data` is the account but for `ordinal` and `serial`; `spent` is what all its tasks cost, in 0.00001."""

snapshots = Table(
    "snapshots",
    metadata,
    Column("account_id", Name, primary_key=True),
    Column("snapshot_id", Name, primary_key=True),
    Column("data", LargeBinary, nullable=False),
    Column("ordinal", BigInteger, nullable=False),
    Column("serial", BigInteger, nullable=False),
    Column("spent", BigInteger, nullable=False),
    Column("has_media", Boolean, nullable=False),
)

keys = Table(
    "keys",
    metadata,
    Column("key", Name, primary_key=True),
    Column("account_id", Name, nullable=False, index=True),
    Column("state", Name, nullable=False),
)
"""Rows stay when their account is forgotten: so it is known that there was one."""

tasks = Table(
    "tasks",
    metadata,
    Column("account_id", Name, primary_key=True),
    Column("snapshot_id", Name, primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("task_id", Name, nullable=False),
    Column("api_key", Name, nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    Column("ends_ms", BigInteger, nullable=False),
    Column("total", BigInteger, nullable=False),
    Column("is_refunded", Boolean, nullable=False),
    Column("data", LargeBinary, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index("tasks_by_id", "account_id", "snapshot_id", "task_id", unique=True),
    Index("tasks_by_end", "account_id", "snapshot_id", "ends_ms"),
    Index(
        "tasks_refunded",
        "account_id",
        "snapshot_id",
        "ends_ms",
        postgresql_where=text("is_refunded"),
        sqlite_where=text("is_refunded = 1"),
    ),
)
"""`seq` is the account's serial at the create. `ends_ms` and `is_refunded` are how the task ends as things stand."""

claims = Table(
    "claims",
    metadata,
    Column("account_id", Name, primary_key=True),
    Column("snapshot_id", Name, primary_key=True),
    Column("idempotency_key", Name, primary_key=True),
    Column("task_id", Name),
    Column("created_ms", BigInteger),
    Column("status", SmallInteger),
    Column("body", LargeBinary),
    Column("owner", Name),
    Column("lease_ms", BigInteger),
    Column("fence", SmallInteger, nullable=False),
)
"""`task_id` to `body` are of the committed create, `owner` and `lease_ms` of the one in flight: each may be missing.

`fence` is always 0: an update that must not be done sets it to NULL, and fails.
"""

media = Table(
    "media",
    metadata,
    Column("account_id", Name, primary_key=True),
    Column("snapshot_id", Name, primary_key=True),
    Column("url_digest", LargeBinary, primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("data", LargeBinary, nullable=False),
    Column("content_id", Name),
)
"""URLs are as long as a client likes: their digest is the key."""

blobs = Table(
    "blobs",
    metadata,
    Column("account_id", Name, primary_key=True),
    Column("snapshot_id", Name, primary_key=True),
    Column("digest", Name, primary_key=True),
    Column("content_id", Name, nullable=False),
)

contents = Table(
    "contents",
    metadata,
    Column("account_id", Name, primary_key=True),
    Column("content_id", Name, primary_key=True),
    Column("content", LargeBinary, nullable=False),
)
"""Bytes by their digest: registrations, blobs and snapshots refer to them."""

journals = Table(
    "journals",
    metadata,
    Column("account_id", Name, primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("end_bytes", BigInteger, nullable=False),
    Column("cleared", BigInteger, nullable=False),
)
"""The number of the latest exchange, the weight of all there ever were, and the number at the last clearing."""

exchanges = Table(
    "exchanges",
    metadata,
    Column("account_id", Name, primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("exchange_id", Name, nullable=False),
    Column("start_bytes", BigInteger, nullable=False),
    Column("data", LargeBinary, nullable=False),
    Column("request_body", LargeBinary, nullable=False),
    Column("response_body", LargeBinary, nullable=False),
    Index("exchanges_by_id", "exchange_id"),
)
"""`start_bytes` is the weight of all before it, so that the bound in bytes is a comparison."""
