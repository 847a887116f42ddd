"""What a run is asked for survives being stored, and says what is out of range."""

from decimal import Decimal

import pytest

from answerable.agents.state import Budget, Settings, by_key, read_settings
from answerable.core.errors import InvalidRequest


def test_settings_read_back_as_they_were_written() -> None:
    settings = Settings(
        sources=("collections", "web"), collections=("a",), model="m", budget=Budget(10, Decimal("0.25"), 5.0),
        approve=("outline",), questions=3,
    )  # fmt: skip
    assert read_settings(settings.to_json()) == settings
    assert read_settings({}) == Settings()


@pytest.mark.parametrize(
    ("wrong", "param"),
    [
        ({"questions": 0}, "questions"),
        ({"sections": 9}, "sections"),
        ({"max_revisions": 6}, "max_revisions"),
        ({"sources": []}, "sources"),
        ({"budget": {"tokens": 0}}, "budget_tokens"),
        ({"budget": {"usd": "-1"}}, "budget_usd"),
        ({"budget": {"usd": "much"}}, "budget_usd"),
        ({"budget": {"seconds": 0}}, "budget_seconds"),
    ],
)
def test_what_is_out_of_range_is_named(wrong: dict[str, object], param: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        read_settings(wrong)
    assert refused.value.param == param


def test_a_worker_that_runs_again_fills_its_own_slot_once_more() -> None:
    assert by_key({"a": 1, "b": 2}, {"b": 3}) == {"a": 1, "b": 3}
    assert by_key(None, {"b": 3}) == {"b": 3}
