"""Databases that are away: one whose file cannot be opened, and one that another process keeps locked."""

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from sqlalchemy.ext.asyncio import create_async_engine

from answerable.storage.database import Database

_LOCK = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], timeout=60, isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("locked", flush=True)
sys.stdin.read()
"""


@contextlib.contextmanager
def away(database: Database) -> Iterator[None]:
    """Within the block the file of an open database cannot be opened."""
    kept, nowhere = database._engines, create_async_engine("sqlite+aiosqlite:////nowhere/at/all.db")
    assert kept is not None
    database._engines = replace(kept, reader=nowhere, watcher=nowhere, writer=nowhere)
    try:
        yield
    finally:
        database._engines = kept


@contextlib.contextmanager
def locked_by_another_process(path: Path) -> Iterator[None]:
    """Within the block nobody else can write to the database."""
    with held_by_another_process(_LOCK, str(path)):
        yield


@contextlib.contextmanager
def held_by_another_process(script: str, file: str) -> Iterator[None]:
    """Within the block a process holds what `script` takes of a file; it says `locked`, and ends with its input."""
    command = [sys.executable, "-c", script, file]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdin is not None
        assert holder.stdout.readline() == "locked\n"
        try:
            yield
        finally:
            holder.stdin.close()
