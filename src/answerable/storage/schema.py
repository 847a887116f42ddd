"""The tables. Times are integer microseconds since 1970 UTC; JSON columns hold plain values.

A version is live while `valid_to` is NULL; a search as of T sees versions with valid_from <= T < valid_to. The chunks
of a version have consecutive ids, so a set of versions is a set of ranges of chunk ids.
"""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

metadata = MetaData()
Id = BigInteger().with_variant(Integer, "sqlite")
_RUNNING = text("outcome = 'running'")

collections = Table(
    "collections",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("created_at", BigInteger, nullable=False),
    Column("embedder", String(200), nullable=False),
    Column("chunker", JSON, nullable=False),
    Column("settings", JSON, nullable=False),
    # grows by one with every change to what a search may return; readers compare it to what they have loaded
    Column("revision", BigInteger, nullable=False, default=0),
    Column("updated_at", BigInteger, nullable=False),
    # the tenant that it belongs to; names are unique over all of them, since a name is also a folder
    Column("workspace", String(64), nullable=False, server_default="default"),
)

documents = Table(
    "documents",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("collection", ForeignKey("collections.name", ondelete="CASCADE"), nullable=False),
    Column("source", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    UniqueConstraint("collection", "source"),
)

versions = Table(
    "versions",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("document_id", ForeignKey("documents.id", ondelete="CASCADE"), nullable=False),
    Column("collection", String(64), nullable=False),
    Column("number", Integer, nullable=False),
    Column("title", Text, nullable=False),
    Column("media_type", String(200), nullable=False),
    Column("metadata", JSON, nullable=False),
    Column("readers", JSON, nullable=False),
    Column("warnings", JSON, nullable=False),
    Column("content_hash", String(64), nullable=False),
    Column("first_chunk", BigInteger, nullable=False),
    Column("chunk_count", Integer, nullable=False),
    Column("valid_from", BigInteger, nullable=False),
    Column("valid_to", BigInteger),
    # the collection's revision at which this row last changed: what a reader must fetch to catch up
    Column("revision", BigInteger, nullable=False),
    # last, and long: SQLite walks past what stands before a column, and most queries want none of this
    Column("text", Text, nullable=False),
    Column("blocks", JSON, nullable=False),
    UniqueConstraint("document_id", "number"),
    Index("versions_by_revision", "collection", "revision"),
    Index("versions_live", "document_id", "valid_to"),
    sqlite_autoincrement=True,
)

chunks = Table(
    "chunks",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("version_id", ForeignKey("versions.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("collection", String(64), nullable=False),
    Column("ordinal", Integer, nullable=False),
    Column("start", Integer, nullable=False),
    Column("end", Integer, nullable=False),
    Column("text", Text, nullable=False),
    Column("header", Text, nullable=False),
    Column("heading_path", JSON, nullable=False),
    Column("page", Integer),
    Column("kind", String(10), nullable=False),
    Column("parent_start", Integer),
    Column("parent_end", Integer),
    Column("embedding_hash", String(40), nullable=False, index=True),
    Column("embedded", Boolean, nullable=False),
    Index("chunks_to_embed", "collection", "embedded", "id"),
)

embeddings = Table(
    "embeddings",
    metadata,
    Column("hash", String(40), primary_key=True),
    Column("model", String(200), primary_key=True),
    Column("vector", LargeBinary, nullable=False),
)

index_log = Table(
    "index_log",
    metadata,
    # what the derived indexes must do, in order; their cursors are values of seq
    Column("seq", Id, primary_key=True, autoincrement=True),
    Column("collection", String(64), nullable=False),
    Column("kind", String(10), nullable=False),
    Column("first_chunk", BigInteger, nullable=False),
    Column("chunk_count", Integer, nullable=False),
    Index("index_log_by_collection", "collection", "seq"),
    sqlite_autoincrement=True,
)

files = Table(
    "files",
    metadata,
    # a file whose hash is unchanged need not be read again
    Column("collection", ForeignKey("collections.name", ondelete="CASCADE"), primary_key=True),
    Column("source", Text, primary_key=True),
    Column("hash", String(64), nullable=False),
)

counters = Table(
    "counters",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("value", BigInteger, nullable=False),
)

users = Table(
    "users",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("email", String(254), nullable=False, unique=True),
    Column("name", String(200), nullable=False),
    Column("role", String(20), nullable=False),
    Column("tier", String(20), nullable=False),
    Column("workspace", String(64), nullable=False),
    Column("groups", JSON, nullable=False),
    Column("limits", JSON, nullable=False),
    Column("disabled", Boolean, nullable=False),
    Column("password_hash", String(300), nullable=False),
    # grows when the account loses something: access tokens and live principals of older versions end
    Column("version", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Index("users_by_workspace", "workspace", "email"),
)

sessions = Table(
    "sessions",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("user_id", ForeignKey("users.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("revoked_at", BigInteger),
    Column("client", String(200), nullable=False),
)

refresh_tokens = Table(
    "refresh_tokens",
    metadata,
    # keyed hashes of the tokens a session was given, in order; a used one that comes back is a stolen one
    Column("hash", String(64), primary_key=True),
    Column("session_id", ForeignKey("sessions.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("created_at", BigInteger, nullable=False),
    Column("used_at", BigInteger),
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("user_id", ForeignKey("users.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("name", String(100), nullable=False),
    Column("hash", String(64), nullable=False),
    # which secret of the key ring the hash was made with
    Column("secret_id", String(40), nullable=False),
    Column("scopes", JSON, nullable=False),
    Column("limits", JSON, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger),
    Column("revoked_at", BigInteger),
    Column("last_used_at", BigInteger),
)

account_changes = Table(
    "account_changes",
    metadata,
    # what workers must forget, in the order of commits; every worker reads on from the last number it saw
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("kind", String(10), nullable=False),
    Column("subject", String(40), nullable=False),
    # principals of the subject below this version end at once; 0 only has them looked up again
    Column("ends_below", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
)

audit = Table(
    "audit",
    metadata,
    # append-only: triggers refuse changes, and each row's hash covers the row before it
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("actor", String(60), nullable=False),
    Column("action", String(60), nullable=False),
    Column("target", String(120), nullable=False),
    Column("workspace", String(64), nullable=False),
    Column("address", String(60), nullable=False),
    Column("detail", JSON, nullable=False),
    Column("hash", String(64), nullable=False),
    Index("audit_by_workspace", "workspace", "seq"),
)

requests = Table(
    "requests",
    metadata,
    # one row for each request, whatever became of it; ids grow with time, so that a span of time is a span of ids
    Column("id", String(40), primary_key=True),
    Column("started_at", BigInteger, nullable=False),
    Column("total_ms", Float),
    Column("first_token_ms", Float),
    Column("endpoint", String(60), nullable=False),
    Column("principal", String(60), nullable=False),
    Column("key_id", String(60)),
    Column("workspace", String(64), nullable=False),
    Column("model_asked", String(200), nullable=False),
    Column("model", String(200), nullable=False),
    Column("collection", String(64)),
    Column("streamed", Boolean, nullable=False),
    Column("outcome", String(12), nullable=False),
    Column("cache", String(12), nullable=False),
    Column("fallbacks", Integer, nullable=False),
    # what ended it, where something did: the name of a limit or guard, the code of an error
    Column("reason", String(80), nullable=False),
    Column("prompt_tokens", BigInteger, nullable=False),
    Column("completion_tokens", BigInteger, nullable=False),
    Column("cached_tokens", BigInteger, nullable=False),
    Column("reasoning_tokens", BigInteger, nullable=False),
    Column("estimated", Boolean, nullable=False),
    # nano-USD of what has a price; NULL where nothing of it has one
    Column("cost_nano", BigInteger),
    Column("unpriced", Boolean, nullable=False),
    Column("worker", String(16), nullable=False),
    Index("requests_by_principal", "principal", "id"),
    Index("requests_running", "worker", sqlite_where=_RUNNING, postgresql_where=_RUNNING),
    sqlite_with_rowid=False,
)

attempts = Table(
    "attempts",
    metadata,
    # each call of a model; no reference to the request: both are written in one transaction
    Column("request_id", String(40), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("model", String(200), nullable=False),
    Column("task", String(40), nullable=False),
    Column("outcome", String(12), nullable=False),
    Column("error", String(80), nullable=False),
    Column("prompt_tokens", BigInteger, nullable=False),
    Column("completion_tokens", BigInteger, nullable=False),
    Column("cached_tokens", BigInteger, nullable=False),
    Column("reasoning_tokens", BigInteger, nullable=False),
    Column("estimated", Boolean, nullable=False),
    Column("cost_nano", BigInteger),
    Column("total_ms", Float, nullable=False),
    Column("first_token_ms", Float),
    sqlite_with_rowid=False,
)

topics = Table(
    "topics",
    metadata,
    # what an administrator has taken away from the models; the counter `topics` grows with every change
    Column("name", String(100), primary_key=True),
    Column("keywords", JSON, nullable=False),
    Column("examples", JSON, nullable=False),
    Column("action", String(10), nullable=False),
    Column("message", Text, nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
)

conversations = Table(
    "conversations",
    metadata,
    Column("id", String(40), primary_key=True),
    # the principal's id: what is somebody else's is not there
    Column("owner", String(60), nullable=False),
    Column("workspace", String(64), nullable=False),
    Column("title", String(200), nullable=False),
    Column("named", Boolean, nullable=False),  # a person gave the title: the program leaves it alone
    # a path with slashes; empty for none
    Column("folder", String(200), nullable=False),
    Column("tags", JSON, nullable=False),
    Column("settings", JSON, nullable=False),
    Column("archived", Boolean, nullable=False),
    # the end of the branch that is shown; NULL while nothing was said
    Column("leaf", String(40)),
    # what it was imported from: the same export twice makes no second one
    Column("origin", String(200)),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Index("conversations_by_owner", "owner", "archived", "updated_at", "id"),
    UniqueConstraint("owner", "origin"),
)

messages = Table(
    "messages",
    metadata,
    # ids grow with time; a message is read with its conversation, which says whose it is
    Column("id", String(40), primary_key=True),
    Column("conversation", ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False),
    # the message it follows; siblings are versions of each other
    Column("parent", String(40)),
    Column("role", String(10), nullable=False),
    Column("status", String(12), nullable=False),
    # the code of what ended it, where something did
    Column("error", String(80), nullable=False),
    Column("model", String(200), nullable=False),
    # its row in the ledger; empty for what nobody was asked for
    Column("request_id", String(40), nullable=False),
    # how many frames of the run log the text holds
    Column("cursor", Integer, nullable=False),
    Column("stop_asked", Boolean, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    # while it is `streaming`, a sign of life
    Column("updated_at", BigInteger, nullable=False),
    Column("text", Text, nullable=False),
    # what is no text: images, tool calls
    Column("parts", JSON, nullable=False),
    # what the program says of an answer beside its text: route, citations, confidence, cost
    Column("answer", JSON),
    Index("messages_by_conversation", "conversation", "id", "parent"),
    Index(
        "messages_streaming",
        "updated_at",
        sqlite_where=text("status = 'streaming'"),
        postgresql_where=text("status = 'streaming'"),
    ),
    # what people said and what was imported has no request
    Index(
        "messages_by_request",
        "request_id",
        sqlite_where=text("request_id <> ''"),
        postgresql_where=text("request_id <> ''"),
    ),
)
