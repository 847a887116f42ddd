import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, event, select, update
from sqlalchemy.dialects import postgresql

from answerable.chats.journal import Config, Journal, Said
from answerable.core.errors import DataError, StorageDown
from answerable.storage.conversations import ConversationRow, find_conversation, insert_conversation
from answerable.storage.database import Connection, Database
from answerable.storage.engines import upsert
from answerable.storage.messages import MessageRow, read_message
from answerable.storage.schema import conversations, messages
from answerable.storage.stored_turns import Batch, Move, Progress, ask_to_stop, mark_interrupted, save
from tests.support.patience import LONG_S
from tests.support.stack import open_database

ROW = MessageRow("m1", "c1", None, "assistant", "", 1, 1, "streaming")
FAST = Config(flush_s=0.05)


@dataclass
class Talking:
    """A message that goes on."""

    message: MessageRow
    size_bytes: int = 100
    passed_by: str = ""

    @property
    def id(self) -> str:
        return self.message.id

    def row(self) -> MessageRow:
        return self.message

    def progress(self) -> Progress:
        m = self.message
        return Progress(m.text, m.model, m.request_id, m.cursor, m.updated_at, m.id)

    def passed(self, leaf: str) -> None:
        self.passed_by = leaf


class Disk:
    """Counts the transactions of a database, and can be away or slow."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.away = False
        self.writes = 0
        self._write = database.write
        database.write = self.write  # type: ignore[method-assign, assignment]

    async def write(self, work: object) -> object:
        if self.away:
            raise StorageDown("away")
        self.writes += 1
        return await self._write(work)  # type: ignore[arg-type]


@pytest.fixture
async def disk(tmp_path: Path) -> AsyncIterator[Disk]:
    database = await open_database(f"sqlite:///{tmp_path}/a.db")

    async def store(connection: Connection) -> None:
        for id_ in ("c1", "c2"):
            await insert_conversation(connection, ConversationRow(id_, "ann", "w1", "New conversation", 1, 1))

    await database.write(store)
    yield Disk(database)
    await database.close()


@pytest.fixture
async def journal(disk: Disk) -> AsyncIterator[Journal]:
    journal = Journal(FAST, disk.database).open()
    yield journal
    await journal.close()


async def stored(disk: Disk) -> dict[str, MessageRow]:
    async with disk.database.read() as connection:
        return {row.id: row for row in map(read_message, await connection.execute(select(messages)))}


async def test_the_newest_state_of_a_message_wins_and_many_share_one_write(disk: Disk, journal: Journal) -> None:
    for text in ("a", "ab", "abc"):
        for number in range(50):
            journal.put(Said(replace(ROW, id=f"m{number}", text=text)))
    assert await journal.flush("m0", LONG_S)
    assert disk.writes == 1
    assert {row.text for row in (await stored(disk)).values()} == {"abc"}
    assert journal.waiting == 0


async def test_a_message_is_read_when_it_is_written_not_when_it_is_put(disk: Disk, journal: Journal) -> None:
    talking = Talking(ROW)
    journal.put(talking)
    talking.message = replace(ROW, text="later")
    assert await journal.flush("m1", LONG_S)
    assert (await stored(disk))["m1"].text == "later"


async def test_a_message_that_goes_on_is_written_again_after_a_while_and_its_end_at_once(
    disk: Disk, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("answerable.chats.journal._BETWEEN_S", 10 * LONG_S)
    talking = Talking(replace(ROW, parts=({"type": "image"},)))
    journal.follow(talking, lambda: None)
    journal.put(talking)
    await journal.flush("m1", LONG_S)
    talking.message = replace(talking.message, text="first", cursor=1)
    journal.put(talking)
    await journal.flush("m1", LONG_S)
    talking.message = replace(talking.message, text="more", cursor=2)
    journal.put(talking)
    await asyncio.sleep(0.15)
    assert (await stored(disk))["m1"].text == "first"
    monkeypatch.setattr("answerable.chats.journal._BETWEEN_S", 0.1)
    assert await journal.flush("m1", LONG_S)
    written = (await stored(disk))["m1"]
    assert (written.text, written.cursor, written.parts) == ("more", 2, ({"type": "image"},))
    monkeypatch.setattr("answerable.chats.journal._BETWEEN_S", 10 * LONG_S)
    journal.leave("m1")
    journal.put(Said(replace(talking.message, text="all", status="done")))
    assert await journal.flush("m1", LONG_S)
    assert (await stored(disk))["m1"].text == "all"


async def test_what_goes_on_in_an_erased_conversation_is_not_written_and_told_to_stop(
    disk: Disk, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("answerable.chats.journal._BETWEEN_S", 0.0)
    asked, talking = asyncio.Event(), Talking(ROW)
    journal.follow(talking, asked.set)
    journal.put(talking)
    await journal.flush("m1", LONG_S)

    async def erase(connection: Connection) -> None:
        await connection.execute(delete(conversations))

    await disk.database.write(erase)
    talking.message = replace(ROW, text="more")
    journal.put(talking)
    async with asyncio.timeout(LONG_S):
        await asked.wait()
    assert await stored(disk) == {}
    journal.leave("m1")


async def test_progress_that_the_database_will_never_take_does_not_stop_the_others(
    disk: Disk, journal: Journal, capsys: pytest.CaptureFixture[str]
) -> None:
    await save(disk.database, Batch((ROW, replace(ROW, id="m2"))))
    progress = Progress("\ud800", "", "", 1, 1, "m1")
    await journal._save(Batch(progress=(progress, progress._replace(text="fine", id="m2"))))
    assert {id_: row.text for id_, row in (await stored(disk)).items()} == {"m1": "", "m2": "fine"}
    assert "journal.row_refused" in capsys.readouterr().err


async def test_a_conversation_moves_with_its_messages_and_keeps_a_title_until_it_is_written(
    disk: Disk, journal: Journal
) -> None:
    journal.put(Said(ROW), move=Move("c1", "m1", 7, "The title"))
    journal.put(Said(replace(ROW, id="m2")), move=Move("c1", "m2", 9, None))
    assert await journal.flush("m2", LONG_S)
    async with disk.database.read() as connection:
        row = await find_conversation(connection, "c1", "ann")
    assert row is not None
    assert (row.leaf, row.updated_at, row.title) == ("m2", 9, "The title")


async def test_the_newest_leaf_is_known_until_the_database_has_it(disk: Disk, journal: Journal) -> None:
    save, leaves = disk.database.write, list[str | None]()

    async def looking(work: object) -> object:
        leaves.append(journal.find_leaf("c1"))
        return await save(work)  # type: ignore[arg-type]

    disk.database.write = looking  # type: ignore[method-assign, assignment]
    journal.put(Said(ROW), move=Move("c1", "m1", 7, None))
    assert journal.find_leaf("c1") == "m1"
    assert await journal.flush("m1", LONG_S)
    assert (leaves, journal.find_leaf("c1"), journal.find_leaf("c2")) == (["m1"], None, None)


async def test_a_turn_whose_conversation_went_on_elsewhere_is_not_written(disk: Disk, journal: Journal) -> None:
    later = Talking(replace(ROW, id="m3", parent="q3"))
    for leaf, state in (("m1", Talking(ROW)), ("m3", later)):
        journal.follow(state, lambda: None)
        question = Said(replace(ROW, id=state.row().parent or "q1", role="user", status="done"))
        journal.put(question, state, move=Move("c1", leaf, 7, leaf, None))
        assert await journal.flush(leaf, LONG_S)
    assert later.passed_by == "m1"
    assert sorted(await stored(disk)) == ["m1", "q1"]
    async with disk.database.read() as connection:
        talk = await find_conversation(connection, "c1", "ann")
    assert talk is not None
    assert (talk.leaf, talk.title) == ("m1", "m1")


async def test_a_write_that_is_made_again_passes_nobody(disk: Disk) -> None:
    batch = Batch((ROW,), moves=(Move("c1", "m1", 7, None, None),))
    assert [(await save(disk.database, batch)).passed for _ in range(2)] == [{}, {}]


async def test_a_title_that_a_person_gave_meanwhile_stays(disk: Disk, journal: Journal) -> None:
    async def rename(connection: Connection) -> None:
        named = update(conversations).where(conversations.c.id == "c1").values(title="Mine", named=True)
        await connection.execute(named)

    await disk.database.write(rename)
    journal.put(Said(ROW), move=Move("c1", "m1", 7, "The first question"))
    assert await journal.flush("m1", LONG_S)
    async with disk.database.read() as connection:
        row = await find_conversation(connection, "c1", "ann")
    assert row is not None
    assert (row.leaf, row.title) == ("m1", "Mine")


def test_images_and_what_is_said_beside_the_text_take_memory_too() -> None:
    image = {"type": "image_url", "image_url": {"url": "x" * 5_000, "detail": "auto"}}
    plain = Said(ROW).size_bytes
    assert Said(replace(ROW, parts=(image,))).size_bytes > plain + 5_000
    assert Said(replace(ROW, answer={"passages": [{"text": "x" * 5_000, "page": None}]})).size_bytes > plain + 5_000


async def test_while_the_database_is_away_everything_is_kept_and_new_turns_are_refused(disk: Disk) -> None:
    journal = Journal(Config(flush_s=0.05, most_waiting_bytes=3_000), disk.database).open()
    disk.away = True
    journal.put(Said(ROW), move=Move("c1", "m1", 7, "The title"))
    assert not await journal.flush("m1", 0.2)
    journal.check()
    journal.put(Said(replace(ROW, text="x" * 3_000)))
    assert journal.waiting == 1
    with pytest.raises(StorageDown) as refused:
        journal.check()
    assert (refused.value.status, refused.value.code) == (503, "storage_down")
    found = journal.find("m1")
    assert found is not None
    assert len(found.text) == 3_000
    disk.away = False
    assert await journal.flush("m1", LONG_S)
    assert len((await stored(disk))["m1"].text) == 3_000
    journal.check()
    await journal.close()


async def test_what_is_left_is_written_at_the_end(disk: Disk) -> None:
    journal = Journal(Config(flush_s=1), disk.database).open()
    journal.put(Said(ROW))
    await journal.close()
    assert list(await stored(disk)) == ["m1"]


async def test_a_database_that_stays_away_does_not_hold_up_the_end(
    disk: Disk, capsys: pytest.CaptureFixture[str]
) -> None:
    journal = Journal(Config(flush_s=0.05, close_s=0.3), disk.database).open()
    disk.away = True
    journal.put(Said(ROW))
    async with asyncio.timeout(10):
        await journal.close()
    assert "journal.messages_not_written" in capsys.readouterr().err


async def test_a_row_that_the_database_will_never_take_does_not_stop_the_others(
    disk: Disk, journal: Journal, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in range(5):
        journal.put(Said(replace(ROW, id=f"m{number}", text="\ud800" if number == 2 else "fine")))
    assert await journal.flush("m4", LONG_S)
    assert sorted(await stored(disk)) == ["m0", "m1", "m3", "m4"]
    assert "journal.row_refused" in capsys.readouterr().err


async def test_what_belongs_to_an_erased_conversation_is_left_out(disk: Disk, journal: Journal) -> None:
    journal.put(Said(replace(ROW, conversation="gone")), Said(replace(ROW, id="m2")))
    assert await journal.flush("m2", LONG_S)
    assert list(await stored(disk)) == ["m2"]


async def test_a_message_that_says_nothing_new_shows_that_it_lives(
    disk: Disk, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("answerable.chats.journal._LIFE_S", 0.1)
    talking = Talking(ROW)
    journal.put(talking)
    journal.follow(talking, lambda: None)
    await journal.flush("m1", LONG_S)
    async with asyncio.timeout(LONG_S):
        while (await stored(disk))["m1"].updated_at == 1:  # noqa: ASYNC110 - a sign of life says nothing here
            await asyncio.sleep(0.02)
    assert await mark_interrupted(disk.database, 2) == 0
    journal.leave("m1")


async def test_who_asks_to_stop_is_heard_and_only_once_it_is_over_no_more(disk: Disk, journal: Journal) -> None:
    asked = asyncio.Event()
    talking = Talking(ROW)
    journal.put(talking)
    journal.follow(talking, asked.set)
    await journal.flush("m1", LONG_S)
    await asyncio.sleep(0.2)
    assert not asked.is_set()
    await ask_to_stop(disk.database, "m1")
    async with asyncio.timeout(LONG_S):
        await asked.wait()
    talking.message = replace(ROW, text="more")
    journal.put(talking)
    await journal.flush("m1", LONG_S)
    assert (await stored(disk))["m1"].stop_asked
    journal.leave("m1")


async def test_a_silent_answer_is_marked_once(disk: Disk) -> None:
    await save(disk.database, Batch((ROW, replace(ROW, id="m2", updated_at=99), replace(ROW, id="m3", status="done"))))
    assert await mark_interrupted(disk.database, 50) == 1
    assert await mark_interrupted(disk.database, 50) == 0
    assert {id_: row.status for id_, row in (await stored(disk)).items()} == {
        "m1": "interrupted",
        "m2": "streaming",
        "m3": "done",
    }


async def test_nothing_is_read_or_written_while_nothing_runs(disk: Disk, journal: Journal) -> None:
    journal.put(Said(ROW))
    await journal.flush("m1", LONG_S)
    statements: list[str] = []

    def heard(*given: Any) -> None:
        statements.append(given[2])

    engines = disk.database._engines
    assert engines is not None
    event.listen(engines.reader.sync_engine, "before_cursor_execute", heard)
    await asyncio.sleep(0.3)
    assert (disk.writes, statements) == (1, [])


def test_postgres_gets_the_same_statement_in_its_words() -> None:
    statement = str(upsert(postgresql.dialect(), messages, ("text",)))  # type: ignore[no-untyped-call]
    assert "ON CONFLICT (id) DO UPDATE SET text = excluded.text" in statement


async def test_a_refusal_names_what_is_wrong(disk: Disk) -> None:
    with pytest.raises(DataError):
        await save(disk.database, Batch((replace(ROW, text="\ud800"),)))


@pytest.mark.parametrize("wrong", [{"flush_s": 2}, {"close_s": 0}, {"most_waiting_bytes": 1}])
def test_a_config_that_cannot_work_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="journal"):
        Config(**wrong)  # type: ignore[arg-type]


async def test_a_machine_that_stood_still_is_no_database_that_is_busy(disk: Disk) -> None:
    write, paused = disk.database.write, False

    async def after_a_pause(work: Any) -> Any:
        nonlocal paused
        if not paused:
            paused = True
            time.sleep(0.5)  # noqa: ASYNC251 - nothing runs meanwhile
            await asyncio.sleep(0.02)
        return await write(work)

    disk.database.write = after_a_pause  # type: ignore[method-assign]
    journal = Journal(FAST, disk.database).open()
    journal.put(Said(ROW))
    assert await journal.flush("m1", 0.4)
    assert paused
    await journal.close()
