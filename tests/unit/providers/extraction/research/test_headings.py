"""Names of sections."""

import pytest

from answerable.providers.extraction.research import headings
from tests.support.sources import passage


@pytest.mark.parametrize(
    ("heading", "expected"),
    [
        ("1.2 Oil lamps", "Oil lamps"),
        ("Chapter 3: Oil lamps", "Oil lamps"),
        ("The Fresnel lens", "Fresnel lens"),
        ("Range object [vbaxl10.chm]", "Range object"),
        ("How lamps are lit?", "How lamps are lit"),
        ("**Oil lamps**", "Oil lamps"),
        ("Overview", ""),
        ("Introduction and summary", ""),
        ("guide/lamps.md", ""),
        ("some_file", ""),
        ("12", ""),
        ("a heading of far too many words to be a heading of anything at all", ""),
        ("灯塔的灯", "灯塔的灯"),
    ],
)
def test_a_heading_is_cleaned_or_names_nothing(heading: str, expected: str) -> None:
    assert headings.clean(heading) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("how documents are kept up to date", "How Documents Are Kept Up to Date"),
        ("NOTES ON LAMPS", "Notes on Lamps"),
        ("miR-33b in cancer", "miR-33b in Cancer"),
        ("non-Caucasians", "Non-Caucasians"),
        ("when a lamp fails: outages", "When a Lamp Fails: Outages"),
        ("лампы и линзы", "Лампы и линзы"),
    ],
)
def test_title_case_leaves_names_alone(text: str, expected: str) -> None:
    assert headings.titled(text) == expected


def test_the_headings_above_a_passage_go_from_the_innermost_out() -> None:
    assert headings.above(passage("x", "Lamps", "Overview", "Oil lamps", "Lamps")) == ("Lamps", "Oil lamps")


def test_phrases_are_closed_in_by_small_words() -> None:
    found = headings.phrases(["The oil lamp is old. Some say the oil lamp of it is bright.", "We saw an oil lamp."])
    assert found["oil lamp"] == 2
    assert not {"old", "some", "lamp"} & set(found)


def test_phrases_that_name_nothing_are_left_out() -> None:
    assert not headings.phrases(["It plays a critical role in the old house. The results of the first study are in."])


def test_headings_that_differ_by_one_term_resemble_each_other() -> None:
    assert headings.resembles(headings.key("When the lamp fails"), headings.key("Lamp fails"))
    assert not headings.resembles(headings.key("Oil lamps"), headings.key("Electric lamps"))
