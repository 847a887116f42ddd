"""A critique in numbers: a score by a formula over what was measured, and issues that can be seen in the text.

The score is 1 + 9 m, where m is the weighted mean of the measured values and of `clarity` (how few issues there are to
a sentence), and never more than `support`: a report that is well made and not true is not good.
Weights follow what readers are harmed by: statements without support first (unsupported sentences are what published
comparisons find most: 40 to 60 in 100, DeepTRACE, arXiv 2509.04499), then what is missing, then what is tiring.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from answerable.core.ports import Embedder
from answerable.core.research_tasks import Critique, Draft, Issue
from answerable.core.sentences import MARKER
from answerable.providers.extraction.research.choice import alike
from answerable.providers.extraction.research.quality import shown
from answerable.providers.extraction.research.terms import Rarity, terms
from answerable.providers.extraction.selection import DANGLING

if TYPE_CHECKING:
    from answerable.core.ports import Vectors

WEIGHTS = {
    "support": 0.3,
    "coverage": 0.25,
    "clarity": 0.12,
    "repetition": 0.1,
    "structure": 0.1,
    "balance": 0.08,
    "freshness": 0.05,
}
_FEWEST, _MOST = 3, 30
"""Sentences of a section; an introduction and a conclusion may have one less."""
_FRAMED = 2
_SINGLE = 4
_FAR, _STEP = 0.15, 0.15
"""Cosines: a sentence is at home by its own or by its neighbour's, less a step."""
_ANSWERS_NEAR, _ANSWERS_TERMS = 0.5, 0.6
_MOST_ISSUES = 12
_HARM = 4
"""Sentences that an issue spoils: an issue in every fourth sentence leaves no clarity."""
LISTED = re.compile(r"(?:[-*•]|\d{1,2}[.)])\s|```")
"""How an item of a list begins, or code: it is short and like its neighbours, and no sentence by itself."""
_NUMBER = re.compile(r"\d+")

AGAIN, FAR, UNANSWERED, DANGLES, SHORT, LONG, SINGLE = (
    "It says again what",
    "It has little to do with",
    "No sentence answers",
    "It refers to a sentence that is not there",
    "The section is very short",
    "The section is very long",
    "The whole section rests on one source",
)
"""How the problems begin: `revise` knows them by it."""


@dataclass(frozen=True, slots=True)
class _Line:
    """A sentence of a draft, read."""

    draft: int
    at: int
    text: str
    has: frozenset[str]
    numbers: frozenset[int]


def review(task: Critique, embedder: Embedder) -> str:
    """The review as the JSON object that `Critique` describes."""
    lines = [
        _Line(number, at, shown(text), terms(shown(text)), _cited(text))
        for number, draft in enumerate(task.drafts)
        for at, text in enumerate(draft.sentences, start=1)
        if not text.startswith("#")
    ]
    vectors = embedder.embed([line.text for line in lines])
    issues = [
        *_repeated(task, lines, vectors),
        *_unclear(task, lines),
        *_far(task, lines, vectors, embedder),
        *_unanswered(task, lines, vectors, embedder),
        *_sizes(task, lines),
    ]
    kept = _first_of_each_sentence(issues)[:_MOST_ISSUES]
    clarity = max(0.0, 1 - _HARM * len(kept) / len(lines)) if lines else 0.0
    found = [
        {"section": one.section, "sentence": one.sentence, "problem": one.problem, "suggestion": one.suggestion}
        for one in kept
    ]
    return json.dumps({"score": score(dict(task.measured), clarity), "issues": found}, ensure_ascii=False)


def score(measured: dict[str, float], clarity: float) -> float:
    """The overall score in 1..10, to one place; values that were not measured count for nothing."""
    values = {**{name: min(1.0, max(0.0, measured[name])) for name in WEIGHTS if name in measured}, "clarity": clarity}
    mean = sum(WEIGHTS[name] * value for name, value in values.items()) / sum(WEIGHTS[name] for name in values)
    return round(1 + 9 * min(mean, values.get("support", 1.0)), 1)


def _cited(text: str) -> frozenset[int]:
    return frozenset(int(one) for mark in re.findall(MARKER, text) for one in _NUMBER.findall(mark))


def _repeated(task: Critique, lines: Sequence[_Line], vectors: "Vectors") -> Iterator[Issue]:
    near = vectors @ vectors.T
    for later, line in enumerate(lines):
        if LISTED.match(line.text) or not line.numbers:
            continue
        for earlier in range(later):
            other = lines[earlier]
            if alike(round(float(near[later, earlier]), 6), line.has, other.has):
                heading = task.drafts[other.draft].heading
                yield Issue(
                    task.drafts[line.draft].id,
                    line.at,
                    f"{AGAIN} sentence {other.at} of “{_short(heading)}” says.",
                    "Leave it out, or say something new.",
                )
                break


