"""Checks each sentence of an answer against the passages it cites, and resolves it to the smallest supporting span.

A sentence whose facts no span of one to three sentences holds is dropped: it is never shown.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from answerable.core import facts
from answerable.core.documents import Citation, Passage
from answerable.core.ports import Embedder
from answerable.core.sentences import split

_MARKER = re.compile(r"[ \t]*\[(\d{1,3}(?:\s*,\s*\d{1,3})*)\]")
_CONNECTIVE = re.compile(
    r"\W*(?:here (?:is|are) (?:what i found|the (?:steps|answer|details))|(?:follow|do) (?:these steps|the following)"
    r"|in (?:short|summary)|the steps are)\W*",
    re.IGNORECASE,
)
_WIDEST = 3
_KEPT_VECTORS = 4_096


@dataclass(frozen=True, slots=True)
class Config:
    """`threshold` is the least support a shown sentence needs, `coverage` the least share of its content words."""

    threshold: float = 0.6
    coverage: float = 0.7


@dataclass(frozen=True, slots=True)
class Verdict:
    """`text` is what may be shown, without markers; `reason` is empty when `supported`."""

    text: str
    supported: bool
    citations: tuple[Citation, ...] = ()
    support: float = 0.0
    reason: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class _Span:
    start: int
    end: int
    support: float


_DETAILS = {
    "number": "a number or its unit is not in the source",
    "name": "a name is not in the source",
    "negation": "the source says the opposite, or does not negate",
    "quantifier": "the source does not say all, none, only or most",
    "opposite": "the source says the opposite",
    "unsupported": "no span of the sources says it",
    "no_sources": "there are no sources to check it against",
    "blank": "it says nothing",
}


def parse_markers(sentence: str) -> tuple[str, tuple[int, ...]]:
    """The sentence without its `[n]` markers, and their numbers in order, each once."""
    numbers = [int(part) for found in _MARKER.findall(sentence) for part in found.split(",")]
    return _MARKER.sub("", sentence), tuple(dict.fromkeys(numbers))


class Verifier:
    """Checks sentences; keeps the vectors of the spans it met, so one instance serves one answer best."""

    def __init__(self, embedder: Embedder, config: Config | None = None) -> None:
        self._embedder = embedder
        self._config = config or Config()
        self._similarities: dict[tuple[str, str], float] = {}

    def check(self, sentence: str, passages: Sequence[Passage]) -> Verdict:
        """The verdict on one sentence with markers; `[n]` is the 1-based index into `passages`.

        Without a marker that points at a passage, support is looked for in all of them.
        """
        text, numbers = parse_markers(sentence)
        if not facts.words(text):
            return _dropped(text, "blank")
        if _CONNECTIVE.fullmatch(text):
            return Verdict(text, supported=True, support=1.0)
        cited = [number for number in numbers if 1 <= number <= len(passages)]
        found: list[Citation] = []
        reasons: list[str] = []
        for number in cited or range(1, len(passages) + 1):
            passage = passages[number - 1]
            span, reason = self._find(text, passage)
            reasons.append(reason)
            if span:
                found.append(_citation(number, passage, span))
        if not found:
            return _dropped(text, next((reason for reason in reasons if reason != "unsupported"), "unsupported"))
        kept = found if cited else [max(found, key=lambda citation: citation.support)]
        return Verdict(text, supported=True, citations=tuple(kept), support=max(one.support for one in kept))

    def _find(self, claim: str, passage: Passage) -> tuple[_Span | None, str]:
        """The smallest span of the passage that supports the claim, or the reason of the closest that does not."""
        ours = facts.read(claim)
        context = facts.read(" ".join((passage.title, *passage.heading_path)))
        sentences = split(passage.text)
        closest = (0.0, "unsupported")
        for width in range(1, min(_WIDEST, len(sentences)) + 1):
            best: _Span | None = None
            for at in range(len(sentences) - width + 1):
                start, end = sentences[at][0], sentences[at + width - 1][1]
                theirs = facts.read(passage.text[start:end])
                covered = facts.coverage(ours, theirs)
                if covered < self._config.coverage:
                    continue
                reason = facts.mismatch(ours, theirs, context)
                if reason:
                    closest = max(closest, (covered, reason))
                    continue
                support = self._support(claim, passage.text[start:end], covered)
                if support >= self._config.threshold and (best is None or support > best.support):
                    best = _Span(start, end, support)
            if best:
                return best, ""
        return None, closest[1]

    def _support(self, claim: str, span: str, covered: float) -> float:
        if covered == 1.0 and " ".join(claim.split()) in " ".join(span.split()):
            return 1.0
        key = (claim, span)
        if key not in self._similarities:
            if len(self._similarities) >= _KEPT_VECTORS:
                self._similarities.clear()
            one, other = self._embedder.embed([claim, span])
            self._similarities[key] = max(0.0, float(one @ other))
        return min(1.0, 0.6 * covered + 0.4 * self._similarities[key])


def _dropped(text: str, reason: str) -> Verdict:
    return Verdict(text, supported=False, reason=reason, detail=_DETAILS[reason])


def _citation(number: int, passage: Passage, span: _Span) -> Citation:
    return Citation(
        number=number,
        document_id=passage.document_id,
        version_id=passage.version_id,
        collection=passage.collection,
        source=passage.source,
        title=passage.title,
        start=passage.start + span.start,
        end=passage.start + span.end,
        quote=passage.text[span.start : span.end],
        support=round(span.support, 4),
        page=passage.page,
        heading_path=passage.heading_path,
        version=passage.version,
    )
