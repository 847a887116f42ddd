"""Each kind of invention is dropped, and a true sentence is cited to its own span."""

import pytest

from answerable.core.documents import ChunkId, CollectionName, DocumentId, Passage, VersionId
from answerable.knowledge.cite import Verifier, parse_markers
from tests.support.embedding import HashEmbedder

_TEXT = (
    "Press the Home button to open\nthe menu. The Samsung QN90 uses 3.5 GB of memory in 1,000 hours. "
    "Recording does not support copied programs. Aspirin increased blood pressure after May 12."
)


def _passage() -> Passage:
    return Passage(
        ChunkId(1), DocumentId("d"), VersionId(1), CollectionName("c"), "a.md", "Manual", _TEXT, 100, 100 + len(_TEXT)
    )


def _verifier() -> Verifier:
    return Verifier(HashEmbedder())


@pytest.mark.parametrize(
    "sentence",
    [
        "Press the Home button to open the menu [1].",
        " The Samsung QN90 uses 3.5 GB of memory in 1000 hours. [1]",
        "Recording does not support copied programs.",
        "Aspirin increased blood pressure [7].",
    ],
)
def test_a_true_sentence_is_cited_to_its_stored_span(sentence: str) -> None:
    verdict = _verifier().check(sentence, [_passage()])
    assert verdict.supported, verdict
    assert "[" not in verdict.text
    (citation,) = verdict.citations
    assert citation.quote == _TEXT[citation.start - 100 : citation.end - 100]


@pytest.mark.parametrize(
    ("sentence", "reason"),
    [
        ("The Samsung QN90 uses 4.5 GB of memory in 1,000 hours [1].", "number"),
        ("The Samsung QN90 uses 3.5 MB of memory in 1,000 hours [1].", "number"),
        ("The Sony QN90 uses 3.5 GB of memory in 1,000 hours [1].", "name"),
        ("Recording does support copied programs [1].", "negation"),
        ("Aspirin never increased blood pressure after May 12 [1].", "negation"),
        ("Aspirin decreased blood pressure after May 12 [1].", "opposite"),
        ("Aspirin increased blood pressure before May 12 [1].", "opposite"),
        ("Aspirin increased blood pressure only after May 12 [1].", "quantifier"),
        ("Nothing in the sources says such a thing [1].", "unsupported"),
    ],
)
def test_an_invention_is_dropped(sentence: str, reason: str) -> None:
    verdict = _verifier().check(sentence, [_passage()])
    assert (verdict.supported, verdict.reason) == (False, reason)


@pytest.mark.parametrize(
    ("said", "text", "numbers"),
    [
        ("It is so [1].", "It is so.", (1,)),
        ("It is so [1, 2][4].", "It is so.", (1, 2, 4)),
        ("It is so [1-3].", "It is so.", (1, 3, 2)),
        ("It is so【1†source】.", "It is so.", (1,)),
        ("It is so [source 2].", "It is so.", (2,)),
        ("It is so [^2].", "It is so.", (2,)),
        ("It is so [2](#source-2).", "It is so.", (2,)),
        ("Read `a[0]` and `b[1]` [2].", "Read `a[0]` and `b[1]`.", (2,)),
        ("```\na[1]\n``` [2]", "```\na[1]\n```", (2,)),
    ],
)
def test_a_marker_is_understood_in_any_usual_form(said: str, text: str, numbers: tuple[int, ...]) -> None:
    assert parse_markers(said) == (text, numbers)


def _passages(*texts: str) -> list[Passage]:
    return [
        Passage(
            ChunkId(n),
            DocumentId(f"d{n}"),
            VersionId(n),
            CollectionName("c"),
            "a.md",
            "Manual",
            t,
            0,
            len(t),
            version=n,
        )
        for n, t in enumerate(texts, 1)
    ]


_TWO = _passages(
    "The warranty lasts two years.", "The remote control needs two AA batteries.\n\nrun --all\nrun --none\n"
)


def test_a_sentence_with_a_wrong_marker_goes_to_the_passage_that_says_it() -> None:
    verdict = _verifier().check("The remote control needs two AA batteries [1].", _TWO)
    assert verdict.supported
    assert [(c.number, c.version) for c in verdict.citations] == [(2, 2)]
    assert verdict.moved_from == (1,)


def test_a_sentence_of_two_sources_is_checked_clause_by_clause() -> None:
    said = "The warranty lasts two years, and the remote control needs two AA batteries [1][2]."
    verdict = _verifier().check(said, _TWO)
    assert verdict.supported
    assert [c.number for c in verdict.citations] == [1, 2]
    wrong = _verifier().check(said.replace("lasts two", "lasts five"), _TWO)
    assert not wrong.supported


def test_words_of_two_sources_do_not_make_a_third_statement() -> None:
    assert not _verifier().check("The warranty needs two AA batteries [1][2].", _TWO).supported


def test_a_contradiction_near_by_outweighs_support_from_afar() -> None:
    text = "The lock cannot be opened from the inside. The lock can be opened quickly with a key."
    verdict = _verifier().check("The lock can be opened from the inside [1].", _passages(text))
    assert (verdict.supported, verdict.reason) == (False, "negation")


@pytest.mark.parametrize(("code", "supported"), [("run --all\nrun --none", True), ("run --all --force", False)])
def test_code_is_quoted_line_by_line_or_dropped(code: str, supported: bool) -> None:
    verdict = _verifier().check(f"```\n{code}\n``` [2]", _TWO)
    assert verdict.supported is supported
    assert all(c.quote.splitlines() == code.splitlines() for c in verdict.citations)
