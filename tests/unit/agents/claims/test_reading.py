"""Which sentences are statements, and what each is about."""

import pytest

from answerable.agents.claims.reading import Statement, find_statements, root
from tests.support.claims import passages


def statements(text: str, title: str = "Title") -> list[Statement]:
    return find_statements(passages([(title, text)]))


@pytest.mark.parametrize(
    "text",
    [
        "Does the Avena player support FLAC files?",
        "Press the red button for 3 seconds.",
        "Preheat the oven to 180 °C.",
        "For example, a timeout of 30 seconds suits most proxies.",
        "1. The Vessel Bridge has 14 arches.",
        'For i = 1 To 9 ComboBox1.AddItem "Choice"',
        "The settings are:",
    ],
)
def test_what_states_nothing_is_left_out(text: str) -> None:
    assert not statements(text)


def test_a_statement_knows_its_place_and_its_values() -> None:
    text = "Facts\n\nThe Vessel Bridge has 14 arches. It was completed in 1932."
    first, second = statements(text)
    assert text[first.start : first.end] == first.quote == "The Vessel Bridge has 14 arches."
    assert [value.text for value in first.values] == ["14"]
    assert not first.refers
    assert second.refers


def test_its_core_is_its_own_clause_and_the_opening_one() -> None:
    one = statements("The Vessel Bridge has 14 arches and was completed in 1932.")[0]
    arches, year = one.values
    assert one.core(arches.first, arches.last) == {"vessel", "bridg", "arch"}
    assert "complet" not in one.core(arches.first, arches.last)
    assert one.scope(year.first, year.last) == {0, 1}


def test_conditions_and_phrases_are_marked() -> None:
    one = statements("The session ends after 30 minutes when the device is idle.")[0]
    assert one.qualified[one.roots.index("devic")] == "when"


def test_a_frame_is_taken_off() -> None:
    assert statements("According to the manual, the Vessel Bridge has 14 arches.")[0].text.startswith("the Vessel")


def test_a_table_row_counts_where_it_has_one_value() -> None:
    text = "Specs\n\n| Part | Weight |\n|---|---|\n| Lens | 320 g |\n| Body | 500 g, 20 cm |\n"
    assert [one.text for one in statements(text)] == ["Lens: 320 g"]


def test_text_shared_by_two_passages_of_a_document_is_read_once() -> None:
    one = passages([("T", "The Vessel Bridge has 14 arches.")])
    assert len(find_statements(one + one)) == 1


def test_noun_and_verb_have_one_root() -> None:
    assert root("renovation") == root("renovat")
    assert root("weight") == root("weigh")
    assert root("station") == "station"


def test_the_label_of_a_part_of_an_abstract_belongs_to_no_statement() -> None:
    one = statements("RESULTS Soft drink use rose to 11 gallons.")[0]
    assert one.text == "Soft drink use rose to 11 gallons."
    assert one.quote == "RESULTS Soft drink use rose to 11 gallons."
    assert statements("Results of the survey came from 11 towns.")[0].text.startswith("Results of")
