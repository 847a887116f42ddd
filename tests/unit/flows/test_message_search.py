import threading

import pytest

from answerable.chats import search
from answerable.core.folding import Word, placed_words
from answerable.core.identity import OWNER, Principal
from answerable.flows import message_search as flow
from answerable.flows.message_search import Asked, Found, Order, search_messages
from answerable.storage.database import Database
from tests.support.accounts import Office
from tests.support.talks import conversation, store


def texts(found: Found) -> list[str]:
    return [hit.snippet.text for hit in found.hits]


async def all_pages(asked: Asked, database: Database) -> list[str]:
    seen: list[str] = []
    after: int | None = None
    while True:
        found = await search_messages(Asked(asked.typed, asked.order, asked.limit, after), OWNER, database)
        seen += texts(found)
        if (after := found.following) is None:
            return seen


async def test_newest_and_best_come_in_pages(office: Office) -> None:
    database = office.a.database
    said = ["one boat " + "and much more " * 20, "boat boat boat", "a boat and a boat"]
    await store(database, conversation(title="Boat"), *said)
    newest = await all_pages(Asked("boat", limit=1), database)
    assert newest[:2] == said[:0:-1]
    assert sorted(text[:8] for text in newest[2:]) == ["Boat", "one boat"]
    best = await all_pages(Asked("boat", "best", limit=1), database)
    assert best[0] == "boat boat boat"
    assert best[-1].startswith("one boat")
    assert len(best) == 4


async def test_a_match_tells_where_it_is_and_marks_what_was_found(office: Office) -> None:
    database = office.a.database
    talk, (_, answer) = await store(database, conversation(title="Radio"), "Q?", "Hold the Télé button.")
    (hit,) = (await search_messages(Asked("tele* button"), OWNER, database)).hits
    assert (hit.title, hit.entry.conversation, hit.entry.message, hit.entry.role) == (
        "Radio",
        talk.id,
        answer.id,
        "assistant",
    )
    assert hit.at == answer.created_at
    assert [hit.snippet.text[start:end] for start, end in hit.snippet.marks] == ["Télé", "button"]


async def test_case_accents_and_writing_without_spaces_do_not_matter(office: Office) -> None:
    database = office.a.database
    await store(database, conversation(), "Die STRASSE im Café", "東京の天気は晴れです")
    for typed in ("straße", "CAFE", "東京", "天気", '"の天気"', "晴れ"):
        assert len((await search_messages(Asked(typed), OWNER, database)).hits) == 1, typed
    for typed in ("京東", "strass"):
        assert not (await search_messages(Asked(typed), OWNER, database)).hits, typed


async def test_what_asks_for_nothing_finds_nothing_and_others_find_nothing(office: Office) -> None:
    database = office.a.database
    await store(database, conversation(tags=("x",)), "word")
    assert await search_messages(Asked(' "" '), OWNER, database) == Found((), None)
    assert len((await search_messages(Asked("tag:x"), OWNER, database)).hits) == 2
    for typed in ("word", "tag:x", "-nothing", "role:user"):
        assert not (await search_messages(Asked(typed), Principal("usr_bob"), database)).hits


@pytest.mark.parametrize("order", ["newest", "best"])
async def test_matches_are_ranked_and_shown_beside_the_event_loop(
    office: Office, order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    beside = set[bool]()

    def watched(text: str) -> list[Word]:
        beside.add(threading.current_thread() is not threading.main_thread())
        return placed_words(text)

    await store(office.a.database, conversation(), "a long text of a boat, é " * 4_000)
    monkeypatch.setattr(search, "placed_words", watched)
    monkeypatch.setattr(search, "words_of", lambda text: [word.text for word in watched(text)])
    query = search.parse_query("boat")
    monkeypatch.setattr(flow, "parse_query", lambda _: query)
    beside.clear()
    assert len((await search_messages(Asked("boat", order), OWNER, office.a.database)).hits) == 1
    assert beside == {True}
