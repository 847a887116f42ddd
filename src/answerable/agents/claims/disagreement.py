"""Two statements about one thing that cannot both be right: which values, names or denials stand against each other.

Everything here is one-sided against false alarms: a qualifier that only one of two statements has (a year, a version, a
region, a condition) explains the difference, and there is no conflict.
"""

from dataclasses import dataclass

from answerable.agents.claims.reading import GENERIC_STEMS, LIGHT_STEMS, Statement, root
from answerable.agents.claims.sameness import ONCE_STEMS, PREDICATE_STEMS, alike, governors, narrower
from answerable.agents.claims.values import Value, comparable, differ
from answerable.agents.claims.vocabulary import CONDITIONS, MADE, REPORTING, SLOTS
from answerable.core import facts
from answerable.core.lexicon import NEGATORS, STRONGER
from answerable.core.statements import Token, negates, stem

_BE = frozenset(["is", "are", "was", "were", "be", "been", "remains", "remain", "became", "becomes"])
_LEAST_COVERED = 0.5
_NEAR_COPY = 0.7


@dataclass(frozen=True, slots=True)
class Disagreement:
    """What two statements say differently: `values` as written, `shared` the stems both have, `covered` how much of
    what each says the other says too (0..1, the mean of both). `swapped` are words in the place of others:
    synonyms, or another thing.
    """

    kind: str
    values: tuple[str, str]
    shared: frozenset[str]
    covered: float
    swapped: tuple[tuple[str, ...], ...] = ()


def compare_values(one: Statement, mine: Value, other: Statement, theirs: Value) -> Disagreement | None:
    """The disagreement of two statements about the values `mine` and `theirs`; None where there is none."""
    if not comparable(mine, theirs) or not differ(mine, theirs) or one.own_result or other.own_result:
        return None
    if not are_partners(one, mine, other, theirs) or not same_moment(one, mine, other, theirs):
        return None
    core, their_core = one.core(mine.first, mine.last), other.core(theirs.first, theirs.last)
    once = mine.kind == "date"
    found = alike(one, core, other, their_core, _LEAST_COVERED, once)
    if found is None:
        return None
    shared, covered, swapped = found
    if narrower(one, core - other.content, shared) or narrower(other, their_core - one.content, shared):
        return None
    swapped += governors(one, mine, other, theirs)
    if mine.kind == "date" and not (core & ONCE_STEMS and their_core & ONCE_STEMS):
        return None
    counted = {root(noun) for noun in mine.nouns ^ theirs.nouns} - LIGHT_STEMS
    if mine.kind == "count" and (counted or not shared - {root(noun) for noun in mine.nouns}):
        return None
    return Disagreement(mine.kind, (mine.text, theirs.text), shared, covered, swapped)


def are_partners(one: Statement, mine: Value, other: Statement, theirs: Value) -> bool:
    """Whether the two values answer each other: neither has its equal, or a better partner, on the other side."""
    ours = [value for value in one.values if comparable(value, mine)]
    others = [value for value in other.values if comparable(value, theirs)]
    if any(comparable(mine, value) and not differ(mine, value) for value in other.values):
        return False
    if any(comparable(theirs, value) and not differ(theirs, value) for value in one.values):
        return False
    if all(not differ(value, mine) for value in ours) and all(not differ(value, theirs) for value in others):
        return True
    mine_near, their_near = _near(one, mine), _near(other, theirs)
    here = len(mine_near & their_near)
    rivals = [len(mine_near & _near(other, value)) for value in others if value is not theirs]
    rivals += [len(their_near & _near(one, value)) for value in ours if value is not mine]
    return here > max(rivals, default=0)


def _near(one: Statement, value: Value) -> frozenset[str]:
    """Stems around a value in its own clause."""
    tokens = one.facts.tokens
    clause = one.segment[value.first]
    places = range(max(0, value.first - 4), min(len(tokens), value.last + 5))
    return frozenset(
        one.roots[at]
        for at in places
        if one.segment[at] == clause and tokens[at].content and not value.first <= at <= value.last
    )


def same_moment(one: Statement, mine: Value | None, other: Statement, theirs: Value | None) -> bool:
    """Whether no other value, date or label of the two says that they speak of different cases."""
    ours, others = _beside(one, mine), _beside(other, theirs)
    for value in ours:
        rivals = [rival for rival in others if comparable(value, rival)]
        if rivals and all(differ(value, rival) for rival in rivals):
            return False
    if (mine is None or mine.kind != "date") and _dated(ours) != _dated(others):
        return False
    return _labels(one) == _labels(other) and not _one_sided_condition(ours, one, others, other)


def _beside(one: Statement, value: Value | None) -> list[Value]:
    """The other values of the clauses in which `value` is said; all values where there is none."""
    if value is None:
        return list(one.values)
    scope = one.scope(value.first, value.last)
    return [other for other in one.values if other is not value and one.segment[other.first] in scope]


