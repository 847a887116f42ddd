"""The SQL that reads the ledger: sums over a span of time, by day, model, user, key or outcome.

A span of time is a range of primary keys. What has no price is counted beside the sum, never as 0 in it.
"""

from dataclasses import dataclass
from typing import Any, Literal, get_args

from sqlalchemy import ColumnElement, Integer, Select, and_, case, cast, distinct, func, null, select
from sqlalchemy.ext.asyncio import AsyncConnection

from answerable.storage.ledger import first_id_at
from answerable.storage.schema import api_keys, attempts, requests, users

By = Literal["day", "model", "user", "key", "outcome"]
KINDS: tuple[By, ...] = get_args(By)

_DAY_US = 86_400_000_000
_UNSUCCESSFUL = ("refused", "blocked", "failed", "lost")


@dataclass(frozen=True, slots=True)
class Span:
    """Which requests: those that began in [since_us, until_us), of one workspace or principal where it is given."""

    since_us: int
    until_us: int
    workspace: str | None = None
    principal: str | None = None


@dataclass(frozen=True, slots=True)
class Sums:
    """What the requests of one label used. `label` is a day (its number since 1970), a model, an id or an outcome, and
    `name` what people call it. `cost_nano` is of what has a price, None where nothing has; `unpriced` counts requests
    (by model: calls) whose cost is not known in whole. `unsuccessful` were refused, blocked, lost, or failed.
    """

    label: str
    name: str
    requests: int
    cached: int
    unsuccessful: int
    prompt_tokens: int
    completion_tokens: int
    cost_nano: int | None
    unpriced: int


async def sum_usage(connection: AsyncConnection, span: Span, by: By) -> list[Sums]:
    """One Sums a label: days in order, everything else by cost, then by requests, largest first."""
    query = _by_model(span) if by == "model" else _by_request(span, by)
    found = [_sums(row) for row in await connection.execute(query)]
    if by == "day":
        return sorted(found, key=lambda one: int(one.label))
    return sorted(found, key=lambda one: (-(one.cost_nano or 0), -one.requests, one.label))


async def sum_total(connection: AsyncConnection, span: Span) -> Sums:
    """Everything in the span."""
    row = (await connection.execute(select(*_SUMS).where(_within(span)))).one()
    return _sums(("", "", *row))


def _sums(row: Any) -> Sums:
    label, name, number, cached, unsuccessful, prompt, completion, cost, unpriced = row
    # a sum over no rows is NULL, and Postgres's sum of large integers a decimal
    used = (int(cached or 0), int(unsuccessful or 0), int(prompt or 0), int(completion or 0))
    return Sums(str(label), name or "", number, *used, None if cost is None else int(cost), int(unpriced or 0))


def _within(span: Span) -> ColumnElement[bool]:
    wanted = [requests.c.id >= first_id_at(span.since_us), requests.c.id < first_id_at(span.until_us)]
    if span.workspace is not None:
        wanted.append(requests.c.workspace == span.workspace)
    if span.principal is not None:
        wanted.append(requests.c.principal == span.principal)
    return and_(*wanted)


def _number(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(cast(condition, Integer))


_SUMS = (
    func.count(),
    _number(requests.c.outcome == "cached"),
    _number(requests.c.outcome.in_(_UNSUCCESSFUL)),
    func.sum(requests.c.prompt_tokens),
    func.sum(requests.c.completion_tokens),
    func.sum(requests.c.cost_nano),
    _number(requests.c.unpriced),
)


def _by_request(span: Span, by: By) -> Select[Any]:
    day = requests.c.started_at // _DAY_US
    label: Any = {"day": day, "user": requests.c.principal, "key": requests.c.key_id, "outcome": requests.c.outcome}[by]
    summed = select(label.label("label"), *(column.label(f"s{n}") for n, column in enumerate(_SUMS)))
    inner = summed.where(_within(span)).group_by(label).subquery()
    sums = [inner.c[f"s{n}"] for n in range(len(_SUMS))]
    if by == "user":
        named = inner.outerjoin(users, users.c.id == inner.c.label)
        return select(inner.c.label, users.c.email, *sums).select_from(named)
    if by == "key":
        named = inner.outerjoin(api_keys, api_keys.c.id == inner.c.label)
        return select(func.coalesce(inner.c.label, ""), api_keys.c.name, *sums).select_from(named)
    return select(inner.c.label, null(), *sums)


def _by_model(span: Span) -> Select[Any]:
    """By the models that were called, those that failed too; requests that called none are under no model."""
    called = requests.outerjoin(attempts, attempts.c.request_id == requests.c.id)
    label = func.coalesce(attempts.c.model, "")
    used = func.coalesce(attempts.c.prompt_tokens, 0) + func.coalesce(attempts.c.completion_tokens, 0)
    priceless = attempts.c.cost_nano.is_(None)
    columns: tuple[Any, ...] = (label, null())
    return (
        select(
            *columns,
            func.count(distinct(requests.c.id)),
            _number(requests.c.outcome == "cached"),
            _number(attempts.c.outcome == "failed"),
            func.sum(attempts.c.prompt_tokens),
            func.sum(attempts.c.completion_tokens),
            func.sum(case((and_(priceless, used == 0), 0), else_=attempts.c.cost_nano)),
            _number(and_(priceless, used > 0)),
        )
        .select_from(called)
        .where(_within(span))
        .group_by(label)
    )
