"""Research: runs, what they made, what they asked, what they decided, what they read."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def _run() -> sa.Column[str]:
    return sa.Column("run", sa.String(length=40), nullable=False)


def _of_run() -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["run"], ["research_runs.id"], ondelete="CASCADE")


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "research_runs",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("workspace", sa.String(length=64), nullable=False),
        sa.Column("owner", sa.String(length=60), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("asker", sa.JSON(), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("stage", sa.String(length=40), nullable=False),
        sa.Column("waiting_for", sa.String(length=20), nullable=False),
        sa.Column("decision", sa.JSON(), nullable=True),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("graph_version", sa.Integer(), nullable=False),
        sa.Column("report", sa.String(length=64), nullable=True),
        sa.Column("tokens", sa.BigInteger(), nullable=False),
        sa.Column("cost_nano", sa.BigInteger(), nullable=False),
        sa.Column("active_ms", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("worker", sa.String(length=60), nullable=False),
        sa.Column("alive_at", sa.BigInteger(), nullable=False),
        sa.Column("stop_asked", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("research_by_owner", "research_runs", ["owner", "created_at"], unique=False)
    op.create_index("research_by_status", "research_runs", ["status", "alive_at"], unique=False)
    op.create_table(
        "research_places",
        _run(),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("chat", sa.Text(), nullable=False),
        _of_run(),
        sa.PrimaryKeyConstraint("run"),
    )
    op.create_table(
        "research_artifacts",
        _run(),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        _of_run(),
        sa.PrimaryKeyConstraint("run", "id"),
    )
    op.create_table(
        "research_calls",
        _run(),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("model", sa.String(length=200), nullable=False),
        sa.Column("request_id", sa.String(length=40), nullable=False),
        sa.Column("tokens", sa.BigInteger(), nullable=False),
        sa.Column("cost_nano", sa.BigInteger(), nullable=True),
        sa.Column("ms", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("output", sa.Text(), nullable=False),
        _of_run(),
        sa.PrimaryKeyConstraint("run", "key"),
    )
    op.create_table(
        "research_events",
        _run(),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("agent", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        _of_run(),
        sa.PrimaryKeyConstraint("run", "number"),
    )
    op.create_table(
        "research_pages",
        _run(),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("date", sa.String(length=20), nullable=False),
        sa.Column("authors", sa.Text(), nullable=False),
        sa.Column("licence", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        _of_run(),
        sa.PrimaryKeyConstraint("run", "id"),
    )


def downgrade() -> None:
    """Drop them."""
    for name in ("pages", "events", "calls", "artifacts", "places", "runs"):
        op.drop_table(f"research_{name}")
