import pytest

from answerable.core.numerals import bound, canonical, values


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("ten seconds", "10"),
        ("thirty seconds", "30"),
        ("twenty-five days", "25"),
        ("two hundred and fifty pages", "250"),
        ("one thousand two hundred rows", "1200"),
        ("3 million users", "3000000"),
        ("1,000 hours", "1000"),
        ("5.0 volts", "5"),
        ("a dozen eggs", "12"),
        ("the third row", "3th"),
        ("the 2 nd row", "2th"),
        ("five percent", "5%"),
        ("no number here", ""),
    ],
)
def test_a_number_is_the_same_in_words_and_in_digits(text: str, found: str) -> None:
    assert "".join(values(text.split())) == found


def test_a_number_stands_at_its_first_word_and_the_next_is_its_own() -> None:
    assert values(["two", "hundred", "pages", "and", "three", "figures"]) == ["200", "", "", "", "3", ""]


@pytest.mark.parametrize(
    ("written", "plain"), [("1,234,567", "1234567"), ("2,5", "2.5"), ("5.00", "5"), ("3.10", "3.10"), ("7%", "7%")]
)
def test_digits_have_one_form(written: str, plain: str) -> None:
    assert canonical(written) == plain


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("at least 5 days", "least"),
        ("at most 5 days", "most"),
        ("up to 5 days", "most"),
        ("more than 5 days", "more"),
        ("5 days or more", "least"),
        ("5 days", ""),
    ],
)
def test_a_limit_is_told_from_a_figure(words: str, kind: str) -> None:
    lower = words.split()
    assert bound(lower, lower.index("5"), "") == kind


def test_a_sign_before_a_number_is_a_limit_too() -> None:
    assert bound(["5"], 0, "below <= ") == "most"
