"""Points in time: aware UTC datetimes outside, integer microseconds since 1970 UTC inside the database."""

import re
from datetime import UTC, datetime, time, timedelta
from time import time_ns

from answerable.core.errors import InvalidRequest

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def now_us() -> int:
    """This moment in microseconds since 1970 UTC."""
    return time_ns() // 1_000


def to_us(moment: datetime) -> int:
    """Microseconds since 1970 UTC, exactly."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


def from_us(value: int) -> datetime:
    """The moment of a stored value."""
    return _EPOCH + timedelta(microseconds=value)


def parse_moment(text: str, *, param: str = "as_of") -> datetime:
    """A moment from ISO 8601 text; without a zone it is UTC, and a bare date means the end of that day.

    Raises InvalidRequest that shows the two forms.
    """
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise InvalidRequest(
            f"'{text}' is not a time; write 2026-03-31 or 2026-03-31T12:00:00Z", param=param
        ) from error
    if re.fullmatch(r"\d{4}-?\d{2}-?\d{2}", text.strip()):
        moment = datetime.combine(moment.date(), time.max)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
