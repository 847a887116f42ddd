import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from answerable.core.folding import LONGEST_WORD, may_hold, placed_words, words_of

TEXTS = {
    "Hello, WORLD_2!": ["hello", "world", "2"],
    "Crème brûlée, Ångström": ["creme", "brulee", "angstrom"],
    "Straße STRASSE": ["strasse", "strasse"],
    "ﬁne ½ Ⅷ": ["fine", "12", "viii"],
    "İstanbul ΣΊΣΥΦΟΣ": ["istanbul", "σισυφοσ"],
    "富士山に登る": ["富", "士", "山", "に", "登", "る"],
    "GPT模型v2": ["gpt", "模", "型", "v2"],
    "한국어 텍스트": ["한국어", "텍스트"],
    "שָׁלוֹם مُحَمَّد": ["שלום", "محمد"],
    "👍 -- …": [],
}


@pytest.mark.parametrize("text", TEXTS)
def test_words_are_folded(text: str) -> None:
    assert words_of(text) == TEXTS[text]
    assert words_of(unicodedata.normalize("NFD", text)) == TEXTS[text]


def test_places_are_those_of_the_text_as_it_was_written() -> None:
    text = unicodedata.normalize("NFD", "Das Café in Köln, 東京")
    assert [text[word.start : word.end] for word in placed_words(text)] == [
        "Das",
        unicodedata.normalize("NFD", "Café"),
        "in",
        unicodedata.normalize("NFD", "Köln"),
        "東",
        "京",
    ]


def test_both_ways_agree_on_plain_text_and_endless_words_are_cut() -> None:
    text = "A plain text_with 3 words, and " + "x" * 500
    assert words_of(text) == [word.text for word in placed_words(text)]
    assert len(words_of("y" * 500)[0]) == len(words_of("é" * 500)[0]) == LONGEST_WORD


@given(st.text(max_size=30), st.lists(st.sampled_from(["Café", "STRASSE", "ß", "ﬁn", "東京", "한글", "й", "a1"])))
def test_the_quick_look_misses_no_word(odd: str, plain: list[str]) -> None:
    text = " ".join([*plain, odd])
    assert all(may_hold(text, word) for word in words_of(" ".join(plain)))
    assert not may_hold(text.replace("q", ""), "q" * 40)
