from dataclasses import replace
from typing import Any

import pytest

from answerable.chats.archive import conversation_json, read_conversation
from answerable.core.errors import DataError
from answerable.core.moments import now_us
from answerable.storage.conversations import ConversationRow
from answerable.storage.messages import MessageRow
from tests.support.talks import conversation, dialogue, message


def talk() -> tuple[ConversationRow, list[MessageRow]]:
    row = conversation(
        title="Boats", folder="a/b", tags=("x",), settings={"model": "m", "temperature": 0.5}, named=True
    )
    said = dialogue(row.id, ["q", "a", "q2"])
    other = message(row.id, said[0].id, "b", "assistant", status="stopped", model="m", created_at=said[2].created_at)
    rows = [
        *said,
        replace(other, parts=({"type": "attachment", "kind": "image", "name": "x.png"},), answer={"confidence": 0.5}),
    ]
    return replace(row, leaf=rows[3].id), rows


def without_ids(value: dict[str, Any]) -> dict[str, Any]:
    """The export with places instead of ids."""
    places: dict[str | None, Any] = {None: None} | {one["id"]: n for n, one in enumerate(value["messages"])}
    messages = [one | {"id": places[one["id"]], "parent": places[one["parent"]]} for one in value["messages"]]
    return value | {"id": "", "origin": "", "leaf": places[value["leaf"]], "messages": messages}


def test_what_goes_out_comes_back_equal_but_for_the_ids() -> None:
    out = conversation_json(*talk())
    back = read_conversation(out)
    again = conversation_json(back.row, back.messages)
    assert without_ids(again) == without_ids(out)
    assert back.row.origin == f"answerable:{out['id']}"
    assert not {out["id"], *(one["id"] for one in out["messages"])} & {back.row.id, *(row.id for row in back.messages)}


def test_where_it_first_came_from_stays_its_origin() -> None:
    row, rows = talk()
    assert read_conversation(conversation_json(replace(row, origin="chatgpt:1"), rows)).row.origin == "chatgpt:1"


def test_nothing_of_the_file_says_whose_it_is_or_which_request_it_was() -> None:
    row, rows = talk()
    told = {"confidence": 0.5, "request_id": "req_1"}
    out = conversation_json(row, [replace(one, request_id="req_1", answer=told) for one in rows])
    assert "req_1" not in str(out)
    assert row.owner not in out.values()
    back = read_conversation(out | {"owner": "usr_bob", "workspace": "other"})
    assert (back.row.owner, back.row.workspace) == ("", "")


def changed(number: int, **more: Any) -> dict[str, Any]:
    out = conversation_json(*talk())
    out["messages"][number] |= more
    return out


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ({}, "id: Field required"),
        (changed(0, version=2) | {"version": 2}, "of version 2"),
        (changed(1, role="king"), "messages.1.role"),
        (changed(1, created_at="2026-01-01T00:00:00"), "with a zone"),
        (changed(1, created_at="9999-01-01T00:00:00Z"), "no time of this century"),
        (changed(1, parent="gone"), "follows 'gone'"),
        (changed(1, id="same") | {"leaf": None}, "which is not there"),
        (changed(0, parent="itself", id="itself") | {"leaf": None}, "not there|circle"),
        (changed(0) | {"leaf": "gone"}, "shown last"),
        (changed(0) | {"settings": {"password": "x"}}, "settings.password"),
        (changed(0) | {"tags": ["x" * 51]}, "tags.0"),
    ],
)
def test_what_is_wrong_is_named(value: dict[str, Any], why: str) -> None:
    with pytest.raises(DataError, match=why):
        read_conversation(value)


def test_messages_that_run_in_a_circle_are_refused() -> None:
    out = conversation_json(*talk())
    out["messages"][0]["parent"] = out["messages"][2]["id"]
    with pytest.raises(DataError, match="circle"):
        read_conversation(out)


def test_folders_ids_and_origins_are_mended_too() -> None:
    out = changed(0) | {"id": "a\x00\ud800", "settings": {"filter": {"a\x00": "\ud800"}}}
    back = read_conversation(out)
    assert (back.original_id, back.row.origin) == ("a?", "answerable:a?")
    assert back.row.settings == {"filter": {"a": "?"}}
    assert read_conversation(out | {"origin": "x\x00\ud800"}).row.origin == "x?"


def test_an_answer_that_nobody_gives_any_more_goes_out_as_interrupted() -> None:
    row, rows = talk()
    dead, alive = replace(rows[1], status="streaming"), replace(rows[2], status="streaming", updated_at=now_us())
    out = conversation_json(row, [dead, alive])
    assert [one["status"] for one in out["messages"]] == ["interrupted", "streaming"]


def test_an_answer_that_was_being_given_came_to_no_end_and_text_is_mended() -> None:
    back = read_conversation(changed(1, status="streaming", content="a\x00\ud800", answer={"a\x00": ["\x00b", 1]}))
    row = back.messages[1]
    assert (row.status, row.text, row.answer) == ("interrupted", "a?", {"a": ["b", 1]})
