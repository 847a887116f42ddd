"""Questions worth searching: the topic's own, one for each side of a comparison or a list, then facets that a first
look at the sources shows: what their headings and phrases name, what has most to do with the topic first.
"""

import json
import re
from collections.abc import Iterator, Sequence

import numpy as np

from answerable.core import facts
from answerable.core.documents import Passage
from answerable.core.lexicon import OPENERS
from answerable.core.ports import Embedder
from answerable.core.research_tasks import PlanQuestions
from answerable.providers.extraction.research import headings
from answerable.providers.extraction.research.terms import is_english, size, terms

_ASKS = re.compile(
    r"(?:how|what|which|who|whom|whose|when|where|why|is|are|was|were|do|does|did|can|could|will|would|should|must|has"
    r"|have)\b(?=\s)",
    re.IGNORECASE,
)
_AUXILIARY = "is|are|was|were|can|could|will|would|should|must|may|has|have"
_TOLD = re.compile(
    rf"(How|What|Why|When|Where) (?!(?:{_AUXILIARY}|do|does|did)\b)(.+?) ({_AUXILIARY}) (.+)", re.IGNORECASE
)
_ASKED = re.compile(
    r"(?:(?:how|what|why|when|where|which|who) )?"
    rf"(?:to|(?:many|much) .+ (?:{_AUXILIARY}|do|does|did)|{_AUXILIARY}|do|does|did)\b",
    re.IGNORECASE,
)
_AGAINST = re.compile(r"\s+(?:vs\.?|versus|compared (?:with|to)|in comparison (?:with|to))\s+", re.IGNORECASE)
_LISTED = re.compile(r"\s*,\s*(?:and\s+|or\s+)?|\s+(?:and|or|&)\s+", re.IGNORECASE)
_CONTEXT = re.compile(r"(?<=\w) (?:for|in|on|when|with|as|at) .+$", re.IGNORECASE)
_BETWEEN = re.compile(r"(?:difference|differences|comparison|choice|choosing)s? (?:between|of)\s+", re.IGNORECASE)
_FRAME = re.compile(
    r"^(?:What is known about|What (?:is|are)|How (?:does|to|do|is|are)) | (?:work|differ)(?=\?)| with regard to .*|\?"
)
_FRAMED = "What is known about"
_JOINED = re.compile(r"(?<=\w) (?:of|for|in|on|to|from|with|after|against|by|at|through|over|about) ", re.IGNORECASE)
_ALIKE = 0.8
"""From this cosine on, what two questions ask about is one thing."""
_PHRASE_TEXTS = 2
_NEAR, _NEAR_WORD, _STILL_NEAR = 0.3, 0.45, 0.18
"""The cosine of a facet to the topic, that of a single word, and the least one where there are few."""
_FEW = 3
_LEAST_SIDES = 3
"""`A, B and C` is a list; `A and B` may as well be about how A bears on B."""
_LONGEST_FACET = 7
_SHORT_FORM = 5
_LONGEST_SIDE = _LONGEST_CONTEXT = 5


def plan_questions(task: PlanQuestions, embedder: Embedder) -> str:
    """A JSON array of at most `count` questions, the most important one first. One that only says the topic again is
    left out: it is searched for anyway.
    """
    topic = _without_article(" ".join(task.topic.split()).rstrip(" ."))
    english = is_english([topic, *(one.text for one in task.passages)])
    if english:
        topic = _small(topic, _written_small(task.passages) | facts.STOP_WORDS)
    own, facets = list(_own(topic, english)), list(_facets(topic, task.passages, embedder, english))
    if english and not (":" in topic or _ASKS.match(topic) or _AGAINST.search(topic) or _BETWEEN.match(topic)):
        facets += [_anchored(side, topic) for side in _LISTED.split(topic) if 0 < size(side) <= _LONGEST_SIDE]
    asked = [one for one in (*own, *facets) if _core(one) != _core(topic)]
    return json.dumps(_distinct(asked or own, task.count, embedder), ensure_ascii=False)


def _core(question: str) -> frozenset[str]:
    """What a question asks about; `What is known about lamps?` asks no more than the topic `lamps` says."""
    return terms(_FRAME.sub("", question) if question.startswith(_FRAMED) else question)


def _own(topic: str, english: bool) -> Iterator[str]:
    """The topic as a question, and its sides."""
    if not english or not size(topic):
        yield topic
        return
    if topic.endswith("?") or _ASKS.match(topic):
        yield _inverted(topic.rstrip("?"))
        return
    head, _, rest = topic.partition(": ")
    listed = rest or head
    between = _BETWEEN.match(listed)
    sides = [side for side in _AGAINST.split(listed) if size(side)]
    if len(sides) > 1 or between:
        sides = sides if len(sides) > 1 else _LISTED.split(listed[between.end() :] if between else listed)
        sides, context = _without_context(sides)
        yield from (_defined(side) for side in sides)
        yield f"How do {' and '.join(sides)} differ{context}?"
        return
    yield _defined(head if size(rest) and size(head) else topic)
    sides = [side for side in _LISTED.split(listed) if size(side)]
    if len(sides) >= _LEAST_SIDES and all(size(side) <= _LONGEST_SIDE for side in sides):
        yield from (_about(side, head) if rest else _anchored(side, topic) for side in sides)


def _without_article(topic: str) -> str:
    first, _, rest = topic.partition(" ")
    return rest if first.lower() in ("the", "a", "an") and rest else topic


def _without_context(sides: Sequence[str]) -> tuple[list[str], str]:
    """`DAO, ADO for reading data`: the sides, and what holds for all of them."""
    found = _CONTEXT.search(sides[-1])
    if not found or any(_CONTEXT.search(side) for side in sides[:-1]):
        return list(sides), ""
    return [*sides[:-1], sides[-1][: found.start()]], found[0]


