"""Checks each sentence of an answer against the passages it cites, and resolves it to the smallest supporting span.

A sentence whose facts no span of one to three sentences holds, and whose clauses are not held by spans one by one, is
dropped: it is never shown.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from answerable.core import facts
from answerable.core.documents import Citation, Passage
from answerable.core.ports import Embedder
from answerable.core.sentences import MARKER, split

_MARKER = re.compile(rf"(?P<code>`[^`\n]+`)|[ \t]*(?P<mark>{MARKER})")
_RANGE = re.compile(r"(\d{1,3})\s*[-–]\s*(\d{1,3})")
_FENCED = re.compile(r"\s*(?:```+|~~~+)[^\n]*\n(.*?)\n?[ \t]*(?:```+|~~~+)\s*", re.DOTALL)
_CONNECTIVE = re.compile(
    r"\W*(?:here (?:is|are) (?:what i found|the (?:steps|answer|details))|(?:follow|do) (?:these steps|the following)"
    r"|in (?:short|summary)|the steps are)\W*",
    re.IGNORECASE,
)
_JOINT = re.compile(r"[,;]\s+(?:and|but|while|whereas|or)\s+|;\s+|\s+(?:and|but|while|whereas)\s+|,\s+")
_WIDEST = 3
_LEAST_CLAUSE = 2
_MARGIN = 0.05
_SAME_STATEMENT = 0.85
"""From this share of its words in one span, a sentence is that span's statement, true or not, and not two others."""
_KEPT_VECTORS = 4_096


@dataclass(frozen=True, slots=True)
class Config:
    """`threshold` is the least support a shown sentence needs, `coverage` the least share of its content words.

    `synonym` is the least cosine of a word to the word of the source in whose place it stands: .38 lets 31 of 33 pairs
    of synonyms pass and stops 11 of 23 pairs of related nouns.
    """

    threshold: float = 0.6
    coverage: float = 0.7
    synonym: float = 0.38


@dataclass(frozen=True, slots=True)
class Verdict:
    """`text` is what may be shown, without markers; `reason` is empty when `supported`.

    `moved_from` holds the numbers that the sentence cited in vain, when other passages support it.
    """

    text: str
    supported: bool
    citations: tuple[Citation, ...] = ()
    support: float = 0.0
    reason: str = ""
    detail: str = ""
    moved_from: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class _Span:
    start: int
    end: int
    support: float
    covered: float = 1.0


@dataclass(frozen=True, slots=True)
class _Closest:
    """The span that holds most of a claim's words and yet does not support it: how much of them, and why not."""

    covered: float = 0.0
    reason: str = "unsupported"


@dataclass(frozen=True, slots=True)
class _Search:
    citations: tuple[Citation, ...] = ()
    covered: float = 0.0
    closest: _Closest = _Closest()


_DETAILS = {
    "number": "a number, its unit or its bound is not in the source",
    "name": "a name is not in the source",
    "negation": "the source says the opposite, or does not negate",
    "modality": "the source says may, should or must otherwise",
    "quantifier": "the source does not say all, none, only or most",
    "opposite": "the source says the opposite",
    "role": "the source has it the other way round",
    "word": "a word stands for something else than in the source",
    "unsupported": "no span of the sources says it",
    "code": "the code is not in the sources line by line",
    "blank": "it says nothing",
}


def parse_markers(sentence: str) -> tuple[str, tuple[int, ...]]:
    """The sentence without its markers in any usual form, and their numbers in order, each once; code keeps its own."""
    if "`" * 3 in sentence:
        body, fence, tail = sentence.rpartition("`" * 3)
        rest, numbers = parse_markers(tail)
        return f"{body}{fence}{rest}", numbers
    found: list[int] = []

    def take(match: re.Match[str]) -> str:
        if match["code"]:
            return match[0]
        numbers = _numbers(match["mark"])
        found.extend(numbers)
        return "" if numbers else match[0]

    text = _MARKER.sub(take, sentence)
    return text, tuple(dict.fromkeys(found))


def _numbers(mark: str) -> list[int]:
    bare = mark.partition("†")[0].partition("(")[0]
    spans = {(int(low), int(high)) for low, high in _RANGE.findall(bare)}
    numbers = [int(number) for number in re.findall(r"\d{1,3}", bare)]
    return [n for n in numbers if n] + [n for low, high in spans if high - low < 20 for n in range(low, high + 1)]


