"""Evidence: a passage of a stored text with where it came from. Kept as an artifact; its id is the artifact's."""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from answerable.core import facts
from answerable.core.documents import ChunkId, CollectionName, DocumentId, Passage, VersionId
from answerable.core.folding import is_unspaced
from answerable.core.ports import Embedder

_SHINGLE = 5
_SAME = 0.8
"""From this share of shingles of five words in common two passages are one (Broder 1997; .8 is the usual bound)."""
_WORD = re.compile(r"\w+")
_NEAR, _WORDS = 0.6, 0.4
ANSWERED, _STRANGE = 0.4, 0.15
"""The least fit of the best passage for an answered question, and what words that no passage has ask on top of it. Of
28 topics beside what a collection has, the nearest fits .445 with .11 of its words known; of 42 that it answers, the
farthest fits .513 with all of them (docs/lab-log.md, 2026-11-26).
"""
_OF_A_DOCUMENT = 3
_MOST_OF_ONE = 6
"""Of one document at most so many passages are kept while there are others: a report leans on several sources."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """`kind` is the source that gave it, `query` what was asked; `date` is a day in ISO 8601, "" where not known."""

    id: str
    passage: Passage
    kind: str
    query: str
    date: str = ""
    authors: str = ""
    licence: str = ""

    @property
    def document(self) -> str:
        """What it is a part of: one version of a document, or one page."""
        return f"{self.passage.document_id}@{self.passage.version_id}"


def to_body(one: Evidence) -> dict[str, Any]:
    """As it is stored, without its id."""
    passage = one.passage
    return {
        "kind": one.kind,
        "query": one.query,
        "date": one.date,
        "authors": one.authors,
        "licence": one.licence,
        "chunk_id": passage.chunk_id,
        "document_id": passage.document_id,
        "version_id": passage.version_id,
        "version": passage.version,
        "collection": passage.collection,
        "source": passage.source,
        "title": passage.title,
        "text": passage.text,
        "start": passage.start,
        "end": passage.end,
        "header": passage.header,
        "heading_path": list(passage.heading_path),
        "page": passage.page,
        "page_starts": [list(one) for one in passage.page_starts],
        "valid_from": passage.valid_from.isoformat() if passage.valid_from else None,
    }


def from_body(id_: str, body: Mapping[str, Any]) -> Evidence:
    """What `to_body` wrote."""
    moment = body["valid_from"]
    passage = Passage(
        chunk_id=ChunkId(body["chunk_id"]),
        document_id=DocumentId(body["document_id"]),
        version_id=VersionId(body["version_id"]),
        collection=CollectionName(body["collection"]),
        source=body["source"],
        title=body["title"],
        text=body["text"],
        start=body["start"],
        end=body["end"],
        header=body["header"],
        heading_path=tuple(body["heading_path"]),
        page=body["page"],
        valid_from=datetime.fromisoformat(moment) if moment else None,
        version=body["version"],
        page_starts=tuple((start, page) for start, page in body["page_starts"]),
    )
    return Evidence(id_, passage, body["kind"], body["query"], body["date"], body["authors"], body["licence"])


def mean_of_best(fits: Iterable[float]) -> float:
    """How much a document is about something, by the three of its passages that fit best."""
    best = sorted(fits, reverse=True)[:_OF_A_DOCUMENT]
    return sum(best) / len(best) if best else 0.0


class Relevance:
    """How well passages fit questions, in 0..1: meaning (cosine) and words. Blocks the calling thread."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder

    def of(self, question: str, passages: Sequence[Passage]) -> list[float]:
        """One number a passage, in their order."""
        return self.of_texts(question, [_read(one) for one in passages])

    def of_texts(self, question: str, texts: Sequence[str]) -> list[float]:
        """The same for texts by themselves."""
        if not texts:
            return []
        vectors = self._embedder.embed([question, *texts])
        near = vectors[1:] @ vectors[0]
        asked = facts.read(question)
        wanted = asked.content.union(asked.numbers)
        shares = [len(wanted & facts.read(text).stems) / len(wanted) if wanted else 0.0 for text in texts]
        return [
            round(_NEAR * max(0.0, float(cosine)) + _WORDS * share, 4)
            for cosine, share in zip(near, shares, strict=True)
        ]

    def answers(self, question: str, passages: Sequence[Passage], least: float = ANSWERED) -> bool:
        """Whether any of them is about what is asked. A question whose naming words stand in none of them is near to
        what they say by its other words only, and has to fit them better.
        """
        best = max(self.of(question, passages), default=0.0)
        return best >= least + _STRANGE * (1 - self._known(question, passages))

    def _known(self, question: str, passages: Sequence[Passage]) -> float:
        """Of the words of a question, the rarer the heavier, the share in 0..1 that any of the passages has. Where none
        of them is known, or there are no spaces between them, words tell nothing: the passages are in another language.
        """
        asked = facts.read(question)
        wanted = sorted(asked.content.union(asked.numbers))
        stems = [facts.read(_read(one)).stems for one in passages]
        seen = {word: sum(word in has for has in stems) for word in wanted}
        if not any(seen.values()) or any(map(is_unspaced, question)):
            return 1.0
        weights = {word: math.log(1 + (len(stems) - count + 0.5) / (count + 0.5)) for word, count in seen.items()}
        return math.fsum(weights[word] for word in wanted if seen[word]) / math.fsum(weights.values())


