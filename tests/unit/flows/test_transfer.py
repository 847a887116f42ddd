import io
import json
from typing import Any

import pytest

from answerable.core.errors import InvalidRequest, NotFound
from answerable.core.identity import OWNER, Principal
from answerable.flows import transfer as flow
from answerable.flows.conversations import list_conversations, read_messages
from answerable.flows.message_search import Asked, search_messages
from answerable.flows.transfer import Failure
from answerable.storage.conversations import Shelf
from answerable.storage.database import Database
from answerable.storage.messages import insert_messages
from tests.support.accounts import Office
from tests.support.exports import as_json, as_zip, chatgpt
from tests.support.talks import conversation, message, store

ADA = Principal("usr_ada", workspace="other")


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
        extra = message(talk.id, said[0].id, "b", "assistant", parts=({"x": 1},), answer={"y": [1]})
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
