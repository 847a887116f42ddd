"""What was used and what it cost, from the ledger: one's own, or for administrators that of their workspace."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal

from answerable.accounts import roles
from answerable.core.errors import InvalidRequest
from answerable.core.identity import Principal
from answerable.core.moments import from_us, parse_moment, to_us
from answerable.core.money import from_nano
from answerable.storage.database import Database
from answerable.storage.usage import KINDS, By, Span, Sums, sum_total, sum_usage

DEFAULT_SINCE = "30d"
_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
_MOST_UNITS = 100_000
_DAY_US = 86_400_000_000


@dataclass(frozen=True, slots=True)
class Asked:
    """`since` is a time, a date (its beginning) or a length such as 7d; `until` a time or a date (its end), else now.
    `user` narrows to one account's id. With `own` only the caller's usage is told.
    """

    by: str = "day"
    since: str = DEFAULT_SINCE
    until: str | None = None
    user: str | None = None
    own: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """The usage of one label. `cost_usd` is of what has a known price, None where nothing of it has; `unpriced` counts
    the requests whose cost is not known in whole.
    """

    label: str
    name: str
    requests: int
    cached: int
    unsuccessful: int
    prompt_tokens: int
    completion_tokens: int
    cost_usd: Decimal | None
    unpriced: int


@dataclass(frozen=True, slots=True)
class Report:
    """Usage in [since, until)."""

    by: By
    since: datetime
    until: datetime
    lines: tuple[Line, ...]
    total: Line


async def report_usage(asked: Asked, who: Principal, database: Database, now: datetime | None = None) -> Report:
    """The report that `who` may see. Raises InvalidRequest for a time or kind that is none."""
    if asked.by not in KINDS:
        raise InvalidRequest(f"'{asked.by}' is not one of {', '.join(KINDS)}", param="by")
    now = now or datetime.now(UTC)
    since = parse_since(asked.since, now)
    until = parse_moment(asked.until, param="until") if asked.until else now
    workspace = None if roles.spans_workspaces(who) else who.workspace
    principal = who.id if asked.own else asked.user
    span = Span(to_us(since), to_us(until) + 1, workspace, principal)
    async with database.read() as connection:
        lines = await sum_usage(connection, span, asked.by)
        total = await sum_total(connection, span)
    return Report(asked.by, since, until, tuple(_line(one, asked.by) for one in lines), _line(total, "outcome"))


def parse_since(text: str, now: datetime) -> datetime:
    """A length before now (24h, 7d, 2w), or a moment; a date is its beginning. Raises InvalidRequest."""
    length = re.fullmatch(r"(\d{1,6})([hdw])", text.strip())
    if length and int(length[1]) <= _MOST_UNITS:
        return max(now - int(length[1]) * _UNITS[length[2]], datetime(1970, 1, 1, tzinfo=UTC))
    moment = parse_moment(text, param="since")
    if moment.timetz() == time.max.replace(tzinfo=UTC):  # a date, which is read as its end
        return datetime.combine(moment.date(), time.min, UTC)
    return moment


def _line(sums: Sums, by: By) -> Line:
    label = from_us(int(sums.label) * _DAY_US).date().isoformat() if by == "day" else sums.label
    nothing_known = sums.cost_nano is None and sums.unpriced
    return Line(
        label,
        sums.name,
        sums.requests,
        sums.cached,
        sums.unsuccessful,
        sums.prompt_tokens,
        sums.completion_tokens,
        None if nothing_known else from_nano(sums.cost_nano or 0),
        sums.unpriced,
    )
