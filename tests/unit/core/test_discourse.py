"""What a sentence does in its text is known by its label, else by its form."""

import pytest

from answerable.core.discourse import Role, label_of, labels, role_of, strength, tells
from answerable.core.documents import ChunkId, CollectionName, DocumentId, Passage, VersionId


def passage(document: str, start: int, text: str) -> Passage:
    return Passage(
        ChunkId(1),
        DocumentId(document),
        VersionId(1),
        CollectionName("c"),
        document,
        "",
        text,
        start,
        start + len(text),
    )


@pytest.mark.parametrize(
    ("text", "role"),
    [
        ("BACKGROUND Lamps have been lit for ages.", "background"),
        ("OBJECTIVES: To compare lamps.", "method"),
        ("MATERIALS AND METHODS We lit 20 lamps.", "method"),
        ("Methods: We lit 20 lamps.", "method"),
        ("RESULTS Oil lamps burned for 9 hours.", "result"),
        ("MAIN RESULTS AND CONCLUSIONS: Oil lamps burned longer.", "result"),
        ("INTERPRETATION Oil is the better fuel.", "conclusion"),
        ("Conclusion:Oil is the better fuel.", "conclusion"),
        ("Results of the night were good.", ""),
        ("RESULTSOF", ""),
    ],
)
def test_a_label_says_what_follows_it(text: str, role: Role) -> None:
    assert label_of(text) == role


@pytest.mark.parametrize(
    ("text", "role"),
    [
        ("We found that oil lamps burned for 9 hours.", "result"),
        ("Oil was associated with longer light.", "result"),
        ("We compared 20 lamps and found a difference of 9.5 hours.", "result"),
        ("These data suggest that oil is the better fuel.", "conclusion"),
        ("Taken together, oil is the better fuel.", "conclusion"),
        ("Lamps were randomly assigned to oil or gas.", "method"),
        ("We compared oil and gas in 20 lamps.", "method"),
        ("Whether oil burns longer is unknown.", "method"),
        ("The lamp burns oil.", ""),
    ],
)
def test_without_a_label_the_form_tells_the_role(text: str, role: Role) -> None:
    assert role_of(text, "") == role
    assert role_of(text, "background") == "background"


def test_findings_and_rules_are_stronger_than_what_is_general() -> None:
    general = strength("The lamp of the north quarter burns brightly.")
    rule = strength("A lamp cannot be lit by more than one keeper.")
    figure = strength("The lamp burned for 14 nights.")
    finding = strength("Oil lamps burned 14% longer than gas lamps (P<0.01).")
    assert general == 0.0 < rule < finding == 1.0
    assert 0.0 < figure < finding


def test_how_work_was_done_tells_nothing_of_what_came_out() -> None:
    text = "Lamps burned 14% longer with oil (P<0.01)."
    assert tells(text, "method") == -1.0
    assert tells(text, "background") < tells("Oil is better.", "result") < tells("Oil is better.", "conclusion")
    assert tells(text, "") == tells(text, "result") == 1.0


def test_a_label_holds_until_the_next_one_and_over_passages_that_follow() -> None:
    first = passage("a", 0, "BACKGROUND Lamps are old. METHODS We lit them.")
    second = passage("a", first.end + 1, "They burned. RESULTS Oil was best.")
    far = passage("a", second.end + 500, "It was said again.")
    other = passage("b", 0, "No label is here.")
    texts = [
        ["BACKGROUND Lamps are old.", "They are lit.", "METHODS We lit them."],
        ["They burned.", "RESULTS Oil was best."],
        ["It was said again."],
        ["No label is here."],
    ]
    found = labels([far, second, other, first], [texts[2], texts[1], texts[3], texts[0]])
    assert found == [[""], ["method", "result"], [""], ["background", "background", "method"]]
