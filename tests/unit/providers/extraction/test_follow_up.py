"""A follow-up takes the topic of the conversation with it; a fresh question is left alone."""

import pytest

from answerable.core.messages import Message, Text
from answerable.core.tasks import RewriteQuery
from answerable.providers.extraction.follow_up import leans, rewrite

_FIRST = "How do I install Excel on a Mac?"


def _history(*questions: str) -> tuple[Message, ...]:
    turns = [(Message("user", (Text(one),)), Message("assistant", (Text("Some answer."),))) for one in questions]
    return tuple(message for turn in turns for message in turn)


@pytest.mark.parametrize(
    "question",
    [
        "what about the other one?",
        "What about Windows?",
        "and on Windows?",
        "and what about Linux?",
        "ok, how about tablets?",
        "how do I undo it?",
        "Why?",
        "Can I do that later?",
        "How much does it cost?",
        "And how long does it take?",
        "Which one is faster?",
        "Are they free?",
        "On a phone?",
        "is this safe?",
        "How do I remove them again?",
        "does that work on Linux?",
    ],
)
def test_a_follow_up_carries_the_topic(question: str) -> None:
    rewritten = rewrite(RewriteQuery(question, _history(_FIRST)))
    assert rewritten.startswith(question)
    assert "Excel" in rewritten
    assert "install" in rewritten


@pytest.mark.parametrize(
    "question",
    [
        "How do I pair the remote control with a soundbar?",
        "What is BM25?",
        "Which file formats can be read?",
        "What happens to documents when they change?",
        "How do I add a document and then remove it?",
        "Is it possible to add PDF files?",
        "Does the program keep documents that were removed?",
        "And how do I connect a language model?",
        "Where is the data folder?",
        "Who may read a document?",
        "How many people work on this program?",
    ],
)
def test_a_fresh_question_is_left_alone(question: str) -> None:
    assert rewrite(RewriteQuery(question, _history(_FIRST))) == question


def test_without_a_history_nothing_is_added() -> None:
    assert rewrite(RewriteQuery("how do I undo it?", ())) == "how do I undo it?"


def test_a_chain_of_follow_ups_keeps_the_first_topic() -> None:
    rewritten = rewrite(RewriteQuery("and how do I undo it?", _history(_FIRST, "what about Windows?")))
    assert "Excel" in rewritten
    assert "Windows" in rewritten


def test_the_topic_is_that_of_the_last_question_that_stands_alone() -> None:
    rewritten = rewrite(RewriteQuery("how do I undo it?", _history(_FIRST, "How do I delete a collection?")))
    assert "collection" in rewritten
    assert "Excel" not in rewritten


def test_a_question_of_many_words_does_not_lean() -> None:
    assert not leans(
        "Which settings of the program change how chunks, passages and sentences are cut and what is it for?"
    )
