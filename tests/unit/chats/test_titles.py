import pytest

from answerable.chats.titles import LONGEST, UNTITLED, title_of


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("How do I reset the television?", "How do I reset the television?"),
        ("hello! how do I reset it? It is broken.", "How do I reset it?"),
        ("Hi there,\n\nwhat is the warranty?", "What is the warranty?"),
        ("Guten Tag, wie lange gilt die Garantie?", "Wie lange gilt die Garantie?"),
        ("Please explain version 2.0 of the plan.", "Explain version 2.0 of the plan"),
        ("# **Plan** for [the launch](https://example.org/x)", "Plan for the launch"),
        ("```python\nprint(1)\n```\nWhy does this fail?", "Why does this fail?"),
        ("> quoted\n- first point", "Quoted"),
        ("use snake_case_names here", "Use snake_case_names here"),
        ("富士山の高さは？それから？", "富士山の高さは？"),
        ("history of Rome", "History of Rome"),
    ],
)
def test_a_title_is_the_first_sentence_without_markup_and_greetings(text: str, title: str) -> None:
    assert title_of(text) == title


def test_a_long_sentence_is_cut_at_a_word() -> None:
    title = title_of("Explain " + "considerably " * 20)
    assert len(title) <= LONGEST
    assert title == "Explain considerably considerably considerably…"


@pytest.mark.parametrize("text", ["", "   \n", "!!! ???", "```", "\x00\x01", "Hi!"])
def test_what_has_no_words_is_untitled(text: str) -> None:
    assert title_of(text) == UNTITLED


def test_one_endless_word_is_cut_and_controls_are_left_out() -> None:
    assert len(title_of("x" * 5_000)) <= LONGEST
    assert title_of("a\x07b\u202ec") == "A b c"
