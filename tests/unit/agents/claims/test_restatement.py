import pytest

from answerable.agents.claims.disagreement import Disagreement
from answerable.agents.claims.reading import find_statements
from answerable.agents.claims.restatement import compare_restated, tie
from answerable.agents.claims.sketches import beginnings, sketch
from tests.support.claims import passages

STUDY = "Tirofiban in acute coronary syndromes: the Hale trial"


def compared(one: tuple[str, str], other: tuple[str, str]) -> Disagreement | None:
    """The first, which is the shorter one, held against the second."""
    short, long = (sketch(found) for found in find_statements(passages([one, other])))
    stems = long.statement.known | long.statement.context
    return compare_restated(short, long, tie(short, long), (stems, beginnings(stems)))


@pytest.mark.parametrize(
    ("title", "text", "tied"),
    [
        ("A note on: " + STUDY, "Deaths were rare.", "document"),
        ("Notes", "In acute coronary syndromes the Hale trial gave tirofiban to all.", "document"),
        ("Notes", "There were 2,222 patients in all.", "figure"),
        ("Notes", "Deaths were rare among the patients.", "words"),
    ],
)
def test_what_ties_two_sentences(title: str, text: str, tied: str) -> None:
    one, other = (
        sketch(found) for found in find_statements(passages([(title, text), (STUDY, "We enrolled 2,222 patients.")]))
    )
    assert tie(one, other) == tied


def test_a_study_s_own_result_is_contradicted_by_a_text_about_it_and_by_no_other_study() -> None:
    said = (STUDY, "We found severe bleeding in 31 (10.4%) of the treated patients after surgery (p < 0.01).")
    again = "Severe bleeding was seen in 22.4% of the treated patients after surgery."
    found = compared(("A note on: " + STUDY, again), said)
    assert found is not None
    assert found.values == ("22.4%", "10.4%")
    assert compared(("Eptifibatide in stable angina: the Orlen trial", again), said) is None


def test_a_longer_sentence_contradicts_a_short_one_in_one_of_its_clauses() -> None:
    found = compared(
        ("A note on: Add documents", "A file can be up to 250 MB large."),
        (
            "Add documents",
            "A file can be up to 100 MB large; the setting of the server that is shown below changes it.",
        ),
    )
    assert found is not None
    assert found.kind == "data"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (
            "Inhibition of Tarn reduces the growth of yeast cells.",
            "Tarn increases the growth of yeast cells in the dark.",
        ),
        (
            "Obesity affects 28% of grown people in Hale.",
            "Obesity affects 32% of grown people in Orlen and its villages.",
        ),
        (
            "The Orlen pump stops the flow of water.",
            "When the lid is open the Orlen pump never stops the flow of water.",
        ),
        ("The Kestrel lamp of Orlen lasts 9 hours.", "On the older model, the Kestrel lamp of Orlen lasts 14 hours."),
        ("The indexes lie in the Orlen folder.", "The Orlen database stays; the copies of it are not in the folder."),
    ],
)
def test_what_explains_the_difference_leaves_no_contradiction(one: str, other: str) -> None:
    assert compared(("One", one), ("Other", other)) is None


def test_sentences_that_only_refer_need_one_document_behind_them() -> None:
    said = "These changes led to a prolonged phase of growth in the Hale culture, as seen before."
    short = "The loss of lamin led to a shortened phase of growth in the Hale culture."
    assert compared(("Notes", short), ("Loss of lamin and its changes", said)) is None
    assert compared(("A note on: Loss of lamin and its changes", short), ("Loss of lamin and its changes", said))
