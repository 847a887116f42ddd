from answerable.agents.sources.base.reach import Kept, Reach
from answerable.agents.sources.base.source import Text
from answerable.agents.sources.base.visits import Visits
from answerable.core.documents import Block
from answerable.flows.kept_pages import KeptPages
from answerable.knowledge.reading import Limits, Reader
from answerable.storage.database import Database
from answerable.storage.shared_store import MemoryStore
from tests.support.small_web import small_web

BLOCKS = (Block(0, 4, "heading", ("Head",)), Block(5, 11, "prose", ("Head", "Below"), 2))
PAGE = Kept(Text("web", "Head", "https://e.org/a", "Head\nWörds.", "2026-01-02", "Ann", "CC", BLOCKS), "v1", "mon", 7.5)


async def test_a_page_reads_back_as_it_was_kept_and_other_workers_have_it(database: Database) -> None:
    one, other = KeptPages(database), KeptPages(database)
    assert await one.find("https://e.org/a") is None
    await one.keep("https://e.org/a", PAGE)
    assert await other.find("https://e.org/a") == PAGE


async def test_what_is_beyond_the_size_or_was_not_looked_at_for_a_month_goes(database: Database) -> None:
    day = 86_400.0
    for at in range(3):
        pages = KeptPages(database, most_characters=25)
        await pages.keep(f"https://e.org/{at}", Kept(PAGE.text, "", "", at * 20 * day))
    assert [await pages.find(f"https://e.org/{at}") is not None for at in range(3)] == [False, True, True]
    await KeptPages(database, most_characters=15).keep("https://e.org/3", Kept(PAGE.text, "", "", 61 * day))
    assert [await pages.find(f"https://e.org/{at}") is not None for at in range(4)] == [False, False, False, True]


async def test_a_page_that_one_worker_read_is_not_asked_for_by_another(database: Database) -> None:
    from answerable.flows.tool_services import reader_of

    reader = Reader(Limits())
    try:
        async with small_web() as net:
            reach = net.means(reader_of(reader)).visits._reach
            found = [
                await Visits(Reach(reach.visit, reach.read, KeptPages(database)), MemoryStore()).text(
                    net.page("/green"), "web"
                )
                for _ in "ab"
            ]
            assert found[0] == found[1]
            assert found[0].blocks
            assert net.hits["/green"] == 1
    finally:
        reader.close()
