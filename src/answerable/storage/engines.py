"""What a kind of database gives to `database.py`: engines for readers and for the writer, and the insert it knows."""

from dataclasses import dataclass

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

Insert = postgresql.Insert | sqlite.Insert
"""An insert with `on_conflict_do_nothing` and `on_conflict_do_update`: both databases write them alike."""


@dataclass(frozen=True, slots=True)
class Config:
    """`readers` is the number of pooled connections for reading; there is one more for writing. The seconds are
    Postgres's: for a connection, for one statement that reads, for one that writes, for the turn to write.
    """

    readers: int = 8
    connect_s: float = 5.0
    read_s: float = 30.0
    write_s: float = 300.0
    turn_s: float = 30.0


@dataclass(frozen=True, slots=True)
class Engines:
    """`place` says where the database is, without a secret; `kind` and `version_query` what it is."""

    reader: AsyncEngine
    writer: AsyncEngine
    place: str
    kind: str
    version_query: str


def insert_into(connection: AsyncConnection, table: Table) -> Insert:
    """An insert of the connection's dialect, for statements that have to say what happens on a conflict."""
    return postgresql.insert(table) if connection.dialect.name == "postgresql" else sqlite.insert(table)
