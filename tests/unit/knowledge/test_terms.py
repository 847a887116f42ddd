"""Content terms: folding, stop words, stems, scripts without spaces."""

import pytest

from answerable.knowledge.terms import keywords, stem, terms


def test_case_accents_and_stop_words_are_dropped() -> None:
    assert terms("How do I connect the CAFÉ's Wi-Fi?") == ["connect", "caf", "wi", "fi"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("recording", "recorded"),
        ("connects", "connecting"),
        ("stories", "story"),
        ("stopped", "stop"),
        ("boxes", "box"),
        ("device", "devices"),
    ],
)
def test_forms_of_a_word_share_a_stem(one: str, other: str) -> None:
    assert stem(one) == stem(other)


@pytest.mark.parametrize("word", ["virus", "is", "13a", "x86s", "fall", "bus"])
def test_words_that_only_look_inflected_are_left_alone(word: str) -> None:
    assert stem(word) == word


def test_a_question_of_stop_words_keeps_its_words() -> None:
    assert terms("who is it") == ["who", "is", "it"]


def test_scripts_without_spaces_are_cut_into_pairs() -> None:
    assert terms("検索する test") == ["検索", "索す", "する", "test"]
    assert terms("漢") == ["漢"]


def test_vowel_signs_stay_in_their_word() -> None:
    assert terms("हिन्दी में") == ["हिन्दी", "में"]


def test_a_word_that_mixes_scripts_is_cut_where_the_script_changes() -> None:
    assert terms("tv設定menu") == ["tv", "設定", "menu"]


def test_nothing_gives_nothing() -> None:
    assert terms(" … ") == []


def test_the_words_that_make_a_question_are_left_out_of_a_keyword_search() -> None:
    assert keywords("How do I change the picture mode?") == "change the picture mode?"
    assert keywords("Error 13, what is it?") == "Error 13, is"


def test_a_question_of_nothing_else_is_searched_as_it_is() -> None:
    assert keywords("What can you do?") == "What can you do?"
