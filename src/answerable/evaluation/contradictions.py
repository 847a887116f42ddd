"""Contradictions seeded into real documents, to measure whether they are found: a true sentence in one, its paraphrase
with another value in another. Hard negatives beside them: the same pair with a qualifier, a conversion, a rounding.

Deterministic; the two parts (`dev`, `held`) share neither sources nor frames nor qualifiers.
"""

import hashlib
import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from answerable.core.sentences import split
from answerable.evaluation.paraphrases import paraphrase, qualify
from answerable.evaluation.stated_facts import tell

Part = Literal["dev", "held"]
Place = tuple[int, int, int]
"""Index of a source, and [start, end) in its text."""

_NUMBER = re.compile(
    r"(?<![\w.,$€£(/-])(?P<number>\d{1,3}(?:,\d{3})+|\d+(?:\.\d+)?)(?P<gap>[ -]?)(?P<unit>%|percent|seconds?|minutes?|"
    r"hours?|days?|weeks?|months?|years?|kg|mg|km|cm|mm|MB|GB|KB|ms|bytes?|characters?|files?|users?|tokens?|items?|"
    r"records?|genes?|chromosomes?|exons?|residues?|kDa|kb|countries|people|deaths|fields?|columns?|rows?|tables?|"
    r"documents?|questions?|requests?|messages?|processes|workers?|channels?|digits?|lines?|points?|pages?|times)\b"
    r"(?![/-])"
)
_FLIPS = (
    (re.compile(r"\b(is|are|was|were|can|does|do|will|must|should) not "), r"\1 "),
    (re.compile(r"\bcannot "), "can "),
    (re.compile(r"\b(can|will|must|should) (?!not|also|only|be\b)"), r"\1 not "),
    (
        re.compile(r"\b(is|are) (?=\w+ed\b|able |available |required |necessary |possible |essential |stored |kept )"),
        r"\1 not ",
    ),
)
_OPPOSITES = (
    ("increases", "decreases"),
    ("increased", "decreased"),
    ("reduces", "increases"),
    ("reduced", "increased"),
    ("promotes", "inhibits"),
    ("inhibits", "promotes"),
    ("activates", "inhibits"),
    ("improves", "worsens"),
    ("improved", "worsened"),
    ("enables", "disables"),
    ("enabled", "disabled"),
    ("prevents", "causes"),
    ("allows", "prevents"),
    ("includes", "excludes"),
    ("accepts", "rejects"),
)
_DEPENDENT = re.compile(
    r"^(?:it|this|that|these|those|they|he|she|we|our|its|their|here|there|such|both|another|however|also|then|but|and|or|"
    r"so|if so|in this|in these|in that|for this|to this|following|results?|conclusions?|methods?|background|objective|"
    r"findings|interpretation|to|describes|returns|specifies|sets|gets|"
    r"determines|indicates|represents|displays|contains|allows|provides|therefore|thus|moreover|furthermore|hence|when|if)\b"
    r"|\b(?:we|our|this|these|those|above|below|here|following|example|e\.g|n ?=|p ?[<=]|95%|CI|cohort|enrolled|"
    r"randomi[sz]ed|"
    r"participants|respectively|versus|vs|mean age|aged)\b|[|?`\[\]{}<>=]",
    re.IGNORECASE,
)
_CONVERSIONS = {
    "minute": ("seconds", 60),
    "hour": ("minutes", 60),
    "day": ("hours", 24),
    "week": ("days", 7),
    "year": ("months", 12),
    "kg": ("g", 1000),
    "km": ("m", 1000),
    "GB": ("MB", 1000),
    "second": ("ms", 1000),
}
_FEWEST, _MOST = 7, 38


@dataclass(frozen=True, slots=True)
class Source:
    """A document that sentences are taken from and put into."""

    id: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Seeded:
    """A pair of sentences in two sources that contradict each other, or (`conflict` false) only look like it."""

    kind: str
    conflict: bool
    one: Place
    other: Place


@dataclass(frozen=True, slots=True)
class Score:
    """`found` of `seeded` contradictions, `false` of `reported` ones."""

    seeded: int
    found: int
    reported: int
    false: int

    @property
    def recall(self) -> float:
        """Share of the seeded contradictions that were found."""
        return self.found / self.seeded if self.seeded else 1.0

    @property
    def false_share(self) -> float:
        """Share of the reported contradictions that are none of the seeded."""
        return self.false / self.reported if self.reported else 0.0


