"""Terms of texts in any script, and how rare they are."""

import pytest

from answerable.providers.extraction.research.terms import Rarity, is_english, size, terms


def test_forms_of_a_word_are_one_term() -> None:
    assert terms("The lamps increased") == terms("a lamp increases")
    assert terms("лампы маяка") & terms("лампу маяков")


def test_small_words_are_no_terms() -> None:
    assert terms("of the and it") == frozenset()


def test_writing_without_spaces_gives_pairs_of_characters() -> None:
    assert {"文件", "件压", "压缩"} <= terms("文件压缩")
    assert terms("文件压缩") & terms("压缩工具") == {"压缩"}


@pytest.mark.parametrize(
    ("text", "expected"), [("Two words", 2), ("文件压缩工具", 3), ("", 0), ("Лампа маяка горит", 3)]
)
def test_the_size_is_in_words(text: str, expected: int) -> None:
    assert size(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The lamp is lit at dusk and it is out at dawn.", True),
        ("Лампу зажигают в сумерках.", False),
        ("文件压缩工具", False),
        ("Die Lampe wird bei Dunkelheit entzündet.", False),
        ("", False),
    ],
)
def test_english_is_told_by_its_small_words(text: str, expected: bool) -> None:
    assert is_english([text]) is expected


def test_a_rare_term_weighs_more() -> None:
    rarity = Rarity([frozenset({"lamp", "lens"}), frozenset({"lamp"}), frozenset({"lamp", "fog"})])
    assert rarity.weight("unseen") > rarity.weight("fog") > rarity.weight("lamp") > 0
    assert rarity.seen("lamp") == 3
    assert rarity.share(frozenset({"lamp", "fog"}), frozenset({"fog"})) > 0.5
    assert rarity.share(frozenset(), frozenset({"fog"})) == 0.0
