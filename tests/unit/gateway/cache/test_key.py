"""Everything an answer depends on is in its fingerprint."""

from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import Any

import pytest

from answerable.core.identity import Principal
from answerable.core.messages import Image, Message, Text, Tool, ToolCall
from answerable.core.tasks import Chat, Sampling
from answerable.core.values import value_class
from answerable.gateway.cache.key import Control, Lookup, Partition, context, digest, fingerprint, partition
from tests.support.caching import ANN, BOB, EVE, chat, lookup

OTHER_CHAT: dict[str, Any] = {
    "messages": (Message("user", (Text("How do I reset the switch?"),)),),
    "tools": (Tool("clock"),),
    "tool_choice": "required",
    "parallel_tool_calls": False,
    "response_format": {"type": "json_object"},
    "sampling": Sampling(temperature=0.5),
}
OTHER_SAMPLING: dict[str, Any] = {
    "temperature": 0.5,
    "top_p": 0.5,
    "max_tokens": 50,
    "stop": ("END",),
    "seed": 7,
    "extra": {"presence_penalty": 1},
}
OTHER_MESSAGE: dict[str, Any] = {
    "role": "assistant",
    "content": (Text("Another"),),
    "tool_calls": (ToolCall("1", "clock", "{}"),),
    "tool_call_id": "1",
    "name": "ann",
}
OTHER_LOOKUP: dict[str, Any] = {
    "model": "large",
    "collection": "manuals",
    "knowledge": 2,
    "where": {"eq": ["lang", "en"]},
    "as_of": datetime(2026, 1, 1, tzinfo=UTC),
    "prompt_version": "2",
    "variant": "b",
}
ASIDE = {"chat", "reader", "entries", "control", "temporary", "personalised", "ticket"}


def print_of(one: Lookup, policy: str = "1") -> bytes:
    return fingerprint(one, partition(one, "workspace", policy))


def with_chat(task: Chat) -> Lookup:
    return lookup(chat=task)


def test_equal_requests_have_equal_fingerprints() -> None:
    assert print_of(lookup()) == print_of(lookup())
    assert len(print_of(lookup())) == 32


@pytest.mark.parametrize("field", [one.name for one in fields(Chat) if one.name != "stream"])
def test_every_field_of_a_chat_changes_the_fingerprint(field: str) -> None:
    assert print_of(with_chat(replace(chat("Hi"), **{field: OTHER_CHAT[field]}))) != print_of(with_chat(chat("Hi")))


@pytest.mark.parametrize("field", [one.name for one in fields(Sampling)])
def test_every_sampling_parameter_changes_the_fingerprint(field: str) -> None:
    other = replace(chat("Hi"), sampling=replace(Sampling(), **{field: OTHER_SAMPLING[field]}))
    assert print_of(with_chat(other)) != print_of(with_chat(chat("Hi")))


@pytest.mark.parametrize("field", [one.name for one in fields(Message)])
def test_every_field_of_a_message_changes_the_fingerprint(field: str) -> None:
    first = Message("user", (Text("Hi"),))
    other = replace(first, **{field: OTHER_MESSAGE[field]})
    assert print_of(with_chat(Chat((first,)))) != print_of(with_chat(Chat((other,))))


@pytest.mark.parametrize("field", [one.name for one in fields(Lookup) if one.name not in ASIDE])
def test_every_field_of_a_lookup_changes_the_fingerprint(field: str) -> None:
    assert print_of(lookup(**{field: OTHER_LOOKUP[field]})) != print_of(lookup())


@pytest.mark.parametrize("kind", [Text, Image, ToolCall, Tool, Message, Chat, Sampling, Lookup])
def test_no_field_is_named_so_that_the_writer_would_skip_it(kind: type) -> None:
    assert not [one.name for one in fields(kind) if one.name.startswith("_")]  # orjson leaves those out


