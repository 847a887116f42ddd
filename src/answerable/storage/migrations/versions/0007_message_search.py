"""The full-text index of messages and titles, and what a reviewer writes beside an item."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"

_WORDS = """
CREATE VIRTUAL TABLE search_words USING fts5 (
  owner, words, columnsize = 0, prefix = '2 3 4', tokenize = 'unicode61 remove_diacritics 0'
)
"""
_DELETED = """
CREATE TRIGGER search_entries_deleted AFTER DELETE ON search_entries BEGIN
  DELETE FROM search_words WHERE rowid = old.id;
END
"""
"""What is erased leaves the index too, whatever erased it: also a cascade."""


def upgrade() -> None:
    """Create the index, empty: no earlier release stored messages."""
    sqlite = op.get_bind().dialect.name == "sqlite"
    op.create_table(
        "search_entries",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("owner", sa.String(length=60), nullable=False),
        sa.Column("conversation", sa.String(length=40), nullable=False),
        sa.Column("message", sa.String(length=40), nullable=True),
        sa.Column("role", sa.String(length=10), nullable=False),
        *(() if sqlite else (sa.Column("words", postgresql.TSVECTOR(), nullable=False),)),
        sa.ForeignKeyConstraint(["conversation"], ["conversations.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["message"], ["messages.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("message"),
    )
    op.create_index("ix_search_entries_conversation", "search_entries", ["conversation"], unique=False)
    if sqlite:
        op.execute(_WORDS)
        op.execute(_DELETED)
    else:
        op.create_index("search_entries_words", "search_entries", ["words"], postgresql_using="gin")
    op.add_column("review_items", sa.Column("note", sa.Text(), nullable=False, server_default=""))
    op.add_column("review_items", sa.Column("settled_by", sa.String(length=60), nullable=False, server_default=""))


def downgrade() -> None:
    """Drop it."""
    with op.batch_alter_table("review_items") as table:
        table.drop_column("settled_by")
        table.drop_column("note")
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE search_words")
    op.drop_table("search_entries")
