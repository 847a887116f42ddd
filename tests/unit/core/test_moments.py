from datetime import UTC, datetime

import pytest

from answerable.core.errors import InvalidRequest
from answerable.core.moments import from_us, parse_moment, to_us


def test_a_bare_date_means_the_end_of_that_day() -> None:
    assert parse_moment("2026-03-31") == datetime(2026, 3, 31, 23, 59, 59, 999_999, tzinfo=UTC)


def test_a_time_without_a_zone_is_utc() -> None:
    assert parse_moment("2026-03-31T12:00:00") == datetime(2026, 3, 31, 12, tzinfo=UTC)


def test_a_zone_is_respected() -> None:
    assert parse_moment("2026-03-31T12:00:00+02:00") == datetime(2026, 3, 31, 10, tzinfo=UTC)


def test_what_is_no_time_is_an_error_that_shows_how() -> None:
    with pytest.raises(InvalidRequest, match="2026-03-31T12:00:00Z"):
        parse_moment("last week")


def test_microseconds_survive_the_way_there_and_back() -> None:
    moment = datetime(2026, 11, 24, 13, 59, 1, 123_457, tzinfo=UTC)
    assert from_us(to_us(moment)) == moment
