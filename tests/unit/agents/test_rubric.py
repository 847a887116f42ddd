"""The measures of a report, by hand."""

import math

from answerable.agents import rubric
from answerable.agents.drafts import Draft
from answerable.agents.evidence import Evidence, Relevance
from answerable.core.documents import ChunkId, CollectionName, DocumentId, Passage, VersionId
from answerable.core.report import Paragraph, Section, Sentence, Span
from tests.support.embedding import HashEmbedder


def evidence(id_: str, document: str, day: str = "") -> Evidence:
    passage = Passage(
        ChunkId(1), DocumentId(document), VersionId(1), CollectionName("c"), document, document, "t", 0, 1
    )
    return Evidence(id_, passage, "collections", "q", day)


def said(text: str, *ids: str) -> Sentence:
    return Sentence(text, tuple(Span(0, id_, "d", 1, 0, 1, "t", 1.0) for id_ in ids))


def draft(id_: str, *sentences: Sentence, cut: int = 0) -> Draft:
    section = Section(id_, id_, 1, (Paragraph(tuple(sentences)),) if sentences else ())
    return Draft(id_, id_, id_, ("a", "b"), (section,), (("x", "number"),) * cut)


KNOWN = {"a": evidence("a", "one", "2026-01-01"), "b": evidence("b", "two", "2019-05-05"), "c": evidence("c", "two")}
LONG = [said(f"Fact number {word} stands for itself.", "a") for word in ["one", "two", "three", "four"]]


def test_a_report_as_it_should_be_has_full_marks() -> None:
    body = [
        draft(f"s{n}", *(said(f"Section {n} states thing {m} of {n * m}.", "ab"[m % 2]) for m in range(4)))
        for n in (1, 2, 3)
    ]
    drafts = [draft("intro", said("It is about this.", "a")), *body, draft("end", said("So it is.", "b"))]
    known = {"a": evidence("a", "one", "2026-01-01"), "b": evidence("b", "two", "2025-05-05")}
    found = rubric.measure(drafts, known, [True, True])
    assert set(found) == set(rubric.MEASURES)
    assert (found["support"], found["coverage"], found["structure"], found["freshness"]) == (1, 1, 1, 1)
    assert found["balance"] > 0.99


def test_each_measure_falls_with_what_it_measures() -> None:
    found = rubric.measure([draft("s1", *LONG, cut=4)], KNOWN, [True, False])
    assert found["support"] == 0.5
    assert found["coverage"] == 0.5
    assert found["structure"] == 0.4
    assert found["balance"] == 0.5
    assert found["freshness"] == 1


def test_old_sources_are_told_from_new_ones() -> None:
    found = rubric.measure([draft("s1", said("Old.", "b"), said("New.", "a"))], KNOWN, [])
    assert found["freshness"] == 0.5
    assert found["balance"] == 1


def test_what_is_said_again_counts_once() -> None:
    twice = [*LONG, said("Fact number one stands for itself!", "b")]
    assert rubric.repeated(twice) == [4]
    assert math.isclose(rubric.measure([draft("s1", *twice)], KNOWN, [])["repetition"], 0.8)


def test_nothing_written_is_nothing_measured() -> None:
    found = rubric.measure([], {}, [False])
    assert (found["support"], found["coverage"], found["balance"], found["repetition"]) == (0, 0, 0, 0)


def test_a_question_is_answered_by_what_cited_sentences_say_together() -> None:
    relevance = Relevance(HashEmbedder())
    questions = ["winter timetable of the ferry", "price of bread"]
    about = [
        said("The winter timetable of the ferry has six sailings.", "a"),
        said("The ferry has a winter timetable from October.", "a"),
        said("In winter the timetable of the ferry is shorter.", "b"),
    ]
    beside = [said("The price of bread is on the ferry too.", "a"), *LONG]
    assert rubric.answers(questions, [draft("s1", *about)], relevance) == [True, False]
    assert rubric.answers(questions, [draft("s1", *beside)], relevance) == [False, False]
    unsourced = [said(one.text) for one in about]
    assert rubric.answers(questions, [draft("s1", *unsourced)], relevance) == [False, False]
