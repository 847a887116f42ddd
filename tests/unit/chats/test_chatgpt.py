from typing import Any

import pytest

from answerable.chats.chatgpt import is_chatgpt, read_conversation
from answerable.core.errors import DataError
from tests.support.exports import BEGAN, chatgpt, node


def said(*nodes: dict[str, Any], **more: Any) -> list[tuple[str, str]]:
    return [(row.role, row.text) for row in read_conversation(chatgpt("c1", *nodes, **more)).messages]


def test_the_tree_comes_with_its_branches_times_and_models() -> None:
    found = read_conversation(chatgpt())
    question, first, second = found.messages
    assert (question.parent, first.parent, second.parent) == (None, question.id, question.id)
    assert (found.row.leaf, found.row.title, found.row.origin) == (first.id, "Sky", "chatgpt:c1")
    assert (first.text, first.model, question.model) == ("Because of Rayleigh scattering.", "gpt-4o", "")
    assert found.row.created_at == round(BEGAN * 1_000_000)
    assert found.row.updated_at == round((BEGAN + 9) * 1_000_000)
    assert question.id < first.id < second.id
    assert {row.conversation for row in found.messages} == {found.row.id}


def test_hidden_nodes_are_left_out_and_what_follows_them_moves_up() -> None:
    nodes = (
        node("q", "sys", "user", "q"),
        node("think", "q", "assistant", content={"content_type": "thoughts", "thoughts": []}),
        node("empty", "think", "assistant", ""),
        node("answer!", "empty", "assistant", "a"),
        node("memory_", "answer!", "user", content={"content_type": "user_editable_context", "user_profile": "secret"}),
    )
    found = read_conversation(chatgpt("c1", *nodes, current_node="memory_"))
    question, answer = found.messages
    assert (answer.parent, found.row.leaf) == (question.id, answer.id)


def test_tools_and_parts_that_are_no_text_keep_their_names() -> None:
    image = {"content_type": "image_asset_pointer", "asset_pointer": "file-service://file-1", "width": 5}
    voice = {"content_type": "audio_transcription", "text": "spoken", "direction": "in"}
    nodes = (
        node("q", "sys", "user", content={"content_type": "multimodal_text", "parts": [image, "look", voice]}),
        node("call", "q", "assistant", content={"content_type": "code", "text": "print(1)"}, recipient="python"),
        node("ran__", "call", "tool", content={"content_type": "execution_output", "text": "1"}),
    )
    question, call, ran = read_conversation(chatgpt("c1", *nodes)).messages
    assert (question.text, question.parts) == (
        "look\n\nspoken",
        ({"type": "attachment", "kind": "image_asset_pointer", "name": "file-service://file-1"},),
    )
    assert (call.role, call.text) == ("tool", "```\nprint(1)\n```")
    assert call.parts == ({"type": "tool_call", "name": "python"},)
    assert (ran.role, ran.text) == ("tool", "```\n1\n```")


def test_times_and_texts_that_are_none_are_mended() -> None:
    nodes = (
        node("q", "sys", "user", "a\x00b \ud800", create_time=None),
        node("a", "q", "assistant", "b", create_time=float("nan")),
    )
    found = read_conversation(chatgpt("c1", *nodes, title=None, update_time="soon", current_node="gone"))
    assert [row.text for row in found.messages] == ["ab ?", "b"]
    assert {row.created_at for row in found.messages} == {round(BEGAN * 1_000_000)}
    assert (found.row.title, found.row.named, found.row.leaf) == ("New conversation", False, found.messages[1].id)


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (chatgpt(id=None, conversation_id=None), "no id"),
        (chatgpt("c1", mapping={}), "no messages"),
        (chatgpt("c1", mapping={"a": node("a", "b", "user", "x"), "b": node("b", "a", "user", "y")}), "circle"),
        (
            chatgpt("c1", mapping={"a": node("a", "b", "user", "x"), "b": {"parent": "c"}, "c": {"parent": "b"}}),
            "circle",
        ),
        (
            chatgpt("c1", mapping={"a": 5, "b": {"message": 7}, "c": {"message": {"author": [], "content": None}}}),
            "no messages",
        ),
    ],
)
def test_what_cannot_be_read_says_why(value: dict[str, Any], why: str) -> None:
    with pytest.raises(DataError, match=why):
        read_conversation(value)


def test_a_long_chain_of_hidden_nodes_takes_no_time() -> None:
    hidden = {f"h{n}": {"parent": f"h{n - 1}" if n else None, "message": None} for n in range(30_000)}
    shown = {f"s{n}": node(f"s{n}", "h29999", "user", "x") for n in range(3_000)}
    assert len(read_conversation(chatgpt("c1", mapping=hidden | shown)).messages) == 3_000


def test_only_what_has_a_mapping_is_taken_for_chatgpts() -> None:
    assert is_chatgpt(chatgpt())
    assert not any(map(is_chatgpt, ({}, {"mapping": 5}, [], None)))
