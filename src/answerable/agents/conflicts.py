"""Contradictions between sources: disagreeing values, names and denials about one thing, each side in its own words.

Pure and deterministic; blocks the calling thread. Words say what may disagree, vectors whether both speak of one thing.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from answerable.agents.claims.disagreement import (
    Disagreement,
    compare_denials,
    compare_names,
    compare_opposites,
    compare_values,
    may_be_opposed,
)
from answerable.agents.claims.nearness import LEAST_ALIKE, LEAST_NEAR, compare_near
from answerable.agents.claims.reading import Statement, find_statements
from answerable.agents.claims.restatement import Background, compare_restated, tie
from answerable.agents.claims.sketches import Sketch, agrees, beginnings, share, sketch
from answerable.agents.claims.values import Value
from answerable.agents.claims.vocabulary import PREPOSITIONS, SLOTS
from answerable.core.documents import Passage
from answerable.core.lexicon import BOUND_WORDS
from answerable.core.ports import Embedder

_LONGEST_SUBJECT, _LONGEST_BEFORE = 8, 12
_BRIDGE = 2
_COMMON = 30
_OVERLAP = 0.6
_LEAST_SHARED = 0.5
_AS_NEAR = 0.1
_Compare = Callable[[Statement, Statement], Disagreement | None]


@dataclass(frozen=True, slots=True)
class Config:
    """`threshold` is the least mean of shared words and cosine for two statements to be about the same thing, `cosine`
    the least cosine of the two without their values, `synonym` that of two words that stand in the same place. `most`
    conflicts are reported, surest first; `most_pairs` pairs of statements are compared by their vectors.
    """

    threshold: float = 0.58
    cosine: float = 0.5
    synonym: float = 0.5
    most: int = 50
    most_pairs: int = 2_000


@dataclass(frozen=True, slots=True)
class FoundSide:
    """What one source says: `value` as written, `quote` the characters [start, end) of the document of passage
    `passage` (an index into the passages given)."""

    value: str
    passage: int
    start: int
    end: int
    quote: str


@dataclass(frozen=True, slots=True)
class Found:
    """A contradiction: `subject` in words of the sources, two sides or more in the order of the passages. `score` in
    0..1 says how surely all of them speak of the same thing."""

    subject: str
    kind: str
    sides: tuple[FoundSide, ...]
    score: float


@dataclass(frozen=True, slots=True)
class _Pair:
    one: int
    other: int
    said: Disagreement
    score: float = 0.0
    near: bool = False


def find_conflicts(passages: Sequence[Passage], embedder: Embedder, config: Config | None = None) -> tuple[Found, ...]:
    """The contradictions between the documents of `passages`, surest first. Two versions of a document count as two."""
    config = config or Config()
    statements = find_statements(passages)
    pairs = sorted(_candidates(statements), key=lambda pair: (-pair.said.covered, pair.one, pair.other))
    sure = _scored(pairs[: config.most_pairs], statements, embedder, config)
    found = [_found(group, statements) for group in _groups(sure)]
    return tuple(sorted(found, key=lambda one: (-one.score, one.sides[0].passage, one.sides[0].start))[: config.most])


def _candidates(statements: Sequence[Statement]) -> Iterator[_Pair]:
    seen: set[tuple[int, int, bool]] = set()
    lines: dict[tuple[str, int], set[str]] = defaultdict(set)
    for one in statements:
        lines[one.document, one.version].add(one.facts.line)
    ways = (_by_value, _by_name, _by_denial, _by_opposite, _by_restatement, _by_nearness)
    for pair in (pair for way in ways for pair in way(statements)):
        one, other = statements[pair.one], statements[pair.other]
        both = (
            other.facts.line in lines[one.document, one.version]
            or one.facts.line in lines[other.document, other.version]
        )
        if (pair.one, pair.other, pair.near) not in seen and not both:
            seen.add((pair.one, pair.other, pair.near))
            yield pair


def _apart(one: Statement, other: Statement) -> bool:
    return one.document != other.document or one.version != other.version


def _by_value(statements: Sequence[Statement]) -> Iterator[_Pair]:
    for at, mine, place, theirs in _values_beside(statements):
        if said := compare_values(statements[at], mine, statements[place], theirs):
            yield _Pair(at, place, said)


def _by_nearness(statements: Sequence[Statement]) -> Iterator[_Pair]:
    for at, mine, place, theirs in _values_beside(statements):
        if said := compare_near(statements[at], mine, statements[place], theirs):
            yield _Pair(at, place, said, near=True)


def _values_beside(statements: Sequence[Statement]) -> Iterator[tuple[int, Value, int, Value]]:
    """Values of one kind in two documents, with the places of their statements, which share a word."""
    claims: dict[str, list[tuple[int, Value]]] = defaultdict(list)
    for at, one in enumerate(statements):
        for value in one.values:
            claims[value.kind].append((at, value))
    for group in claims.values():
        for number, (at, mine) in enumerate(group):
            one = statements[at]
            for place, theirs in group[number + 1 :]:
                other = statements[place]
                if _apart(one, other) and one.content & other.content:
                    yield at, mine, place, theirs


def _by_name(statements: Sequence[Statement]) -> Iterator[_Pair]:
    slotted = [at for at, one in enumerate(statements) if SLOTS.search(one.text)]
    for number, at in enumerate(slotted):
        for place in slotted[number + 1 :]:
            one, other = statements[at], statements[place]
            if _apart(one, other) and len(one.content & other.content) > 1:
                said = compare_names(one, other)
                if said:
                    yield _Pair(at, place, said)


def _by_denial(statements: Sequence[Statement]) -> Iterator[_Pair]:
    """Statements that deny, or set a duty, against all that share most of their words."""
    index = _index(statements)
    for at, one in enumerate(statements):
        if one.facts.denied or "duty" in one.facts.force.values():
            yield from _compared(at, statements, index, compare_denials)


def _by_opposite(statements: Sequence[Statement]) -> Iterator[_Pair]:
    index = _index(statements)
    for at, one in enumerate(statements):
        if may_be_opposed(one):
            yield from (pair for pair in _compared(at, statements, index, compare_opposites) if pair.one == at)


def _index(statements: Sequence[Statement]) -> dict[str, list[int]]:
    """Statements by stem, without the stems that too many have to tell them apart."""
    index: dict[str, list[int]] = defaultdict(list)
    for at, one in enumerate(statements):
        for stem in one.content:
            index[stem].append(at)
    common = max(_COMMON, len(statements) // 10)
    return {stem: places for stem, places in index.items() if len(places) <= common}


def _compared(
    at: int, statements: Sequence[Statement], index: dict[str, list[int]], compare: _Compare
) -> Iterator[_Pair]:
    one = statements[at]
    counted = Counter(place for stem in one.content for place in index.get(stem, ()))
    for place in sorted(place for place, count in counted.items() if count > 1):
        other = statements[place]
        overlap = len(one.content & other.content)
        if not _apart(one, other) or overlap < _OVERLAP * max(len(one.content), len(other.content)):
            continue
        said = compare(one, other)
        if said:
            values = said.values if at < place else (said.values[1], said.values[0])
            yield _Pair(min(at, place), max(at, place), replace(said, values=values))


def _by_restatement(statements: Sequence[Statement]) -> Iterator[_Pair]:
    """Statements that another document says at more length: against the nearest of each document."""
    sketches = [sketch(one) for one in statements]
    index = _index(statements)
    backgrounds = _backgrounds(statements)
    places: dict[tuple[str, int], list[int]] = defaultdict(list)
    for at, statement in enumerate(statements):
        places[statement.document, statement.version].append(at)
    for at, one in enumerate(sketches):
        near: dict[tuple[str, int], list[int]] = defaultdict(list)
        counted = Counter(place for name in one.words for place in index.get(name, ()))
        for place, count in counted.items():
            if count > 1 and _apart(one.statement, statements[place]):
                near[statements[place].document, statements[place].version].append(place)
        mine = places[one.statement.document, one.statement.version]
        for document, others in near.items():
            yield from _restated(at, others, mine, sketches, backgrounds[document])


def _restated(
    at: int, others: Sequence[int], mine: Sequence[int], sketches: Sequence[Sketch], background: Background
) -> Iterator[_Pair]:
    """What the nearest statement of another document says otherwise, where neither document says it the other's way."""
    one = sketches[at]
    longer = [place for place in others if len(one.words) <= len(sketches[place].words)]
    ranked = sorted(((share(one, sketches[place]), place) for place in longer), key=lambda pair: (-pair[0], pair[1]))
    for said, place in ranked:
        if said < max(_LEAST_SHARED, ranked[0][0] - _AS_NEAR):
            return
        other = sketches[place]
        found = compare_restated(one, other, tie(one, other), background)
        if found is None:
            continue
        if not any(_says(sketches[there], one) for there in others) and not any(
            _says(sketches[n], other) for n in mine
        ):
            values = found.values if at < place else (found.values[1], found.values[0])
            yield _Pair(min(at, place), max(at, place), replace(found, values=values))
        return


