"""What a kind of database gives to `database.py`: engines for readers and for the writer, and the insert it knows."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.asyncio import AsyncEngine

Insert = postgresql.Insert | sqlite.Insert
"""An insert with `on_conflict_do_nothing` and `on_conflict_do_update`: both databases write them alike."""


@dataclass(frozen=True, slots=True)
class Config:
    """`readers` is the number of pooled connections for reading; there is one more for writing. `turn_s` is how long a
    write waits for its turn while another process writes: an ingestion commits its versions within seconds. The other
    seconds are Postgres's: for a connection, for one statement that reads, for one that writes.
    """

    readers: int = 8
    connect_s: float = 5.0
    read_s: float = 30.0
    write_s: float = 300.0
    turn_s: float = 30.0


@dataclass(frozen=True, slots=True)
class Engines:
    """`place` says where the database is, without a secret; `kind` and `version_query` what it is. `watcher` reads what
    must be seen within seconds, on connections that no slow read takes. `is_file`: it is a file of this machine, which
    makes those few connections wait for nobody, so that a read that hangs there hangs for all.
    """

    reader: AsyncEngine
    watcher: AsyncEngine
    writer: AsyncEngine
    place: str
    kind: str
    version_query: str
    is_file: bool


WATCHERS = 2
"""Connections of `Engines.watcher`: one for who has access, one for the topics."""


def insert_into(dialect: Dialect, table: Table) -> Insert:
    """An insert of a connection's dialect, for statements that have to say what happens on a conflict."""
    return postgresql.insert(table) if dialect.name == "postgresql" else sqlite.insert(table)


def upsert(dialect: Dialect, table: Table, changed: Iterable[str]) -> Insert:
    """Insert rows; of one whose primary key is there, set the columns `changed` to what would have been inserted."""
    statement = insert_into(dialect, table)
    return statement.on_conflict_do_update(
        index_elements=list(table.primary_key.columns), set_={name: statement.excluded[name] for name in changed}
    )