@dataclass(frozen=True, slots=True)
class _Draft:
    kind: str
    conflict: bool
    one: str
    other: str


def part_of(source: Source) -> Part:
    """The part a source belongs to, by its id: three of five are for tuning."""
    return "dev" if hashlib.sha256(source.id.encode()).digest()[0] % 5 < 3 else "held"


def seed(sources: Sequence[Source], each: int, part: Part) -> tuple[list[Source], list[Seeded]]:
    """The sources of a part with up to `each` pairs of every kind put into them, and where the pairs stand."""
    mine = [source for source in sources if part_of(source) == part]
    rng = random.Random(f"contradictions {part}")  # noqa: S311 - chooses test data
    texts = [source.text for source in mine]
    seeded: list[tuple[_Draft, int, int]] = []
    taken: dict[str, int] = {}
    used: set[str] = set()
    order = list(range(len(mine)))
    rng.shuffle(order)
    for index in order:
        for sentence in _checkable(mine[index].text):
            for draft in _drafts(sentence, part, rng) if sentence not in used else ():
                used.add(sentence)
                if taken.get(draft.kind, 0) >= each or len(mine) < 3:
                    continue
                taken[draft.kind] = taken.get(draft.kind, 0) + 1
                hosts = rng.sample([at for at in range(len(mine)) if at != index], 2)
                first = index if draft.one == sentence else hosts[1]
                if first != index:
                    texts[first] += f"\n\n{draft.one}"
                texts[hosts[0]] += f"\n\n{draft.other}"
                seeded.append((draft, first, hosts[0]))
                break
    for told in tell(part, max(1, each // 10), rng) if len(mine) > 2 else ():
        first, host = rng.sample(range(len(mine)), 2)
        texts[first] += f"\n\n{told.one}"
        texts[host] += f"\n\n{told.other}"
        seeded.append((_Draft(told.kind, told.conflict, told.one, told.other), first, host))
    made = [replace(source, text=text) for source, text in zip(mine, texts, strict=True)]
    return made, [
        Seeded(d.kind, d.conflict, _place(first, texts, d.one), _place(host, texts, d.other))
        for d, first, host in seeded
    ]


def _place(index: int, texts: Sequence[str], sentence: str) -> Place:
    start = texts[index].rindex(sentence)
    return index, start, start + len(sentence)


def score(found: Sequence[Sequence[Place]], seeded: Sequence[Seeded]) -> Score:
    """What of the seeded contradictions is among `found` (the places of the sides of each), and how much is false."""
    wanted = [one for one in seeded if one.conflict]
    hits = [[_is_pair(sides, one) for one in wanted] for sides in found]
    return Score(
        seeded=len(wanted),
        found=sum(any(row[at] for row in hits) for at in range(len(wanted))),
        reported=len(found),
        false=sum(not any(row) for row in hits),
    )


def is_found(found: Sequence[Sequence[Place]], one: Seeded) -> bool:
    """Whether one of the reported contradictions has both sentences of a seeded pair."""
    return any(_is_pair(sides, one) for sides in found)


def _is_pair(sides: Sequence[Place], one: Seeded) -> bool:
    return all(
        any(side[0] == place[0] and side[1] < place[2] and side[2] > place[1] for side in sides)
        for place in (one.one, one.other)
    )


def _checkable(text: str) -> Iterator[str]:
    """Sentences that stand for themselves: their subject is in them, and they are no study's own result."""
    for start, end in split(text):
        sentence = text[start:end]
        size = len(sentence.split())
        if "\n" in sentence or not sentence[0].isupper() or not sentence.endswith(".") or not _FEWEST <= size <= _MOST:
            continue
        if not _DEPENDENT.search(sentence) and text.count(sentence) == 1:
            yield sentence


def _drafts(sentence: str, part: Part, rng: random.Random) -> Iterator[_Draft]:
    """Pairs made of a sentence, in a random order of kinds."""
    makers: list[Callable[[str, Part, random.Random], _Draft | None]] = [
        _number,
        _number,
        _negation,
        _opposite,
        _qualified,
        _converted,
        _rounded,
        _repeated,
        _precise,
    ]
    rng.shuffle(makers)
    for make in makers:
        draft = make(sentence, part, rng)
        if draft is not None:
            yield draft


def _number(sentence: str, part: Part, rng: random.Random) -> _Draft | None:
    match = _single(sentence)
    if match is None:
        return None
    changed = _with(sentence, match, _other_number(match["number"], match["unit"], rng))
    unit = match["unit"]
    kind = "percent" if unit in ("%", "percent") else "time" if _stem(unit) in _TIMES else "number"
    return _Draft(kind, True, sentence, paraphrase(changed, part, rng))


_TIMES = frozenset(["second", "minute", "hour", "day", "week", "month", "year", "ms"])


def _stem(unit: str) -> str:
    return unit if unit == "ms" else unit.removesuffix("s")


def _single(sentence: str) -> re.Match[str] | None:
    """The one number with a unit of a sentence; None where it has none, or others that could be meant."""
    found = list(_NUMBER.finditer(sentence))
    others = re.findall(r"\d[\d.,]*", sentence)
    return found[0] if len(found) == 1 and len(others) == 1 else None


def _with(sentence: str, match: re.Match[str], number: str) -> str:
    return sentence[: match.start("number")] + number + sentence[match.end("number") :]


def _other_number(number: str, unit: str, rng: random.Random) -> str:
    value = float(number.replace(",", ""))
    factor = rng.choice([0.4, 0.6, 1.5, 2.0, 3.0])
    if unit in ("%", "percent") and value * factor > 100:
        factor = 0.6
    if "." in number:
        return f"{value * factor + 0.1:.{len(number.partition('.')[2])}f}"
    changed = max(2, round(value * factor))
    changed = changed + 1 if changed == value else changed
    return f"{changed:,}" if "," in number else str(changed)


def _negation(sentence: str, part: Part, rng: random.Random) -> _Draft | None:
    denies = len(re.findall(r"\b(?:not|no|none|never|neither|nor|without|cannot|rather|rarely)\b|n't\b", sentence))
    if re.search(r"\b(?:if|when|unless|whether|where)\b", sentence):
        return None
    for pattern, replacement in _FLIPS[2:] if not denies else _FLIPS[:2] if denies == 1 else ():
        if len(pattern.findall(sentence)) == 1:
            return _Draft("negation", True, sentence, paraphrase(pattern.sub(replacement, sentence), part, rng))
    return None


def _opposite(sentence: str, part: Part, rng: random.Random) -> _Draft | None:
    for word, other in _OPPOSITES:
        if len(re.findall(rf"\b{word}\b", sentence)) == 1 and not re.search(rf"\b(?:not|no|{other})\b", sentence):
            changed = re.sub(rf"\b{word}\b", other, sentence)
            return _Draft("opposite", True, sentence, paraphrase(changed, part, rng))
    return None


def _qualified(sentence: str, part: Part, rng: random.Random) -> _Draft | None:
    """Both said with qualifiers that differ: of year, product, region, condition or population."""
    match = _single(sentence)
    if match is None:
        return None
    changed = _with(sentence, match, _other_number(match["number"], match["unit"], rng))
    kind, one, other = qualify(sentence, changed, part, rng)
    return _Draft(kind, False, one, other)


def _converted(sentence: str, part: Part, rng: random.Random) -> _Draft | None:
    match = _single(sentence)
    conversion = _CONVERSIONS.get(_stem(match["unit"])) if match and match["unit"] != "ms" else None
    if match is None or conversion is None or match["gap"] == "-":
        return None
    value = float(match["number"].replace(",", "")) * conversion[1]
    changed = sentence[: match.start()] + f"{value:g} {conversion[0]}" + sentence[match.end() :]
    return _Draft("converted", False, sentence, paraphrase(changed, part, rng)) if value < 1e5 else None


def _rounded(sentence: str, part: Part, rng: random.Random) -> _Draft | None:
    match = _single(sentence)
    if match is None or "." not in match["number"] or float(match["number"]) < 5:
        return None
    return _Draft(
        "rounded", False, sentence, paraphrase(_with(sentence, match, f"{float(match['number']):.0f}"), part, rng)
    )


def _repeated(sentence: str, part: Part, rng: random.Random) -> _Draft | None:
    """The same said twice, with the same value."""
    return _Draft("repeated", False, sentence, paraphrase(sentence, part, rng)) if _single(sentence) else None


def _precise(sentence: str, part: Part, rng: random.Random) -> _Draft | None:
    """`about 50` beside 52."""
    match = _single(sentence)
    if match is None or "." in match["number"] or "," in match["number"] or int(match["number"]) < 40:
        return None
    changed = _with(sentence, match, f"about {round(int(match['number']), -1)}")
    plain = not re.search(r"\b(?:than|least|most|over|about)\s*$", sentence[: match.start()])
    return _Draft("precise", False, sentence, paraphrase(changed, part, rng)) if plain else None
