from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from answerable.core.errors import InvalidRequest
from answerable.core.identity import OWNER, Principal
from answerable.core.usage import Attempt, Usage
from answerable.flows.usage import Asked, parse_since, report_usage
from answerable.gateway.ledger import Config, Ledger
from answerable.gateway.ledger_entry import Opening
from answerable.storage.database import Database
from tests.support.accounts import open_office

NOW = datetime(2026, 11, 26, 10, 30, tzinfo=UTC)
ADMIN = Principal("boss", role="admin", workspace="acme")


async def used(database: Database, folder: Path, *people: Principal) -> None:
    """One priced and one unpriced request of each, now."""
    ledger = await Ledger(Config(), database, folder / "ledger", clock=NOW.timestamp).start()
    for who in people:
        for cost in (Decimal("0.25"), None):
            entry = ledger.open(who, Opening("chat", "m"))
            entry.attempt(Attempt("m", "Chat", "answered", Usage(10, 5), cost, 1.0))
            entry.close("answered")
    await ledger.close()


async def test_everybody_sees_their_own_and_an_administrator_the_workspace(database: Database, tmp_path: Path) -> None:
    ann, foreign = Principal("ann", workspace="acme"), Principal("eve", workspace="other")
    await used(database, tmp_path, ann, ADMIN, foreign)
    own = await report_usage(Asked("user", own=True), ann, database, NOW)
    assert [line.label for line in own.lines] == ["ann"]
    assert (own.total.cost_usd, own.total.unpriced, own.total.requests) == (Decimal("0.25"), 1, 2)
    workspace = await report_usage(Asked("user"), ADMIN, database, NOW)
    assert {line.label for line in workspace.lines} == {"ann", "boss"}
    assert (await report_usage(Asked("day", user="eve"), ADMIN, database, NOW)).lines == ()
    everything = await report_usage(Asked("day"), OWNER, database, NOW)
    assert [(line.label, line.requests) for line in everything.lines] == [("2026-11-26", 6)]


async def test_a_user_is_called_by_their_address(tmp_path: Path, database_url: str) -> None:
    async with open_office(tmp_path, database_url) as office:
        row = await office.add("ann@example.org")
        await used(office.a.database, tmp_path, Principal(row.id))
        report = await report_usage(Asked("user"), OWNER, office.a.database, NOW)
        assert [(line.label, line.name) for line in report.lines] == [(row.id, "ann@example.org")]


async def test_nothing_used_is_nothing_and_costs_nothing(database: Database) -> None:
    report = await report_usage(Asked("model"), OWNER, database, NOW)
    assert (report.lines, report.total.cost_usd, report.total.requests) == ((), Decimal(0), 0)
    with pytest.raises(InvalidRequest, match="outcome"):
        await report_usage(Asked("colour"), OWNER, database, NOW)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("24h", datetime(2026, 11, 25, 10, 30, tzinfo=UTC)),
        ("2w", datetime(2026, 11, 12, 10, 30, tzinfo=UTC)),
        ("2026-11-01", datetime(2026, 11, 1, tzinfo=UTC)),
        ("2026-11-01T12:00+02:00", datetime(2026, 11, 1, 10, tzinfo=UTC)),
        ("99999w", datetime(1970, 1, 1, tzinfo=UTC)),
    ],
)
def test_since_is_a_length_a_date_or_a_moment(text: str, moment: datetime) -> None:
    assert parse_since(text, NOW) == moment


@pytest.mark.parametrize("text", ["yesterday", "7", "7y", "999999w", "-1d", ""])
def test_what_is_no_time_is_said(text: str) -> None:
    with pytest.raises(InvalidRequest):
        parse_since(text, NOW)