class Verifier:
    """Checks sentences; keeps the similarities it met, so one instance serves one answer best."""

    def __init__(self, embedder: Embedder, config: Config | None = None) -> None:
        self._embedder = embedder
        self._config = config or Config()
        self._similarities: dict[tuple[str, str], float] = {}

    def check(self, sentence: str, passages: Sequence[Passage]) -> Verdict:
        """The verdict on one sentence with markers; `[n]` is the 1-based index into `passages`.

        Support is looked for in the cited passages, then in all the others.
        """
        text, numbers = parse_markers(sentence)
        if not facts.words(text):
            return _dropped(text, "blank")
        if _CONNECTIVE.fullmatch(text):
            return Verdict(text, supported=True, support=1.0)
        cited = [number for number in numbers if 1 <= number <= len(passages)]
        others = [number for number in range(1, len(passages) + 1) if number not in cited]
        code = _FENCED.fullmatch(text)
        if code:
            return _check_code(text, code[1], (*cited, *others), passages)
        near = self._search(text, cited, passages)
        if near.citations:
            return _supported(text, near.citations)
        far = self._search(text, others, passages)
        if far.citations and far.covered + _MARGIN >= near.closest.covered:
            best = max(far.citations, key=lambda citation: citation.support)
            return replace(_supported(text, [best]), moved_from=numbers)
        return _dropped(text, max(near.closest, far.closest, key=lambda one: one.covered).reason)

    def _search(self, text: str, numbers: Sequence[int], passages: Sequence[Passage]) -> _Search:
        """Support in each passage by itself, else clause by clause.

        A span that holds more of the claim's words, and contradicts it, overrules one that holds fewer.
        """
        found: list[tuple[float, Citation]] = []
        closest = _Closest()
        for number in numbers:
            passage = passages[number - 1]
            span, failed = self._find(text, passage)
            closest = max(closest, failed, key=lambda one: one.covered)
            if span:
                found.append((span.covered, _citation(number, passage, span)))
        covered = max((share for share, _ in found), default=0.0)
        if found and covered + _MARGIN >= closest.covered:
            return _Search(tuple(citation for _, citation in found), covered, closest)
        if closest.covered < _SAME_STATEMENT:
            parts = self._in_parts(text, numbers, passages)
            return _Search(parts, 1.0 if parts else 0.0, closest)
        return _Search(closest=closest)

    def _in_parts(self, text: str, numbers: Sequence[int], passages: Sequence[Passage]) -> tuple[Citation, ...]:
        """Citations of both parts of a sentence that says two things, each supported by itself; empty when one is not.

        Clauses are never mixed: words of two sources must not make a third statement.
        """
        for joint in _JOINT.finditer(text):
            parts = text[: joint.start()], text[joint.end() :]
            if any(_weight(part) < _LEAST_CLAUSE for part in parts):
                continue
            held = [self._search(part, numbers, passages).citations for part in parts]
            if all(held):
                best = [max(found, key=lambda citation: citation.support) for found in held]
                return tuple(dict.fromkeys(best))
        return ()

    def _find(self, claim: str, passage: Passage) -> tuple[_Span | None, _Closest]:
        """The smallest span of the passage that supports the claim, and the closest that does not."""
        ours = facts.read(claim)
        closest = _Closest()
        if facts.coverage(ours, facts.read(passage.text)) < self._config.coverage:
            return None, closest
        context = facts.read(" ".join((passage.title, *passage.heading_path)))
        sentences = split(passage.text)
        for width in range(1, min(_WIDEST, len(sentences)) + 1):
            best: _Span | None = None
            for at in range(len(sentences) - width + 1):
                start, end = sentences[at][0], sentences[at + width - 1][1]
                theirs = facts.read(passage.text[start:end])
                covered = facts.coverage(ours, theirs)
                if covered < self._config.coverage or facts.adds_clause(ours, theirs):
                    continue
                reason = facts.mismatch(ours, theirs, context) or self._other_things(ours, theirs)
                if reason:
                    closest = max(closest, _Closest(covered, reason), key=lambda one: one.covered)
                    continue
                support = self._support(claim, passage.text[start:end], covered)
                if support >= self._config.threshold and (best is None or support > best.support):
                    best = _Span(start, end, support, covered)
            if best:
                return best, closest
        return None, closest

    def _other_things(self, ours: facts.Facts, theirs: facts.Facts) -> str:
        """Whether a near copy speaks of something else: a word in the place of one that means nothing like it."""
        for one, other in facts.replacements(ours, theirs):
            if self._similarity(one, other) < self._config.synonym:
                return "word"
        return ""

    def _support(self, claim: str, span: str, covered: float) -> float:
        if covered == 1.0 and " ".join(claim.split()) in " ".join(span.split()):
            return 1.0
        return min(1.0, 0.6 * covered + 0.4 * self._similarity(claim, span))

    def _similarity(self, one: str, other: str) -> float:
        if (one, other) not in self._similarities:
            if len(self._similarities) >= _KEPT_VECTORS:
                self._similarities.clear()
            first, second = self._embedder.embed([one, other])
            self._similarities[one, other] = max(0.0, float(first @ second))
        return self._similarities[one, other]


def _weight(part: str) -> int:
    read = facts.read(part)
    return len(read.content) + len(read.numbers)


def _check_code(text: str, code: str, numbers: Iterable[int], passages: Sequence[Passage]) -> Verdict:
    """A block of code is quoted, or it is not shown: each of its lines must follow the one before it in a passage."""
    lines = [re.escape(line.strip()) for line in code.splitlines() if line.strip()]
    if not lines:
        return _dropped(text, "blank")
    pattern = re.compile(r"[ \t]*\n\s*".join(lines))
    for number in numbers:
        found = pattern.search(passages[number - 1].text)
        if found:
            citation = _citation(number, passages[number - 1], _Span(found.start(), found.end(), 1.0))
            return Verdict(text, supported=True, citations=(citation,), support=1.0)
    return _dropped(text, "code")


def _supported(text: str, citations: Sequence[Citation]) -> Verdict:
    return Verdict(text, supported=True, citations=tuple(citations), support=max(one.support for one in citations))


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
        page=passage.page_at(passage.start + span.start),
        heading_path=passage.heading_path,
        version=passage.version,
    )
