"""The context budget: what is kept, what is left out, and the reason."""

from answerable.core.documents import ChunkId, CollectionName, DocumentId, Passage, VersionId
from answerable.knowledge.context import FRAME_TOKENS, fit
from tests.support.embedding import HashEmbedder


def passage(number: int, words: int, *, version: int = 0, start: int = 0) -> Passage:
    text = " ".join(["word"] * words)
    address = (ChunkId(number), DocumentId(f"d{number}"), VersionId(version or number), CollectionName("c"))
    return Passage(*address, f"s{number}", "T", text, start, start + len(text))


def test_passages_are_kept_in_order_until_the_budget_is_used() -> None:
    found = [passage(1, 20), passage(2, 60), passage(3, 10)]
    read = fit(found, HashEmbedder(), 2 * FRAME_TOKENS + 40, 8)
    assert [p.chunk_id for p in read.passages] == [1, 3]
    assert read.tokens == (20 + FRAME_TOKENS, 10 + FRAME_TOKENS)
    assert [(left.passage.chunk_id, left.reason) for left in read.left] == [
        (2, f"its {60 + FRAME_TOKENS} tokens exceed what is left of {2 * FRAME_TOKENS + 40}")
    ]


def test_a_first_passage_larger_than_the_budget_is_still_read() -> None:
    read = fit([passage(1, 100), passage(2, 1)], HashEmbedder(), 50, 8)
    assert [p.chunk_id for p in read.passages] == [1]


def test_no_more_passages_are_kept_than_wanted() -> None:
    read = fit([passage(n, 2) for n in range(1, 5)], HashEmbedder(), 4_000, 2)
    assert [p.chunk_id for p in read.passages] == [1, 2]
    assert {left.reason for left in read.left} == {"only 2 passages are used"}


def test_a_passage_inside_one_that_is_kept_is_left_out() -> None:
    whole, part = passage(1, 50, version=7), passage(2, 3, version=7, start=10)
    read = fit([whole, part], HashEmbedder(), 4_000, 8)
    assert [p.chunk_id for p in read.passages] == [1]
    assert read.left[0].reason == "its text is part of [1]"


def test_nothing_found_is_an_empty_context() -> None:
    assert fit([], HashEmbedder(), 100, 8).passages == ()
