"""The outline of a report: the passages that have to do with the topic, grouped by what they are about, each group
under a heading that its passages share.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from answerable.core.ports import Embedder
from answerable.core.research_tasks import Outline
from answerable.providers.extraction.research import headings
from answerable.providers.extraction.research.material import Material
from answerable.providers.extraction.research.terms import Rarity, size, terms
from answerable.providers.extraction.research.themes import groups

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from answerable.core.ports import Vectors

    Scores = NDArray[np.float64]

_OF_BEST = 0.62
_LEAST = 0.2
_LEXICAL = 0.35
_CENTRAL, _BESIDE, _OF_A_DOCUMENT = 0.8, 0.5, 3
"""Of the document that is most about the topic: from the first on all of a document is used, below the second none of
what fits a question only.
"""
_ANSWERS = 0.25
"""A point that fits a question less than this does not answer it."""
_A_SECTION, _A_PART = 4, 3
"""Passages that a section and a subsection need."""
_MOST_PARTS = 3
_SHARED, _OF_SEVERAL = 0.5, 0.3
"""Of the passages of a theme: from where on one heading is enough, and how many share it at least."""
_ASKED_FOR = 0.8
"""Of how well a theme fits the topic: what answers a question less has another heading."""
_NEAR_TOPIC, _NEAR_POINT = 0.6, 0.5
_FEWEST = 3
"""Points of a section and of a subsection."""
_LONGEST_JOINED = 4
_PHRASE, _NEAR, _LONG, _BROAD, _SINGLE = 0.7, 0.8, 0.4, 0.25, 0.1
_LONGEST_PLEASANT = 7
_FIRST = re.compile(
    r"\b(?:what (?:is|are)|introduc\w*|defin\w*|basics?|concepts?|general|background|history)\b",
    re.IGNORECASE,
)
_LAST = re.compile(
    r"\b(?:limit\w*|errors?|fail\w*|troubleshoot\w*|problems?|known|risks?|future|drawbacks?|faq)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class _Theme:
    """Passages by index, best first, and what they are called."""

    members: tuple[int, ...]
    heading: str


def plan_outline(task: Outline, embedder: Embedder) -> str:
    """The plan as the JSON object that `Outline` describes."""
    view = _View(task, embedder)
    kept = view.relevant()
    wanted = min(task.most, max(len(kept) // _A_SECTION, min(task.least, len(kept) // 2), 1))
    themes = _near(view, _named(view, _sized(view, kept, wanted), set(), task.topic))
    if len(themes) < wanted:
        themes = _named(view, _split(view, [list(one.members) for one in themes], wanted), set(), task.topic)
    themes.sort(key=lambda one: (-view.weight(one), one.members))
    title = headings.titled(task.topic.strip().rstrip("?."))
    if len(themes) < task.least and len(answered := _by_question(view, kept)) > len(themes):
        return json.dumps({"title": title, "sections": answered}, ensure_ascii=False)
    used = {headings.key(theme.heading) for theme in themes}
    sections = []
    for theme, question in zip(themes, _questions(view, themes), strict=True):
        parts = _parts(view, theme, used, task.topic)
        used |= {headings.key(part.heading) for part in parts}
        sections.append(
            {
                "heading": theme.heading,
                "question": question,
                "sources": [at + 1 for at in theme.members],
                "parts": [{"heading": part.heading, "sources": [at + 1 for at in part.members]} for part in parts],
            }
        )
    return json.dumps({"title": title, "sections": sections}, ensure_ascii=False)


def _by_question(view: "_View", kept: Sequence[int]) -> list[dict[str, object]]:
    """Where there are too few passages to have themes, a section for each question that several points answer. A
    passage serves the question that it answers best.
    """
    best: dict[int, tuple[float, int]] = {}
    points: dict[int, int] = {}
    for row, point in zip(view.answers, view.material.points, strict=True):
        at = int(row[1:].argmax()) + 1 if len(row) > 1 else 0
        if at and row[at] >= _ANSWERS and point.number - 1 in kept:
            best[point.number] = max(best.get(point.number, (0.0, 0)), (round(float(row[at]), 6), -at))
            points[point.number] = points.get(point.number, 0) + 1
    sections: list[dict[str, object]] = []
    used: set[frozenset[str]] = {terms(view.task.topic)}
    for at in range(1, len(view.asked)):
        heading = headings.titled(headings.asked(view.asked[at]))
        numbers = sorted(
            (number for number, (_, one) in best.items() if one == -at), key=lambda one: (-best[one][0], one)
        )
        few = sum(points[number] for number in numbers) < 2
        if few or not heading or headings.key(heading) in used or len(sections) == view.task.most:
            continue
        used.add(headings.key(heading))
        sections.append({"heading": heading, "question": view.asked[at], "sources": numbers, "parts": []})
    return sections


class _View:
    """The passages as the outline sees them: vectors, terms, and how much each has to do with each question."""

    def __init__(self, task: Outline, embedder: Embedder) -> None:
        self.task = task
        self.material = Material(task.passages, embedder)
        self.asked = [task.topic, *task.questions]
        vectors = self.material.embed(self.asked)
        self.answers = self._answers(vectors)
        self.points = np.round((self.material.vectors @ vectors.T).max(axis=1, initial=0.0), 6)
        self.rows = self._passage_vectors()
        self.has = [terms(f"{' '.join(headings.above(one))} {one.text}") for one in task.passages]
        rarity = Rarity(self.has)
        lexical = [[rarity.share(terms(question), has) for question in self.asked] for has in self.has]
        near = self.rows @ vectors.T
        self.fit = np.round((1 - _LEXICAL) * near + _LEXICAL * np.array(lexical).reshape(near.shape), 6)
        self.relevance = [float(row.max()) for row in self.fit]
        self.about = self._about()

    def _answers(self, vectors: "Vectors") -> "Vectors":
        """How well each point answers each question (topic first): by meaning, and by the question's own words."""
        near = self.material.vectors @ vectors.T
        asked = [
            terms(question) - (terms(self.task.topic) if at else frozenset()) for at, question in enumerate(self.asked)
        ]
        has = [terms(point.text) for point in self.material.points]
        shares = [[len(words & one) / len(words) if words else 0.0 for words in asked] for one in has]
        return np.asarray(np.round((1 - _LEXICAL) * near + _LEXICAL * np.array(shares).reshape(near.shape), 6))

    def _about(self) -> "Scores":
        """For each passage how much its document is about the topic, by the passages of it that fit best."""
        fits: dict[str, list[float]] = {}
        for at, passage in enumerate(self.task.passages):
            fits.setdefault(passage.document_id, []).append(float(self.fit[at, 0]))
        means = {key: float(np.mean(sorted(found, reverse=True)[:_OF_A_DOCUMENT])) for key, found in fits.items()}
        return np.round(np.array([means[one.document_id] for one in self.task.passages]), 6)

    def _passage_vectors(self) -> "Vectors":
        """Each passage as the mean of its points and of the headings above it."""
        material = self.material
        above = material.embed([" ".join(headings.above(one)) or one.title for one in self.task.passages])
        sums = above.astype(np.float64)
        for point, vector in zip(material.points, material.vectors, strict=True):
            sums[point.number - 1] += vector
        sizes = np.linalg.norm(sums, axis=1, keepdims=True)
        return np.asarray(sums / np.maximum(sizes, 1e-9), dtype=np.float32)

    def relevant(self) -> list[int]:
        """Passages that have a point to make and something to do with the topic."""
        telling = sorted({point.number - 1 for point in self.material.points})
        if not telling:  # nothing can be quoted
            return list(range(len(self.task.passages)))
        best = np.maximum(self.fit[telling].max(axis=0) * _OF_BEST, _LEAST)
        documents = {self.task.passages[at].document_id: float(self.about[at]) for at in telling}
        most = float(np.mean(sorted(documents.values(), reverse=True)[:_OF_A_DOCUMENT]))
        kept = [
            at
            for at in telling
            if self.fit[at, 0] >= _OF_BEST * most
            or self.about[at] >= _CENTRAL * most
            or (self.about[at] >= _BESIDE * most and bool((self.fit[at] >= best).any()))
        ]
        return kept or telling

    def telling(self, members: Sequence[int], *, near: bool = False) -> int:
        """How many points there are in passages; with `near`, those that have to do with the topic or a question."""
        fits = self.points if near else np.ones(len(self.points))
        least = _NEAR_POINT * float(fits.max(initial=0.0))
        return sum(
            point.number - 1 in members and fit >= least
            for point, fit in zip(self.material.points, fits.tolist(), strict=True)
        )

    def features(self, some: Sequence[int]) -> "Vectors":
        """What is clustered: meaning, which question is answered, and whose document and heading it is."""
        fit = self.fit[list(some)]
        spread = fit - fit.mean(axis=1, keepdims=True)
        places = sorted({self._place(at) for at in some})
        same = np.zeros((len(some), len(places)), np.float32)
        for row, at in enumerate(some):
            same[row, places.index(self._place(at))] = 0.35
        return np.hstack([self.rows[list(some)], spread.astype(np.float32), same])

    def _place(self, at: int) -> str:
        return self.task.passages[at].document_id

    def weight(self, theme: _Theme) -> float:
        """What comes first: definitions, then what has most to do with the topic; limits come last."""
        near = float(np.mean([self.about[at] for at in theme.members]))
        first = 0.1 if _FIRST.search(theme.heading) else 0.0
        last = 0.2 if _LAST.search(theme.heading) and not _LAST.search(self.task.topic) else 0.0
        return round(near + first - last + 0.01 * len(theme.members), 6)


