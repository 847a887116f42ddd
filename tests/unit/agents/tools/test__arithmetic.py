import contextlib
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from answerable.agents.tools._arithmetic import evaluate, shown
from answerable.core.errors import ToolFailed


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2 + 2 * 3", "8"),
        ("(2 + 2) * 3", "12"),
        ("-2 ** 2", "-4"),
        ("2 ^ 3 ^ 2", "512"),
        ("2 ** -1", "0.5"),
        ("0.1 + 0.2", "0.3"),
        ("1/3 + 1/6", "0.5"),
        ("15% of 80", "12"),
        ("200 * 5%", "10"),
        ("50% + 10", "10.5"),
        ("10 % 3", "1"),
        ("-7 mod 3", "2"),
        ("7 // 2", "3"),
        ("10!", "3628800"),
        ("sqrt(16/9) * 3", "4"),
        ("4 ** 0.5", "2"),
        ("log(1000)", "3"),
        ("log(1/8, 2)", "-3"),
        ("round(2.5)", "3"),
        ("round(-2.675, 2)", "-2.68"),
        ("round(1234, -2)", "1200"),
        ("mean(1, 2, 3, 6)", "3"),
        ("median(5, 1, 3)", "3"),
        ("variance(1, 2, 3)", "1"),
        ("gcd(12, 18) + lcm(4, 6)", "18"),
        ("comb(5, 2) + perm(5, 2)", "30"),
        ("1_000 × 2 ÷ 4 − 1", "499"),
        ("5. + .5", "5.5"),
        ("max(3, -4) + min(1; 2)", "4"),
        ("1e3", "1000"),
        ("0 ** 0", "1"),
        ("(-1) ** 1001", "-1"),
    ],
)
def test_rational_results_are_exact(text: str, value: str) -> None:
    number = evaluate(text)
    assert number.exact or text.startswith("round")
    assert shown(number) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2 ** 0.5", "about 1.4142135623731"),
        ("1/3", "about 0.333333333333333"),
        ("e ** 1", "about 2.71828182845905"),
        ("sin(pi / 6)", "about 0.5"),
        ("sin(pi)", "about 0"),
        ("degrees(pi)", "about 180"),
        ("8 ** (1/3)", "about 2"),
        ("stdev(1, 2, 3, 4)", "about 1.29099444873581"),
        ("exp(100)", "about 2.68811714181614E+43"),
    ],
)
def test_other_results_say_that_they_are_rounded(text: str, value: str) -> None:
    assert shown(evaluate(text)) == value


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("1 / 0", "division by zero"),
        ("0 ** -1", "division by zero"),
        ("5 mod 0", "division by zero"),
        ("(2 + 3", "a '\\)' is missing"),
        ("2 +", "not the end"),
        ("2 (3)", "write \\* between"),
        ("3 apples", "'apples' is not expected"),
        ("apples", "'apples' is not known; functions: sqrt"),
        ("max(1,000, 5)", "without commas inside"),
        ("sqrt", "in parentheses"),
        ("sqrt()", "takes 1 argument"),
        ("round(1, 2, 3)", "takes 1 to 2 argument"),
        ("sqrt(-1)", "not a real number"),
        ("(-8) ** (1/3)", "not a real number"),
        ("ln(0)", "no such real number"),
        ("log(5, 1)", "no such real number"),
        ("asin(2)", "out of range"),
        ("2.5!", "a whole number from 0"),
        ("9 ** 9 ** 9 ** 9", "more than about 3,900 digits"),
        ("99999!", "a whole number from 0 to 1,250"),
        ("1e999999", "beyond 3,900"),
        ("(" * 100, "nested more than 60 deep"),
        ("2 ** " * 100 + "1", "nested more than 60 deep"),
        ("__import__('os')", "is not known"),
        ("", "is empty"),
    ],
)
def test_what_cannot_be_calculated_is_said_in_words(text: str, says: str) -> None:
    with pytest.raises(ToolFailed, match=says):
        evaluate(text)


whole = st.integers(-50, 50)


@settings(max_examples=200, deadline=None)
@given(st.recursive(whole.map(str), lambda deeper: st.tuples(deeper, st.sampled_from("+-*/"), deeper).map(
    lambda parts: f"({parts[0]} {parts[1]} {parts[2]})"), max_leaves=12))  # fmt: skip
def test_sums_agree_with_python_on_fractions(text: str) -> None:
    python = "".join(f"Fraction({part})" if part.lstrip("-").isdigit() else part for part in _parts(text))
    try:
        expected = Fraction(eval(python, {"Fraction": Fraction}))
    except ZeroDivisionError:
        with pytest.raises(ToolFailed, match="division by zero"):
            evaluate(text)
    else:
        assert evaluate(text).value == expected


def _parts(text: str) -> list[str]:
    return text.replace("(", "( ").replace(")", " )").split()


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="0123456789.+-*/%^!()eE, sqrtlogpi", max_size=60))
def test_any_text_gives_a_number_or_a_refusal(text: str) -> None:
    with contextlib.suppress(ToolFailed):
        assert shown(evaluate(text))
