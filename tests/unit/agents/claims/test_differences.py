import pytest

from answerable.agents.claims.differences import find_denial, find_direction, find_name, find_value
from answerable.agents.claims.reading import find_statements
from answerable.agents.claims.sketches import Sketch, sketch
from tests.support.claims import passages


def two(one: str, other: str) -> tuple[Sketch, Sketch]:
    first, second = (sketch(found) for found in find_statements(passages([("One", one), ("Other", other)])))
    return first, second


def test_the_figure_that_stands_among_the_same_words_is_the_rival() -> None:
    short, long = two(
        "The circuit had a delay of 36% in response time.",
        "The circuit had a delay of 76% in response time and a loss of 25% in bandwidth.",
    )
    found = find_value(short, long, "document")
    assert found is not None
    assert found.values == ("36%", "76%")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("The Orlen Museum has 80 employees.", "The Orlen Museum has 12 part-time employees."),
        ("The rate was 13.7% in group B.", "The rate was 13.0% in group A and 13.7% in group B."),
        (
            "The risk was lowest at a BMI of 24.3 for women.",
            "The risk was lowest at a BMI of 25.3 for men, 24.3 for women.",
        ),
        ("The Hale bridge carries 300 cars and 40 buses.", "The Hale bridge carries 500 cars and 70 buses."),
    ],
)
def test_no_figure_differs_where_it_counts_fewer_things_stands_elsewhere_or_all_are_others(
    one: str, other: str
) -> None:
    assert find_value(*two(one, other), "document") is None


def test_a_result_of_a_study_is_another_study_s_business_unless_one_document_stands_behind_both() -> None:
    pair = two("We found a response of 14% in the Orlen cohort.", "We found a response of 31% in the Orlen cohort.")
    assert find_value(*pair, "words") is None
    assert find_value(*pair, "document") is not None


@pytest.mark.parametrize(
    ("one", "other", "words"),
    [
        ("Leucine inhibits the growth of yeast.", "Leucine activates the growth of yeast.", ("inhibits", "activates")),
        (
            "Mice with increased expression of Tarn have a reduced mass of cells.",
            "Mice with increased expression of Tarn have an increased mass of cells.",
            ("reduced", "increased"),
        ),
    ],
)
def test_a_direction_is_turned_round(one: str, other: str, words: tuple[str, str]) -> None:
    found = find_direction(*two(one, other), "words")
    assert found is not None
    assert found.values == words


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("The cost is higher in Orlen than in Hale.", "The cost is lower in Hale than in Orlen."),
        ("The tariff raises the price of salt.", "The tariff does not lower the price of salt."),
        ("Glucose raises the activity of Tarn in yeast.", "Leucine inhibits the activity of Tarn in yeast."),
        ("The Get call reads all values from the file.", "The Put call writes all values to the file."),
    ],
)
def test_sides_exchanged_a_denial_or_another_thing_turn_nothing_round(one: str, other: str) -> None:
    assert find_direction(*two(one, other), "words") is None


def test_what_one_denies_the_other_says() -> None:
    found = find_denial(*two("An Orlen event can return a value.", "An Orlen event can't return a value."), "words")
    assert found is not None
    assert found.kind == "negation"


@pytest.mark.parametrize(
    "other",
    [
        "An Orlen event may not return a value.",
        "If an Orlen event does not return a value the call ends.",
        "There are Orlen event calls that do not return a value.",
        "An Orlen event returns without a value.",
    ],
)
def test_possibilities_conditions_and_what_is_only_narrowed_are_no_denials(other: str) -> None:
    assert find_denial(*two("An Orlen event can return a value.", other), "words") is None


def test_how_one_study_was_made_says_nothing_of_another() -> None:
    pair = two("Treatment allocation was masked to nurses.", "Treatment allocation was not masked to nurses.")
    assert find_denial(*pair, "words") is None
    assert find_denial(*pair, "document") is not None


def test_one_name_stands_for_another_only_in_a_text_about_the_same_document() -> None:
    pair = two("The ring of the crystal holds ATP molecules.", "The ring of the crystal holds ADP molecules.")
    assert find_name(*pair, "words") is None
    found = find_name(*pair, "document")
    assert found is not None
    assert found.values == ("atp", "adp")


def test_a_result_of_another_study_is_only_contradicted_by_a_sentence_that_copies_it() -> None:
    said = "Proteasome peptidase activity increased by 225% as ATP declined during cold storage of hearts (n=12)."
    again = "Proteasome peptidase activity increased by 125% as ATP declined during cold storage of hearts."
    assert find_value(*two(again, said), "words") is not None
    loose = "Peptidase activity increased by 125% during storage of livers."
    assert find_value(*two(loose, said), "words") is None
