"""A section of sentences quoted from its passages: true because it was copied, readable because of what was chosen.

A body section answers its question, an introduction says what the topic is, a conclusion adds what matters and was not
said, and what the sources hold to be open.
"""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from answerable.core.research_tasks import Part, WriteSection
from answerable.providers.extraction.research.choice import Aim, Choice, in_order
from answerable.providers.extraction.research.material import Material
from answerable.providers.extraction.research.terms import is_english, terms
from answerable.providers.extraction.research.vectors import Remembered
from answerable.providers.extraction.research.writing import written

if TYPE_CHECKING:
    from answerable.providers.extraction.research.choice import Scores

_INTRODUCTION, _CONCLUSION = 5, 6
_LEAD = 2
"""Sentences of a section before its first subsection."""
_DEFINES = re.compile(
    r"^(?:\S+ ){1,6}?(?:(?:is|are) (?:an?|the|one|any|called|known as|defined)|means|refers? to|denotes?"
    r"|consists? of)\b"
)
_TELLS = re.compile(
    r"^(?:\S+ ){1,5}?(?:is|are|was|were|has|have|can|lets?|provides?|allows?|describes?|contains?|uses?)\b"
)
_CONCLUDES = re.compile(
    r"\b(?:therefore|thus|overall|in (?:conclusion|summary|short)|conclude[sd]?|suggests?|indicates?|recommend(?:s|ed)?"
    r"|should|important(?:ly)?|best|key|must)\b",
    re.IGNORECASE,
)
_OPEN = re.compile(
    r"\b(?:limit(?:s|ed|ation|ations)?|cannot|can't|not (?:supported|possible|known|clear|yet)|unknown|unclear"
    r"|however|only (?:if|when)|further (?:studies|research|work)|remains?|depends? on|does not|do not|never)\b",
    re.IGNORECASE,
)
_EARLY = 60
"""Characters in which a sentence names its subject."""


def write_section(task: WriteSection, embedder: Remembered) -> str:
    """The text of the section, with markers; empty when its passages have nothing to say that was not said."""
    material = Material(task.passages, embedder)
    choice = Choice(material, task.said)
    if task.kind == "introduction":
        return _introduction(task, material, choice)
    if task.kind == "conclusion":
        return _conclusion(task, material, choice)
    return _body(task, material, choice)


def _body(task: WriteSection, material: Material, choice: Choice) -> str:
    aim = Aim(((task.question, 0.5), (task.heading, 0.25), (task.topic, 0.25)))
    parts = [part for part in task.parts if _numbers(part, len(task.passages))]
    if not parts:
        return _text(material, choice, choice.scores(aim), task.max_sentences)
    lead = min(_LEAD, task.max_sentences // 4)
    blocks = [_text(material, choice, choice.scores(aim), lead)] if lead else []
    left = task.max_sentences - lead
    for place, part in enumerate(parts):
        own = Aim(((part.question, 0.4), (part.heading, 0.3), (task.heading, 0.15), (task.topic, 0.15)))
        scores = choice.scores(own, _numbers(part, len(task.passages)))
        text = _text(material, choice, scores, -(-left // (len(parts) - place)))
        if text:
            blocks.append(f"## {part.heading}\n\n{text}")
    return "\n\n".join(block for block in blocks if block)


def _numbers(part: Part, passages: int) -> frozenset[int]:
    return frozenset(number for number in part.sources if 1 <= number <= passages)


def _text(material: Material, choice: Choice, scores: "Scores", most: int) -> str:
    chosen = choice.take(scores, most)
    return written(material, in_order(material, chosen, _with_definitions(material, scores, chosen)))


def _with_definitions(material: Material, scores: "Scores", chosen: Sequence[int]) -> "Scores":
    """Scores by which documents are ordered: one that says what something is comes before one that says more of it."""
    found = scores.copy()
    for at in chosen:
        found[at] += 0.1 if _DEFINES.match(material.points[at].text) else 0.0
        found[at] -= 0.2 if material.points[at].units[-1].kind in ("code", "item", "step", "row") else 0.0
    return found


def _introduction(task: WriteSection, material: Material, choice: Choice) -> str:
    scores = choice.scores(Aim(((task.topic, 0.8), (task.question, 0.2))), relevant=0.6)
    about = terms(task.topic)
    defining = np.zeros(len(material.points))
    for at, point in enumerate(material.points):
        if terms(point.text[:_EARLY]) & about:
            defining[at] = 0.3 if _DEFINES.match(point.text) else 0.1 if _TELLS.match(point.text) else 0.0
    scores = np.where(scores > 0, np.round(scores + defining, 6), scores)
    chosen = choice.take(scores, min(_INTRODUCTION, task.max_sentences))
    text = written(material, in_order(material, chosen, scores + 2 * defining))
    if not task.others or not is_english([task.topic, *(one.text for one in task.passages)]):
        return text
    return f"{text}\n\n{_announced(task.others)}".strip()


def _announced(others: Sequence[str]) -> str:
    """What the report has, in the engine's own words: they state nothing about the topic."""
    names = [f"“{one}”" for one in others]
    listed = " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
    return f"The sections of this report are {listed}." if len(names) > 1 else f"The report has one section, {listed}."


def _conclusion(task: WriteSection, material: Material, choice: Choice) -> str:
    most = min(_CONCLUSION, task.max_sentences)
    aim = Aim(((task.topic, 0.7), (" ".join(task.others) or task.topic, 0.3)))
    scores = choice.scores(aim, relevant=0.65)
    concludes = np.array([0.1 if _CONCLUDES.search(point.text) else 0.0 for point in material.points])
    is_open = np.array([0.15 if _OPEN.search(point.text) else -2.0 for point in material.points])
    first = _text(material, choice, np.where(scores > 0, np.round(scores + concludes, 6), scores), most - most // 3)
    last = _text(material, choice, np.where(scores > 0, np.round(scores + is_open, 6), scores), most // 3)
    return "\n\n".join(one for one in (first, last) if one)
