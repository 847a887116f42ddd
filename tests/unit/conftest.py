from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.accounts import Office, open_office


@pytest.fixture
async def office(tmp_path: Path, database_url: str) -> AsyncIterator[Office]:
    async with open_office(tmp_path, database_url) as opened:
        yield opened
