"""Alembic's entry: runs the migrations on the connection that `storage/database.py` hands over."""

from alembic import context

from answerable.storage import research_schema  # noqa: F401 - declares its tables
from answerable.storage.conversation_schema import search_entries

context.configure(connection=context.config.attributes["connection"], target_metadata=search_entries.metadata)
with context.begin_transaction():
    context.run_migrations()
