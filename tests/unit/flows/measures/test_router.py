from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from answerable.core.errors import InvalidRequest
from answerable.flows.measures import Measured, Options, measure
from answerable.gateway.prices import Price
from answerable.gateway.route_policy import ModelCard
from tests.support.embedding import HashEmbedder

ROUTING = Path(__file__).parents[4].parent / "shared" / "data" / "routing" / "routing.jsonl.gz"
HARD = "Prove step by step why {} x = {} y + 3 has {} solutions, compare both cases and justify each with an equation."


def rows(count: int = 120) -> list[dict[str, Any]]:
    """Hard prompts that only the strong model gets right, and short ones that both do, of two tasks."""
    out = []
    for number in range(count):
        hard = number % 3 == 0
        text = HARD.format(number, number + 1, number % 5) if hard else f"What is the name of room {number}?"
        family = "mathematics/a" if hard else "rooms/b"
        out.append({"id": str(number), "text": text, "task": family, "weak_ok": not hard, "strong_ok": True})
    return out


def measured_on(path: Path, limit: int | None = None) -> Measured:
    return measure("router", path, Options(HashEmbedder, limit))


def test_the_router_beats_chance_where_hard_prompts_need_the_strong_model(file: Callable[..., Path]) -> None:
    found = measured_on(file(rows())).as_json
    assert found["prompts"] == 120
    assert found["trained_on"] == 0
    assert found["curves"]["router"]["area"] > 0.8
    assert found["router_over"]["random"]["area"]["low"] > 0
    assert found["router_over"]["random"]["strong_calls_saved"]["0.8"]["value"] > 0.4
    assert len(found["curves"]["router"]["points"]) == 101
    ends = found["curves"]["router"]["points"]
    assert (ends[0]["accuracy"], ends[-1]["accuracy"]) == (pytest.approx(2 / 3), 1.0)


def test_what_is_printed_fits_eighty_columns(file: Callable[..., Path]) -> None:
    found = measured_on(file(rows()))
    for grid in found.tables:
        widths = [max(len(row[column]) for row in (grid.columns, *grid.rows)) for column in range(len(grid.columns))]
        assert sum(widths) + 2 * (len(widths) - 1) <= 80
    assert [row[0] for row in found.tables[2].rows] == [f"{share}%" for share in range(0, 101, 10)]
    assert {row[0] for row in found.tables[4].rows} == {"mathematics", "rooms"}


def test_the_same_rows_give_the_same_figures(file: Callable[..., Path]) -> None:
    path = file(rows(60))
    assert measured_on(path).as_json == measured_on(path).as_json


def test_costs_are_told_with_the_prices_of_two_models(file: Callable[..., Path]) -> None:
    cards = (
        ModelCard("small", price=Price(Decimal(0), Decimal(1))),
        ModelCard("large", price=Price(Decimal(0), Decimal(10))),
    )
    found = measure("router", file(rows()), Options(HashEmbedder, models=cards))
    costs = found.as_json["usd_per_1000"]
    assert costs["0"]["router"] == pytest.approx(0.5)  # 1,000 replies of 500 tokens
    assert costs["1"]["router"] == pytest.approx(5.0)
    assert costs["0.5"]["random"] == pytest.approx(2.75)
    assert costs["0.5"]["router"] < 0.5 * costs["0.5"]["random"]
    assert found.tables[-1].title == "USD for 1,000 prompts: small alone 0.500, large alone 5.000"
    assert "500 tokens" in found.notes[-1]


def test_a_model_without_a_price_cannot_be_costed(file: Callable[..., Path]) -> None:
    with pytest.raises(InvalidRequest, match="price of 'small' is not known"):
        measure("router", file(rows()), Options(HashEmbedder, models=(ModelCard("small"), ModelCard("large"))))


def test_a_limit_takes_the_first_rows(file: Callable[..., Path]) -> None:
    assert measured_on(file(rows()), 30).as_json["prompts"] == 30


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"weak_ok": None}, "line 2: 'weak_ok' is not true or false"),
        ({"strong_ok": "yes"}, "line 2: 'strong_ok' is not true or false"),
        ({"text": " "}, "line 2: 'text' is missing or empty"),
        ({"text": 7}, "line 2: 'text' is missing or empty"),
    ],
)
def test_a_mistake_in_a_row_is_said_with_its_line(
    file: Callable[..., Path], wrong: dict[str, object], said: str
) -> None:
    first, second, *_ = rows()
    with pytest.raises(InvalidRequest, match=said):
        measured_on(file([first, second | wrong]))


def test_a_strong_model_without_gain_leaves_nothing_to_measure(file: Callable[..., Path]) -> None:
    with pytest.raises(InvalidRequest, match="no more often than the cheap one"):
        measured_on(file([one | {"strong_ok": one["weak_ok"]} for one in rows()]))


def test_an_empty_file_is_said(file: Callable[..., Path]) -> None:
    with pytest.raises(InvalidRequest, match="holds no prompts"):
        measured_on(file([]))


def test_trained_prompts_are_scored_by_models_that_had_not_seen_them() -> None:
    if not ROUTING.is_file():
        pytest.skip("the routing data is not here")
    found = measured_on(ROUTING)
    assert found.as_json["trained_on"] == found.as_json["prompts"]
    assert "were fitted on 2,270 of these 2,270 prompts" in found.notes[0]
    over = found.as_json["router_over"]
    assert over["length"]["area"]["low"] > 0
    assert over["random"]["area"]["low"] > 0
    assert np.isfinite(found.as_json["within_tasks"]["router"])
