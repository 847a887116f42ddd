"""What only Postgres understands: addresses, settings of a session, and the lock that makes writers take turns.

The address goes to the driver as it is, so that everything libpq knows may stand in it (TLS, several hosts, sockets).
The driver, asyncpg, is imported only when a Postgres is used.
"""

import re
from typing import TYPE_CHECKING, Any

from sqlalchemy import event
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool

from answerable.core.errors import SetupError
from answerable.storage.engines import WATCHERS, Config, Engines

if TYPE_CHECKING:
    import asyncpg

SCHEMES = ("postgresql", "postgres")

_TAKE_TURN = "SELECT pg_advisory_xact_lock(1634628471)"
"""The advisory lock of whoever writes; its number is "answ" in ASCII. Locks are of one database."""

_ADDRESS = re.compile(r"postgres(?:ql)?://(?:[^@/?#]*@)?(?P<hosts>[^@/?#]*)(?P<name>/[^@/?#]*)?(?:\?(?P<more>[^@#]*))?")
_HOST = re.compile(r"(?:\[[0-9A-Fa-f:.]+(?:%[\w.]+)?\]|[^\[\]:]*)(?::[0-9]*)?")
"""A host with a port that is a number: `user:password` with its `@` lost behind a `?` must not pass for one."""

_NOT_UNDERSTOOD = (
    "the database URL is not understood: write postgresql://USER:PASSWORD@HOST:5432/NAME, "
    "and percent-encode the characters @ / ? # : [ ] & of a password, as %40 for @"
)
_SOCKET = re.compile(r"(?:^|&)host=(?P<hosts>[^&]*)")

_RECYCLE_S = 300
"""Connections are renewed after so long: what stands between (a firewall, a balancer) forgets idle ones at 350 s."""

_POOL_WAIT_S = 10.0
_WATCHER_CONNECT_S = 1.5
"""Below the two seconds that a look is waited for: a server that takes no connection is found out within one look."""

_WATCHER_READ_S = 10.0
"""Long enough for a small read on a busy server; one that hangs gives its connection up 5 s later, for a new one."""

_IDLE_S = 60
"""A writer that stops in the midst of a transaction (its machine died) frees the lock after so long."""


def build(url: str, config: Config) -> Engines:
    """Engines for a `postgresql://` address. Nothing is connected yet. Raises SetupError for an address that is none,
    and without asyncpg.
    """
    place = place_of(url)
    try:
        import asyncpg
    except ImportError as error:
        raise SetupError("Postgres needs an extra package: pip install 'answerable[postgres]'") from error
    reading = {
        "default_transaction_isolation": "repeatable read",
        "default_transaction_read_only": "on",
        "statement_timeout": _ms(config.read_s),
    }
    writing = {"statement_timeout": _ms(config.write_s), "lock_timeout": _ms(config.turn_s)}
    reader = _engine(asyncpg, url, reading, config.readers, config.connect_s)
    watching = reading | {"statement_timeout": _ms(min(config.read_s, _WATCHER_READ_S))}
    watcher = _engine(asyncpg, url, watching, WATCHERS, min(config.connect_s, _WATCHER_CONNECT_S))
    writer = _engine(asyncpg, url, writing, 1, config.connect_s)

    @event.listens_for(writer.sync_engine, "begin")
    def take_turn(connection: Connection) -> None:
        """Committed writes are then seen in the order of their numbers, and each sees those before it: what SQLite's
        write lock gives. The statement after the lock sees what was committed before (READ COMMITTED).
        """
        connection.exec_driver_sql(_TAKE_TURN)

    return Engines(reader, watcher, writer, place, "PostgreSQL", "SHOW server_version", is_file=False)


def place_of(url: str) -> str:
    """Hosts and name of the database, without user and password. Raises SetupError, which does not repeat the URL."""
    found = _ADDRESS.fullmatch(url)
    if found is None or not all(_HOST.fullmatch(host) for host in found["hosts"].split(",")):
        raise SetupError(_NOT_UNDERSTOOD)
    socket = _SOCKET.search(found["more"] or "")
    hosts = found["hosts"] or (socket["hosts"] if socket else "localhost")
    return f"{hosts}{found['name'] or ''}"


def _ms(seconds: float) -> str:
    return str(int(seconds * 1_000))


def _engine(driver: Any, url: str, session: dict[str, str], size: int, connect_s: float) -> AsyncEngine:
    """Settings are made by SET: a pooler before the database (in session mode) lets them pass, as it would not those
    that come with the connection. `jit` costs more than it saves on statements as small as ours.
    """
    common = {"application_name": "answerable", "jit": "off", "idle_in_transaction_session_timeout": f"{_IDLE_S}s"}
    settings = "; ".join(f"SET {name} = '{value}'" for name, value in (common | session).items())
    # beyond what the server allows itself: only a server that does not answer at all is given up here
    command_timeout = int(session["statement_timeout"]) / 1_000 + 5

    async def connect() -> "asyncpg.Connection[Any]":
        try:
            connection = await driver.connect(url, timeout=connect_s, command_timeout=command_timeout)
        except TimeoutError as error:  # unlike a statement that takes too long: the server is not there
            raise ConnectionError("no connection in time") from error
        except ValueError:  # the driver's words repeat what it could not read, passwords too
            raise SetupError(_NOT_UNDERSTOOD) from None
        await connection.execute(settings)
        found: asyncpg.Connection[Any] = connection
        return found

    engine = create_async_engine(
        "postgresql+asyncpg://",
        async_creator=connect,
        poolclass=AsyncAdaptedQueuePool,
        pool_size=size,
        max_overflow=0,
        pool_timeout=_POOL_WAIT_S,
        pool_recycle=_RECYCLE_S,
    )

    @event.listens_for(engine.sync_engine, "checkout")
    def look(connection: Any, _record: Any, _proxy: Any) -> None:
        """The event loop knows when the server closed a connection: no need to ask the server each time."""
        if connection.driver_connection.is_closed():
            raise DisconnectionError

    return engine
