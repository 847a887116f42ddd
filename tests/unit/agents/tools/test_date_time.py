import json

import pytest

from answerable.agents.tools import date_time
from answerable.agents.tools.base.services import Caller
from answerable.core.errors import ToolFailed
from tests.data.tool_samples import services


async def ask(arguments: dict[str, str], caller: Caller | None = None) -> str:
    tool = date_time.build(date_time.Config(), services())
    return await tool.run(json.dumps(arguments), caller or Caller())


@pytest.mark.parametrize(
    ("arguments", "begins"),
    [
        ({}, "2026-11-26T09:30:00+00:00 (Thursday, week 48 of 2026, UTC)"),
        ({"zone": "america/new york"}, "2026-11-26T04:30:00-05:00"),
        ({"action": "add", "moment": "2024-01-31", "amount": "1 month"}, "2024-02-29T00:00:00"),
        ({"action": "add", "moment": "2026-03-31", "amount": "-1 month -1 day"}, "2026-02-27"),
        ({"action": "add", "moment": "2026-03-31", "amount": "1 year and 2 weeks"}, "2027-04-14"),
        ({"action": "add", "amount": "90 minutes"}, "2026-11-26T11:00:00"),
        (
            {"action": "add", "moment": "2026-03-29T01:30", "zone": "Europe/Berlin", "amount": "1 hour"},
            "2026-03-29T03:30:00+02:00",
        ),
        ({"action": "convert", "moment": "2026-07-01T12:00", "to_zone": "Asia/Tokyo"}, "2026-07-01T12:00:00+00:00"),
    ],
)
async def test_dates_go_by_the_calendar_and_times_by_the_clock(arguments: dict[str, str], begins: str) -> None:
    assert (await ask(arguments)).startswith(begins)


async def test_a_difference_is_given_in_days_by_the_calendar_and_in_weekdays() -> None:
    text = await ask({"action": "difference", "moment": "2024-02-28", "other": "2026-03-01"})
    assert ": 732 days, 0 hours, 0 minutes; by the calendar 2 years, 0 months, 1 days; 523 weekdays" in text
    assert ": minus 1 days" in await ask({"action": "difference", "moment": "2026-01-02", "other": "2026-01-01"})


async def test_the_zone_of_the_caller_holds_where_none_is_named() -> None:
    assert "T18:30:00+09:00" in await ask({}, Caller(zone="Asia/Tokyo"))


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"zone": "Tokyo"}, "did you mean Asia/Tokyo"),
        ({"zone": "../../etc/passwd"}, "there is no time zone"),
        ({"zone": "America"}, "there is no time zone"),
        ({"action": "add", "moment": "tomorrow"}, "is not a date or time"),
        ({"action": "add", "amount": "soon"}, "write the amount in words"),
        ({"action": "add", "amount": "3 fortnights"}, "'fortnights' is no unit"),
        ({"action": "add"}, "write the amount in words"),
        ({"action": "add", "moment": "9999-12-31", "amount": "1 day"}, "outside of the years"),
        ({"action": "add", "amount": "9999999 years"}, "outside of the years"),
        ({"action": "convert"}, "name the target"),
    ],
)
async def test_what_cannot_be_meant_is_refused_with_a_hint(arguments: dict[str, str], says: str) -> None:
    with pytest.raises(ToolFailed, match=says):
        await ask(arguments)
