import io
import json
import threading
from collections.abc import Sequence
from typing import Any

import pytest

from answerable.chats.archive import Incoming
from answerable.core.errors import InvalidRequest, NotFound
from answerable.core.folding import words_of
from answerable.core.identity import OWNER, Principal
from answerable.flows import transfer as flow
from answerable.flows.conversations import list_conversations, read_messages
from answerable.flows.message_search import Asked, search_messages
from answerable.flows.transfer import Failure
from answerable.storage import conversations, message_search
from answerable.storage.conversations import ConversationRow, Shelf, change_conversation, delete_conversation
from answerable.storage.database import Connection, Database
from answerable.storage.messages import insert_messages
from tests.support.accounts import Office
from tests.support.exports import as_json, as_zip, chatgpt
from tests.support.talks import conversation, message, store

ADA = Principal("usr_ada", workspace="other")
IMAGE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA==", "detail": "auto"}}


async def exported(who: Principal, database: Database, *, lines: bool = False) -> bytes:
    return b"".join([piece async for piece in flow.export_all(who, database, lines=lines)])


async def test_the_same_export_twice_makes_no_second_one_and_a_bad_one_stops_no_other(office: Office) -> None:
    database = office.a.database
    broken = chatgpt("bad", mapping={}) | {"title": "Broken"}
    given = [chatgpt(f"c{n}") for n in range(40)] + [broken, 5]
    first = await flow.import_conversations(as_zip(conversations=given), ADA, database)
    assert (first.conversations, first.messages, first.already_there) == (40, 120, 0)
    assert first.failed == [Failure("Broken", "it has no messages"), Failure("", "it is no JSON object")]
    again = await flow.import_conversations(as_json([*given, chatgpt("new")]), ADA, database)
    assert (again.conversations, again.already_there, len(again.failed)) == (1, 40, 2)
    rows, _ = await list_conversations(Shelf(ADA.id), database, 100)
    assert len(rows) == 41
    assert {row.workspace for row in rows} == {"other"}
    other = await flow.import_conversations(as_json(given), OWNER, database)
    assert (other.conversations, other.already_there) == (40, 0)


async def test_one_file_that_holds_a_conversation_twice_brings_it_once(office: Office) -> None:
    report = await flow.import_conversations(as_json([chatgpt("c"), chatgpt("c")]), ADA, office.a.database)
    assert (report.conversations, report.already_there) == (1, 1)


async def test_what_was_imported_is_read_and_found(office: Office) -> None:
    database = office.a.database
    await flow.import_conversations(as_json([chatgpt()]), ADA, database)
    (row,), _ = await list_conversations(Shelf(ADA.id), database)
    page = await read_messages(row.id, ADA, database)
    assert [one.text for one in page.rows] == ["Why is the sky blue?", "Because of Rayleigh scattering."]
    assert len(page.versions[page.rows[1].id]) == 2
    assert [hit.entry.conversation for hit in (await search_messages(Asked("rayleigh"), ADA, database)).hits] == [
        row.id
    ]


@pytest.mark.parametrize("lines", [False, True])
async def test_all_of_ones_own_goes_out_and_comes_back_to_somebody_else_equal(office: Office, lines: bool) -> None:
    database = office.a.database
    for number in range(60):
        row = conversation(ADA.id, title=f"t{number}", updated_at=10 + number % 7, archived=number == 3)
        talk, said = await store(database, row, "q", "a")
        extra = message(talk.id, said[0].id, "b", "assistant", parts=(IMAGE,), answer={"y": [1]})
        await database.write(lambda connection, extra=extra: insert_messages(connection, [extra]))  # type: ignore[misc]
    await store(database, conversation("usr_bob", title="bob's"))
    out = await exported(ADA, database, lines=lines)
    own = await flow.import_conversations(io.BytesIO(out), ADA, database)
    assert (own.conversations, own.already_there) == (0, 60)
    eve = Principal("usr_eve")
    report = await flow.import_conversations(io.BytesIO(out), eve, database)
    assert (report.conversations, report.messages, report.failed) == (60, 180, [])
    back = await exported(eve, database, lines=lines)
    assert content(back, lines) == content(out, lines)


def content(out: bytes, lines: bool) -> list[Any]:
    """What is left of an export without ids, in an order of its own."""
    talks = [json.loads(line) for line in out.splitlines()] if lines else json.loads(out)["conversations"]
    for talk in talks:
        places: dict[str | None, Any] = {None: None} | {one["id"]: n for n, one in enumerate(talk["messages"])}
        talk |= {"id": "", "origin": "", "leaf": places[talk["leaf"]]}
        talk["messages"] = [one | {"id": "", "parent": places[one["parent"]]} for one in talk["messages"]]
    return sorted(talks, key=str)


def ours(id_: str, **more: Any) -> dict[str, Any]:
    """A conversation of our own export."""
    times = {"created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01T00:00:00Z"}
    said = {"id": "m", "role": "user", "content": "hello", **times}
    return {"format": "answerable.conversations", "id": id_, "title": id_, "messages": [said], **times} | more


