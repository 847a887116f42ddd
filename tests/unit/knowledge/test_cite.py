"""Each kind of invention is dropped, and a true sentence is cited to its own span."""

import pytest

from answerable.core.documents import ChunkId, CollectionName, DocumentId, Passage, VersionId
from answerable.knowledge.cite import Verifier
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
