"""A draft is stored whole, and read by a model with its markers."""

import json

from answerable.agents.drafts import Draft, absent, from_json, order_of
from answerable.core.report import Bullets, Listing, Paragraph, Section, Sentence, Span

FACT = Sentence(
    "A ticket costs 4 euros.", (Span(0, "b", "d", 1, 0, 5, "quote", 1.0), Span(0, "a", "d", 1, 0, 5, "q", 1.0))
)
OWN = Sentence("So much for fares.", (), "synthesis")
DRAFT = Draft(
    "s1", "Fares", "What does it cost?", ("a", "b"),
    (
        Section("s1", "Fares", 1, (Paragraph((FACT, OWN)), Listing("x", "sh", FACT.spans[:1]))),
        Section("s1.1", "For children", 2, (Bullets((FACT,)),)),
    ),
    (("It flies.", "unsupported"),), parts=({"heading": "For children", "evidence": ["a"]},),
)  # fmt: skip


def test_a_draft_reads_back_from_its_json() -> None:
    assert from_json(json.loads(json.dumps(DRAFT.to_json()))) == DRAFT


def test_a_model_reads_sentences_with_the_numbers_of_their_evidence_and_subheadings() -> None:
    assert DRAFT.for_task().sentences == (
        "A ticket costs 4 euros. [2] [1]",
        "So much for fares.",
        "```sh\nx\n``` [2]",
        "## For children",
        "- A ticket costs 4 euros. [2] [1]",
    )


def test_what_is_absent_says_why() -> None:
    gone = absent(DRAFT, "too little")
    assert (gone.sentences, gone.missing) == ((), "too little")


def test_introduction_and_conclusion_stand_around_the_sections() -> None:
    assert order_of({"sections": [{"id": "s1"}, {"id": "s2"}]}) == ["intro", "s1", "s2", "end"]
