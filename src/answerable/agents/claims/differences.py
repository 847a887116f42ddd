"""The one thing that a sentence says otherwise than another of the same words: a value, a direction, a denial, a name.

Whether the two speak of one thing is decided in `restatement.py`.
"""

from collections.abc import Iterator
from typing import Literal, NamedTuple

from answerable.agents.claims.disagreement import denials, in_relative_clause
from answerable.agents.claims.reading import GENERIC_STEMS, LIGHT_STEMS, Statement, root
from answerable.agents.claims.sameness import ONCE_STEMS, PREDICATE_STEMS
from answerable.agents.claims.sketches import DOWN_STEMS, UP_STEMS, Sketch, alike_stems, around, likeness, share_of
from answerable.agents.claims.values import Value, comparable, differ
from answerable.agents.claims.vocabulary import CONDITIONS, DENYING, OPPOSED_LINKS, OPPOSED_PAIRS, STUDIED, THAN, WEAK
from answerable.core import facts
from answerable.core.statements import Token, negates, stem

Tie = Literal["document", "figure", "words"]
"""What makes two sentences speak of one thing: one document behind both, a figure of both, or their words alone."""

_OPPOSED = frozenset((stem(one), stem(other)) for one, other in OPPOSED_PAIRS)
_MOST_OF_A_CLAUSE = 0.6
_COPIED, _COPIED_RESULT = 5, 6
_FIRST = 2
_STUDIED = frozenset(root(stem(word)) for word in STUDIED)


class Difference(NamedTuple):
    """`values` as written, `place` the token of the other side's, `apart` the stems on each side that are the
    difference."""

    kind: str
    values: tuple[str, str]
    place: int
    apart: tuple[frozenset[str], frozenset[str]] = (frozenset(), frozenset())


def find_value(one: Sketch, other: Sketch, tied: Tie) -> Difference | None:
    """The one figure that stands against another one, while no other figure of both differs."""
    found: list[tuple[Value, Value]] = []
    for mine in one.figures:
        rivals = [theirs for theirs in other.figures if comparable(mine, theirs)]
        if not rivals or any(not differ(mine, theirs) for theirs in rivals) or _is_written(mine, other):
            continue
        free = [t for t in rivals if all(not comparable(m, t) or differ(m, t) for m in one.figures)]
        best = _partner(one, mine, other, free)
        if best is None:
            return None
        found.append((mine, best))
    if len(found) != 1 or len(one.words) <= len(one.figures):
        return None
    mine, theirs = found[0]
    if _narrower(one, mine, other) or _narrower(other, theirs, one):
        return None
    if tied == "words" and not _is_of_one_thing(one, mine, other):
        return None
    if mine.kind == "date" and (tied == "words" or _other_values(one, mine)) and not _happens_once(one, other):
        return None
    return Difference(mine.kind, (mine.text, theirs.text), theirs.first)


def _is_written(mine: Value, other: Sketch) -> bool:
    """Whether the other has the same number, whatever it measures there: `25.3 for men and 24.3 for women`."""
    return mine.low == mine.high and mine.text in other.statement.text


def _narrower(one: Sketch, value: Value, other: Sketch) -> bool:
    """Whether a word before what is counted makes it fewer things: `12 part-time employees` are some of the 80."""
    if not value.nouns or value.last + 1 >= len(one.statement.roots):
        return False
    return not other.has(one.statement.roots[value.last + 1])


def _is_of_one_thing(one: Sketch, mine: Value, other: Sketch) -> bool:
    """Whether sentences that only their words tie state the figure of one thing: a study's results are its own, unless
    the other says the same of so much that it can only be about them."""
    own = one.statement.own_result or other.statement.own_result
    if not own and _common_name(one, other):
        return True
    words = one.words - GENERIC_STEMS
    copied = all(other.has(name) for name in words) and not {root(noun) for noun in mine.nouns} & _STUDIED
    return copied and len(words) >= (_COPIED_RESULT if own else _COPIED)


def _common_name(one: Sketch, other: Sketch) -> bool:
    return any(name in other.statement.known for name in one.statement.names)