def _near(view: _View, themes: Sequence[_Theme]) -> list[_Theme]:
    """Without themes that have little to do with the topic, or next to nothing to say of it. What is about the topic
    there goes to the nearest theme that stays.
    """
    best = [float(np.mean(view.about[list(theme.members)])) if theme.members else 0.0 for theme in themes]
    kept = [
        theme
        for theme, fit in zip(themes, best, strict=True)
        if fit >= _NEAR_TOPIC * max(best) and view.telling(theme.members, near=True) >= _FEWEST
    ]
    if not kept:
        return list(themes)
    homeless = [at for theme in themes if theme not in kept for at in theme.members]
    for at in homeless:
        if view.about[at] >= _NEAR_TOPIC * max(best):
            near = [round(float(view.rows[list(one.members)].mean(axis=0) @ view.rows[at]), 6) for one in kept]
            home = near.index(max(near))
            kept[home] = _Theme((*kept[home].members, at), kept[home].heading)
    return kept


def _split(view: _View, found: Sequence[list[int]], wanted: int) -> list[list[int]]:
    """Groups, the largest of them parted until there are as many as are wanted."""
    parted = list(found)
    while parted and len(parted) < wanted:
        largest = max(parted, key=lambda one: (len(one), -one[0]))
        halves = _sized(view, sorted(largest), 2) if len(largest) >= 2 * _A_PART else []
        halves = [one for one in halves if view.telling(one) >= _FEWEST]
        if len(halves) < 2:
            break
        parted.remove(largest)
        parted += halves
    return parted


