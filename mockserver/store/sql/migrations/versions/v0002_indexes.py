"""Exchanges are found by their id, and what was given back is summed up, without a look at everything."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the two indexes."""
    op.create_index("exchanges_by_id", "exchanges", ["exchange_id"])
    op.create_index(
        "tasks_refunded",
        "tasks",
        ["account_id", "snapshot_id", "ends_ms"],
        postgresql_where=sa.text("is_refunded"),
        sqlite_where=sa.text("is_refunded = 1"),
    )
