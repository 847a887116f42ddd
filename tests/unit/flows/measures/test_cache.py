"""`evaluate cache` on pairs of questions."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from answerable.core.errors import InvalidRequest
from answerable.flows.measures import Measured, Options, measure
from answerable.knowledge.embedders import minilm
from tests.support.caching import Words

QQP = Path(__file__).parents[4].parent / "shared" / "data" / "qqp" / "pairs.jsonl.gz"
PAIRS = [
    {"id": "1", "a": "How do I reset the router?", "b": "How do I reset the router ?", "label": 1},
    {"id": "2", "a": "How do I reset the router?", "b": "How can I reset the router?", "label": True},
    {"id": "3", "a": "How do I reset router 3?", "b": "How do I reset router 4?", "label": 0},
    {"id": "4", "a": "Is it safe to use?", "b": "Is it unsafe to use?", "label": 0},
    {"id": "5", "a": "Who painted this?", "b": "Where do trains stop?", "label": False},
]


def measured_on(path: Path, limit: int | None = None) -> Measured:
    return measure("cache", path, Options(Words, limit))


def test_rules_keep_out_what_the_cosine_would_serve(file: Callable[..., Path]) -> None:
    found = measured_on(file(PAIRS)).as_json
    assert (found["pairs"], found["equal"], found["fitted_on"]) == (5, 2, 0)
    assert found["rules"] == {"numbers": {"pairs": 1, "equal": 0}, "opposite": {"pairs": 1, "equal": 0}}
    assert found["chosen"]["precision"]["value"] == 1.0
    assert found["chosen"]["recall"]["value"] >= 0.5
    assert found["cosine"][0]["false_hit_rate"]["value"] > 0


def test_the_tables_fit_a_terminal(file: Callable[..., Path]) -> None:
    for grid in measured_on(file(PAIRS)).tables:
        widths = [max(len(row[at]) for row in (grid.columns, *grid.rows)) for at in range(len(grid.columns))]
        assert sum(widths) + 2 * len(widths) <= 80, grid.title


@pytest.mark.parametrize(
    "rows",
    [
        [],
        PAIRS[:2],
        [*PAIRS, {"id": "6", "a": "", "b": "x", "label": 1}],
        [*PAIRS, {"id": "6", "a": "x", "label": 1}],
        [*PAIRS, {"id": "6", "a": "x", "b": "y", "label": 2}],
    ],
)
def test_files_that_do_not_fit_are_refused(rows: Sequence[object], file: Callable[..., Path]) -> None:
    with pytest.raises(InvalidRequest):
        measured_on(file(rows))


def test_only_the_first_rows_are_taken(file: Callable[..., Path]) -> None:
    assert measured_on(file(PAIRS), limit=3).as_json["pairs"] == 3


@pytest.mark.skipif(not QQP.is_file(), reason="the development data is not here")
@pytest.mark.slow
def test_pairs_of_the_fit_are_scored_by_models_that_had_not_seen_them() -> None:
    found = measure("cache", QQP, Options(lambda: minilm.build(minilm.Config()), limit=600)).as_json
    assert found["fitted_on"] == found["pairs"] == 600
    assert found["precision_at_recall"]["gate"]["0.3"] > found["precision_at_recall"]["cosine"]["0.3"]
