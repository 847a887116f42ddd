"""What may stand in a report and what is debris of a page."""

import pytest

from answerable.core.outline import Unit
from answerable.providers.extraction.research.quality import (
    informs,
    instructs,
    is_aside,
    leans,
    may_be_listed,
    may_stand,
    shown,
)


@pytest.mark.parametrize(
    "text",
    [
        "The lamp burns oil and gives a steady flame.",
        "One transaction switches the document in both indexes.",
        "Each limit is below 5 % of the whole.",
        "Лампа маяка горит всю ночь до рассвета.",
        "文件压缩工具可以把许多文件压缩成一个文件。",
        "MiRNAs are short molecules (about 21 nucleotides) that repress genes.",
        "To add documents, run answerable add with files or folders.",
        "Erasing one erases all of it from the data folder.",
        "Using a cable of another kind may result in a blank screen.",
        "Models answer everybody whose key this process has checked.",
        "In a tower, the lamp burns all night.",
    ],
)
def test_a_whole_sentence_may_stand(text: str) -> None:
    assert may_stand(text)


@pytest.mark.parametrize(
    "text",
    [
        "Lamps of lighthouses",
        "is a lamp that burns oil for a long time.",
        "Which lamp burns the oil for a long time?",
        "Too short.",
        "The lamp (see Lenses) is the brightest one of all.",
        "See paragraph four of the terms below for all of it.",
        "For more information about lamps, ask the keeper of one.",
        "The lamp is shown in Figure 3 with all of its parts.",
        "The following example shows how a lamp is lit.",
        "This article is about the lamps of old lighthouses.",
        "Limits and budgets explains what is counted and when.",
        "Settings General External Device Manager Input Device now.",
        "Try Now The TV supports all devices of this kind.",
        "Press and hold the and buttons for three seconds.",
        "Move the focus to it , and press the button again.",
        "Dim Msg ' If an error occurs, construct a message for it.",
        "Contains information about the errors of a program.",
        "To estimate the cost of lamps in the lighthouses of a coast.",
        "The lamp (of the tower is lit at dusk by a keeper.",
        "Visit https://example.org for all of the lamps of a coast.",
        "lamp | watts | year of the lamp.",
        "Connecting a keyboard or mouse to the lamp of a tower.",
        "Repeats a group of statements while a lamp burns.",
        "For a form or a control object of it.",
        "If the lamp does not burn, try the solutions below.",
        "Review the illustration below, and then light the lamp.",
        "",
    ],
)
def test_debris_may_not(text: str) -> None:
    assert not may_stand(text)


@pytest.mark.parametrize(
    "text",
    [
        "It weighs three tonnes.",
        "Furthermore, the lens is heavy.",
        "This makes it brighter.",
        "There is no other way.",
        "Between the two, a second passes.",
        "After that, the lamp is lit.",
        "Among these, the oil lamp is the oldest one.",
        "Second, the lamp may be broken.",
        "If it is, turn it off and then on.",
    ],
)
def test_what_leans_on_the_sentence_before_it(text: str) -> None:
    assert leans(text)


@pytest.mark.parametrize("text", ["The lens is heavy.", "Therapy helps.", "Italy has many lamps.", "Sofia is a town."])
def test_what_stands_by_itself(text: str) -> None:
    assert not leans(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The lamp is bright [12].", "The lamp is bright."),
        ("CONCLUSIONS The lamp is bright.", "The lamp is bright."),
        ("Note: The lamp is bright.", "The lamp is bright."),
        ("The array a[i] is long.", "The array a[i] is long."),
        ("NASA launched it.", "NASA launched it."),
    ],
)
def test_marks_and_labels_of_the_source_are_not_shown(text: str, expected: str) -> None:
    assert shown(text) == expected


def test_headings_of_what_is_beside_the_subject() -> None:
    assert is_aside("References")
    assert is_aside("Rejected.")
    assert not is_aside("Oil lamps")


def test_an_instruction_is_told_from_a_statement() -> None:
    assert instructs("Press the button.")
    assert instructs("Keep secrets.json safe.")
    assert not instructs("Although the lamp is old, it is bright.")
    assert not instructs("Lamps are bright.")
    assert not instructs("")


def test_a_sentence_informs_by_its_length_and_what_it_speaks_of() -> None:
    good = "The lens of a lighthouse turns on a bath of mercury so that its beam flashes."
    assert informs(good) == 1.0
    assert informs(f"We measured that {good[0].lower()}{good[1:]}") < informs(good)
    assert informs("The lamp is bright.") < 0.5


def test_an_item_is_listed_unless_it_is_an_address_or_a_question() -> None:
    def item(text: str) -> Unit:
        return Unit("item", text, 0, len(text), 0)

    assert may_be_listed(item("Oil lamps"))
    assert not may_be_listed(item("Lamps"))
    assert not may_be_listed(item("Which lamps?"))
    assert not may_be_listed(item("Lamps of https://example.org"))


@pytest.mark.parametrize(
    "text",
    [
        "FUNDING European Union, Ministry of Health and the Regional Administrations of the North.",
        "This trial is registered with ClinicalTrials.gov under the number NCT00116753.",
        "The work was supported by grants of two foundations for the sea and its lights.",
    ],
)
def test_who_paid_for_a_study_is_no_part_of_a_report(text: str) -> None:
    assert not may_stand(text)


def test_values_in_brackets_do_not_make_a_sentence_too_long() -> None:
    values = "(95 percent confidence interval, 12.0 to 15.5 percent of all lamps that were lit in the winter)"
    told = f"Light rose by 13.7 percent {values}, by 10.3 percent {values}, by 5.4 percent {values} and by 2 {values}."
    assert may_stand(told)
    assert not may_stand(told.replace("(", "").replace(")", ""))
    assert not may_stand(f"{told[:-1]} {values} {values}.")


def test_an_option_begins_a_sentence_by_itself() -> None:
    assert may_stand("--purge erases the history and the embeddings of its text for good.")


@pytest.mark.parametrize("label", ["Results:", "Conclusion:", "RESULTS ", "ABSTRACT ", "FINDINGS: "])
def test_a_label_that_runs_in_is_not_shown(label: str) -> None:
    assert shown(f"{label}Lamps burn all night.") == "Lamps burn all night."
