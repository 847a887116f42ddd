from datetime import UTC, datetime

import pytest

from answerable.agents.exports.base.text import (
    begins_right_to_left,
    clean,
    clean_lines,
    day_of,
    figure,
    link_of,
    with_unit,
)


def test_clean_text_is_one_line_without_what_no_page_shows() -> None:
    assert clean(" a\n\tb\x00\x1b[0m\u202ec\ud800\ufffe\U0001ffff\u2067d ") == "a b[0mcd"


def test_clean_lines_keep_indents_and_lose_empty_ends() -> None:
    assert clean_lines("\n\n  a\n\tb \x07\n\nc\n\n") == ["  a", "    b", "", "c"]


@pytest.mark.parametrize(
    ("address", "link"),
    [
        ("https://example.org/a b", ""),
        ("HTTPS://example.org/a?b=c#d", "https://example.org/a?b=c#d"),
        (
            "https://пример.рф/страница",
            "https://xn--e1afmkfd.xn--p1ai/%D1%81%D1%82%D1%80%D0%B0%D0%BD%D0%B8%D1%86%D0%B0",
        ),
        ("https://example.org/(a)<b>\"'", "https://example.org/(a)%3Cb%3E%22'"),
        ("mailto:a@example.org", "mailto:a@example.org"),
        ("mailto:", ""),
        ("javascript:alert(1)", ""),
        ("java\nscript:alert(1)", ""),
        ("  javascript://example.org/%0aalert(1)", ""),
        ("data:text/html,x", ""),
        ("file:///etc/passwd", ""),
        ("//example.org", ""),
        ("https:///path", ""),
        ("https:\\\\example.org", ""),
        ("https://[::1", ""),
        ("https://example.org/" + "x" * 2_000, ""),
        ("notes.md", ""),
        ("", ""),
    ],
)
def test_only_addresses_that_cannot_run_something_are_links(address: str, link: str) -> None:
    assert link_of(address) == link


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1_234_567, "1,234,567"),
        (0.25, "0.25"),
        (0.00012, "0.00012"),
        (-3.10, "-3.1"),
        (0, "0"),
        (1e20, "1e+20"),
        (float("nan"), "not a number"),
        (float("inf"), "not a number"),
    ],
)
def test_figures_are_written_as_people_write_them(value: float, text: str) -> None:
    assert figure(value) == text


def test_a_unit_follows_its_value_and_a_percent_sign_stands_close() -> None:
    assert [with_unit(12, unit) for unit in ("%", "ms", "")] == ["12%", "12 ms", "12"]


def test_the_first_letter_says_where_a_text_begins() -> None:
    assert begins_right_to_left("1. שלום abc")
    assert not begins_right_to_left("abc שלום")
    assert not begins_right_to_left("123")


def test_a_report_without_a_day_gets_a_fixed_one() -> None:
    assert day_of("2026-11-26") == datetime(2026, 11, 26, tzinfo=UTC)
    assert day_of("yesterday") == day_of("") == datetime(2000, 1, 1, tzinfo=UTC)
