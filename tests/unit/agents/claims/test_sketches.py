from answerable.agents.claims.reading import find_statements
from answerable.agents.claims.sketches import Sketch, agrees, around, share, sketch
from tests.support.claims import passages


def sketches(*texts: tuple[str, str]) -> list[Sketch]:
    return [sketch(one) for one in find_statements(passages(texts))]


def test_a_sentence_has_most_of_the_words_of_a_shorter_one() -> None:
    short, long = sketches(
        ("Rates", "The Orlen lake holds trout."),
        (
            "Lakes",
            "The Orlen lake, which lies north of the town of Hale, holds trout and pike since the dam was built.",
        ),
    )
    assert share(short, long) == 1.0
    assert share(long, short) < 0.6


def test_words_of_the_title_of_the_other_name_the_subject_and_count_for_nothing() -> None:
    short, long = sketches(
        ("A note", "The attrition rate of the Orlen trial was 14%."), ("The Orlen trial", "The attrition rate was 14%.")
    )
    assert share(short, long) == 1.0


def test_stems_that_begin_alike_are_one() -> None:
    one, _ = sketches(("A", "Lamin loss prolongs the phase of the cell."), ("B", "Trout live in the lake."))
    assert one.has("prolongat")
    assert not one.has("problem")


def test_a_sentence_agrees_that_states_the_figures_of_the_other() -> None:
    one, same, other = sketches(
        ("A", "The lake is 12 km long and 3 km wide."),
        ("B", "With 12 km in length and 3,000 m in width the lake is the largest."),
        ("C", "The lake is 12 km long and 5 km wide."),
    )
    assert agrees(one, same)
    assert not agrees(one, other)


def test_numbers_without_a_measure_are_figures() -> None:
    one, _ = sketches(("A", "The guard found 7 of Hale's cranes broken."), ("B", "Trout live in the lake."))
    assert [(value.kind, value.text) for value in one.figures] == [("figure", "7")]


def test_what_stands_around_a_place_is_within_reach() -> None:
    one, _ = sketches(("A", "The northern harbour of Orlen has 12 cranes today."), ("B", "Trout live in the lake."))
    at = one.figures[0].first
    assert around(one, at, at, 1) == {"orlen", "cran"}
