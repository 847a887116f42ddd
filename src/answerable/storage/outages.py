"""What drivers say when the database cannot do it now, told as StorageDown; and of values it will never take.

Other errors of SQL (a constraint, a mistake of ours) pass as they are.
"""

import contextlib
import sqlite3
from collections.abc import Iterator

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as NoConnectionFree

from answerable.core.errors import AnswerableError, InvalidRequest, StorageDown

_STATES = {
    "08": "it cannot be reached",
    "25006": "it takes no writes: it may be a standby",
    "28": "it refuses our sign-in",
    "3D": "there is no database of that name",
    "40": "another transaction stood in the way",
    "42501": "our role may not use its tables",
    "53300": "it has no connection left",
    "53": "it has no room left",
    "55P03": "another process is writing",
    "57014": "it took too long",
    "57": "it is stopping or starting",
}
"""The beginning of an SQLSTATE (Postgres's appendix A), the longer one first, and what it means to a reader."""

_UNREACHABLE = ("08", "57P")
"""The states in which the server is not there for anybody. In the others it works for others, and takes changes."""

_SQLITE_AWAY = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PROTOCOL,
    sqlite3.SQLITE_NOTADB,
}
"""The primary codes of https://www.sqlite.org/rescode.html that are about file, disk and locks. SQLite's own words for
them ("database is locked") name no host and no person.
"""

_SQLITE_UNREACHABLE = {
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PROTOCOL,
    sqlite3.SQLITE_NOTADB,
}
"""Of those, the ones of a file that nobody can use. In the others another process writes, or only writing fails."""


@contextlib.contextmanager
def translated(*kinds: type[Exception]) -> Iterator[None]:
    """Raises StorageDown for an outage, and InvalidRequest for a value that no column takes. `kinds` are what a driver
    that is used without SQLAlchemy raises.
    """
    caught: tuple[type[Exception], ...] = (SQLAlchemyError, OSError, *kinds)
    try:
        yield
    except caught as error:
        told = translation_of(error)
        if told is None:
            raise
        raise told from error


def translation_of(error: BaseException) -> AnswerableError | None:
    """The error of ours that this one of a driver is; None where it is neither an outage nor the fault of a value."""
    if isinstance(error, DBAPIError):
        away = error.connection_invalidated
        return _of_a_driver(error.orig, is_lost=away or isinstance(error, OperationalError | InterfaceError), away=away)
    if isinstance(error, sqlite3.Error) or type(error).__module__.partition(".")[0] in ("psycopg", "psycopg_pool"):
        names = {one.__name__ for one in type(error).__mro__}
        return _of_a_driver(error, is_lost=bool(names & {"OperationalError", "InterfaceError"}))
    if isinstance(error, NoConnectionFree):
        return _unavailable("all connections to it are in use")
    if isinstance(error, TimeoutError):
        return _unavailable("it does not answer")
    if isinstance(error, OSError):
        return _unavailable("it cannot be reached", unreachable=True)
    return None


def _of_a_driver(error: BaseException | None, *, is_lost: bool, away: bool = False) -> AnswerableError | None:
    """`is_lost`: where nothing else is told of it, the connection was."""
    state = getattr(error, "sqlstate", None) or ""
    for beginning, meaning in _STATES.items():
        if state.startswith(beginning):
            return _unavailable(meaning, unreachable=state.startswith(_UNREACHABLE))
    if state.startswith("22"):
        return InvalidRequest(
            "a value cannot be stored: it is too long or too large, or it holds a NUL character or half a character"
        )
    code = getattr(error, "sqlite_errorcode", None)
    if code is not None:
        primary = code & 0xFF
        told = _unavailable(str(error), unreachable=primary in _SQLITE_UNREACHABLE)
        return told if primary in _SQLITE_AWAY else None
    return _unavailable("the connection was lost", unreachable=away) if is_lost else None


def _unavailable(why: str, *, unreachable: bool = False) -> StorageDown:
    return StorageDown(f"the database cannot be used now: {why}", unreachable=unreachable)
