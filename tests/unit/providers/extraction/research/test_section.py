"""A section is quoted from its passages and reads as one."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from answerable.core.documents import Passage
from answerable.core.research_tasks import Part, SectionKind, WriteSection
from answerable.core.sentences import MARKER, split
from answerable.knowledge.embedders.base.remembering import Remembering
from answerable.providers.extraction.research.section import write_section
from tests.support.embedding import HashEmbedder
from tests.support.sources import TOPIC, library, passage

_WORDS = re.compile(r"\w+")


def _written(passages: tuple[Passage, ...], kind: SectionKind = "body", **more: object) -> str:
    task = WriteSection(TOPIC, "Lenses", "How does the lens of a lighthouse turn?", passages, kind, **more)  # type: ignore[arg-type]
    return write_section(task, Remembering(HashEmbedder()))


def _sentences(text: str) -> list[str]:
    pieces = [text[start:end] for start, end in split(text)]
    return [piece for piece in pieces if not piece.startswith(("#", "This report covers"))]


def _check_quoted(text: str, passages: tuple[Passage, ...]) -> None:
    """Every sentence has one marker, and its words stand in a row in the passage that the marker names."""
    for sentence in _sentences(text):
        marks = re.findall(MARKER, sentence)
        assert len(marks) == 1, sentence
        source = _WORDS.findall(passages[int(marks[0].strip("[]")) - 1].text)
        said = _WORDS.findall(re.sub(MARKER, "", re.sub(r"^(?:- |\d+\. )", "", sentence)))
        assert " ".join(said) in " ".join(source), sentence


@pytest.mark.parametrize("kind", ["introduction", "body", "conclusion"])
def test_every_sentence_is_in_the_passage_that_its_marker_names(kind: SectionKind) -> None:
    text = _written(library(), kind, others=("Lamps", "Fog"))
    assert _sentences(text)
    _check_quoted(text, library())


def test_a_section_has_no_more_sentences_than_wanted() -> None:
    for most in (1, 3, 7):
        assert 1 <= len(_sentences(_written(library(), max_sentences=most))) <= most


def test_what_was_said_is_not_said_again() -> None:
    first = _written(library(), max_sentences=4)
    second = _written(library(), said=tuple(_sentences(first)), max_sentences=8)
    bare = {re.sub(rf" ?{MARKER}", "", one) for one in _sentences(first)}
    assert bare
    assert not bare & {re.sub(rf" ?{MARKER}", "", one) for one in _sentences(second)}


def test_parts_stand_under_their_headings_in_order_and_cite_their_sources() -> None:
    parts = (Part("Rings of glass", "Rings of glass", (4,)), Part("Cleaning", "Cleaning a lens", (6,)))
    text = _written(library(), parts=parts)
    first, second = text.index("## Rings of glass\n\n"), text.index("## Cleaning\n\n")
    assert first < second
    assert set(re.findall(MARKER, text[first:second])) == {"[4]"}
    assert set(re.findall(MARKER, text[second:])) == {"[6]"}
    assert "1. Cover the lamp with a cloth [6].\n2. Wipe each ring" in text


def test_a_part_with_nothing_to_say_has_no_heading() -> None:
    parts = (Part("Lenses of glass", "Lenses of glass", (4,)), Part("Nothing", "Nothing", (99,)))
    assert "Nothing" not in _written(library(), parts=parts)


def test_an_introduction_begins_with_what_the_topic_is() -> None:
    text = _written(library(), "introduction", others=("Lenses", "Fog signals"))
    assert text.startswith("Lighthouse lamps are strong lamps that guide ships along a coast at night [1].")
    assert text.endswith("This report covers “Lenses” and “Fog signals”.")


def test_another_language_gets_no_english_words() -> None:
    russian = (passage("Лампы маяка горят всю ночь до рассвета. Линза маяка собирает свет в луч.", "Лампы"),)
    text = _written(russian, "introduction", others=("Линзы",))
    assert "[1]" in text
    assert not re.search(r"[A-Za-z]", text)


def test_a_sentence_that_leans_comes_with_the_one_before_it() -> None:
    question = "However it weighs more than three tonnes, how high is the largest lens?"
    task = WriteSection("Weight", "Tonnes", question, (library()[3],))
    text = write_section(task, Remembering(HashEmbedder()))
    assert text.index("stands 2,590 millimetres high") < text.index("However, it weighs")
    assert not _written((passage("However, it weighs more than three tonnes."),))


@pytest.mark.parametrize(
    "passages",
    [
        (),
        (passage(""),),
        (passage("   \n\n  "),),
        (passage("Lamps"), passage("|a|b|\n|-|-|\n|1|2|")),
        (passage("The lens turns. " * 2_000),),
        (passage("灯塔的灯整夜亮着，船只可以看见它的光。守塔人在黄昏时点亮灯。", "灯塔"),),
        (passage("x" * 20_000),),
        (passage("[1] [2] 【3】 The lens [4] turns on a bath [5, 6] of mercury [7-9]. [10]"),),
    ],
)
@pytest.mark.parametrize("kind", ["introduction", "body", "conclusion"])
def test_odd_passages_give_quoted_sentences_or_none(passages: tuple[Passage, ...], kind: SectionKind) -> None:
    text = _written(passages, kind)
    numbers = {int(one.strip("[]")) for one in re.findall(MARKER, text)}
    assert numbers <= set(range(1, len(passages) + 1))


def test_it_is_the_same_every_time_whatever_was_embedded_before() -> None:
    embedder = Remembering(HashEmbedder())
    task = WriteSection(TOPIC, "Lenses", "How does the lens turn?", library())
    first = write_section(task, embedder)
    assert write_section(task, embedder) == first == write_section(task, Remembering(HashEmbedder()))


_REPORT = """
from answerable.core.research_tasks import Outline, PlanQuestions, WriteSection
from answerable.providers.extraction.research.outline import plan_outline
from answerable.providers.extraction.research.questions import plan_questions
from answerable.providers.extraction.research.section import write_section
from answerable.knowledge.embedders.base.remembering import Remembering
from tests.support.embedding import HashEmbedder
from tests.support.sources import TOPIC, library