def _says(one: Sketch, what: Sketch) -> bool:
    return agrees(what, one) and share(what, one) >= _LEAST_SHARED


def _backgrounds(statements: Sequence[Statement]) -> dict[tuple[str, int], Background]:
    """All stems of each document, its title and headings among them."""
    found: dict[tuple[str, int], set[str]] = defaultdict(set)
    for one in statements:
        found[one.document, one.version] |= one.known | one.context
    return {document: (frozenset(stems), beginnings(stems)) for document, stems in found.items()}


def _scored(pairs: Sequence[_Pair], statements: Sequence[Statement], embedder: Embedder, config: Config) -> list[_Pair]:
    """The pairs whose statements mean the same but for what differs, with their scores; each text is embedded once."""
    wanted = sorted(
        {statements[at].masked for pair in pairs for at in (pair.one, pair.other)}
        | {statements[at].text for pair in pairs if pair.near for at in (pair.one, pair.other)}
        | {word for pair in pairs for swap in pair.said.swapped for word in swap}
    )
    rows = dict(zip(wanted, embedder.embed(wanted), strict=True)) if wanted else {}
    found: list[_Pair] = []
    for pair in pairs:
        one, other, least = statements[pair.one], statements[pair.other], LEAST_ALIKE if pair.near else config.synonym
        if any(max(float(rows[word] @ rows[with_]) for with_ in rest) < least for word, *rest in pair.said.swapped):
            continue
        cosine = float(rows[one.masked] @ rows[other.masked])
        score = (cosine + (float(rows[one.text] @ rows[other.text]) if pair.near else pair.said.covered)) / 2
        if score >= LEAST_NEAR if pair.near else (cosine >= config.cosine and score >= config.threshold):
            found.append(replace(pair, score=round(min(1.0, score), 4)))
    return found


