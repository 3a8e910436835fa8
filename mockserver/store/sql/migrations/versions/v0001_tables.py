"""Everything an account owns."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def account_columns() -> list[sa.Column[object]]:
    return [
        sa.Column("data", sa.LargeBinary, nullable=False),
        sa.Column("ordinal", sa.BigInteger, nullable=False),
        sa.Column("serial", sa.BigInteger, nullable=False),
        sa.Column("spent", sa.BigInteger, nullable=False),
        sa.Column("has_media", sa.Boolean, nullable=False),
    ]


def owned_by() -> list[sa.Column[str]]:
    return [sa.Column("account_id", sa.Text, primary_key=True), sa.Column("snapshot_id", sa.Text, primary_key=True)]


def upgrade() -> None:
    """Make the tables, and the journal of no account."""
    make_accounts()
    make_tasks()
    make_media()
    make_journals()


def make_accounts() -> None:
    op.create_table(
        "accounts",
        sa.Column("place", NUMBER, primary_key=True, autoincrement=True),
        sa.Column("account_id", sa.Text, nullable=False, unique=True),
        *account_columns(),
    )
    op.create_table("snapshots", *owned_by(), *account_columns())
    op.create_table(
        "keys",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("account_id", sa.Text, nullable=False, index=True),
        sa.Column("state", sa.Text, nullable=False),
    )


def make_tasks() -> None:
    op.create_table(
        "tasks",
        *owned_by(),
        sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("task_id", sa.Text, nullable=False),
        sa.Column("api_key", sa.Text, nullable=False),
        sa.Column("created_ms", sa.BigInteger, nullable=False),
        sa.Column("ends_ms", sa.BigInteger, nullable=False),
        sa.Column("total", sa.BigInteger, nullable=False),
        sa.Column("is_refunded", sa.Boolean, nullable=False),
        sa.Column("data", sa.LargeBinary, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_index("tasks_by_id", "tasks", ["account_id", "snapshot_id", "task_id"], unique=True)
    op.create_index("tasks_by_end", "tasks", ["account_id", "snapshot_id", "ends_ms"])
    op.create_table(
        "claims",
        *owned_by(),
        sa.Column("idempotency_key", sa.Text, primary_key=True),
        sa.Column("task_id", sa.Text),
        sa.Column("created_ms", sa.BigInteger),
        sa.Column("status", sa.SmallInteger),
        sa.Column("body", sa.LargeBinary),
        sa.Column("owner", sa.Text),
        sa.Column("lease_ms", sa.BigInteger),
        sa.Column("fence", sa.SmallInteger, nullable=False),
    )


def make_media() -> None:
    op.create_table(
        "media",
        *owned_by(),
        sa.Column("url_digest", sa.LargeBinary, primary_key=True),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("data", sa.LargeBinary, nullable=False),
        sa.Column("content_id", sa.Text),
    )
    op.create_table(
        "blobs",
        *owned_by(),
        sa.Column("digest", sa.Text, primary_key=True),
        sa.Column("content_id", sa.Text, nullable=False),
    )
    op.create_table(
        "contents",
        sa.Column("account_id", sa.Text, primary_key=True),
        sa.Column("content_id", sa.Text, primary_key=True),
        sa.Column("content", sa.LargeBinary, nullable=False),
    )


def make_journals() -> None:
    journals = op.create_table(
        "journals",
        sa.Column("account_id", sa.Text, primary_key=True),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("end_bytes", sa.BigInteger, nullable=False),
        sa.Column("cleared", sa.BigInteger, nullable=False),
    )
    op.bulk_insert(journals, [{"account_id": "", "seq": 0, "end_bytes": 0, "cleared": 0}])
    op.create_table(
        "exchanges",
        sa.Column("account_id", sa.Text, primary_key=True),
        sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("exchange_id", sa.Text, nullable=False),
        sa.Column("start_bytes", sa.BigInteger, nullable=False),
        sa.Column("data", sa.LargeBinary, nullable=False),
        sa.Column("request_body", sa.LargeBinary, nullable=False),
        sa.Column("response_body", sa.LargeBinary, nullable=False),
    )
