"""A section of sentences quoted from its passages: true because it was copied, readable because of what was chosen.

A body section answers its question, an introduction says what the topic is, a conclusion adds what matters and was not
said, and what the sources hold to be open.
"""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from answerable.core.discourse import Role
from answerable.core.ports import Embedder
from answerable.core.research_tasks import Part, WriteSection
from answerable.core.sentences import split
from answerable.providers.extraction.research.choice import Aim, Choice, in_order
from answerable.providers.extraction.research.material import Material
from answerable.providers.extraction.research.quality import instructs
from answerable.providers.extraction.research.terms import is_english, terms
from answerable.providers.extraction.research.writing import written

if TYPE_CHECKING:
    from answerable.providers.extraction.research.choice import Scores

_INTRODUCTION, _CONCLUSION = 5, 7
_RELEVANT = (0.55, 0.4, 0.25)
"""Of the best relevance: what may be said at first, and where what is nearer is little or was said already."""
_ON_TOPIC = 0.8
_LEAST = 0.12
_FLOOR, _OF_THE_PLACE = 0.6, 0.4
"""Of the best score: the second is for what is said only because it stands in a passage that was planned for this."""
_FEW, _LITTLE, _OF_ALL = 4, 25, 0.9
"""Points of a section: of more than the first, some are left for introduction and conclusion; up to the second, what
begins a document is left for the introduction whatever else it is worth.
"""
_OF_A_PART = 5
"""Sentences that subsections have on average; with fewer, a section is written in one."""
_LEAD = 2
"""Sentences of a section before its first subsection."""
_DEFINES = re.compile(
    r"^((?:\S+ ){1,6}?)(?:(?:is|are) (?:an?|the|one|any|called|known as|defined)|means|refers? to|denotes?"
    r"|consists? of)\b"
)
_TELLS = re.compile(
    r"^((?:\S+ ){1,5}?)(?:is|are|was|were|has|have|can|lets?|provides?|allows?|describes?|contains?|uses?|enables?)\b"
)
_CONCLUDES = re.compile(
    r"\b(?:therefore|thus|overall|in (?:conclusion|summary|short)|conclude[sd]?|suggests?|indicates?|recommend(?:s|ed)?"
    r"|should|important(?:ly)?|best|key|must)\b",
    re.IGNORECASE,
)
_SUMS_UP = re.compile(
    r"(?:In (?:conclusion|summary|short)|Overall|Taken together|To sum up|All in all)\b", re.IGNORECASE
)
_RESERVED, _LEFT_FOR_LATER = 0.25, 0.2
_BEGINS: dict[Role, float] = {"background": 0.25, "method": -0.5, "result": -0.15, "conclusion": -0.1, "": 0.0}
_ENDS: dict[Role, float] = {"background": -0.25, "method": -0.5, "result": 0.0, "conclusion": 0.3, "": 0.0}
"""What a point counts more or less in an introduction and in a conclusion, by what it does in its own text."""
_OPEN = re.compile(
    r"\b(?:limit(?:s|ed|ation|ations)?|cannot|can't|not (?:supported|possible|known|clear|yet)|unknown|unclear"
    r"|however|only (?:if|when)|further (?:studies|research|work)|remains?|depends? on|does not|do not|never)\b",
    re.IGNORECASE,
)


