"""For files that name a `SHELF`: a library indexed once a file, and a platform on a copy of it for each test. For all
files: one day.
"""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from answerable.flows.platform import Platform
from tests.support.shelf import fill, opened


@pytest.fixture(scope="module")
def library(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the papers of the file's shelf, indexed."""
    folder = tmp_path_factory.mktemp("library")
    asyncio.run(fill(folder, request.module.SHELF))
    return folder


@pytest.fixture(autouse=True)
def one_day(monkeypatch: pytest.MonkeyPatch) -> None:
    """A report names the day on which it was begun: two that are to be alike must not be so only before midnight."""
    day = datetime(2026, 11, 26, tzinfo=UTC)
    monkeypatch.setattr("answerable.flows.research_desk.from_us", lambda _us: day)


@pytest.fixture
async def p(library: Path, tmp_path: Path) -> AsyncIterator[Platform]:
    """A platform on a copy of the library."""
    async with opened(library, tmp_path / "data") as platform:
        yield platform
