"""Disagreements are shown in the sources' own words."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

from answerable.agents.evidence import Evidence, Relevance
from answerable.agents.findings import disagreements, spans_of_figure, with_figures
from answerable.core.documents import ChunkId, CollectionName, DocumentId, Passage, VersionId
from answerable.core.report import Chart, Grid, Paragraph, Section, Sentence, Span
from tests.support.embedding import HashEmbedder


def desk() -> Any:
    embedder = HashEmbedder()
    return SimpleNamespace(relevance=Relevance(embedder), services=SimpleNamespace(embedder=embedder))


def evidence(id_: str, text: str, title: str = "Ferry") -> Evidence:
    passage = Passage(
        ChunkId(1), DocumentId(id_), VersionId(1), CollectionName("c"), f"{id_}.md", title, text, 50, 50 + len(text)
    )
    return Evidence(id_, passage, "collections", "q")


def said(text: str, *ids: str) -> Sentence:
    return Sentence(text, tuple(Span(0, id_, id_, 1, 0, 1, "q", 1.0) for id_ in ids))


def section(id_: str, *sentences: Sentence) -> Section:
    return Section(id_, id_, 1, (Paragraph(sentences),))


def test_sources_that_disagree_are_quoted_at_their_places() -> None:
    first = evidence("a", "A single ticket of the ferry costs 4.50 euros.")
    second = evidence("b", "A single ticket of the ferry costs 5.20 euros.")
    (clash,) = disagreements(desk(), "the price of a single ticket of the ferry", [], [first, second])
    assert clash.subject == "A single ticket of the ferry costs"
    assert [side.value for side in clash.sides] == ["4.50 euros", "5.20 euros"]
    for side, source in zip(clash.sides, (first, second), strict=True):
        (span,) = side.sentence.spans
        assert span.evidence == source.id
        assert source.passage.text[span.start - 50 : span.end - 50] == span.quote
    assert disagreements(desk(), "the price of a single ticket of the ferry", [], [first]) == ()


def test_a_disagreement_is_shown_where_the_report_or_its_topic_speaks_of_it() -> None:
    known = [
        evidence("a", "A single ticket of the ferry costs 4.50 euros."),
        evidence("b", "A single ticket of the ferry costs 5.20 euros."),
    ]
    assert disagreements(desk(), "nightly backups", [], known) == ()
    elsewhere = Span(0, "b", "b", 1, 20, 40, "q", 1.0)
    at_it = replace(elsewhere, start=52, end=60)
    for span, shown in ((elsewhere, 0), (at_it, 1)):
        sections = [section("s", Sentence("It costs.", (span,)))]
        assert len(disagreements(desk(), "nightly backups", sections, known)) == shown


TABLE = "| Boat | Passengers |\n| Heron | 220 |\n| Gull | 180 |\n| Tern | 90 |"


def test_figures_stand_in_the_section_that_cites_what_they_are_drawn_from() -> None:
    known = [evidence("a", "The passengers of each boat of the ferry.\n\n" + TABLE, "Passengers of the boats")]
    sections = [section("s1", said("Bread.", "z")), section("s2", said("Boats carry passengers.", "a"))]
    first, second = with_figures(desk(), "boat passengers", sections, known)
    assert first.blocks == sections[0].blocks
    figures = [one for one in second.blocks if isinstance(one, Chart | Grid)]
    assert figures
    for span in (span for one in figures for span in spans_of_figure(one)):
        assert span.evidence == "a"
        assert known[0].passage.text[span.start - 50 : span.end - 50] == span.quote


def test_a_figure_about_something_else_is_not_shown() -> None:
    known = [evidence("a", TABLE, "Passengers of the boats")]
    sections = [section("s1", said("Boats carry passengers.", "a"))]
    assert with_figures(desk(), "yeast and flour for baking", sections, known) == tuple(sections)