def _dated(values: list[Value]) -> bool:
    return any(value.kind == "date" for value in values)


def _labels(one: Statement) -> frozenset[str]:
    """Numbers that name things: versions, models, steps."""
    used = _used(one)
    return frozenset(token.value for at, token in enumerate(one.facts.tokens) if token.value and at not in used) - {"1"}


def _used(one: Statement) -> set[int]:
    """The tokens that its values are written with."""
    return {at for value in one.values for at in range(value.first, value.last + 1)}


def _one_sided_condition(ours: list[Value], one: Statement, others: list[Value], other: Statement) -> bool:
    mine = {value.kind for value in ours if one.qualified.get(value.first) in CONDITIONS}
    theirs = {value.kind for value in others if other.qualified.get(value.first) in CONDITIONS}
    return mine != theirs


def compare_denials(one: Statement, other: Statement) -> Disagreement | None:
    """The disagreement of two statements of which one denies what the other states, or sets a duty where it leaves a
    choice; None where there is none."""
    if one.row or other.row:
        return None
    polarity = facts.polarity_differs(one.facts, other.facts) and denials(one) != denials(other)
    polarity = polarity and (_denies_what_is_said(one, other) or _denies_what_is_said(other, one))
    if not polarity and not _duty_against_choice(one, other):
        return None
    return _of_near_copies("negation" if polarity else "modality", one, other, frozenset())


def denials(one: Statement) -> int:
    """How often it denies: not in a condition, not in brackets, not by a value called None."""
    tokens, found = one.facts.tokens, 0
    for at, token in enumerate(tokens):
        called = one.text[one.spans[at][0]].isupper() and not token.opens
        if called or not negates(tokens, at):
            continue
        before = {word.lower for word in tokens[max(0, at - 3) : at] if word.clause == token.clause}
        said = one.text[: one.spans[at][0]]
        aside = before & _CONDITIONAL
        found += not aside and said.rfind("(") <= said.rfind(")")
    return found


def in_relative_clause(one: Statement, at: int) -> bool:
    """Whether the token is said of a noun on the way: `devices that do not charge`, `what does not answer`."""
    tokens = one.facts.tokens
    for place in range(at - 1, max(-1, at - _RELATIVE_SCOPE), -1):
        if tokens[place].clause != tokens[at].clause:
            return False
        if tokens[place].lower in _RELATIVE:
            before = tokens[place - 1] if place else None
            reported = before is None or not before.content or before.stem in _REPORTING
            return tokens[place].lower != "that" or not reported
    return False


_RELATIVE = frozenset(["that", "which", "who", "whose", "what", "whatever"])
_RELATIVE_SCOPE = 5
_REPORTING = frozenset(stem(word) for word in REPORTING)
_CONDITIONAL = CONDITIONS | {"as", "whether", "what", "whatever"}


def _denies_what_is_said(one: Statement, other: Statement) -> bool:
    """Whether one of the words that `one` denies is among those of the other."""
    return any(one.roots[at] in other.known for targets in one.facts.denied for at in targets)


def _duty_against_choice(one: Statement, other: Statement) -> bool:
    for first, second in ((one.facts, other.facts), (other.facts, one.facts)):
        for at, kind in first.force.items():
            if kind != "duty":
                continue
            for place in second.places.get(first.tokens[at].stem, ()):
                weaker = second.force.get(place, "")
                if weaker == "doubt" and (kind, weaker) in STRONGER:
                    return True
    return False


def may_be_opposed(one: Statement) -> bool:
    """Whether it has a predicate that another statement could say the opposite of: a quick look before the long one."""
    return not one.row and any(token.stem in PREDICATE_STEMS or token.lower in _BE for token in one.facts.tokens)


def compare_opposites(one: Statement, other: Statement) -> Disagreement | None:
    """The disagreement of two statements that say opposite things of one subject; None where there is none."""
    if one.row or other.row:
        return None
    ours, others = _used(one), _used(other)
    pairs = [
        (a, b)
        for at, a in enumerate(one.facts.tokens)
        if a.content and at not in ours and a.stem not in other.facts.stems and _predicates(one, at)
        for place, b in enumerate(other.facts.tokens)
        if b.content
        and place not in others
        and b.stem not in one.facts.stems
        and facts.are_opposite(a, b)
        and _predicates(other, place)
    ]
    if len(pairs) != 1:
        return None
    found = _of_near_copies("opposite", one, other, frozenset(root(token.stem) for token in pairs[0]))
    return (
        None
        if found is None
        else Disagreement(
            "opposite", (pairs[0][0].lower, pairs[0][1].lower), found.shared, found.covered, found.swapped
        )
    )