def _other_values(one: Sketch, mine: Value) -> bool:
    return any(value.kind != "date" for value in one.figures if value is not mine)


def _happens_once(one: Sketch, other: Sketch) -> bool:
    return bool(one.words & ONCE_STEMS & other.words)


def _partner(one: Sketch, mine: Value, other: Sketch, rivals: list[Value]) -> Value | None:
    """The figure that stands among the same words; None where two are equally near, or none is."""
    scored = sorted(((likeness(one, mine.first, mine.last, other, v.first, v.last), v) for v in rivals), key=_score)
    if not scored:
        return None
    if len(scored) == 1:
        return scored[0][1]
    return scored[0][1] if scored[0][0] > scored[1][0] else None


def _score(pair: tuple[int, Value]) -> int:
    return -pair[0]


def find_direction(one: Sketch, other: Sketch, tied: Tie) -> Difference | None:
    """The one word whose opposite stands among the same words, where the sides of a comparison are not exchanged."""
    pairs: list[tuple[int, int, int]] = []
    for at, mine in _words(one):
        for place, theirs in _words(other):
            if not (turns(mine, theirs) or (tied == "document" and facts.are_opposite(mine, theirs))):
                continue
            like = likeness(one, at, at, other, place, place)
            if like > max(_best(one, at, other), _best(other, place, one)):
                pairs.append((like, at, place))
    if not pairs or _turned(one.statement, other.statement) or denials(one.statement) != denials(other.statement):
        return None
    _, at, place = max(pairs)
    if any(here != at and there != place for _, here, there in pairs) or _of_another(one, at, other):
        return None
    ours, others = one.statement, other.statement
    values = ours.facts.tokens[at].lower, others.facts.tokens[place].lower
    return Difference("opposite", values, place, (frozenset([ours.roots[at]]), frozenset([others.roots[place]])))


def _of_another(one: Sketch, at: int, other: Sketch) -> bool:
    """Whether what the word at `at` is said of, the first words, is in neither the other's sentence nor its title."""
    before = [name for name in one.statement.roots[:at] if name in one.words - LIGHT_STEMS]
    return any(not other.has(name) and name not in other.statement.title for name in before[:_FIRST])


def _words(one: Sketch) -> list[tuple[int, Token]]:
    """The tokens that may have an opposite, with their places."""
    used = {at for value in one.figures for at in range(value.first, value.last + 1)}
    tokens = enumerate(one.statement.facts.tokens)
    return [(at, token) for at, token in tokens if at not in used and (token.content or token.lower in OPPOSED_LINKS)]


def _best(one: Sketch, at: int, other: Sketch) -> int:
    """How well the word at `at` fits in the other statement where that has the word itself; 0 where it does not."""
    places = other.statement.facts.places.get(one.statement.facts.tokens[at].stem, ())
    return max((likeness(one, at, at, other, place, place) for place in places), default=0)


def opposed(one: Token, other: Token) -> bool:
    """Whether two words say the opposite of each other."""
    return turns(one, other) or facts.are_opposite(one, other)


def turns(one: Token, other: Token) -> bool:
    """Whether one says more and the other less, or they are predicates of opposite meaning."""
    if (one.stem in UP_STEMS and other.stem in DOWN_STEMS) or (one.stem in DOWN_STEMS and other.stem in UP_STEMS):
        return True
    if (one.stem, other.stem) in _OPPOSED or (other.stem, one.stem) in _OPPOSED:
        return True
    return one.stem in PREDICATE_STEMS and other.stem in PREDICATE_STEMS and facts.are_opposite(one, other)


def _turned(one: Statement, other: Statement) -> bool:
    """`A is higher than B` and `B is lower than A`: what one compares with is what the other compares."""
    against, theirs = _compared_with(one), _compared_with(other)
    if not against or not theirs:
        return False
    return bool((against - theirs) & (other.known - theirs)) or bool((theirs - against) & (one.known - against))


def _compared_with(one: Statement) -> frozenset[str]:
    """The roots behind `than`, `versus`, `compared with`, to the end of the clause."""
    found = THAN.search(one.text)
    if found is None:
        return frozenset()
    inside = [at for at, (start, _) in enumerate(one.spans) if start >= found.end()]
    clause = one.segment[inside[0]] if inside else -1
    return frozenset(one.roots[at] for at in inside if one.segment[at] == clause and one.facts.tokens[at].content)


