"""The outline of a report: the passages that have to do with the topic, grouped by what they are about, each group
under a heading that its passages share.
"""

import json
from collections.abc import Sequence

import numpy as np

from answerable.core.ports import Embedder
from answerable.core.research_tasks import Outline
from answerable.providers.extraction.research import headings
from answerable.providers.extraction.research.naming import named
from answerable.providers.extraction.research.terms import terms
from answerable.providers.extraction.research.themes import groups
from answerable.providers.extraction.research.view import LEAST, Theme, View

_ANSWERS = 0.25
"""A point that fits a question less than this does not answer it."""
_A_SECTION, _A_PART = 4, 3
"""Passages that a section and a subsection need."""
_MOST_PARTS = 3
_ASKED_FOR = 0.8
"""Of how well a theme fits the topic: what answers a question less has another heading."""
_NEAR_TOPIC = 0.6
_FEWEST = 3
"""Points of a section and of a subsection."""


def plan_outline(task: Outline, embedder: Embedder) -> str:
    """The plan as the JSON object that `Outline` describes."""
    view = View(task, embedder)
    kept = view.relevant()
    wanted = min(task.most, max(len(kept) // _A_SECTION, min(task.least, len(kept) // 2), 1))
    themes = _near(view, named(view, _sized(view, kept, wanted), set(), task.topic))
    if len(themes) < wanted:
        themes = named(view, _split(view, [list(one.members) for one in themes], wanted), set(), task.topic)
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


def _by_question(view: View, kept: Sequence[int]) -> list[dict[str, object]]:
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


def _near(view: View, themes: Sequence[Theme]) -> list[Theme]:
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
            kept[home] = Theme((*kept[home].members, at), kept[home].heading)
    return kept


def _split(view: View, found: Sequence[list[int]], wanted: int) -> list[list[int]]:
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


def _sized(view: View, kept: Sequence[int], wanted: int) -> list[list[int]]:
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


def _parts(view: View, theme: Theme, taken: set[frozenset[str]], topic: str) -> list[Theme]:
    """Subsections of a theme, where at least two have enough passages and a name of their own."""
    count = min(_MOST_PARTS, len(theme.members) // _A_PART)
    if count < 2:
        return []
    found = _sized(view, sorted(theme.members), count)
    found = [group for group in found if view.telling(group) >= _FEWEST]
    parts = named(view, found, taken, topic) if len(found) > 1 else []
    return sorted(parts, key=lambda one: (-view.weight(one), one.members)) if len(parts) > 1 else []


def _questions(view: View, themes: Sequence[Theme]) -> list[str]:
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
        if fit >= max(LEAST, _ASKED_FOR * topic[-row]) and -row not in rows and -at not in used:
            rows.add(-row)
            used.add(-at)
            found[-row] = view.asked[-at]
    return found
