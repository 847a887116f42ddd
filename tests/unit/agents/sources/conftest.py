from collections.abc import AsyncIterator, Iterator

import pytest

from answerable.agents.sources.base.reach import Read
from answerable.flows.tool_services import reader_of
from answerable.knowledge.reading import Reader
from tests.support.small_web import SmallWeb, small_web


@pytest.fixture(scope="session")
def read() -> Iterator[Read]:
    with Reader() as reader:
        yield reader_of(reader)


@pytest.fixture
async def net() -> AsyncIterator[SmallWeb]:
    async with small_web() as found:
        yield found
