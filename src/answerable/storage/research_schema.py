"""The tables of research runs; what hangs on a run is erased with it. Times and money as in `schema.py`."""

from sqlalchemy import JSON, BigInteger, Boolean, Column, ForeignKey, Index, Integer, String, Table, Text

from answerable.storage.schema import metadata


def _of_run() -> ForeignKey:
    return ForeignKey("research_runs.id", ondelete="CASCADE")


research_runs = Table(
    "research_runs",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("workspace", String(64), nullable=False),
    Column("owner", String(60), nullable=False),
    Column("topic", Text, nullable=False),
    Column("title", Text, nullable=False),
    # what was asked for: sources, model, budget, approvals (`agents/state.py`)
    Column("settings", JSON, nullable=False),
    # who asked, so that another process can go on for them
    Column("asker", JSON, nullable=False),
    Column("status", String(12), nullable=False),
    Column("stage", String(40), nullable=False),
    # what a person is asked to decide, while the status is `waiting`
    Column("waiting_for", String(20), nullable=False),
    # what that person decided, until the graph has taken it
    Column("decision", JSON),
    Column("error", Text, nullable=False),
    # of the graph that began it: another one must not go on with its checkpoints
    Column("graph_version", Integer, nullable=False),
    Column("report", String(64)),
    Column("tokens", BigInteger, nullable=False),
    Column("cost_nano", BigInteger, nullable=False),
    Column("active_ms", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    # the process that works on it, and its last sign of life
    Column("worker", String(60), nullable=False),
    Column("alive_at", BigInteger, nullable=False),
    Column("stop_asked", Boolean, nullable=False),
    Index("research_by_owner", "owner", "created_at"),
    Index("research_by_status", "status", "alive_at"),
)

research_places = Table(
    "research_places",
    metadata,
    # where a run of the AutoGen team is: one row, changed with each piece of work (the graph keeps checkpoints)
    Column("run", _of_run(), primary_key=True),
    # the state of ids, the step that comes next, and which of its units are done
    Column("body", Text, nullable=False),
    # what AutoGen itself saved before the turn that is going on
    Column("chat", Text, nullable=False),
)

research_artifacts = Table(
    "research_artifacts",
    metadata,
    Column("run", _of_run(), primary_key=True),
    # SHA-256 of kind and body: the same twice is one
    Column("id", String(64), primary_key=True),
    Column("kind", String(20), nullable=False),
    Column("body", Text, nullable=False),
)

research_calls = Table(
    "research_calls",
    metadata,
    # what was asked of models and sources, by the hash of what was asked: nothing is asked, or paid, twice
    Column("run", _of_run(), primary_key=True),
    Column("key", String(64), primary_key=True),
    Column("kind", String(20), nullable=False),
    Column("model", String(200), nullable=False),
    Column("request_id", String(40), nullable=False),
    Column("tokens", BigInteger, nullable=False),
    Column("cost_nano", BigInteger),
    Column("ms", Integer, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("output", Text, nullable=False),
)

research_events = Table(
    "research_events",
    metadata,
    # the audit of a run and its progress, in one list that only grows
    Column("run", _of_run(), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("agent", String(20), nullable=False),
    Column("kind", String(40), nullable=False),
    Column("text", Text, nullable=False),
    Column("data", JSON, nullable=False),
)

research_pages = Table(
    "research_pages",
    metadata,
    # texts of sources that are not documents of ours: a citation points at [start, end) of one
    Column("run", _of_run(), primary_key=True),
    Column("id", String(64), primary_key=True),
    Column("kind", String(20), nullable=False),
    Column("title", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("date", String(20), nullable=False),
    Column("authors", Text, nullable=False),
    Column("licence", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("text", Text, nullable=False),
)

web_pages = Table(
    "web_pages",
    metadata,
    # pages of the web as they were read last, for all runs and workers: a run has its own copy of what it cites
    Column("id", String(64), primary_key=True),
    Column("address", Text, nullable=False),
    Column("etag", Text, nullable=False),
    Column("modified", Text, nullable=False),
    Column("checked_at", BigInteger, nullable=False),
    Column("size", Integer, nullable=False),
    Column("body", JSON, nullable=False),
    Index("web_pages_by_age", "checked_at"),
)