def _sized(view: _View, kept: Sequence[int], wanted: int) -> list[list[int]]:
    """Groups of at least two passages; one that stands alone goes to the nearest group."""
    found = [[kept[at] for at in group] for group in groups(view.features(kept), wanted)]
    small = [group for group in found if len(group) < 2]
    large = [group for group in found if len(group) >= 2] or found
    if large is found:
        return found
    for group in small:
        centres = [view.rows[other].mean(axis=0) for other in large]
        nearest = max(range(len(large)), key=lambda at: (round(float(centres[at] @ view.rows[group[0]]), 6), -at))
        large[nearest] += group
    return large


def _named(view: _View, found: Sequence[list[int]], taken: set[frozenset[str]], topic: str) -> list[_Theme]:
    """Each group under its own heading; one for which no name is left joins the group before it."""
    themes: list[_Theme] = []
    used = set(taken)
    everything = [at for group in found for at in group]
    for group in sorted(found, key=lambda one: (-len(one), one)):
        members = tuple(sorted(group, key=lambda at: (-view.relevance[at], at)))
        heading = _heading(view, members, everything, used, topic)
        if heading:
            used |= {headings.key(heading), *(headings.key(one) for one in heading.split(" and "))}
            themes.append(_Theme(members, headings.titled(heading)))
        elif themes:
            last = themes.pop()
            themes.append(_Theme((*last.members, *members), last.heading))
        else:
            themes.append(_Theme(members, headings.titled(topic.strip().rstrip("?."))))
    return themes


def _heading(
    view: _View, members: Sequence[int], everything: Sequence[int], used: set[frozenset[str]], topic: str
) -> str:
    """The heading that most of the members have and few of the others; of two that share them, both."""
    ranked = _candidates(view, members, everything, topic)
    ranked = [one for one in ranked if not any(headings.resembles(headings.key(one[1]), other) for other in used)]
    if not ranked:
        return ""
    above = {one for at in members for one in headings.above(view.task.passages[at])}
    ranked = [one for one in ranked if len(one[2]) >= _OF_SEVERAL * len(members)] or ranked
    if len(members) <= _A_SECTION:  # a phrase of so few names a side of them
        titles = {one for at in members[:1] for one in headings.above(view.task.passages[at])}
        ranked = [one for one in ranked if one[1] in titles and size(one[1]) <= _LONGEST_PLEASANT] or ranked
    _, best, has = ranked[0]
    if len(has) >= _SHARED * len(members):
        return best
    for _, other, more in ranked[1:6]:
        fits = len(f"{best} {other}") <= 50 and not headings.key(best) & headings.key(other)
        fits = fits and "," not in f"{best}{other}" and max(size(best), size(other)) <= _LONGEST_JOINED
        fits = fits and best in above and other in above
        if fits and len(has | more) >= len(has) + 2 and " and " not in f"{best} {other}":
            return f"{best} and {other}"
    return best


