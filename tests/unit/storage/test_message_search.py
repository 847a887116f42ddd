import threading
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text, update

from answerable.core.folding import words_of
from answerable.storage import message_search
from answerable.storage.conversations import change_conversation, delete_conversation
from answerable.storage.database import Connection, Database
from answerable.storage.message_search import Phrase, Terms, Within, find_entries, fold, index_messages, read_entries
from answerable.storage.messages import insert_messages
from answerable.storage.schema import messages
from answerable.storage.stored_turns import Batch, save
from tests.support.talks import conversation, message, store


async def found(database: Database, *phrases: Phrase, owner: str = "owner", **within: Any) -> list[str]:
    """What the matches say, newest first."""
    terms = Terms(phrases, within.pop("unwanted", ()))
    async with database.read() as connection:
        entries = await find_entries(connection, terms, Within(owner, **within), 100)
        texts = await read_entries(connection, owner, entries)
    return [texts[entry.id].text for entry in entries]


def words(*given: str, prefix: bool = False) -> Phrase:
    return Phrase(given, prefix)


async def test_words_phrases_prefixes_and_what_must_not_be_there(database: Database) -> None:
    said = ["How do I reset the TV?", "Hold the power button.", "Reset the button, then?"]
    await store(database, conversation(), *said)
    assert await found(database, words("reset")) == [said[2], said[0]]
    assert await found(database, words("the", "power")) == [said[1]]
    assert await found(database, words("power", "the")) == []
    assert await found(database, words("but", prefix=True)) == [said[2], said[1]]
    assert await found(database, words("power", "bu", prefix=True)) == [said[1]]
    assert await found(database, words("reset"), unwanted=(words("tv"),)) == [said[2]]
    assert await found(database, unwanted=(words("the"),)) == ["Untitled"]


async def test_nobody_finds_what_others_said_not_even_by_the_word_of_an_owner(database: Database) -> None:
    await store(database, conversation("usr_1"), "a secret of one")
    await store(database, conversation("usr_2"), "a secret of two", f"o{b'usr_1'.hex()} #o{b'usr_1'.hex()}")
    assert await found(database, words("secret"), owner="usr_1") == ["a secret of one"]
    assert await found(database, words(f"o{b'usr_1'.hex()}"), owner="usr_1") == []
    assert await found(database, words("secret"), owner="usr_") == []


async def test_only_finished_messages_are_found_and_each_once(database: Database) -> None:
    talk, (asked,) = await store(database, conversation(), "why?")
    answer = message(talk.id, asked.id, "because", "assistant", status="streaming")
    await database.write(lambda connection: insert_messages(connection, [answer]))
    assert await found(database, words("because")) == []

    async def finish(connection: Connection) -> None:
        await connection.execute(update(messages).where(messages.c.id == answer.id).values(status="done"))
        await index_messages(connection, await fold([(answer.id, "because")]))
        await index_messages(connection, await fold([(answer.id, "because"), (asked.id, "why?")]))

    await database.write(finish)
    assert await found(database, words("because")) == ["because"]
    assert await found(database, words("why")) == ["why?"]


async def test_an_answer_that_was_taken_for_interrupted_and_went_on_is_found_by_all_of_it(database: Database) -> None:
    talk, (asked,) = await store(database, conversation(), "why?")
    half = message(talk.id, asked.id, "because it", "assistant", status="interrupted")
    await database.write(lambda connection: insert_messages(connection, [half]))
    whole = replace(half, text="because of rain", status="done")
    await save(database, Batch([whole]))
    assert await found(database, words("rain")) == ["because of rain"]
    assert await found(database, words("because", "it")) == []


async def test_long_texts_are_folded_beside_the_event_loop_and_before_the_transaction(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    beside = list[bool]()

    def watched(text: str) -> list[str]:
        beside.append(threading.current_thread() is not threading.main_thread())
        return words_of(text)

    monkeypatch.setattr(message_search, "words_of", watched)
    assert await fold([("msg_1", "a b"), ("msg_2", "")]) == {"msg_1": "a b"}
    assert beside == [False]
    talk, (asked,) = await store(database, conversation(), "why?")
    beside.clear()
    await save(database, Batch([message(talk.id, asked.id, "long " * 1_000, "assistant")]))
    assert beside == [True]
    assert len(await found(database, words("long"))) == 1


async def test_a_changed_title_is_found_and_the_old_one_is_not(database: Database) -> None:
    await store(database, conversation(title="New boats"))
    talk, _ = await store(database, conversation(title="Boats", named=True))
    assert await found(database, words("boats")) == ["Boats"]
    await database.write(lambda c: change_conversation(c, talk.id, "owner", title="Trains"))
    assert await found(database, words("boats")) == []
    assert await found(database, words("trains"), role="title") == ["Trains"]
    assert await found(database, words("trains"), role="user") == []


async def test_what_is_erased_leaves_the_index(database: Database) -> None:
    talk, _ = await store(database, conversation(), "a word that is erased")
    await database.write(lambda connection: delete_conversation(connection, talk.id, "owner"))
    async with database.read() as connection:
        is_sqlite = connection.dialect.name == "sqlite"
        tables = ("search_entries", *(("search_words", "search_words_content") if is_sqlite else ()))
        for table in tables:
            assert (await connection.execute(text(f"SELECT count(*) FROM {table}"))).scalar() == 0


async def test_roles_folders_and_tags_narrow_a_search(database: Database) -> None:
    await store(database, conversation(folder="work/boats", tags=("Big",)), "a boat", "an answer of a boat")
    await store(database, conversation(folder="workshop", tags=("big",)), "a boat in the shop")
    assert await found(database, words("boat"), folder="work") == ["an answer of a boat", "a boat"]
    assert await found(database, words("boat"), folder="work", role="user") == ["a boat"]
    assert await found(database, words("boat"), tags=("big",)) == ["a boat in the shop"]
    assert await found(database, words("boat"), tags=("big", "Big")) == []
    assert await found(database, words("boat"), folder="wor_") == []


async def test_pages_follow_each_other(database: Database) -> None:
    said = [f"word {number}" for number in range(7)]
    await store(database, conversation(), *said)
    seen: list[str] = []
    before = None
    async with database.read() as connection:
        while entries := await find_entries(connection, Terms((words("word"),)), Within("owner", before=before), 3):
            texts = await read_entries(connection, "owner", entries)
            seen += [texts[entry.id].text for entry in entries]
            before = entries[-1].id
    assert seen == said[::-1]


async def test_messages_of_one_moment_have_entries_of_their_own(database: Database) -> None:
    talk = conversation()
    rows = [message(talk.id, None, f"same {number}") for number in range(3_000)]
    await store(database, talk)

    async def insert(connection: Connection) -> None:
        for start in range(0, 3_000, 1_000):
            await insert_messages(connection, rows[start : start + 1_000])

    await database.write(insert)
    assert len(await found(database, words("same"))) == 100
    async with database.read() as connection:
        count = (await connection.execute(text("SELECT count(*) FROM search_entries"))).scalar()
    assert count == 3_000


async def test_a_long_message_with_endless_words_and_odd_signs_is_taken(database: Database) -> None:
    odd = "\x01 'quoted' \"double\" -- * ( ) AND OR NOT \U0001f600 " + "x" * 200_000
    await store(database, conversation(), odd)
    assert await found(database, words("quoted"), words("not")) == [odd[:100_000]]
