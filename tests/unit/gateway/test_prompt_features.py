import math

import pytest

from answerable.gateway.prompt_features import chore_of, features, is_latin, telling_part

EXAM = "Which of these is not a prime?\nA. 2\nB. 9\n(C) 11\nAnswer:"


def test_options_of_a_multiple_choice_question_are_seen() -> None:
    found = features(EXAM)
    assert found.multiple_choice == 1
    assert found.numeric_options == 1
    assert found.option_length == pytest.approx(math.log1p(4 / 3))
    assert features("Is plan A. the better one?").multiple_choice == 0


def test_words_of_a_kind_are_counted_whole() -> None:
    found = features("Explain why. The explanation is not enough: prove it.")
    assert found.reasoning == pytest.approx(math.log1p(3))
    assert found.negations == pytest.approx(math.log1p(1))


def test_numbers_and_sentences_are_counted() -> None:
    found = features("It costs $1,200.50 for 3 days. Is it? Yes!")
    assert found.numbers == pytest.approx(math.log1p(2))
    assert found.sentences == pytest.approx(math.log1p(3))
    assert found.dollars == 1


def test_code_is_seen() -> None:
    assert features("Why does `if (a == b) { return; }` fail?").code == 1
    assert features("My code for the door does not work").code == 0


@pytest.mark.parametrize("text", ["", " ", "?", "\n\n", "密码", "a" * 100_000, "A.", "()" * 5_000])
def test_any_text_gives_finite_numbers(text: str) -> None:
    assert all(math.isfinite(value) for value in features(text))


def test_the_middle_of_a_long_prompt_is_not_embedded() -> None:
    long = "start " * 100 + "middle " * 500 + "end " * 100
    part = telling_part(long)
    assert len(part) <= 1_005
    assert part.startswith("start")
    assert part.endswith("end ")
    assert telling_part("short") == "short"


@pytest.mark.parametrize(
    ("prompt", "line"),
    [
        ("Summarise this: " + "a long text. " * 50, "Summarise this"),
        ("Please summarize the text below\n\n" + "a long text. " * 50, "Please summarize the text below"),
        ("a long text. " * 50 + "\nCan you translate this into French?", "Can you translate this into French?"),
        ("Summarise", ""),  # nothing is given
        ("Summarise this and explain why each claim is wrong\n" + "text " * 99, ""),  # that is work
        ("Find the contradictions\n" + "in the summary " * 99, ""),
        ("The committee voted to rewrite the treaty. Why?\nA. War\nB. Trade", ""),
        ("word " * 300, ""),
        ("", ""),
    ],
)
def test_a_chore_on_a_pasted_text_is_told_by_its_line(prompt: str, line: str) -> None:
    assert chore_of(prompt) == line


def test_another_script_is_told_from_ours() -> None:
    assert is_latin("Wie setze ich mein Passwort zurück?")
    assert not is_latin("密码怎么重置？")
    assert not is_latin("2 + 2 = ?")  # nothing to read
