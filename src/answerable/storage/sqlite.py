"""What only SQLite understands: pragmas, and when a transaction takes the write lock."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Connection
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool

from answerable.storage.engines import WATCHERS, Config, Engines

SCHEMES = ("sqlite",)

_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "cache_size=-16000",
)

_MAPPED_BYTES = 268_435_456
"""Of the file, for those who read. The writer maps nothing: every page that it ever wrote would count as its memory."""


def build(url: str, config: Config) -> Engines:
    """Engines for `sqlite:///PATH`; the folder is made where it is missing. Nothing is opened yet."""
    path = url.removeprefix("sqlite:///")
    if path:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    waits = f"busy_timeout={config.turn_s * 1_000:.0f}"
    reader = _engine(path, config.readers, "BEGIN", (*_PRAGMAS, waits, f"mmap_size={_MAPPED_BYTES}"))
    watcher = _engine(path, WATCHERS, "BEGIN", (*_PRAGMAS, waits))
    writer = _engine(path, 1, "BEGIN IMMEDIATE", (*_PRAGMAS, waits))
    return Engines(reader, watcher, writer, path or "memory", "SQLite", "SELECT sqlite_version()", is_file=True)


def _engine(path: str, size: int, begin: str, pragmas: Iterable[str]) -> AsyncEngine:
    engine = create_async_engine(
        f"sqlite+aiosqlite:///{path}", poolclass=AsyncAdaptedQueuePool, pool_size=size, max_overflow=0
    )

    @event.listens_for(engine.sync_engine, "connect")
    def configure(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves; the driver would say it too late
        cursor = connection.cursor()
        for pragma in pragmas:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def start(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine
