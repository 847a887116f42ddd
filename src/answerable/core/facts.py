"""Whether one text states what another does: numbers with units and bounds, names, negation, force, direction, roles.

`mismatch` is one-sided: everything the claim states must be in the evidence; the evidence may say more.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from answerable.core.lexicon import BOUND_WORDS, MODALS, OPENERS, STOP_WORDS, STRONGER, opposites, without_denial
from answerable.core.statements import Facts, Token, negates, read, stem, words

__all__ = [
    "STOP_WORDS",
    "Facts",
    "adds_clause",
    "are_opposite",
    "coverage",
    "force_differs",
    "mismatch",
    "polarity_differs",
    "read",
    "replacements",
    "says_opposite",
    "stem",
    "words",
]

_OPPOSITES = {
    stem(word): frozenset(stem(other) for other in others) - {stem(word)} for word, others in opposites().items()
}
_ARTICLES = frozenset(["a", "an", "the"])
_LINKS = frozenset(["and", "or", "nor", "plus"])
_TURNERS = frozenset(["by", "of", "for", "in", "on", "with", "from", "than"])
_LONGEST_GAP = 2
_LONGEST_CHANGE = 4
_SHORT_CHANGE = 2
_NEAR = 0.6
"""From this share of words in the same order, a claim is taken for a copy whose changes are looked at one by one."""
_WINDOW = 5
_FOLLOWING = 3
_LIGHT = 0.25
"""What a stop word in common counts when contexts are compared; a word of content counts 1."""


def coverage(claim: Facts, evidence: Facts) -> float:
    """Share of the claim's content words that the evidence has; 1.0 for a claim of numbers only."""
    return len(claim.content & evidence.stems) / len(claim.content) if claim.content else 1.0


def adds_clause(claim: Facts, evidence: Facts) -> bool:
    """Whether the claim has words in a row that the evidence lacks, or a clause of which it lacks half or more."""
    run, missing, size = 0, Counter[int](), Counter[int]()
    for token in claim.tokens:
        if token.content or token.value:
            run = 0 if token.stem in evidence.stems else run + 1
            size[token.clause] += 1
            missing[token.clause] += run > 0
            if run > _LONGEST_GAP:
                return True
    return any(count >= _LONGEST_GAP and 2 * count >= size[clause] for clause, count in missing.items())


def mismatch(claim: Facts, evidence: Facts, context: Facts | None = None) -> str:
    """The code of the first fact of the claim that the evidence lacks or contradicts; empty when there is none.

    `context` (title, headings) may supply names, and nothing else.
    """
    if claim.line in evidence.line and _begins_a_sentence(claim, evidence):
        return ""
    known = evidence.stems | (context.stems if context else frozenset())
    if any(not _has_number(claim, at, evidence) for places in claim.numbers.values() for at in places):
        return "number"
    if any(_invented(token, known) for token in claim.tokens if token.name and token.stem not in known):
        return "name"
    if _cut_short(claim, evidence):
        return "name"
    if polarity_differs(claim, evidence):
        return "negation"
    if force_differs(claim, evidence):
        return "modality"
    if claim.quantifiers - evidence.quantifiers:
        return "quantifier"
    if says_opposite(claim, evidence):
        return "opposite"
    return _altered(claim, evidence) or ("role" if _roles_reversed(claim, evidence) else "")


def _begins_a_sentence(claim: Facts, evidence: Facts) -> bool:
    """Whether the claim is a run of the evidence's words that loses nothing before it, such as a denial."""
    size = len(claim.tokens)
    places = evidence.places.get(claim.tokens[0].stem, []) if size else []
    return any(
        evidence.tokens[at].opens
        and all(
            ours.stem == theirs.stem and ours.limit == theirs.limit
            for ours, theirs in zip(claim.tokens, evidence.tokens[at : at + size], strict=False)
        )
        for at in places
        if at + size <= len(evidence.tokens)
    )


