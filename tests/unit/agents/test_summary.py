"""Main findings are the sentences that fit the topic best, results before how they came about."""

from types import SimpleNamespace
from typing import Any

from answerable.agents.evidence import Relevance
from answerable.agents.summary import main_findings
from answerable.core.report import Paragraph, Section, Sentence, Span
from tests.support.embedding import HashEmbedder


def desk() -> Any:
    return SimpleNamespace(relevance=Relevance(HashEmbedder()))


def said(text: str, *ids: str) -> Sentence:
    return Sentence(text, tuple(Span(0, id_, id_, 1, 0, 1, "q", 1.0) for id_ in ids))


def section(id_: str, *sentences: Sentence) -> Section:
    return Section(id_, id_, 1, (Paragraph(sentences),))


def test_a_finding_of_each_section_fits_the_topic_and_stands_by_itself() -> None:
    outline = {"sections": [{"id": "s1"}, {"id": "s2"}, {"id": "s3"}]}
    sections = [
        section(
            "s1",
            said("Bread needs yeast and an hour of rest.", "a"),
            said("The ferry sails in winter every hour.", "a"),
        ),
        section("s2", said("The ferry costs:", "a"), said("The ferry is said to be the best of all.")),
        section("s3.1", said("Winter storms stop the ferry for days at a time.", "b")),
    ]
    found = main_findings(desk(), "the ferry in winter", outline, sections)
    assert [one.text for one in found] == [
        "The ferry sails in winter every hour.",
        "Winter storms stop the ferry for days at a time.",
    ]


def test_a_result_is_found_before_how_it_came_about() -> None:
    sections = [
        section(
            "s1",
            said("We compared the delays of the ferry in winter with those of other lines.", "a"),
            said("Delays of the ferry were 14% higher in winter than on other lines.", "a"),
        )
    ]
    found = main_findings(desk(), "delays of the ferry in winter", {"sections": [{"id": "s1"}]}, sections)
    assert [one.text for one in found] == ["Delays of the ferry were 14% higher in winter than on other lines."]
