"""Near-duplicates: what is collapsed and, more important, what is not."""

import pytest

from answerable.core.documents import ChunkId, CollectionName, DocumentId, Passage, VersionId
from answerable.knowledge.near_duplicates import Collapsed, collapse, find

TEXT = (
    "Set this property to True to show the status bar at the bottom of the window. The status bar shows the progress "
    "of a long calculation and the state of the keyboard. The setting is kept when the file is closed and opened again "
    "in Excel, and it has no effect on the other windows that are open at the same time in the same session."
)


def passage(position: int, text: str) -> Passage:
    return Passage(
        chunk_id=ChunkId(position),
        document_id=DocumentId(f"d{position}"),
        version_id=VersionId(1),
        collection=CollectionName("c"),
        source=f"d{position}.md",
        title=f"Page {position}",
        text=text,
        start=0,
        end=len(text),
    )


def test_an_equal_text_is_collapsed_into_the_better_ranked_one() -> None:
    assert find([TEXT, "Something else entirely.", TEXT]) == [Collapsed(dropped=2, kept=0, similarity=1.0)]


def test_case_spacing_and_punctuation_do_not_make_a_text_new() -> None:
    assert [pair.dropped for pair in find([TEXT, TEXT.upper().replace(" ", "  ").replace(".", "!")])] == [1]


@pytest.mark.parametrize(
    ("old", "new"),
    [("in Excel", "in Access"), ("to True", "to False"), ("has no effect", "has an effect"), ("a long", "a 5 second")],
)
def test_one_meaningful_word_of_difference_keeps_both(old: str, new: str) -> None:
    assert find([TEXT, TEXT.replace(old, new)], threshold=0.8) == []


def test_pages_of_a_manual_that_swap_two_names_are_both_kept() -> None:
    both = TEXT + " It works in Access too."
    assert find([both, both.replace("in Excel", "in Access", 1)], threshold=0.8) == []


def test_a_text_with_only_a_filler_word_more_is_collapsed() -> None:
    assert [pair.dropped for pair in find([TEXT, TEXT.replace("the same session", "same session")])] == [1]


def test_three_copies_leave_one_and_name_it() -> None:
    kept, collapsed = collapse([passage(0, TEXT), passage(1, TEXT), passage(2, "Other."), passage(3, TEXT)])
    assert [p.chunk_id for p in kept] == [0, 2]
    assert [(pair.dropped, pair.kept) for pair in collapsed] == [(1, 0), (3, 0)]


@pytest.mark.parametrize("texts", [[], ["one"], ["", ""], ["a", "b"]])
def test_too_little_text_to_compare_is_left_alone(texts: list[str]) -> None:
    assert find(texts) == []


def test_similarity_is_the_jaccard_index_of_word_triples() -> None:
    words = [f"word{chr(97 + n)}" for n in range(22)]
    pair = find([" ".join(words), " ".join(words[:-1])], threshold=0.9)[0]
    assert pair.similarity == pytest.approx(19 / 20)