def _predicates(one: Statement, at: int) -> bool:
    """Whether the word at `at` says something of the subject: a verb with an opposite, or behind a form of `to be`."""
    tokens = one.facts.tokens
    if any(at in targets for targets in one.facts.denied):
        return False
    if tokens[at].stem in PREDICATE_STEMS:
        return True
    before = [token.lower for token in tokens[max(0, at - 2) : at]]
    after = tokens[at + 1] if at + 1 < len(tokens) else None
    heads = after is not None and after.content and after.joined and not after.lower.endswith("ly")
    return bool(before) and not heads and (before[-1] in _BE or (before[0] in _BE and not _noun_before(tokens, at)))


def _noun_before(tokens: tuple[Token, ...], at: int) -> bool:
    return tokens[at - 1].content and not tokens[at - 1].lower.endswith("ly")


def _of_near_copies(kind: str, one: Statement, other: Statement, apart: frozenset[str]) -> Disagreement | None:
    if not same_moment(one, None, other, None) or one.own_result or other.own_result:
        return None
    core = frozenset(one.content) - apart
    their_core = frozenset(other.content) - apart
    found = alike(one, core, other, their_core, _NEAR_COPY)
    if found is None or len(found[0]) < 2:
        return None
    return Disagreement(kind, (_short(one), _short(other)), *found)


def _short(one: Statement) -> str:
    """The denial and what follows it, or the sentence's predicate: what a table can show of a yes or no."""
    for at, token in enumerate(one.facts.tokens):
        if token.lower in NEGATORS or token.lower.endswith("n't"):
            end = min(len(one.spans) - 1, at + 3)
            start = max(0, at - 1)
            return one.text[one.spans[start][0] : one.spans[end][1]]
    return "yes"


def compare_names(one: Statement, other: Statement) -> Disagreement | None:
    """The disagreement of two statements that put different names where a thing has one (seat, author, capital)."""
    slots, their_slots = _slots(one), _slots(other)
    if not slots & their_slots or one.own_result or other.own_result or one.row or other.row:
        return None
    run, their_run = _name_apart(one, other), _name_apart(other, one)
    if run is None or their_run is None or not _fills(one, run) or not _fills(other, their_run):
        return None
    names = frozenset(one.roots[at] for at in range(run[0], run[1] + 1))
    their_names = frozenset(other.roots[at] for at in range(their_run[0], their_run[1] + 1))
    if names & other.context or their_names & one.context or not same_moment(one, None, other, None):
        return None
    core, their_core = one.core(*run) - names, other.core(*their_run) - their_names
    found = alike(one, core, other, their_core, _LEAST_COVERED)
    if found is None or not found[0] - slots - GENERIC_STEMS:
        return None
    return Disagreement("name", (_said(one, run), _said(other, their_run)), *found)


def _slots(one: Statement) -> frozenset[str]:
    found = " ".join(match.group().replace("quartered", "quarters") for match in SLOTS.finditer(one.text))
    return frozenset(root(stem(word)) for word in found.split() if len(word) > 2)


def _name_apart(one: Statement, other: Statement) -> tuple[int, int] | None:
    """The one run of names that the other statement lacks; None where there is none, or more than one."""
    tokens = one.facts.tokens
    used = _used(one)
    places = [
        at
        for at, token in enumerate(tokens)
        if token.name and at not in used and token.stem not in other.facts.stems and (at or _is_subject(tokens))
    ]
    last = [at for number, at in enumerate(places) if places[-1] - at == len(places) - 1 - number]
    if not places or {one.roots[at] for at in places} != {one.roots[at] for at in last}:
        return None
    return last[0], last[-1]


def _is_subject(tokens: tuple[Token, ...]) -> bool:
    return len(tokens) > 1 and (tokens[1].lower in _BE or tokens[1].name)


_LEADING = frozenset(["by", "in", "into", "to", "after", "for", "as", "from"])


def _fills(one: Statement, run: tuple[int, int]) -> bool:
    """Whether a run of names is the value of a slot, and not what the slot belongs to."""
    tokens = one.facts.tokens
    before = tokens[run[0] - 1].lower if run[0] else ""
    if before in ("the", "a", "an") and run[0] > 1:
        before = tokens[run[0] - 2].lower
    matches = list(SLOTS.finditer(one.text))
    start, end = one.spans[run[0]][0], one.spans[run[1]][1]
    if any(match.end() <= start for match in matches):
        stands = before in _BE | _LEADING or any(match.end() == start - 1 for match in matches)
        return stands and not one.text[end:].startswith(("'s", "’s"))
    after = tokens[run[1] + 1].lower if run[1] + 1 < len(tokens) else ""
    if not run[0] and any(match.start() == end + 1 and match.group().lower() in MADE for match in matches):
        return True
    return not run[0] and after in _BE and not any(match.group().lower() in _PLACES for match in matches)


_PLACES = frozenset(["located", "based", "headquartered", "born", "stored in", "held in", "part of", "belongs to"])


def _said(one: Statement, run: tuple[int, int]) -> str:
    return one.text[one.spans[run[0]][0] : one.spans[run[1]][1]]
