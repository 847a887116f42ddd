"""Insert or update, as SQLite and Postgres both understand it."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.sql.dml import Insert


def upsert(table: Table, dialect: Dialect, changed: Iterable[str]) -> Insert:
    """Insert rows; of one whose primary key is there, set the columns `changed` to what would have been inserted."""
    statement: Any = (postgresql if dialect.name == "postgresql" else sqlite).insert(table)
    excluded = statement.excluded
    done: Insert = statement.on_conflict_do_update(
        index_elements=list(table.primary_key.columns), set_={name: excluded[name] for name in changed}
    )
    return done