async def test_values_that_no_database_takes_stop_no_other_conversation(office: Office) -> None:
    given = [
        chatgpt("big", create_time=1e305, update_time=10**400),
        ours("a\x00\ud800", origin="\ud800\x00", settings={"filter": {"a\x00": "\ud800"}}),
        ours("keys", settings={"\ud800": 1}),
        ours("folder", folder="x/" + "y" * 198 + "/ /z"),
        ours("long", messages=[ours("")["messages"][0] | {"content": "a" * 5_000_001}]),
        ours("late", created_at="9999-12-31T23:59:59-23:59"),
        ours("good", folder=" work / / boats/", tags=["x", " x ", ""]),
    ]
    report = await flow.import_conversations(as_json(given), ADA, office.a.database)
    assert report.conversations == 3
    assert [failure.title for failure in report.failed] == ["keys", "folder", "long", "late"]
    assert "5,000,000 characters" in report.failed[2].reason
    "".join(failure.reason for failure in report.failed).encode()
    rows, _ = await list_conversations(Shelf(ADA.id), office.a.database)
    (good,) = (row for row in rows if row.title == "good")
    assert (good.folder, good.tags) == ("work/boats", ("x",))


async def test_what_the_database_refuses_is_a_failure_of_one_conversation(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    insert = conversations.insert_conversation

    async def refusing(connection: Connection, row: ConversationRow) -> None:
        if row.title == "bad":
            raise ValueError
        await insert(connection, row)

    monkeypatch.setattr(conversations, "insert_conversation", refusing)
    report = await flow.import_conversations(as_json([ours("bad"), ours("good")]), ADA, office.a.database)
    assert (report.conversations, report.failed) == (1, [Failure("bad", "the database does not take it: ValueError")])


async def test_much_text_goes_in_by_several_transactions_and_is_folded_beside_the_event_loop(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes, beside = list[int](), list[bool]()
    store_all = flow._store_all

    async def noting(group: Sequence[Incoming], who: Principal, database: Database, report: flow.Imported) -> None:
        sizes.append(sum(one.characters for one in group))
        await store_all(group, who, database, report)

    def watched(text: str) -> list[str]:
        if len(text) > 1_000:
            beside.append(threading.current_thread() is not threading.main_thread())
        return words_of(text)

    monkeypatch.setattr(flow, "_store_all", noting)
    monkeypatch.setattr(message_search, "words_of", watched)
    long = {"content": "word " * 50_000}
    given = [ours(f"t{n}", messages=[ours("")["messages"][0] | long]) for n in range(5)]
    report = await flow.import_conversations(as_json(given), ADA, office.a.database)
    assert (report.conversations, sizes) == (5, [500_000, 500_000, 250_000])
    assert beside == [True] * 5


async def test_what_is_used_while_everything_goes_out_is_not_lost(office: Office) -> None:
    database = office.a.database
    kept = {(await store(database, conversation(ADA.id, title=f"t{n}", updated_at=n), "q"))[0].id for n in range(60)}
    seen, pieces = list[str](), flow.export_all(ADA, database, lines=True)
    async for piece in pieces:
        seen.append(json.loads(piece)["id"])
        if len(seen) == 1:
            (last,) = sorted(kept)[-1:]
            await database.write(lambda c, id_=last: change_conversation(c, id_, ADA.id, updated_at=99))  # type: ignore[misc]
            gone = sorted(kept)[1]
            await database.write(lambda c, id_=gone: delete_conversation(c, id_, ADA.id))  # type: ignore[misc]
    assert sorted([*seen, gone]) == sorted(kept)


async def test_an_answer_that_nobody_gives_any_more_is_interrupted_in_markdown(office: Office) -> None:
    database = office.a.database
    talk, said = await store(database, conversation(title="Boats"), "q")
    dead = message(talk.id, said[0].id, "half", "assistant", status="streaming")
    await database.write(lambda connection: insert_messages(connection, [dead]))
    _, text = await flow.export_markdown(talk.id, OWNER, database, dead.id)
    assert text.endswith("half\n\n*interrupted*\n")


async def test_an_export_of_nothing_is_a_whole_document(office: Office) -> None:
    assert json.loads(await exported(ADA, office.a.database))["conversations"] == []
    assert await exported(ADA, office.a.database, lines=True) == b""


async def test_one_goes_out_as_json_with_all_branches_or_as_markdown_of_one(office: Office) -> None:
    database = office.a.database
    talk, said = await store(database, conversation(title="Boats"), "q", "a")
    other = message(talk.id, said[0].id, "b", "assistant")
    await database.write(lambda connection: insert_messages(connection, [other]))
    whole = await flow.export_conversation(talk.id, OWNER, database)
    assert sorted(one["content"] for one in whole["messages"]) == ["a", "b", "q"]
    _, text = await flow.export_markdown(talk.id, OWNER, database)
    assert text == "# Boats\n\n## Question\n\nq\n\n## Answer\n\na\n"
    _, text = await flow.export_markdown(talk.id, OWNER, database, other.id)
    assert text.endswith("b\n")
    for attempt in (
        flow.export_markdown(talk.id, OWNER, database, "msg_0"),
        flow.export_markdown(talk.id, ADA, database),
        flow.export_conversation(talk.id, ADA, database),
    ):
        with pytest.raises(NotFound):
            await attempt


async def test_a_file_that_is_no_export_changes_nothing(office: Office) -> None:
    with pytest.raises(InvalidRequest):
        await flow.import_conversations(io.BytesIO(b"{}"), ADA, office.a.database)