def find_denial(one: Sketch, other: Sketch, tied: Tie) -> Difference | None:
    """Where one denies what the other says: what is denied is a word of both, in a clause that both have."""
    if tied == "words" and (one.statement.own_result or other.statement.own_result):
        return None  # how one study was made says nothing of another
    for denying, stating in ((one, other), (other, one)):
        for at, target in _denied(denying.statement):
            name = denying.statement.roots[target]
            if not stating.has(name) or not _has_clause(stating, denying, at):
                continue
            if any(stating.statement.roots[place] == name for _, place in _denied(stating.statement, also_weak=True)):
                return None
            said = stating.statement.roots.index(_match(stating.statement, name))
            if not _has_clause(denying, stating, said):
                continue
            phrase = _phrase(denying.statement, at)
            if denying is one:
                return Difference("negation", (phrase, "yes"), said)
            return Difference("negation", ("yes", phrase), target)
    return None


def _denied(one: Statement, *, also_weak: bool = False) -> Iterator[tuple[int, int]]:
    """The negators of a statement, each with the first word of weight behind it. What may not be, what is so without
    something, and what is said in a condition is not denied."""
    tokens = one.facts.tokens
    for at in range(len(tokens)):
        if not negates(tokens, at) or not (also_weak or _is_denial(one, at)):
            continue
        target = next((k for k in range(at + 1, len(tokens)) if tokens[k].content or tokens[k].value), None)
        if target is not None:
            yield at, target


def _is_denial(one: Statement, at: int) -> bool:
    tokens = one.facts.tokens
    if tokens[at].lower not in DENYING and not tokens[at].lower.endswith("n't"):
        return False
    before = [token.lower for token in tokens[:at] if token.clause == tokens[at].clause]
    said = one.text[: one.spans[at][0]]
    narrowed = set(before) & CONDITIONS or set(before[-2:]) & WEAK or in_relative_clause(one, at)
    return not narrowed and said.rfind("(") <= said.rfind(")")


def _has_clause(one: Sketch, other: Sketch, at: int) -> bool:
    """Whether `one` has most of the clause of `other` that token `at` is in."""
    statement = other.statement
    clause = statement.segment[at]
    words = frozenset(name for k, name in enumerate(statement.roots) if statement.segment[k] == clause) & other.words
    return share_of(words, frozenset(name for name in words if one.has(name))) >= _MOST_OF_A_CLAUSE


def _match(one: Statement, name: str) -> str:
    return next((known for known in one.roots if known == name or alike_stems(known, name)), one.roots[0])


def _phrase(one: Statement, at: int) -> str:
    end = min(len(one.spans) - 1, at + 3)
    return one.text[one.spans[max(0, at - 1)][0] : one.spans[end][1]]


def find_name(one: Sketch, other: Sketch, tied: Tie) -> Difference | None:
    """In a text about the same document: one name in the place of another, everything else being the same."""
    missing = frozenset(name for name in one.words if not other.has(name))
    if tied != "document" or len(missing - LIGHT_STEMS) != 1:
        return None
    mine, theirs = one.statement, other.statement
    ours = [at for at, token in enumerate(mine.facts.tokens) if token.name and mine.roots[at] in missing]
    others = [at for at, token in enumerate(theirs.facts.tokens) if token.name and at and not one.has(theirs.roots[at])]
    for at in ours:
        for place in others:
            near = around(one, at, at) & around(other, place, place)
            if at and len(near) >= 2 and _shape(mine, at) == _shape(theirs, place):
                values = mine.facts.tokens[at].lower, theirs.facts.tokens[place].lower
                return Difference(
                    "name", values, place, (frozenset([mine.roots[at]]), frozenset([theirs.roots[place]]))
                )
    return None


def _shape(one: Statement, at: int) -> str:
    start, end = one.spans[at]
    return "".join(
        "A" if c.isupper() else "a" if c.isalpha() else "0" if c.isdigit() else c for c in one.text[start:end]
    )