def _has_number(claim: Facts, at: int, evidence: Facts) -> bool:
    """Whether the evidence has the number with the same bound, and before or behind it a word in common."""
    token, use = claim.tokens[at], _following(claim, at)
    known = evidence.numbers.get(token.value, [])
    if not known and token.value == "1" and token.lower == "one":
        return not use
    for place in known:
        if evidence.tokens[place].limit != token.limit:
            continue
        other = _following(evidence, place)
        if not use or not other or use[0] in other or other[0] in use or _same_label(claim, at, evidence, place):
            return True
    return False


def _following(facts: Facts, at: int) -> list[str]:
    after = facts.tokens[at + 1 : at + 1 + _FOLLOWING]
    return [token.stem for token in after if token.sentence == facts.tokens[at].sentence]


def _same_label(claim: Facts, at: int, evidence: Facts, place: int) -> bool:
    """`version 3`: the word before the number says what it counts, where no unit follows it."""
    after = claim.tokens[at + 1] if at + 1 < len(claim.tokens) else None
    if not at or not place or (after is not None and after.content):
        return False
    before, theirs = claim.tokens[at - 1], evidence.tokens[place - 1]
    return before.content and before.stem == theirs.stem


def _invented(token: Token, known: frozenset[str]) -> bool:
    """Whether a name that nothing knows is one: a sentence may open with an ordinary word."""
    ordinary = token.lower in OPENERS or token.lower.endswith(("ly", "ing"))
    return not (token.opens and (ordinary or known.issuperset(stem(part) for part in token.lower.split("-"))))


def _cut_short(claim: Facts, evidence: Facts) -> bool:
    """Whether a name of several words lost its end: `Galaxy` for `Galaxy S9`, `Visual` for `Visual Basic`."""
    for at, token in enumerate(claim.tokens):
        if not token.name or token.opens or _goes_on(claim, at):
            continue
        places = [p for p in evidence.places.get(token.stem, ()) if evidence.tokens[p].name]
        if places and all(not evidence.tokens[p].opens and _goes_on(evidence, p) for p in places):
            return True
    return False


def _goes_on(facts: Facts, at: int) -> bool:
    after = facts.tokens[at + 1] if at + 1 < len(facts.tokens) else None
    return after is not None and after.joined and not after.opens and (bool(after.value) or after.name)


def _counterpart(claim: Facts, at: int, evidence: Facts, known: str = "") -> int | None:
    """The place in the evidence of the word at `at` (or of the stem `known`) whose surroundings are most alike."""
    places = evidence.places.get(known or claim.tokens[at].stem, [])
    if len(places) < 2:
        return places[0] if places else None
    return max(places, key=lambda place: _likeness(claim, at, evidence, place))


def _likeness(claim: Facts, at: int, evidence: Facts, place: int) -> float:
    ours, theirs = _around(claim, at), _around(evidence, place)
    shared = sum(weight for word, weight in ours.items() if word in theirs)
    return shared + sum(0.5 for step in (-1, 1) if _beside(claim, at, step) == _beside(evidence, place, step))


def _around(facts: Facts, at: int) -> dict[str, float]:
    near = facts.tokens[max(0, at - _WINDOW) : at] + facts.tokens[at + 1 : at + 1 + _WINDOW]
    return {
        token.stem: 1.0 if token.content or token.value else _LIGHT
        for token in near
        if token.sentence == facts.tokens[at].sentence and token.lower not in _ARTICLES
    }


def _beside(facts: Facts, at: int, step: int) -> str:
    place = at + step
    while 0 <= place < len(facts.tokens) and facts.tokens[place].lower in _ARTICLES:
        place += step
    return facts.tokens[place].stem if 0 <= place < len(facts.tokens) else ""


