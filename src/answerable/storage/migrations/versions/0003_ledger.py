"""The ledger: one row for each request, one for each call of a model."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Create the tables."""

    op.create_table(
        "requests",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("total_ms", sa.Float(), nullable=True),
        sa.Column("first_token_ms", sa.Float(), nullable=True),
        sa.Column("endpoint", sa.String(length=60), nullable=False),
        sa.Column("principal", sa.String(length=60), nullable=False),
        sa.Column("key_id", sa.String(length=60), nullable=True),
        sa.Column("workspace", sa.String(length=64), nullable=False),
        sa.Column("model_asked", sa.String(length=200), nullable=False),
        sa.Column("model", sa.String(length=200), nullable=False),
        sa.Column("collection", sa.String(length=64), nullable=True),
        sa.Column("streamed", sa.Boolean(), nullable=False),
        sa.Column("outcome", sa.String(length=12), nullable=False),
        sa.Column("cache", sa.String(length=12), nullable=False),
        sa.Column("fallbacks", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=80), nullable=False),
        sa.Column("prompt_tokens", sa.BigInteger(), nullable=False),
        sa.Column("completion_tokens", sa.BigInteger(), nullable=False),
        sa.Column("cached_tokens", sa.BigInteger(), nullable=False),
        sa.Column("reasoning_tokens", sa.BigInteger(), nullable=False),
        sa.Column("estimated", sa.Boolean(), nullable=False),
        sa.Column("cost_nano", sa.BigInteger(), nullable=True),
        sa.Column("unpriced", sa.Boolean(), nullable=False),
        sa.Column("worker", sa.String(length=16), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sqlite_with_rowid=False,
    )
    op.create_index("requests_by_principal", "requests", ["principal", "id"])
    running = sa.text("outcome = 'running'")
    op.create_index("requests_running", "requests", ["worker"], sqlite_where=running, postgresql_where=running)
    op.create_table(
        "attempts",
        sa.Column("request_id", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("model", sa.String(length=200), nullable=False),
        sa.Column("task", sa.String(length=40), nullable=False),
        sa.Column("outcome", sa.String(length=12), nullable=False),
        sa.Column("error", sa.String(length=80), nullable=False),
        sa.Column("prompt_tokens", sa.BigInteger(), nullable=False),
        sa.Column("completion_tokens", sa.BigInteger(), nullable=False),
        sa.Column("cached_tokens", sa.BigInteger(), nullable=False),
        sa.Column("reasoning_tokens", sa.BigInteger(), nullable=False),
        sa.Column("estimated", sa.Boolean(), nullable=False),
        sa.Column("cost_nano", sa.BigInteger(), nullable=True),
        sa.Column("total_ms", sa.Float(), nullable=False),
        sa.Column("first_token_ms", sa.Float(), nullable=True),
        sa.PrimaryKeyConstraint("request_id", "number"),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Drop them."""

    op.drop_table("attempts")
    op.drop_index("requests_running", table_name="requests")
    op.drop_index("requests_by_principal", table_name="requests")
    op.drop_table("requests")
