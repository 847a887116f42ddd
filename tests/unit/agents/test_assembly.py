"""Numbers of sources follow the reader's eye, and a citation whose place reads otherwise is withdrawn."""

from answerable.agents.assembly import good_spans, kept_of, numbered, only_new
from answerable.agents.evidence import Evidence
from answerable.core.documents import ChunkId, CollectionName, DocumentId, Passage, VersionId
from answerable.core.report import (
    Bar,
    Bullets,
    Chart,
    Conflict,
    Grid,
    Listing,
    Paragraph,
    Report,
    Section,
    Sentence,
    Side,
    Span,
)

TEXT = "The ferry sails. It is blue. It costs 4 euros."


def evidence(id_: str, document: str) -> Evidence:
    address, title = f"{document}.md", document.title()
    place = (ChunkId(1), DocumentId(document), VersionId(1), CollectionName("c"), address, title, TEXT, 0, len(TEXT))
    passage = Passage(*place, version=3)
    return Evidence(id_, passage, "collections", "q", "2026-02-03", "Ada", "CC0")


KNOWN = {
    "a1": evidence("a1", "alpha"),
    "a2": evidence("a2", "alpha"),
    "b": evidence("b", "beta"),
    "c": evidence("c", "gamma"),
}


def span(id_: str, start: int = 0, end: int = 16, quote: str = "The ferry sails.") -> Span:
    return Span(0, id_, KNOWN[id_].passage.document_id if id_ in KNOWN else "x", 1, start, end, quote, 1.0)


def fact(*ids: str) -> Sentence:
    return Sentence("The ferry sails.", tuple(span(id_) for id_ in ids))


def report(*sections: Section, summary: tuple[Sentence, ...] = (), conflicts: tuple[Conflict, ...] = ()) -> Report:
    return Report("T", "t", summary, sections, (), conflicts)


def test_sources_are_numbered_as_they_appear_one_number_a_document() -> None:
    section = Section("s1", "One", 1, (Paragraph((fact("a1"), fact("a2", "c"))),))
    clash = Conflict("x", (Side("1", fact("b")), Side("2", fact("c"))))
    found = numbered(report(section, summary=(fact("b"),), conflicts=(clash,)), KNOWN)
    assert [(one.number, one.title, one.version, one.authors) for one in found.references] == [
        (1, "Beta", 3, "Ada"),
        (2, "Alpha", 3, "Ada"),
        (3, "Gamma", 3, "Ada"),
    ]
    (paragraph,) = found.sections[0].blocks
    assert isinstance(paragraph, Paragraph)
    assert [one.numbers for one in paragraph.sentences] == [(2,), (2, 3)]
    assert [side.sentence.numbers for side in found.conflicts[0].sides] == [(1,), (3,)]


def test_every_kind_of_block_gets_numbers() -> None:
    blocks = (
        Bullets((fact("a1"),)),
        Listing("x", "", (span("b"),)),
        Grid("g", ("h",), ((fact("c"),),)),
        Chart("c", "", (Bar("x", 1.0, (span("a2"),)),)),
    )
    found = numbered(report(Section("s1", "One", 1, blocks)), KNOWN).sections[0].blocks
    bullets, listing, grid, chart = found
    assert isinstance(bullets, Bullets)
    assert isinstance(listing, Listing)
    assert isinstance(grid, Grid)
    assert isinstance(chart, Chart)
    assert (bullets.items[0].numbers, listing.spans[0].number) == ((1,), 2)
    assert (grid.rows[0][0].numbers, chart.bars[0].spans[0].number) == ((3,), 1)


class Texts:
    """A desk that only knows what is stored now."""

    def __init__(self, texts: dict[str, str | None]) -> None:
        self.texts = texts
        self.asked: list[str] = []

    async def text_of(self, document_id: str, version_id: int) -> str | None:
        self.asked.append(document_id)
        return self.texts.get(document_id)


async def test_a_span_is_good_where_the_stored_text_reads_as_quoted() -> None:
    desk = Texts({"alpha": TEXT, "beta": "Something else is stored there now.", "gamma": None})
    spans = [span("a1"), span("a2", 0, 5, "Other"), span("b"), span("c"), span("stranger"), span("a1", 40, 90, "x")]
    good = await good_spans(desk, spans, KNOWN)  # type: ignore[arg-type]
    assert good == {("a1", 0, 16)}
    assert desk.asked == ["alpha", "beta", "gamma"]  # each text is read once


def test_what_lost_all_its_citations_goes_with_them() -> None:
    good = frozenset({("a1", 0, 16)})
    own = Sentence("So it is.", (), "synthesis")
    section = Section(
        "s1", "One", 1,
        (
            Paragraph((fact("a1", "b"), fact("b"), own)),
            Paragraph((fact("b"), own)),
            Bullets((fact("b"),)),
            Listing("x", "", (span("b"),)),
        ),
    )  # fmt: skip
    (kept,) = kept_of(section, good).blocks
    assert isinstance(kept, Paragraph)
    assert [(one.text, len(one.spans)) for one in kept.sentences] == [("The ferry sails.", 1), ("So it is.", 0)]


def test_a_section_does_not_repeat_what_stands_above_unless_it_would_be_empty() -> None:
    own = Sentence("It is  Blue.", (span("b"),))
    items = Bullets((fact("a1"),))
    first = Section("s1", "One", 1, (Paragraph((fact("a1"), own)), items))
    second = Section("s2", "Two", 2, (Paragraph((own,)),))
    assert only_new([first, second], {"the ferry sails."}) == [
        Section("s1", "One", 1, (Paragraph((own,)), items)),
        second,
    ]
    assert only_new([first, second], {"it is blue."})[1].blocks == ()
    assert only_new([second], {"it is blue."}) == [second]
