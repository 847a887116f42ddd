"""Dates and times: now, sums, differences, zones; on an injected clock."""

import calendar
import functools
import re
import zoneinfo
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Annotated, Literal

from pydantic import Field

from answerable.agents.tools.base.services import Caller, Services
from answerable.agents.tools.base.tool import Tool, ToolConfig, Traits
from answerable.core.errors import ToolFailed

Action = Literal["now", "add", "difference", "convert"]
_UNITS = {"year": (12, 0, 0), "month": (1, 0, 0), "week": (0, 7, 0), "day": (0, 1, 0), "hour": (0, 0, 3_600),
          "minute": (0, 0, 60), "min": (0, 0, 60), "second": (0, 0, 1)}  # fmt: skip
"""Months, days and seconds of each."""
_AMOUNT = re.compile(r"([+-]?)\s?(\d{1,7})\s?([a-z]+)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Config(ToolConfig):
    """No settings of its own."""

    timeout_s: float = 2.0


def build(config: Config, services: Services) -> Tool:
    """The clock and the calendar."""
    _zones()  # reads the disk, so not in the middle of a request

    async def date_time(
        caller: Caller,
        action: Annotated[Action, Field(description="What to do")] = "now",
        zone: Annotated[str, Field(max_length=64, description="IANA time zone, such as Europe/Berlin")] = "",
        moment: Annotated[str, Field(max_length=40, description="ISO date or time: 2026-03-31, 2026-03-31T14:00")] = "",
        other: Annotated[str, Field(max_length=40, description="Second moment, for difference")] = "",
        to_zone: Annotated[str, Field(max_length=64, description="Target time zone, for convert")] = "",
        amount: Annotated[str, Field(max_length=100, description="For add: 3 months 2 days, or -90 minutes")] = "",
    ) -> str:
        """Tell the date and time now, add to or subtract from a date, count the time between two, or convert zones.

        now: the moment in `zone`. add: `moment` (now if left out) plus `amount` in years, months, weeks, days, hours,
        minutes; a minus sign goes back. difference: from `moment` to `other` (now if left out). convert: `moment` in
        `zone` as it is in `to_zone`. Every answer names the weekday and the calendar week.
        """
        where = zone_of(zone or caller.zone)
        now = services.now().astimezone(where)
        start = read_moment(moment, where) if moment else now
        match action:
            case "now":
                return described(now)
            case "add":
                return described(_added(start, _read_amount(amount)))
            case "difference":
                return _difference(start, read_moment(other, where) if other else now)
            case "convert":
                if not to_zone:
                    raise ToolFailed("name the target in to_zone, such as Asia/Tokyo")
                return f"{described(start)} is {described(start.astimezone(zone_of(to_zone)))}"

    return Tool("date_time", date_time, config, Traits(repeatable=True))


@functools.cache
def _zones() -> dict[str, str]:
    """Known zones by their names in lower case. Only these are looked up: a zone's name is a path on the disk."""
    return {name.lower(): name for name in zoneinfo.available_timezones()}


def zone_of(name: str) -> tzinfo:
    """The time zone. Raises ToolFailed that suggests what may be meant."""
    plain = name.strip().replace(" ", "_").lower()
    if plain in ("utc", "z", "gmt"):
        return UTC
    if found := _zones().get(plain):
        return zoneinfo.ZoneInfo(found)
    near = sorted(full for lower, full in _zones().items() if lower.rpartition("/")[2] == plain)[:3]
    hint = f"did you mean {' or '.join(near)}?" if near else "write it like Europe/Berlin or America/New_York"
    raise ToolFailed(f"there is no time zone '{name[:40]}'; {hint}")


def read_moment(text: str, zone: tzinfo) -> datetime:
    """An ISO date or time; in `zone` where it names none."""
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise ToolFailed(f"'{text[:40]}' is not a date or time; write 2026-03-31 or 2026-03-31T14:00") from error
    try:
        return found.replace(tzinfo=zone) if found.tzinfo is None else found.astimezone(zone)
    except (OverflowError, ValueError) as error:
        raise ToolFailed("dates reach from the year 1 to the year 9999") from error


def described(moment: datetime) -> str:
    """A moment with what people ask about it."""
    week = moment.isocalendar()
    name = moment.tzname() or ""
    return f"{moment.isoformat(timespec='seconds')} ({moment:%A}, week {week.week} of {week.year}, {name})"


def _read_amount(text: str) -> tuple[int, int, int]:
    """Months, days and seconds of words such as `1 year -2 days`; a sign holds until the next one."""
    found, sign, rest = [0, 0, 0], 1, text.strip().lower().replace("−", "-")
    for match in _AMOUNT.finditer(rest):
        sign = {"": sign, "+": 1, "-": -1}[match[1]]
        unit = _UNITS.get(match[3].removesuffix("s"))
        if unit is None:
            raise ToolFailed(f"'{match[3]}' is no unit of time; known: {', '.join(_UNITS)}")
        found = [total + sign * int(match[2]) * one for total, one in zip(found, unit, strict=True)]
    left = _AMOUNT.sub("", rest).replace("and", "").strip(" ,")
    if left or not rest:
        raise ToolFailed("write the amount in words, such as 3 months 2 days, or -90 minutes")
    return found[0], found[1], found[2]


def _added(start: datetime, amount: tuple[int, int, int]) -> datetime:
    """Months and days by the calendar (the last day of a short month), seconds by the clock."""
    months, days, seconds = amount
    try:
        month = start.year * 12 + start.month - 1 + months
        year, month = month // 12, month % 12 + 1
        day = min(start.day, calendar.monthrange(year, month)[1])
        found = start.replace(year=year, month=month, day=day) + timedelta(days=days)
        exact = found.astimezone(UTC) + timedelta(seconds=seconds)
        return exact.astimezone(start.tzinfo)
    except (ValueError, OverflowError, calendar.IllegalMonthError) as error:
        raise ToolFailed("the result is outside of the years 1 to 9999; add less") from error


def _difference(start: datetime, end: datetime) -> str:
    first, last = sorted((start, end), key=lambda one: one.astimezone(UTC))
    span = last.astimezone(UTC) - first.astimezone(UTC)
    hours, rest = divmod(span.seconds, 3_600)
    years, months, days = _by_calendar(first.date(), last.date())
    weekdays = _weekdays(first.date(), last.date())
    return (
        f"from {described(start)} to {described(end)}: {'minus ' if end < start else ''}{span.days} days, "
        f"{hours} hours, {rest // 60} minutes; by the calendar {years} years, {months} months, {days} days; "
        f"{weekdays} weekdays (Monday to Friday) from the first day up to the day before the last"
    )


def _by_calendar(first: date, last: date) -> tuple[int, int, int]:
    """Whole years, whole months, then days between two dates."""
    months = (last.year - first.year) * 12 + last.month - first.month
    months -= last.day < first.day
    year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
    anchor = date(year, month + 1, min(first.day, calendar.monthrange(year, month + 1)[1]))
    return *divmod(months, 12), (last - anchor).days


def _weekdays(first: date, last: date) -> int:
    """Mondays to Fridays in [first, last)."""
    weeks, rest = divmod((last - first).days, 7)
    return weeks * 5 + sum((first.weekday() + day) % 7 < 5 for day in range(rest))
