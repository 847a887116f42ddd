"""The full-text index of messages and titles, and what a reviewer writes beside an item."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"

_DELETED = """
CREATE TRIGGER search_entries_deleted AFTER DELETE ON search_entries BEGIN
  DELETE FROM search_words WHERE rowid = old.id;
END
"""
"""What is erased is erased from the index, whatever erased it: also a cascade."""

_TITLES = """
INSERT INTO search_entries (id, owner, conversation, message, role) VALUES (?, ?, ?, ?, ?)
"""


def upgrade() -> None:
    """Create the index. There are no messages yet: what was stored before is a title at most, and is found by a change."""
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    words = [] if is_sqlite else [sa.Column("words", postgresql.TSVECTOR(), nullable=False)]
    op.create_table(
        "search_entries",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("owner", sa.String(length=60), nullable=False),
        sa.Column("conversation", sa.String(length=40), nullable=False),
        sa.Column("message", sa.String(length=40), nullable=True),
        sa.Column("role", sa.String(length=10), nullable=False),
        *words,
        sa.ForeignKeyConstraint(["conversation"], ["conversations.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["message"], ["messages.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