def test_a_field_that_is_added_later_changes_the_fingerprint() -> None:
    @value_class(frozen=True, slots=True)
    class Sampled(Sampling):
        verbosity: str = "low"

    @value_class(frozen=True, slots=True)
    class Asked(Chat):
        audience: str = "all"

    messages = chat("Hi").messages
    base = print_of(with_chat(Asked(messages, sampling=Sampled())))
    assert print_of(with_chat(Asked(messages, sampling=Sampled(verbosity="high")))) != base
    assert print_of(with_chat(Asked(messages, sampling=Sampled(), audience="children"))) != base


def test_whether_it_is_streamed_makes_no_difference() -> None:
    assert print_of(with_chat(replace(chat("Hi"), stream=False))) == print_of(with_chat(chat("Hi")))


def test_an_image_is_no_text_of_the_same_letters() -> None:
    one, other = Message("user", (Text("https://a/b"),)), Message("user", (Image("https://a/b"),))
    assert print_of(with_chat(Chat((one,)))) != print_of(with_chat(Chat((other,))))


def test_where_a_message_ends_makes_a_difference() -> None:
    split = Chat((Message("user", (Text("a"), Text("b"))),))
    assert print_of(with_chat(split)) != print_of(with_chat(Chat((Message("user", (Text("a\nb"),)),))))


def test_the_order_of_keys_in_extra_parameters_makes_none() -> None:
    one, other = (replace(chat("Hi"), sampling=Sampling(extra=extra)) for extra in ({"a": 1, "b": 2}, {"b": 2, "a": 1}))
    assert print_of(with_chat(one)) == print_of(with_chat(other))


def test_workspace_and_policy_change_the_fingerprint() -> None:
    assert print_of(lookup(reader=EVE)) != print_of(lookup())
    assert print_of(lookup(), policy="2") != print_of(lookup())


def test_users_of_a_workspace_share_answers_unless_the_scope_says_otherwise() -> None:
    ann, bob = lookup(reader=ANN), lookup(reader=BOB)
    assert print_of(ann) == print_of(bob)
    assert fingerprint(ann, partition(ann, "user", "1")) != fingerprint(bob, partition(bob, "user", "1"))


def test_personalised_answers_belong_to_their_user() -> None:
    assert print_of(lookup(reader=ANN, personalised=True)) != print_of(lookup(reader=BOB, personalised=True))
    assert partition(lookup(personalised=True), "workspace", "1") == Partition("red", "ann", "1")


def test_answers_over_documents_depend_on_what_the_reader_may_see() -> None:
    def over(reader: Principal, entries: frozenset[str] | None = None) -> bytes:
        return print_of(lookup(reader=reader, collection="manuals", entries=entries))

    assert over(ANN) != over(BOB)
    assert over(ANN, frozenset(["*"])) == over(BOB, frozenset(["*"]))
    assert over(replace(ANN, sees_all=True), frozenset(["*"])) != over(BOB, frozenset(["*"]))


def test_names_that_run_together_are_told_apart() -> None:
    assert digest(Partition("ab", "c", "")) != digest(Partition("a", "bc", ""))


def test_a_context_leaves_out_the_words_of_the_last_message_only() -> None:
    def of(one: Lookup) -> bytes:
        return context(one, partition(one, "workspace", "1"))

    system = Message("system", (Text("Be short."),))
    assert of(lookup("One?")) == of(lookup("Two?"))
    assert of(lookup("One?")) != of(with_chat(chat("One?", system)))
    assert of(lookup("One?", knowledge=2)) != of(lookup("One?"))
    assert of(lookup("One?", reader=EVE)) != of(lookup("One?"))


def test_a_value_that_json_cannot_hold_has_no_fingerprint() -> None:
    with pytest.raises(TypeError):
        print_of(with_chat(replace(chat("Hi"), sampling=Sampling(extra={"x": object()}))))


def test_a_time_to_live_is_above_zero() -> None:
    with pytest.raises(ValueError, match="ttl_s"):
        Control(ttl_s=0)


def test_the_question_is_the_last_message_where_it_is_text_of_the_user() -> None:
    assert lookup().question_at == 0
    assert with_chat(Chat((Message("assistant", (Text("Hi"),)),))).question_at is None
    assert with_chat(Chat((Message("user", (Text("What is it?"), Image("https://a/b"))),))).question_at is None
    assert with_chat(Chat(())).question_at is None