embedder = Remembering(HashEmbedder())
print(plan_questions(PlanQuestions(TOPIC, 6, library()), embedder))
print(plan_outline(Outline(TOPIC, ("What is a Fresnel lens?", "What is a fog signal?"), library()), embedder))
for kind in ("introduction", "body", "conclusion"):
    print(write_section(WriteSection(TOPIC, "Lenses", "How does the lens turn?", library(), kind), embedder))
"""


def test_it_is_the_same_in_another_process_whose_sets_have_another_order() -> None:
    root = Path(__file__).parents[5]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(root / "src"), str(root)])}
    said = [
        subprocess.run(
            [sys.executable, "-c", _REPORT], env=environment | {"PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout
        for seed in ("1", "2")
    ]
    assert said[0] == said[1]
    assert b"[2]" in said[0]


_STUDY = (
    "BACKGROUND The lens of a lighthouse decides how far its light is seen. "
    "METHODS We measured the lens of each lighthouse in 20 places. "
    "RESULTS A lens that turns was seen 14% farther than a fixed one. "
    "The lens of a lighthouse broke in 3 of 20 places. Lenses of glass were 9 years older than those of resin. "
    "CONCLUSION A lens that turns is best for a lighthouse."
)


def test_results_are_told_before_methods_and_what_is_known() -> None:
    text = _written((passage(_STUDY),), max_sentences=3)
    assert "14% farther" in text
    assert "We measured" not in text


def test_an_introduction_says_what_is_known_and_a_conclusion_what_follows() -> None:
    introduction = _sentences(_written((passage(_STUDY),), "introduction", max_sentences=1))
    assert introduction == ["The lens of a lighthouse decides how far its light is seen [1]."]
    conclusion = _sentences(_written((passage(_STUDY),), "conclusion", max_sentences=2))
    assert conclusion[0] == "A lens that turns is best for a lighthouse [1]."


def test_what_begins_a_document_is_left_for_the_introduction() -> None:
    assert "decides how far" not in _written((passage(_STUDY),), max_sentences=9)


def test_few_sentences_are_not_parted_into_subsections() -> None:
    parts = (Part("Lenses", "lenses", (1, 2, 3)), Part("Lamps", "lamps", (4, 5, 6)))
    assert "## " in _written(library(), parts=parts, max_sentences=12)
    assert "## " not in _written(library(), parts=parts, max_sentences=6)
