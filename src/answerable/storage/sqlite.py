"""What only SQLite understands: pragmas, and when a transaction takes the write lock."""

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
    "mmap_size=268435456",
)


def build(url: str, config: Config) -> Engines:
    """Engines for `sqlite:///PATH`; the folder is made where it is missing. Nothing is opened yet."""
    path = url.removeprefix("sqlite:///")
    if path:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    reader = _engine(path, begin="BEGIN", size=config.readers, turn_s=config.turn_s)
    watcher = _engine(path, begin="BEGIN", size=WATCHERS, turn_s=config.turn_s)
    writer = _engine(path, begin="BEGIN IMMEDIATE", size=1, turn_s=config.turn_s)
    return Engines(reader, watcher, writer, path or "memory", "SQLite", "SELECT sqlite_version()", is_file=True)


def _engine(path: str, *, begin: str, size: int, turn_s: float) -> AsyncEngine:
    engine = create_async_engine(
        f"sqlite+aiosqlite:///{path}", poolclass=AsyncAdaptedQueuePool, pool_size=size, max_overflow=0
    )

    @event.listens_for(engine.sync_engine, "connect")
    def configure(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves; the driver would say it too late
        cursor = connection.cursor()
        for pragma in (*_PRAGMAS, f"busy_timeout={turn_s * 1_000:.0f}"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def start(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine
