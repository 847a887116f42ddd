"""Paragraphs and lists."""

from answerable.core.documents import Passage
from answerable.knowledge.embedders.base.remembering import Remembering
from answerable.providers.extraction.research.material import Material
from answerable.providers.extraction.research.writing import written
from tests.support.embedding import HashEmbedder
from tests.support.sources import passage


def _written(*passages: Passage) -> str:
    material = Material(passages, Remembering(HashEmbedder()))
    return written(material, material.points)


def test_a_paragraph_has_at_most_five_sentences() -> None:
    text = " ".join(f"The lamp number {number} burns for one whole night." for number in range(8))
    sizes = [block.count("[1]") for block in _written(passage(text)).split("\n\n")]
    assert sizes == [5, 3]


def test_single_sentences_of_several_documents_share_a_paragraph() -> None:
    text = _written(passage("The lamp is lit at dusk.", "A"), passage("The lens turns all night.", "B"))
    assert text == "The lamp is lit at dusk [1]. The lens turns all night [2]."


def test_a_list_stands_by_itself() -> None:
    steps = "1. Open the door.\n2. Light the wick."
    text = f"The lamp is lit at dusk. Lighting takes these steps:\n\n{steps}\n\nThe lens turns all night."
    assert _written(passage(text)) == (
        "The lamp is lit at dusk [1].\n\nLighting takes these steps [1]:\n\n"
        "1. Open the door [1].\n2. Light the wick [1].\n\nThe lens turns all night [1]."
    )


def test_a_sentence_that_two_paragraphs_could_have_is_written_once() -> None:
    text = " ".join(f"The lamp number {number} burns for one whole night." for number in range(5))
    found = _written(passage(f"{text} However, the last one of them is out by three."))
    assert found.count("number 4") == 1
    assert found.index("number 4") < found.index("However")


def test_a_sentence_that_two_points_have_is_written_once() -> None:
    text = "The lens turns on a bath of mercury. However, it weighs more than three tonnes."
    assert _written(passage(text)).count("bath of mercury") == 1