def _read(passage: Passage) -> str:
    """A passage with its headings, as it is searched."""
    return "\n".join((passage.title, *passage.heading_path, passage.text))


def collapse(found: Iterable[Evidence]) -> list[Evidence]:
    """Without what is said already: the same place, a part of it, or a near copy; the first one stays, in order."""
    kept: list[tuple[Evidence, frozenset[tuple[str, ...]]]] = []
    for one in found:
        marks = _shingles(one.passage.text)
        if not any(_is_same(one, marks, other, theirs) for other, theirs in kept):
            kept.append((one, marks))
    return [one for one, _ in kept]


def _is_same(one: Evidence, marks: frozenset[tuple[str, ...]], other: Evidence, theirs: frozenset[Any]) -> bool:
    ours, his = one.passage, other.passage
    if one.document == other.document and his.start <= ours.start and ours.end <= his.end:
        return True
    return bool(marks) and len(marks & theirs) >= _SAME * len(marks | theirs)


def _shingles(text: str) -> frozenset[tuple[str, ...]]:
    words = _WORD.findall(text.lower())
    return frozenset(tuple(words[at : at + _SHINGLE]) for at in range(max(len(words) - _SHINGLE + 1, 1)))


def choose(found: Sequence[Sequence[Evidence]], most: int) -> list[Evidence]:
    """The best of each question in turn, until there are `most`: no question is starved by another, and no document
    fills the report while others wait.
    """
    queues = [list(one) for one in found]
    chosen: dict[str, Evidence] = {}
    put_off: list[Evidence] = []
    taken: dict[str, int] = {}
    while any(queues) and len(chosen) < most:
        for queue in queues:
            while queue:
                one = queue.pop(0)
                if one.id in chosen:
                    continue
                if taken.get(one.document, 0) >= _MOST_OF_ONE:
                    put_off.append(one)
                    continue
                chosen[one.id] = one
                taken[one.document] = taken.get(one.document, 0) + 1
                break
    rest = [one for one in put_off if one.id not in chosen]
    return collapse([*list(chosen.values())[:most], *rest])[:most]


def documents_of(found: Iterable[Evidence]) -> list[dict[str, Any]]:
    """What was found as a reader of the record sees it: each document once, in order, with how many passages."""
    listed: dict[str, dict[str, Any]] = {}
    for one in found:
        entry = {"kind": one.kind, "title": one.passage.title or one.passage.source, "address": one.passage.source}
        listed.setdefault(one.document, {**entry, "passages": 0})["passages"] += 1
    return list(listed.values())
