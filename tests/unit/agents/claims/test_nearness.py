"""What tells two cases apart is seen before any vector is asked."""

from answerable.agents.claims.disagreement import Disagreement
from answerable.agents.claims.nearness import compare_near
from answerable.agents.claims.reading import find_statements
from tests.support.claims import passages


def compared(first: str, second: str) -> Disagreement | None:
    one, other = find_statements(passages([("A", first), ("B", second)]))[:2]
    return compare_near(one, one.values[0], other, other.values[0])


def test_other_words_for_one_thing_are_a_matter_of_meaning() -> None:
    found = compared("Each courier is granted 25 days of paid leave.", "Drivers who deliver get 28 days of paid leave.")
    assert found is not None
    assert (found.kind, found.values) == ("time", ("25 days", "28 days"))
    assert {word for word, *_ in found.swapped} in ({"courier", "granted"}, {"drivers", "deliver"})


def test_the_one_word_that_differs_in_a_near_copy_is_the_case() -> None:
    assert compared("The connect timeout is 5 seconds.", "The request timeout is 30 seconds.") is None


def test_counts_and_what_is_measured_tell_cases_apart() -> None:
    assert compared("Eleven trials met all the criteria.", "In the end 37 trials fulfilled the criteria.") is None
    assert compared("The box arrives with 128 GB of storage.", "This box from the shop has 8 GB of memory.") is None