def polarity_differs(claim: Facts, evidence: Facts) -> bool:
    """Whether one of them denies what the other states."""
    ours = {place for targets in claim.denied for place in targets}
    theirs = {place for targets in evidence.denied for place in targets}
    for targets in claim.denied:
        if targets and not any(_counterpart(claim, at, evidence) in theirs for at in targets):
            return True
    for targets in evidence.denied:
        place = _counterpart(evidence, targets[0], claim) if targets else None
        if place is not None and place not in ours and _counterpart(claim, place, evidence) == targets[0]:
            return True
    return False


def force_differs(claim: Facts, evidence: Facts) -> bool:
    """Whether a possibility became a fact or a duty, or the other way round."""
    for at, kind in claim.force.items():
        place = _counterpart(claim, at, evidence)
        if place is not None and (kind, evidence.force.get(place, "")) in STRONGER:
            return True
    for place, kind in evidence.force.items():
        found = _counterpart(evidence, place, claim) if ("", kind) in STRONGER else None
        if found is None or found in claim.force or claim.tokens[found].opens:
            continue
        if _counterpart(claim, found, evidence) == place:
            return True
    return False


def says_opposite(claim: Facts, evidence: Facts) -> bool:
    """Whether the evidence has the opposite of a word of the claim in its place."""
    for at, token in enumerate(claim.tokens):
        if token.stem not in evidence.stems and any(_denies(token, other) for other in evidence.tokens):
            return True
        for other in _OPPOSITES.get(token.stem, frozenset()) & evidence.stems:
            if _fits_better(claim, at, other, evidence):
                return True
    return False


def _denies(one: Token, other: Token) -> bool:
    """Whether one word is the other with a prefix that denies it."""
    return one.stem != other.stem and (
        stem(without_denial(one.lower)) == other.stem or stem(without_denial(other.lower)) == one.stem
    )


def _fits_better(claim: Facts, at: int, opposite: str, evidence: Facts) -> bool:
    """Whether the opposite stands in the evidence where the claim has the word itself."""
    place = _counterpart(claim, at, evidence, opposite)
    same = _counterpart(claim, at, evidence)
    if place is None:
        return False
    if same is None:
        particle = not claim.tokens[at].content
        return not particle or any(_beside(claim, at, step) == _beside(evidence, place, step) != "" for step in (-1, 1))
    return _likeness(claim, at, evidence, place) > _likeness(claim, at, evidence, same)


def replacements(claim: Facts, evidence: Facts) -> Iterator[tuple[str, str]]:
    """Words of a near copy, and the words of the evidence in whose place they stand: synonyms, or another thing."""
    for ours, theirs in _changes(claim, evidence):
        one, other = (
            " ".join(t.lower for t in side if t.content and t.lower not in BOUND_WORDS) for side in (ours, theirs)
        )
        if one and other and not {token.stem for token in ours} & {token.stem for token in theirs}:
            yield one, other


def _altered(claim: Facts, evidence: Facts) -> str:
    """The code of a small change that makes a near copy of a sentence say something else; empty when there is none."""
    reasons = (_change(ours, theirs, claim, evidence) for ours, theirs in _changes(claim, evidence))
    return next((reason for reason in reasons if reason), "")


def _changes(claim: Facts, evidence: Facts) -> Iterator[tuple[Sequence[Token], Sequence[Token]]]:
    """The short differences between the claim and the sentence of the evidence it is a near copy of; else nothing."""
    ours = [token for token in claim.tokens if token.lower not in _ARTICLES]
    best, size, theirs = None, 0, ours
    for sentence in range(evidence.tokens[-1].sentence + 1 if evidence.tokens else 0):
        other = [t for t in evidence.tokens if t.sentence == sentence and t.lower not in _ARTICLES]
        matcher = SequenceMatcher(None, _keys(ours), _keys(other), autojunk=False)
        same = sum(block.size for block in matcher.get_matching_blocks())
        if same > size:
            best, size, theirs = matcher, same, other
    for tag, i, j, k, m in best.get_opcodes() if best and size >= _NEAR * len(ours) else ():
        if tag == "equal":
            yield from (([a], [b]) for a, b in zip(ours[i:j], theirs[k:m], strict=True) if a.stem != b.stem)
        elif j - i <= _LONGEST_CHANGE and m - k <= _LONGEST_CHANGE:
            yield ours[i:j], theirs[k:m]


