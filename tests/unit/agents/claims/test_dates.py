"""Dates and times of day in sentences."""

import pytest

from answerable.agents.claims.dates import agree, find_dates


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("It opened on 3 May 1887.", (1887, 5, 3)),
        ("It opened on May 3, 1887.", (1887, 5, 3)),
        ("It opened in May 1887.", (1887, 5, 0)),
        ("It opened on 1887-05-03.", (1887, 5, 3)),
        ("It opened in 1887.", (1887, 0, 0)),
        ("Founded in 1893, the museum is old.", (1893, 0, 0)),
        ("It opens on 3 May.", (0, 5, 3)),
    ],
)
def test_a_date_is_read_as_far_as_it_is_written(text: str, parts: tuple[int, int, int]) -> None:
    found = find_dates(text)
    assert [(one.year, one.month, one.day) for one in found] == [parts]
    assert str(parts[0] or "May") in text[found[0].start : found[0].end]


@pytest.mark.parametrize("text", ["It holds 2000 users.", "It weighs 1.1987 kg.", "It may rain.", "Part 2019-A fits."])
def test_other_numbers_are_no_dates(text: str) -> None:
    assert not find_dates(text)


def test_times_of_day_are_minutes() -> None:
    assert [one.minutes for one in find_dates("From 9 am to 5:30 p.m. and at 18:05.")] == [540, 1050, 1085]


def test_what_one_leaves_open_the_other_may_say() -> None:
    year, day, other = (find_dates(text)[0] for text in ("in 1887", "on 3 May 1887", "on 4 May 1887"))
    assert agree(year, day)
    assert not agree(day, other)
    assert agree(day, find_dates("at 9 am")[0])
