"""What is taken from the passages to answer a question."""

from answerable.core.documents import ChunkId, CollectionName, DocumentId, Passage, VersionId
from answerable.providers.extraction.phrasing import phrase
from answerable.providers.extraction.selection import Limits, select
from tests.support.embedding import HashEmbedder


def _passage(text: str, title: str = "Manual", *headings: str) -> Passage:
    name = CollectionName("c")
    return Passage(
        ChunkId(1), DocumentId("d"), VersionId(1), name, "a.md", title, text, 0, len(text), heading_path=headings
    )


def _answer(question: str, *passages: Passage, sentences: int = 3) -> str:
    return "".join(phrase(select(question, passages, HashEmbedder(), Limits(sentences))))


def test_a_how_to_is_answered_with_its_command() -> None:
    text = "Add documents\n\nanswerable add manual.pdf\n\nDocuments are added to a collection with the add command."
    answer = _answer("How do I add documents?", _passage(text, "Add documents"))
    assert "```\nanswerable add manual.pdf\n``` [1]" in answer
    assert not answer.startswith("Add documents")


def test_steps_stay_together_in_order() -> None:
    text = "1. Open the menu.\n2. Select Network.\n3. Press Reset network.\n4. Wait for the light."
    answer = _answer("How do I reset the network?", _passage(text), sentences=1)
    assert answer.splitlines() == [
        "1. Open the menu [1].",
        "2. Select Network [1].",
        "3. Press Reset network [1].",
        "4. Wait for the light [1].",
    ]


def test_a_lead_in_brings_what_it_leads_to() -> None:
    text = "You must reset the clock in these cases:\n\n- The power cable was pulled.\n- No broadcast signal comes in."
    answer = _answer("When must I reset the clock?", _passage(text), sentences=1)
    assert answer == (
        "You must reset the clock in these cases [1]:\n\n- The power cable was pulled [1].\n"
        "- No broadcast signal comes in [1]."
    )


def test_an_answer_does_not_begin_with_a_pronoun_in_the_air() -> None:
    text = "The soundbar has one HDMI port. It supports wireless surround speakers."
    answer = _answer("Are wireless surround speakers supported?", _passage(text), sentences=1)
    assert answer == "The soundbar has one HDMI port [1]. It supports wireless surround speakers [1]."


def test_headings_and_the_names_of_pages_are_no_sentences() -> None:
    text = "Write a loader\n\n- Write a loader\n- Write a provider\n\nA loader is one file in the loaders folder."
    answer = _answer("How do I write a loader?", _passage(text, "Write a loader"))
    assert answer == "A loader is one file in the loaders folder [1]."


def test_another_passage_must_be_nearly_as_good() -> None:
    first = _passage("The warranty of the panel lasts two years.")
    second = _passage("The remote control has a green light and a long cable in the box.")
    assert "[2]" not in _answer("How long does the warranty of the panel last?", first, second)


def test_a_command_of_another_passage_is_not_shown() -> None:
    first = _passage("Back up the data\n\nTo back up the data, copy the data folder to a safe place.")
    second = _passage("Delete the data\n\nTo delete the data and each back up, run this:\n\nrm -r data_folder")
    assert "rm -r" not in _answer("How do I back up the data?", first, second)


def test_the_same_sentence_is_said_once() -> None:
    one = _passage("The warranty of the panel lasts two years.")
    assert _answer("How long does the warranty last?", one, one).count("two years") == 1


def test_passages_without_a_sentence_give_no_answer() -> None:
    assert _answer("How?", _passage("Heading")) == ""