def _groups(pairs: Sequence[_Pair]) -> list[list[_Pair]]:
    """Pairs of one kind that share a statement, together."""
    groups: list[list[_Pair]] = []
    for pair in sorted(pairs, key=lambda one: (one.one, one.other)):
        ends = {pair.one, pair.other}
        mine = [group for group in groups if group[0].said.kind == pair.said.kind and ends & _ends(group)]
        for group in mine:
            groups.remove(group)
        groups.append([*(one for group in mine for one in group), pair])
    return groups


def _ends(group: Sequence[_Pair]) -> set[int]:
    return {at for pair in group for at in (pair.one, pair.other)}


def _found(group: Sequence[_Pair], statements: Sequence[Statement]) -> Found:
    best = max(group, key=lambda pair: pair.score)
    values: dict[int, str] = {}
    for pair in group:
        values.setdefault(pair.one, pair.said.values[0])
        values.setdefault(pair.other, pair.said.values[1])
    sides = []
    for at in sorted(values, key=lambda at: (statements[at].passage, statements[at].start)):
        one = statements[at]
        if any(_is_part(one, statements[other]) for other in values if other != at):
            continue
        sides.append(FoundSide(values[at], one.passage, one.start, one.end, one.quote))
    return Found(_subject(best, statements), best.said.kind, tuple(sides), best.score)


def _is_part(one: Statement, other: Statement) -> bool:
    """Whether it is a clause of the other one, which says it too."""
    same = (one.document, one.version) == (other.document, other.version)
    return same and other.start <= one.start and one.end <= other.end and one.end - one.start < other.end - other.start


def _subject(pair: _Pair, statements: Sequence[Statement]) -> str:
    """What the first side says before its value, or else the words that both sides share, as it writes them."""
    one = statements[pair.one]
    if opening := _before(one, pair.said.values[0]):
        return opening
    used = {at for value in one.values for at in range(value.first, value.last + 1)}
    tokens = one.facts.tokens
    kept = [at for at in range(len(tokens)) if one.roots[at] in pair.said.shared and at not in used]
    pieces: list[str] = []
    for before, at in zip([-9, *kept], kept, strict=False):
        between = range(before + 1, at)
        if len(between) <= _BRIDGE and all(not tokens[k].content and not tokens[k].value for k in between):
            pieces.extend(_word(one, k) for k in between)
        pieces.append(_word(one, at))
    return " ".join(pieces[:_LONGEST_SUBJECT]) or one.text[:60]


def _before(one: Statement, said: str) -> str:
    """`The probation period for new employees` of `... is six months`; "" where that is no few words."""
    first = next((value.first for value in one.values if value.text == said), 0)
    tokens = one.facts.tokens
    telling = (at for at in range(first) if tokens[at].content and tokens[at].lower not in PREPOSITIONS | BOUND_WORDS)
    last = max(telling, default=-1)
    enough = sum(bool(token.content) for token in tokens[: last + 1]) > 1
    return one.text[one.spans[0][0] : one.spans[last][1]] if enough and last < _LONGEST_BEFORE else ""


def _word(one: Statement, at: int) -> str:
    start, end = one.spans[at]
    return one.text[start:end]
