"""The tables that hang on conversations and messages and are erased with them; those two are in `schema.py`."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint

from answerable.storage.schema import Id, metadata

shares = Table(
    "shares",
    metadata,
    Column("id", String(40), primary_key=True),
    # SHA-256 of the token, which is 256 random bits and shown once
    Column("hash", String(64), nullable=False, unique=True),
    Column("conversation", ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("leaf", String(40), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("revoked_at", BigInteger),
)

feedback = Table(
    "feedback",
    metadata,
    # by the answer's row in the ledger, so that answers of the plain API can be marked too
    Column("request_id", String(40), primary_key=True),
    Column("principal", String(60), primary_key=True),
    Column("workspace", String(64), nullable=False),
    # empty for an answer of the plain API; erased with its message
    Column("message", ForeignKey("messages.id", ondelete="CASCADE"), index=True),
    Column("mark", Integer, nullable=False),
    Column("comment", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
)

review_items = Table(
    "review_items",
    metadata,
    # an answer that a person should look at: `low_mark`, `abstained`, or `escalated` by a team (its run: `request_id`)
    Column("id", String(40), primary_key=True),
    Column("workspace", String(64), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("message", ForeignKey("messages.id", ondelete="CASCADE"), index=True),
    Column("request_id", String(40), nullable=False),
    Column("status", String(10), nullable=False),
    Column("collection", String(64)),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Column("question", Text, nullable=False),
    Column("answer", Text, nullable=False),
    Column("comment", Text, nullable=False),
    # what the reviewer says of it, and who they are
    Column("note", Text, nullable=False, server_default=""),
    Column("settled_by", String(60), nullable=False, server_default=""),
    Index("review_by_workspace", "workspace", "status", "created_at"),
    UniqueConstraint("request_id", "kind"),
)

search_entries = Table(
    "search_entries",
    metadata,
    # what the full-text index holds: finished messages, and titles (`message` is NULL). Ids grow with the time of what
    # they stand for. The words are in the FTS5 table `search_words` by this id; in Postgres in a column `words` here
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("owner", String(60), nullable=False),
    Column("conversation", ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("message", ForeignKey("messages.id", ondelete="CASCADE"), unique=True),
    Column("role", String(10), nullable=False),
)
