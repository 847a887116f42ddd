"""What is said twice is kept once, no question starves, and evidence is stored whole."""

import json
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from answerable.agents.evidence import (
    Evidence,
    Relevance,
    choose,
    collapse,
    documents_of,
    from_body,
    mean_of_best,
    to_body,
)
from answerable.core.documents import ChunkId, CollectionName, DocumentId, Passage, VersionId
from tests.support.embedding import HashEmbedder


def evidence(id_: str, text: str, document: str = "doc", start: int = 0) -> Evidence:
    passage = Passage(
        ChunkId(1), DocumentId(document), VersionId(1), CollectionName("c"), f"{document}.md", document, text, start,
        start + len(text), "header", ("Heading",), 3, valid_from=datetime(2026, 1, 2, tzinfo=UTC), version=2,
        page_starts=((0, 3),),
    )  # fmt: skip
    return Evidence(id_, passage, "collections", "q", "2026-01-02", "An Author", "CC BY 4.0")


LONG = "The valve opens at twelve bar and closes again at nine bar, as the manual of the pump says on its third page."


def test_evidence_reads_back_from_its_json() -> None:
    one = evidence("x", LONG)
    assert from_body("x", json.loads(json.dumps(to_body(one)))) == one


def test_documents_are_listed_once_in_the_order_in_which_they_were_found() -> None:
    found = [evidence("a", LONG, "pump"), evidence("b", LONG, "ferry"), evidence("c", LONG[:30], "pump")]
    listed = documents_of(found)
    assert [(one["title"], one["passages"]) for one in listed] == [("pump", 2), ("ferry", 1)]
    assert listed[0] == {"kind": "collections", "title": "pump", "address": "pump.md", "passages": 2}


def test_a_part_of_a_passage_and_a_near_copy_of_it_are_left_out() -> None:
    whole = evidence("a", LONG)
    part = evidence("b", LONG[10:40], start=10)
    copy = evidence("c", LONG.replace("third", "fourth"), "other")
    other = evidence(
        "d", "Something else altogether is written here about ferries and their winter timetable.", "other"
    )
    assert collapse([whole, part, copy, other]) == [whole, other]


def test_every_question_gives_its_best_before_any_gives_more() -> None:
    lists = [[evidence(f"{q}{n}", f"Text {q} number {n} about {q * 7}.", f"{q}{n}") for n in range(9)] for q in "abc"]
    assert [one.id for one in choose(lists, 5)] == ["a0", "b0", "c0", "a1", "b1"]


def test_one_document_does_not_fill_the_report_while_others_wait() -> None:
    words = ["alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa", "lambda", "mu"]
    many = [evidence(f"m{n}", f"{word} is one thing of many that this document says", "many", 1_000 * n)
            for n, word in enumerate(words)]  # fmt: skip
    few = [
        evidence(f"f{n}", f"{word} stands elsewhere, in another document", f"few{n}")
        for n, word in enumerate(words[:3])
    ]
    chosen = choose([many, few], 9)
    assert sum(one.passage.document_id == "many" for one in chosen) == 6
    assert len(chosen) == 9
    assert [one.id for one in choose([many], 12)] == [one.id for one in many]


@given(st.lists(st.lists(st.integers(0, 30), max_size=12), max_size=5), st.integers(1, 20))
def test_choosing_takes_no_more_than_asked_and_nothing_twice(lists: list[list[int]], most: int) -> None:
    found = [[evidence(str(n), f"fact {n} {n * 7919}", f"d{n % 4}", n * 100) for n in one] for one in lists]
    chosen = choose(found, most)
    assert len(chosen) <= most
    assert len({one.id for one in chosen}) == len(chosen)


def test_what_is_about_a_question_fits_it_better_than_what_is_not() -> None:
    relevance = Relevance(HashEmbedder())
    passages = [
        evidence("a", "The ferry does not sail in winter.").passage,
        evidence("b", "Bread needs yeast.").passage,
    ]
    near, far = relevance.of("When does the ferry sail?", passages)
    assert near > 2 * far
    assert relevance.of("When does the ferry sail?", []) == []


def test_a_document_is_about_something_by_its_best_passages() -> None:
    assert mean_of_best([0.1, 0.9, 0.6, 0.6]) == (0.9 + 0.6 + 0.6) / 3
    assert mean_of_best([0.4]) == 0.4
    assert mean_of_best([]) == 0.0


def test_what_only_shares_common_words_with_a_question_does_not_answer_it() -> None:
    relevance = Relevance(HashEmbedder())
    texts = ["The ferry connects the island with the town all year.", "A ticket of the ferry costs four crowns."]
    passages = [evidence(f"e{at}", text).passage for at, text in enumerate(texts)]
    assert relevance.answers("The ferry to the island", passages)
    assert not relevance.answers("The submarine tunnel of Gibraltar to the island", passages)
    assert not relevance.answers("The ferry to the island", [])


def test_words_that_no_passage_has_ask_for_a_better_fit() -> None:
    relevance = Relevance(HashEmbedder())
    passages = [evidence("e", "The ferry connects the island with the town and sails all year.").passage]
    (known,) = relevance.of("ferry island year", passages)
    (strange,) = relevance.of("ferry island zeppelin", passages)
    assert relevance.answers("ferry island year", passages, known)
    assert not relevance.answers("ferry island zeppelin", passages, strange)


def test_in_another_language_words_tell_nothing() -> None:
    relevance = Relevance(HashEmbedder())
    passages = [evidence("e", "The ferry connects the island with the town and sails all year.").passage]
    for question in ("Fahrplan der Inselbahn", "離島への船の時刻表"):
        (fit,) = relevance.of(question, passages)
        assert relevance.answers(question, passages, fit)