def _candidates(
    view: _View, members: Sequence[int], everything: Sequence[int], topic: str
) -> list[tuple[float, str, frozenset[int]]]:
    """Headings and phrases with the members that have them, best first."""
    inside = frozenset(members)
    shown: dict[frozenset[str], str] = {}
    has: dict[frozenset[str], set[int]] = {}
    for at in everything:
        for heading in headings.above(view.task.passages[at]):
            name = headings.key(heading)
            if at in inside:
                shown.setdefault(name, heading)
            has.setdefault(name, set()).add(at)
    for at, question in enumerate(view.task.questions, start=1):
        name = headings.key(headings.asked(question))
        answers = {place for place in everything if int(view.fit[place].argmax()) == at}
        if headings.asked(question) and name not in shown and answers & inside:
            shown[name], has[name] = headings.asked(question), answers
    for phrase in _phrases(view, members):
        name = headings.key(phrase)
        if name not in shown:
            shown[name] = phrase
            has[name] = {at for at in everything if name <= view.has[at]}
    names = [name for name in shown if name != terms(topic)]
    if not names:
        return []
    vectors = view.material.embed([shown[name] for name in names])
    centre = view.rows[list(members)].mean(axis=0)
    above = {one for at in members for one in headings.above(view.task.passages[at])}
    ranked = []
    for name, near in zip(names, vectors @ centre, strict=True):
        mine, others = has[name] & inside, has[name] - inside
        share, only = len(mine) / len(members), len(mine) / max(1, len(mine) + len(others))
        worth = share * only**0.5 * (1.0 if shown[name] in above else _PHRASE) + _NEAR * float(near)
        worth -= _SINGLE if size(shown[name]) == 1 else 0.0
        worth -= _LONG if size(shown[name]) > _LONGEST_PLEASANT or ":" in shown[name] else 0.0
        worth -= (_BROAD if shown[name] not in above else _BROAD / 3) if name <= terms(topic) else 0.0
        ranked.append((round(worth, 6), shown[name], frozenset(mine)))
    return sorted(ranked, key=lambda one: (-one[0], one[1]))


def _phrases(view: _View, members: Sequence[int]) -> list[str]:
    """Phrases that several of the members use, in their texts or their titles."""
    passages = [view.task.passages[at] for at in members]
    texts = [f"the {one.title}. {one.text}" for one in passages]
    counted = headings.phrases(texts)
    return sorted(one for one, seen in counted.items() if seen > 1 and headings.clean(one))


def _parts(view: _View, theme: _Theme, taken: set[frozenset[str]], topic: str) -> list[_Theme]:
    """Subsections of a theme, where at least two have enough passages and a name of their own."""
    count = min(_MOST_PARTS, len(theme.members) // _A_PART)
    if count < 2:
        return []
    found = _sized(view, sorted(theme.members), count)
    found = [group for group in found if view.telling(group) >= _FEWEST]
    parts = _named(view, found, taken, topic) if len(found) > 1 else []
    return sorted(parts, key=lambda one: (-view.weight(one), one.members)) if len(parts) > 1 else []


def _questions(view: _View, themes: Sequence[_Theme]) -> list[str]:
    """For each theme the question that it answers best, each question once; else its heading, as where it answers the
    topic better than any question.
    """
    found = [theme.heading for theme in themes]
    topic = [float(np.mean(view.fit[list(theme.members), 0])) for theme in themes]
    fits = [
        (float(np.mean(view.fit[list(theme.members), at])), -row, -at)
        for row, theme in enumerate(themes)
        for at in range(1, len(view.asked))
    ]
    rows: set[int] = set()
    used: set[int] = set()
    for fit, row, at in sorted(fits, reverse=True):
        if fit >= max(_LEAST, _ASKED_FOR * topic[-row]) and -row not in rows and -at not in used:
            rows.add(-row)
            used.add(-at)
            found[-row] = view.asked[-at]
    return found