def _keys(tokens: Sequence[Token]) -> list[str]:
    """What is aligned: all numbers are alike, so that two that changed places stand against each other."""
    return ["#" if token.value else token.stem for token in tokens]


def _change(ours: Sequence[Token], theirs: Sequence[Token], claim: Facts, evidence: Facts) -> str:
    """What is wrong with saying `ours` where the source says `theirs`."""
    dropped_clause = not ours and len(theirs) > _SHORT_CHANGE
    if _has_denial(ours) != _has_denial(theirs) and not dropped_clause:
        return "negation"
    if any(are_opposite(one, other) for one in ours for other in theirs):
        return "opposite"
    lost = [token for token in theirs if token.stem not in claim.stems or _is_moved(token, ours)]
    if any(one.value and other.value and one.value != other.value for one in ours for other in theirs):
        return "number"
    if any(token.name for token in lost) and any(token.name and token.stem in evidence.stems for token in ours):
        return "name"
    return "modality" if (_modal(ours), _modal(theirs)) in STRONGER and _modal(ours) else ""


def _is_moved(token: Token, ours: Sequence[Token]) -> bool:
    return all(token.stem != one.stem for one in ours)


def _has_denial(tokens: Sequence[Token]) -> bool:
    return any(negates(tokens, at) for at in range(len(tokens)))


def are_opposite(one: Token, other: Token) -> bool:
    """Whether two words, or the parts of two compounds, are opposites: `enable` and `disable`, `safe` and `unsafe`."""
    if other.stem in _OPPOSITES.get(one.stem, ()) or _denies(one, other):
        return True
    ours, theirs = one.lower.split("-"), other.lower.split("-")
    pairs = zip(ours, theirs, strict=False) if 1 < len(ours) == len(theirs) else ()
    return any(stem(b) in _OPPOSITES.get(stem(a), ()) for a, b in pairs)


def _modal(tokens: Sequence[Token]) -> str:
    return next((MODALS[token.lower] for token in tokens if token.lower in MODALS), "")


def _roles_reversed(claim: Facts, evidence: Facts) -> bool:
    """Whether two words changed places around a third: `A sends B` for `B sends A`.

    Clauses may be moved, a passive may be turned, and the items of a list have no order.
    """
    if claim.line in evidence.line:
        return False
    pairs = [
        (at, place)
        for at, token in enumerate(claim.tokens)
        if token.lower not in _ARTICLES and (place := _counterpart(claim, at, evidence)) is not None
    ]
    return any(_is_turned(claim, evidence, first, last, pairs) for first, last in _inverted(claim, evidence, pairs))


def _inverted(
    claim: Facts, evidence: Facts, pairs: list[tuple[int, int]]
) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    """Pairs of weighty words in one clause of both texts whose order differs."""
    weighty = [pair for pair in pairs if claim.tokens[pair[0]].content or claim.tokens[pair[0]].value]
    for number, first in enumerate(weighty):
        for last in weighty[number + 1 :]:
            together = claim.tokens[first[0]].clause == claim.tokens[last[0]].clause
            if together and last[1] < first[1] and evidence.tokens[first[1]].clause == evidence.tokens[last[1]].clause:
                yield first, last


def _is_turned(
    claim: Facts, evidence: Facts, first: tuple[int, int], last: tuple[int, int], pairs: list[tuple[int, int]]
) -> bool:
    between = {token.lower for token in claim.tokens[first[0] + 1 : last[0]]}
    theirs = {token.lower for token in evidence.tokens[last[1] + 1 : first[1]]}
    if (between & _TURNERS) != (theirs & _TURNERS) or (between & _LINKS and theirs & _LINKS):
        return False
    return any(first[0] < at < last[0] and last[1] < place < first[1] for at, place in pairs)
