"""Both databases for every test that asks for one: SQLite in the test's folder, and a real Postgres from PyPI. And what
makes results certain: the same examples each time, and time that stands still while a busy machine does.
"""

from asyncio import AbstractEventLoop
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from answerable.storage.database import Database
from tests.support.patience import PatientLoop
from tests.support.postgres import PostgresServer, running_postgres
from tests.support.stack import open_database

# no example may fail because the machine was slow, nor one run meet what another did not
settings.register_profile("certain", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("certain")


def pytest_asyncio_loop_factories() -> Mapping[str, Callable[[], AbstractEventLoop]]:
    """Every asynchronous test runs in a loop whose limits a stall of the machine does not break."""
    return {"patient": PatientLoop}


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """One server a session. Tests that need it are skipped where no wheel brings one, and say so."""
    with running_postgres() as server:
        yield server


@pytest.fixture
def postgres_url(postgres: PostgresServer) -> Iterator[str]:
    """A new database with the newest schema on the server."""
    url = postgres.database()
    yield url
    postgres.drop(url)


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a new database of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'a.db'}"
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """A new database of each kind, open."""
    opened = await open_database(database_url)
    yield opened
    await opened.close()