def write_section(task: WriteSection, embedder: Embedder) -> str:
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
    everything = frozenset(range(1, len(task.passages) + 1))
    most = min(task.max_sentences, _told(material))
    parts = [part for part in task.parts if _numbers(part, everything)]
    if most < _OF_A_PART * len(parts) or not parts:
        return _text(task, choice, aim, everything, most)
    lead = min(_LEAD, most // 4)
    chosen = choice.take(_general(material, _later(task, material, choice.scores(aim))), lead)
    blocks = [written(material, in_order(material, chosen, choice.scores(aim)))]
    left = most - lead
    for place, part in enumerate(parts):
        own = Aim(((part.question, 0.4), (part.heading, 0.3), (task.heading, 0.15), (task.topic, 0.15)))
        most = -(-left // (len(parts) - place))
        text = _text(task, choice, own, _numbers(part, everything), most)
        if text:
            blocks.append(f"## {part.heading}\n\n{text}")
            left -= most
    return "\n\n".join(block for block in blocks if block)


def _told(material: Material) -> int:
    """How many sentences a section takes of what there is: of little it leaves something for the conclusion."""
    there = sum(point.sentences for point in material.points)
    return round(_OF_ALL * there) if there > _FEW else max(1, there)


def _numbers(part: Part, known: frozenset[int]) -> frozenset[int]:
    return known.intersection(part.sources)


def _text(task: WriteSection, choice: Choice, aim: Aim, numbers: frozenset[int], most: int) -> str:
    """The best of some passages: first what is near the aim, and where that is little, what is less so."""
    material = choice.material
    chosen: list[int] = []
    choice.begin_block()
    scores = choice.scores(aim, numbers)
    for relevant in (*_RELEVANT, 0.0):
        said = sum(material.points[at].sentences for at in chosen)
        if said < max(1, most // 2):
            scores = _later(task, material, choice.scores(aim, numbers, relevant=relevant))
            room = most if relevant == _RELEVANT[0] else max(1, most // 2)
            chosen += choice.take(scores, room - said, floor=_FLOOR if relevant else _OF_THE_PLACE)
    return written(material, in_order(material, chosen, _with_definitions(material, scores, chosen)))


def _later(task: WriteSection, material: Material, scores: "Scores") -> "Scores":
    """Scores for the body: what the topic is belongs into the introduction, what follows into the conclusion."""
    about = terms(task.topic)
    for at, point in enumerate(material.points):
        found = _DEFINES.match(point.text)
        defines = found and terms(found[1]) and terms(found[1]) <= about
        if defines or point.role == "background" or _SUMS_UP.match(point.text):
            scores[at] -= 2.0 if _FEW < len(material.points) <= _LITTLE else _RESERVED
        elif point.role == "conclusion":
            scores[at] -= _LEFT_FOR_LATER
    return scores


def _general(material: Material, scores: "Scores") -> "Scores":
    """Scores for the beginning and the end of a text: no instructions, lists or code."""
    other = [instructs(one.text) or one.units[-1].kind not in ("sentence", "lead") for one in material.points]
    return np.where(np.array(other, dtype=bool), -1.0, scores)


def _with_definitions(material: Material, scores: "Scores", chosen: Sequence[int]) -> "Scores":
    """Scores by which documents are ordered: one that says what something is comes before one that says more of it."""
    found = scores.copy()
    for at in chosen:
        found[at] += 0.1 if _DEFINES.match(material.points[at].text) else 0.0
        found[at] -= 0.2 if material.points[at].units[-1].kind in ("code", "item", "step", "row") else 0.0
    return found


def _introduction(task: WriteSection, material: Material, choice: Choice) -> str:
    aim = Aim(((task.topic, 0.8), (task.question, 0.2)))
    defining = _defining(task.topic, material)
    most = min(_INTRODUCTION, task.max_sentences)
    chosen: list[int] = []
    raised = defining + np.array([_BEGINS[point.role] for point in material.points])
    scores = choice.scores(aim)
    for relevant in (_ON_TOPIC, *_RELEVANT):
        said = sum(material.points[at].sentences for at in chosen)
        if said < most / 2:
            scores = _raised(_general(material, choice.scores(aim, relevant=relevant, telling=0.0)), raised)
            if relevant < _ON_TOPIC:  # what neither says what the topic is nor is near it begins nothing
                scores = np.where(raised > 0, scores, -1.0)
            chosen += choice.take(scores, most - said)
    text = written(material, in_order(material, chosen, scores + 2 * defining))
    if not task.others or not is_english([task.topic, *(one.text for one in task.passages)]):
        return text
    return f"{text} {_announced(task.others)}".strip()


def _defining(topic: str, material: Material) -> "Scores":
    """For each point how far it says what the topic is, in 0..0.3, by the subject of the sentence."""
    about = terms(topic)
    found = np.zeros(len(material.points))
    for at, point in enumerate(material.points):
        defines = _DEFINES.match(point.text)
        told = defines or _TELLS.match(point.text)
        subject = terms(told[1]) if told else frozenset()
        if subject & about:
            found[at] = (0.3 if defines else 0.15) * len(subject & about) / len(subject)
    return found


def _announced(others: Sequence[str]) -> str:
    """What the report has, in the engine's own words: they state nothing about the topic."""
    names = [f"“{one}”" for one in others]
    listed = " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
    return f"This report covers {listed}."


def _conclusion(task: WriteSection, material: Material, choice: Choice) -> str:
    most = min(_CONCLUSION, task.max_sentences)
    aim = Aim(((task.topic, 0.7), (" ".join(task.others) or task.topic, 0.3)))
    concludes = np.array(
        [(0.2 if _CONCLUDES.search(point.text) else 0.0) + _ENDS[point.role] for point in material.points]
    )
    near = choice.scores(aim, relevant=_ON_TOPIC, least=_LEAST) > 0
    concludes[(concludes <= 0) & ~near] = -2.0
    is_open = np.array([0.15 if _OPEN.search(point.text) else -2.0 for point in material.points])
    texts: list[str] = []
    said = np.array([choice.is_said(at) for at in range(len(material.points))], dtype=bool)
    for relevant in _RELEVANT:
        # what was said may be better than all the rest, and is no measure of it
        scores = np.where(said, -1.0, _general(material, choice.scores(aim, relevant=relevant, least=_LEAST)))
        for wanted, number in ((concludes, most - most // 3), (is_open, most // 3)):
            raised = _raised(scores, wanted)
            choice.begin_block()
            chosen = choice.take(raised, number)
            texts.append(written(material, in_order(material, chosen, _with_definitions(material, raised, chosen))))
        if sum(map(bool, texts)) > 1 or (relevant < _RELEVANT[0] and any(texts)):
            break
    only = "".join(texts) if sum(len(split(text)) for text in texts) == 1 else ""
    if only and not any(point.role == "conclusion" and point.text.rstrip(".!?") in only for point in material.points):
        return ""  # what is only left over concludes nothing
    return "\n\n".join(text for text in texts if text)


def _raised(scores: "Scores", by: "Scores") -> "Scores":
    """Scores with something added; what is not allowed stays so."""
    return np.where(scores > 0, np.round(scores + by, 6), scores)
