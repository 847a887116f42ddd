"""Numbers in digits and words, and their bounds."""

import pytest

from answerable.core import numerals


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("thirty seconds", ["30", ""]),
        ("twenty-five days", ["25", ""]),
        ("two hundred and fifty pages", ["250", "", "", "", ""]),
        ("one thousand two hundred users", ["1200", "", "", "", ""]),
        ("2.5 million rows", ["2500000", "", ""]),
        ("1,000 hours", ["1000", ""]),
        ("3.10 and 3.1 and 5.0", ["3.10", "", "3.1", "", "5"]),
        ("5 percent", ["5%", ""]),
        ("the third and the 3 rd", ["", "3th", "", "", "3th", ""]),
        ("nine ten", ["9", "10"]),
        ("a dozen eggs", ["", "12", ""]),
        ("hundreds of words", ["", "", ""]),
    ],
)
def test_a_number_has_one_form_however_it_is_written(text: str, expected: list[str]) -> None:
    assert numerals.values(text.split()) == expected


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("wait at least", "seconds", "least"),
        ("wait no more than", "seconds", "most"),
        ("wait more than", "seconds", "more"),
        ("up to version", "", "most"),
        ("for", "minutes or more", "least"),
        ("for", "minutes or less", "most"),
        ("for", "minutes", ""),
    ],
)
def test_words_around_a_number_make_it_a_bound(before: str, after: str, expected: str) -> None:
    words = [*before.split(), "5", *after.split()]
    assert numerals.bound(words, len(before.split()), "") == expected


def test_a_sign_before_a_number_makes_it_a_bound() -> None:
    assert numerals.bound(["5"], 0, "x <= ") == "most"
