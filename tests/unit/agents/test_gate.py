"""Nothing passes the gate that no source says; what passes points at the place."""

from collections.abc import Sequence

import pytest

from answerable.agents.drafts import sentences_of
from answerable.agents.evidence import Evidence
from answerable.agents.gate import Frame, Gate, Passed
from answerable.agents.services import Checked
from answerable.core.documents import ChunkId, CollectionName, DocumentId, Passage, VersionId
from answerable.core.report import Bullets, Listing, Paragraph, Sentence
from answerable.knowledge.cite import Verdict, Verifier
from tests.support.embedding import HashEmbedder

TEXT = (
    "The ferry leaves every hour. A single ticket costs 4.50 euros. Children under six years travel free of charge.\n\n"
    "```sh\nferry --book\nferry --pay\n```"
)


def evidence(text: str = TEXT, id_: str = "e1") -> Evidence:
    passage = Passage(
        ChunkId(1),
        DocumentId("doc"),
        VersionId(2),
        CollectionName("c"),
        "ferry.md",
        "Ferry",
        text,
        100,
        100 + len(text),
    )
    return Evidence(id_, passage, "collections", "q")


def through(text: str, *sources: Evidence, frame: Frame | None = None) -> Passed:
    return Gate(Verifier(HashEmbedder()).check, sources or (evidence(),), frame).read("s1", "Heading", text)


def test_a_sentence_points_at_the_place_that_says_it() -> None:
    (section,) = through("A single ticket costs 4.50 euros [1].").sections
    (block,) = section.blocks
    assert isinstance(block, Paragraph)
    (span,) = block.sentences[0].spans
    assert span.quote == "A single ticket costs 4.50 euros."
    assert TEXT[span.start - 100 : span.end - 100] == span.quote
    assert (span.evidence, span.document_id, span.version_id) == ("e1", "doc", 2)


@pytest.mark.parametrize(
    ("sentence", "reason"),
    [
        ("A single ticket costs 5.50 euros [1].", "number"),
        ("The ferry never leaves [1].", "unsupported"),
        ("The ferry was built in Rostock [1].", "unsupported"),
        ("Children under six years do not travel free of charge [1].", "negation"),
        ("The captain of the ferry sings [7].", "unsupported"),
    ],
)
def test_what_no_source_says_is_cut_with_the_reason(sentence: str, reason: str) -> None:
    passed = through(f"The ferry leaves every hour [1]. {sentence}")
    assert [len(one.blocks) for one in passed.sections] == [1]
    (cut,) = passed.cut
    assert "[" not in cut.text
    assert cut.reason == reason or reason == "unsupported"


def test_a_wrong_number_of_a_source_is_put_right() -> None:
    other = evidence("Bread needs yeast and half an hour of rest.", "e2")
    (section,) = through("A single ticket costs 4.50 euros [2].", evidence(), other).sections
    (block,) = section.blocks
    assert isinstance(block, Paragraph)
    assert {span.evidence for span in block.sentences[0].spans} == {"e1"}


def test_the_authors_own_sentence_stays_only_beside_facts_and_states_nothing() -> None:
    own = "So it is with the ferry, the ticket and the children."

    def check(text: str, passages: Sequence[Passage]) -> Checked:
        return Verdict(text, supported=False) if "So it is" in text else Verifier(HashEmbedder()).check(text, passages)

    def read(text: str) -> Passed:
        return Gate(check, (evidence(),)).read("s1", "Heading", text)

    (section,) = read(f"A single ticket costs 4.50 euros [1]. {own}").sections
    (block,) = section.blocks
    assert isinstance(block, Paragraph)
    assert [one.kind for one in block.sentences] == ["fact", "synthesis"]
    alone = read(own)
    assert not alone.sections[0].blocks
    assert [one.reason for one in alone.cut] == ["alone"]
    for states in ("So it is with the ferry of Ada.", "So it is with 5 tickets.", "So it is with every ticket [1]."):
        assert [one.kind for one in _sentences(read(f"The ferry leaves every hour [1]. {states}"))] == ["fact"]


def _sentences(passed: Passed) -> Sequence[Sentence]:
    return [one for section in passed.sections for one in sentences_of(section)]


def test_subheadings_begin_subsections_and_empty_ones_are_left_out() -> None:
    text = (
        "The ferry leaves every hour [1].\n\n## Fares\nA single ticket costs 4.50 euros [1].\n\n"
        "## Empty\nIt was opened by the king [1]."
    )
    sections = through(text).sections
    assert [(one.id, one.heading, one.level) for one in sections] == [("s1", "Heading", 1), ("s1.1", "Fares", 2)]


def test_lists_and_code_keep_their_form_and_code_is_quoted_or_not_shown() -> None:
    text = "- The ferry leaves every hour. [1]\n- It flies. [1]\n\n```sh\nferry --book\nferry --pay\n``` [1]\n\n"
    text += "```sh\nrm -rf /\n```"
    passed = through(text)
    bullets, listing = passed.sections[0].blocks
    assert isinstance(bullets, Bullets)
    assert [one.text for one in bullets.items] == ["The ferry leaves every hour."]
    assert isinstance(listing, Listing)
    assert listing.text == "ferry --book\nferry --pay"
    assert listing.spans
    assert any("rm -rf" in cut.text for cut in passed.cut)


def test_an_introduction_may_say_which_sections_there_are_and_nothing_else() -> None:
    frame = Frame(("Fares", "Timetable"))
    said = through("The sections of this report are “Fares” and “Timetable”.", frame=frame)
    assert said.sections[0].blocks
    for lie in (
        "This report has seven sections.",
        "The report shows that Fares rose by 9 %.",
        "The report thanks Ada.",
    ):
        assert not through(lie, frame=frame).sections[0].blocks
    assert not through("The sections of this report are “Fares”.").sections[0].blocks


@pytest.mark.parametrize("text", ["", "   \n\n", "[1]", "## \n", "```", "- \n- ", "#" * 300])
def test_what_says_nothing_gives_nothing(text: str) -> None:
    passed = through(text)
    assert not any(one.blocks for one in passed.sections)
