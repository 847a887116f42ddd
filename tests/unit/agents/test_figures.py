"""Figures from evidence: what is drawn, from where, and what is not."""

import pytest

from answerable.agents.figures import Config, find_figures
from answerable.core.report import Chart, Grid
from tests.support.claims import passages

YEARS = [
    ("2019", "In 2019, Brightwater employed 4,100 people."),
    ("2021", "In 2021, Brightwater employed 4,800 people."),
    ("2023", "Brightwater employed 5,300 people in 2023."),
]
WEIGHTS = [
    ("X2", "The Kestrel X2 weighs 320 g."),
    ("X3", "The Kestrel X3 weighs 0.41 kg."),
    ("Y", "The Corvo Mini weighs 895 grams."),
]


def drawn(texts: list[tuple[str, str]]) -> tuple[Chart | Grid, ...]:
    return find_figures(passages(texts), list(range(1, len(texts) + 1)))


def test_one_subject_over_years() -> None:
    chart = drawn(YEARS)[0]
    assert isinstance(chart, Chart)
    assert [(bar.label, bar.value) for bar in chart.bars] == [("2019", 4100.0), ("2021", 4800.0), ("2023", 5300.0)]
    assert chart.unit == "people"
    assert "Brightwater" in chart.caption
    spans = [bar.spans[0] for bar in chart.bars]
    assert [span.number for span in spans] == [1, 2, 3]
    assert all(span.quote == YEARS[n][1][span.start : span.end] for n, span in enumerate(spans))


def test_several_subjects_in_one_unit() -> None:
    chart = drawn(WEIGHTS)[0]
    assert isinstance(chart, Chart)
    assert chart.unit == "g"
    assert [(bar.label, bar.value) for bar in chart.bars] == [
        ("Kestrel X2", 320.0),
        ("Kestrel X3", 410.0),
        ("Corvo Mini", 895.0),
    ]


def test_dates_make_a_table() -> None:
    texts = [(name, f"The {name} Bridge was completed in {year}.") for name, year in
             (("Vessel", 1932), ("Harrow", 1940), ("Linden", 1951))]  # fmt: skip
    grid = drawn(texts)[0]
    assert isinstance(grid, Grid)
    assert [cell.text for cell in grid.rows[0]] == ["Vessel Bridge", "1932"]
    assert all(len(row) == len(grid.head) and row[1].spans for row in grid.rows)


def test_a_table_of_amounts_is_a_chart_and_one_of_codes_is_not() -> None:
    text = "Plans\n\n| Plan | Price |\n|---|---|\n| Free | $0 |\n| Team | $12 |\n| Pro | $30 |\n"
    chart = drawn([("Plans", text)])[0]
    assert isinstance(chart, Chart)
    assert chart.unit == "$"
    assert text[chart.bars[1].spans[0].start : chart.bars[1].spans[0].end] == "| Team | $12 |"
    assert isinstance(drawn([("Codes", text.replace("$", ""))])[0], Grid)


@pytest.mark.parametrize(
    "last",
    [
        "The Corvo Mini weighs about 895 grams.",
        "The Corvo Mini weighs at least 895 grams.",
        "The Corvo Mini weighs 800 to 900 grams.",
        "The Corvo Mini weighs 895 grams with its case.",
        "The Corvo Mini costs 895 dollars.",
        "It weighs 895 grams.",
        "The Corvo Mini does not weigh 895 grams.",
        "In 2019, the Corvo Mini weighs 895 grams.",
    ],
)
def test_what_is_not_certainly_the_same_is_not_drawn(last: str) -> None:
    assert not drawn([*WEIGHTS[:2], ("Y", last)])


def test_a_value_that_sources_disagree_on_is_left_out() -> None:
    assert not drawn([*WEIGHTS, ("Z", "The Corvo Mini weighs 700 grams.")])


def test_two_values_are_too_few_and_figures_are_bounded() -> None:
    assert not drawn(YEARS[:2])
    assert len(find_figures(passages([*YEARS, *WEIGHTS]), range(1, 7), Config(figures=1))) == 1


def test_the_same_passages_give_the_same_figures() -> None:
    texts = [*WEIGHTS, *YEARS]
    assert drawn(texts) == drawn(texts)
    assert len(drawn(texts)) == 2