def _inverted(topic: str) -> str:
    """`How documents are kept` as a question; a topic in any other order of words is one, or stays as it is."""
    told = _TOLD.fullmatch(topic)
    if told:
        asks, subject, verb, rest = told.groups()
        topic = f"{asks} {verb} {subject} {rest}"
    topic = topic[:1].upper() + topic[1:]
    return f"{topic}?" if _ASKED.match(topic) else topic


def _defined(name: str) -> str:
    if _ASKS.match(name):
        return f"{name}?"
    if name.split()[0].lower().endswith("ing") and size(name) > 1:
        return f"How does {name[0].lower()}{name[1:]} work?"
    if size(name) > 3 or _LISTED.search(name):
        return f"What is known about {name}?"
    last = name.rsplit(maxsplit=1)[-1].lower()
    many = last.endswith("s") and not last.endswith(("ss", "is", "us", "ics"))
    return f"What {'are' if many else 'is'} {name}?"


def _anchored(side: str, topic: str) -> str:
    """A side of a list as a question. `Risk factors and treatment of dementia`: a side without the word that joins it
    to the rest is asked with regard to the topic, or its answers are about the risk factors of anything.
    """
    return _about(side, topic) if _JOINED.search(topic) and not _JOINED.search(side) else _defined(side)


def _about(side: str, subject: str) -> str:
    return f"{_FRAMED} {side} with regard to {subject}?"


def _facets(topic: str, passages: Sequence[Passage], embedder: Embedder, english: bool) -> Iterator[str]:
    """What the sources name, the nearest to the topic and the most frequent first."""
    about = terms(topic)
    found = [(heading, weight) for name, (heading, weight) in _named(passages).items() if not name <= about]
    if not found:
        return
    vectors = embedder.embed([topic, *(heading for heading, _ in found)])
    near = np.round(vectors[1:] @ vectors[0], 6)
    most = max(weight for _, weight in found)
    order = sorted(range(len(found)), key=lambda at: (-(float(near[at]) + 0.5 * found[at][1] / most), at))
    lower = _written_small(passages)
    nearest = [at for at in order if near[at] >= (_NEAR if size(found[at][0]) > 1 else _NEAR_WORD)]
    others = [at for at in order if at not in nearest and near[at] >= _STILL_NEAR]
    for at in [*nearest, *others[: max(0, _FEW - len(nearest))]]:
        heading = found[at][0].lower() if found[at][0].isupper() and size(found[at][0]) > 1 else found[at][0]
        if not english:
            yield f"{topic}: {heading}"
        elif not _ASKS.match(heading) or _inverted(heading).endswith("?"):
            yield _asked(heading, topic, lower)


def _named(passages: Sequence[Passage]) -> dict[frozenset[str], tuple[str, float]]:
    """Headings and phrases by their terms, each with a weight: how high and how often its passages stand."""
    found: dict[frozenset[str], tuple[str, float]] = {}
    for rank, passage in enumerate(passages):
        for depth, heading in enumerate(headings.above(passage)[:2]):
            if size(heading) > _LONGEST_FACET or ":" in heading or "," in heading:
                continue
            shown, weight = found.get(headings.key(heading), (heading, 0.0))
            found[headings.key(heading)] = shown, weight + (1.0 - 0.3 * depth) / (1 + rank) ** 0.5
    for phrase, seen in headings.phrases(one.text for one in passages).items():
        if seen >= _PHRASE_TEXTS and size(phrase) > 1 and headings.clean(phrase):
            found.setdefault(headings.key(phrase), (phrase, 0.3 * seen))
    return found


def _asked(heading: str, topic: str, lower: set[str]) -> str:
    """A heading as a question that can be understood without its page."""
    if _ASKS.match(heading):
        return _inverted(heading)
    words = heading.split()
    name = _small(heading, lower)
    first = words[0].lower()
    near = terms(heading) & terms(topic) or _ASKS.match(topic) or size(topic) > _LONGEST_CONTEXT
    context = "" if near else f" with regard to {topic}"
    if first.endswith("ing") and len(words) > 1:
        return f"How does {name} work{context}?"
    if len(words) > 1 and (first in OPENERS or words[1] in ("a", "an", "the", "your")):
        return f"How to {name[0].lower()}{name[1:]}{context}?"
    return f"What is known about {name}{context}?"


def _written_small(passages: Sequence[Passage]) -> set[str]:
    """Words that the passages write in small letters somewhere: no names, then."""
    return {word for one in passages for word in re.findall(r"\b[^\W\d_A-Z]\w*", one.text)}


def _small(heading: str, lower: set[str]) -> str:
    """A heading as it is written in a sentence: only names and short forms (`API`) keep their capitals."""
    return " ".join(
        word.lower() if _has_a_capital(word) and word.lower().strip(",:") in lower else word for word in heading.split()
    )


def _has_a_capital(word: str) -> bool:
    return len(word) > 1 and word[0].isupper() and not (word.isupper() and len(word) <= _SHORT_FORM)


def _distinct(asked: Sequence[str], count: int, embedder: Embedder) -> list[str]:
    """The first `count` that ask for different things."""
    cores = [_FRAME.sub("", question) for question in asked]
    vectors = embedder.embed(cores)
    chosen: list[int] = []
    for at, core in enumerate(cores):
        new = all(float(vectors[at] @ vectors[other]) < _ALIKE for other in chosen)
        if new and not any(terms(core) == terms(cores[other]) for other in chosen):
            chosen.append(at)
        if len(chosen) >= count:
            break
    return [asked[at] for at in chosen]