def _unclear(task: Critique, lines: Sequence[_Line]) -> Iterator[Issue]:
    """The first sentence of a section or a subsection, where it refers to one before it."""
    before = (-1, 0)
    for line in lines:
        first, before = before != (line.draft, line.at - 1), (line.draft, line.at)
        if first and DANGLING.match(line.text):
            yield Issue(
                task.drafts[line.draft].id, line.at, f"{DANGLES}.", "Begin with a sentence that says what it is about."
            )


def _far(task: Critique, lines: Sequence[_Line], vectors: "Vectors", embedder: Embedder) -> Iterator[Issue]:
    asked = embedder.embed([task.topic, *task.questions])
    headings = embedder.embed([draft.heading for draft in task.drafts])
    wanted = frozenset().union(*(terms(one) for one in (task.topic, *task.questions)))
    beside = _beside(lines, vectors)
    for line, vector, neighbour in zip(lines, vectors, beside, strict=True):
        near = max(float((asked @ vector).max()), float(headings[line.draft] @ vector))
        heading = task.drafts[line.draft].heading
        if (
            max(near, neighbour - _STEP) < _FAR
            and line.numbers
            and not LISTED.match(line.text)
            and not line.has & (wanted | terms(heading))
        ):
            yield Issue(
                task.drafts[line.draft].id,
                line.at,
                f"{FAR} “{_short(heading)}” or the questions.",
                "Replace it by a sentence that answers the section's question.",
            )


def _beside(lines: Sequence[_Line], vectors: "Vectors") -> list[float]:
    """For each sentence the cosine to the nearer of its neighbours in the section."""
    found = [-1.0] * len(lines)
    for at in range(1, len(lines)):
        if lines[at].draft == lines[at - 1].draft:
            near = float(vectors[at] @ vectors[at - 1])
            found[at], found[at - 1] = max(found[at], near), max(found[at - 1], near)
    return found


def _unanswered(task: Critique, lines: Sequence[_Line], vectors: "Vectors", embedder: Embedder) -> Iterator[Issue]:
    if not task.drafts or not lines:
        return
    rarity = Rarity([line.has for line in lines])
    bodies = _bodies(task.drafts)
    headings = embedder.embed([task.drafts[at].heading for at in bodies])
    for question, asked in zip(task.questions, embedder.embed(list(task.questions)), strict=True):
        near = float((vectors @ asked).max())
        share = max(rarity.share(terms(question), line.has) for line in lines)
        if near < _ANSWERS_NEAR and share < _ANSWERS_TERMS:
            best = bodies[int(np.round(headings @ asked, 6).argmax())]
            yield Issue(task.drafts[best].id, 0, f"{UNANSWERED} “{question[:90]}”.", "Add evidence for it.")


def _bodies(drafts: Sequence[Draft]) -> list[int]:
    """Sections that may take one more sentence: not the first and the last one, where there are others."""
    return list(range(1, len(drafts) - 1)) or list(range(len(drafts)))


def _sizes(task: Critique, lines: Sequence[_Line]) -> Iterator[Issue]:
    everywhere = frozenset[int]().union(*(line.numbers for line in lines))
    for number, draft in enumerate(task.drafts):
        own = [line for line in lines if line.draft == number]
        cited = frozenset[int]().union(*(line.numbers for line in own))
        framed = number in (0, len(task.drafts) - 1) and len(task.drafts) > _FRAMED
        if len(own) < (_FEWEST - 1 if framed else _FEWEST):
            yield Issue(draft.id, 0, f"{SHORT}: {len(own)} sentence{'' if len(own) == 1 else 's'}.", "Add evidence.")
        elif len(own) > _MOST:
            yield Issue(draft.id, 0, f"{LONG}: {len(own)} sentences.", "Leave out what matters least.")
        elif len(own) >= _SINGLE and len(cited) == 1 and len(everywhere) > 2:
            yield Issue(draft.id, 0, f"{SINGLE}.", "Add evidence of another source.")


def _first_of_each_sentence(issues: Sequence[Issue]) -> list[Issue]:
    kept: dict[tuple[str, int, str], Issue] = {}
    for issue in issues:
        about = "" if issue.sentence else issue.problem
        kept.setdefault((issue.section, issue.sentence, about), issue)
    return list(kept.values())


def _short(heading: str) -> str:
    return heading if len(heading) <= 50 else f"{heading[:49]}…"
