from answerable.agents.sources.base.reach import Kept, MemoryPages
from answerable.agents.sources.base.source import Text


def kept(text: str) -> Kept:
    return Kept(Text("web", "T", "a", text), "", "", 0.0)


async def test_pages_are_kept_within_bounds_and_the_least_used_go() -> None:
    pages = MemoryPages(most_characters=30)
    for name in "abc":
        await pages.keep(name, kept(name * 10))
    assert await pages.find("a")
    await pages.keep("d", kept("d" * 10))
    assert [one for one in "abcd" if await pages.find(one)] == ["a", "c", "d"]


async def test_a_newer_state_takes_the_place_of_the_earlier() -> None:
    pages = MemoryPages(most_characters=30)
    for number in range(20):
        await pages.keep("a", kept(f"{number:020}"))
    assert (found := await pages.find("a"))
    assert found.text.text.endswith("19")
    assert await pages.find("b") is None
