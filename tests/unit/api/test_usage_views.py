from datetime import UTC, datetime
from decimal import Decimal

from answerable.api.usage_views import report_json
from answerable.flows.usage import Line, Report


def test_money_is_text_and_an_unknown_cost_is_null() -> None:
    at = datetime(2026, 11, 26, tzinfo=UTC)
    lines = (
        Line("u1", "ann@example.org", 3, 1, 1, 10, 5, Decimal("0.000000015"), 0),
        Line("u2", "", 1, 0, 0, 1, 1, None, 1),
    )
    found = report_json(Report("user", at, at, lines, Line("", "", 4, 1, 1, 11, 6, Decimal("0.000000015"), 1)))
    assert found["since"] == "2026-11-26T00:00:00Z"
    assert found["data"][0] == {
        "user": "u1",
        "name": "ann@example.org",
        "requests": 3,
        "cached": 1,
        "unsuccessful": 1,
        "prompt_tokens": 10,
        "completion_tokens": 5,
        "cost_usd": "0.000000015",
        "unpriced": 0,
    }
    assert "name" not in found["data"][1]
    assert (found["data"][1]["cost_usd"], found["total"]["unpriced"]) == (None, 1)
