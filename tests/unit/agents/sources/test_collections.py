from collections.abc import Sequence
from dataclasses import replace

import pytest

from answerable.agents.sources import collections
from answerable.agents.sources.base.means import Means
from answerable.agents.sources.base.reach import Reach
from answerable.agents.sources.base.source import Found, Source, Wanted
from answerable.agents.sources.base.visits import Visits
from answerable.agents.tools.base.services import Caller, Services
from answerable.core.documents import CollectionName, Passage
from answerable.core.errors import NotFound, SourceFailed
from answerable.core.identity import Principal
from answerable.storage.shared_store import MemoryStore
from tests.data.tool_samples import PASSAGE

ANN = Principal("ann")


async def search(
    collection: str, query: str, k: int, principal: Principal, sources: Sequence[str] = (), *, rerank: bool = True
) -> Sequence[Passage]:
    assert principal == ANN
    if collection not in ("a", "b"):
        raise NotFound(f"there is no collection '{collection}'")
    score = {"a": 0.2, "b": 0.6}[collection]
    return [replace(PASSAGE, collection=CollectionName(collection), score=score + n / 10) for n in range(k)]


def source(services: Services) -> Source:
    return collections.build(collections.Config(), Means(services, Visits(Reach(), MemoryStore())))


async def find(*names: str, own: str | None = None) -> Found:
    return await source(Services(search)).find(Wanted("tea", 3, Caller(ANN, own), names))


async def test_the_best_of_all_collections_come_first() -> None:
    found = await find("a", "b", "a")
    assert [(one.collection, round(one.score, 1)) for one in found.passages] == [("b", 0.8), ("b", 0.7), ("b", 0.6)]


async def test_the_callers_own_is_searched_where_none_is_named() -> None:
    assert {one.collection for one in (await find(own="a")).passages} == {"a"}
    assert (await find()).passages == []


async def test_one_that_is_not_there_is_told_and_all_of_them_are_an_error() -> None:
    found = await find("gone", "a")
    assert found.failed == ["gone: there is no collection 'gone'"]
    assert len(found.passages) == 3
    with pytest.raises(NotFound, match="gone"):
        await find("gone")


async def test_a_program_without_documents_says_so() -> None:
    empty = source(Services())
    assert empty.traits.missing
    assert not empty.traits.network
    with pytest.raises(SourceFailed):
        await empty.find(Wanted("x", 1))
