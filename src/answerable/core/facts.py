"""The checkable facts of a sentence (numbers with units, names, negation, quantifiers, direction) and their comparison.

`mismatch` is one-sided: everything the claim states must be in the evidence; the evidence may say more.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

_TOKEN = re.compile(r"\d[\d,]*(?:\.\d+)*%?|[^\W\d_](?:[\w'’\-]*\w)?|%|[$€£¥°]")
_STOP_TEXT = (
    "a an the of to in on at by for from with and or but as is are was were be been being it its this that these those "
    "i you we they he she his her their our your my me us them do does did has have had will would can could may might "
    "shall should must there here then than so if when while which who whom whose what where how also into about over "
    "such via per up down out off not no nor"
)
STOP_WORDS = frozenset(_STOP_TEXT.split())
_SMALL = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
_WRITTEN = {word: str(value) for value, word in enumerate(_SMALL)}
_NEGATORS = frozenset(["not", "no", "never", "without", "cannot", "none", "neither", "nor", "nothing", "nobody"])
_QUANTIFIERS = {
    **dict.fromkeys(["all", "every", "each", "always", "entirely", "completely"], "all"),
    **dict.fromkeys(["none", "never", "nothing", "nobody"], "none"),
    **dict.fromkeys(["only", "solely", "exclusively"], "only"),
    **dict.fromkeys(["most", "mostly", "usually"], "most"),
}
_PAIR_TEXT = (
    "increase/decrease raise/lower higher/lower more/less more/fewer rise/fall gain/loss before/after enable/disable "
    "allow/deny allow/prevent permit/forbid permit/prohibit minimum/maximum min/max open/close start/stop begin/end "
    "first/last up/down left/right on/off add/remove insert/remove connect/disconnect positive/negative true/false "
    "above/below over/under inside/outside promote/inhibit activate/inhibit activate/deactivate strong/weak "
    "large/small long/short high/low fast/slow early/late better/worse best/worst include/exclude accept/reject "
    "lock/unlock show/hide upper/lower internal/external required/optional with/without upregulate/downregulate "
    "improve/worsen success/failure safe/dangerous public/private input/output import/export buy/sell old/new "
    "longer/shorter larger/smaller greater/less earlier/later most/least present/absent same/different "
    "reduce/increase protect/harm succeed/fail win/lose pass/fail push/pull load/unload"
)
_NAMED = re.compile(r"[A-Z]|\w[A-Z]|\d")


def words(text: str) -> list[str]:
    """The words and numbers of a text in order, as written."""
    return _TOKEN.findall(text)


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """A light English stem, lower case: enough that `increases`, `increased` and `increasing` agree."""
    bare = word.lower().replace("’", "'").removesuffix("'s")
    for ending, left in (("ies", "y"), ("ing", ""), ("ed", ""), ("es", ""), ("ly", ""), ("s", ""), ("e", "")):
        if bare.endswith(ending) and len(bare) - len(ending) >= 3 and not bare.endswith("ss"):
            bare = bare[: -len(ending)] + left
            break
    return bare[:-1] if len(bare) > 3 and bare[-1] == bare[-2] else bare


def _opposites() -> dict[str, frozenset[str]]:
    table: dict[str, set[str]] = {}
    for pair in _PAIR_TEXT.split():
        one, other = (stem(word) for word in pair.split("/"))
        table.setdefault(one, set()).add(other)
        table.setdefault(other, set()).add(one)
    return {word: frozenset(others) for word, others in table.items()}


_OPPOSITES = _opposites()


@dataclass(frozen=True, slots=True)
class Facts:
    """What one text states. `numbers` maps a value to the word stems that follow it; `negated` holds the stems that
    follow a negator."""

    stems: frozenset[str]
    content: frozenset[str]
    numbers: dict[str, list[list[str]]]
    names: frozenset[str]
    negated: list[list[str]]
    quantifiers: frozenset[str]


@lru_cache(maxsize=8_192)
def read(text: str) -> Facts:
    """The facts of `text`, kept for the texts seen last."""
    tokens = words(text)
    values = [_value(token) for token in tokens]
    stems = [value or stem(token) for token, value in zip(tokens, values, strict=True)]
    lower = [token.lower() for token in tokens]
    content = [at for at, word in enumerate(lower) if word not in STOP_WORDS and not values[at]]
    numbers: dict[str, list[list[str]]] = {}
    for at, value in enumerate(values):
        if value:
            numbers.setdefault(value, []).append(stems[at + 1 : at + 4])
    negated = [_following(stems, lower, at) for at, word in enumerate(lower) if _negates(word)]
    names = {stems[at] for at in content if _NAMED.search(tokens[at]) and lower[at] not in _QUANTIFIERS}
    kinds = frozenset(_QUANTIFIERS[word] for word in lower if word in _QUANTIFIERS)
    return Facts(frozenset(stems), frozenset(stems[at] for at in content), numbers, frozenset(names), negated, kinds)


def _value(token: str) -> str:
    if token[0].isdigit():
        bare = token.replace(",", "")
        return bare.rstrip("0").rstrip(".") if bare.count(".") == 1 else bare
    return _WRITTEN.get(token.lower(), "")


def _negates(word: str) -> bool:
    return word in _NEGATORS or word.endswith(("n't", "n’t"))


def _following(stems: list[str], lower: list[str], at: int) -> list[str]:
    after = [stems[i] for i in range(at + 1, min(at + 8, len(stems))) if lower[i] not in STOP_WORDS]
    return after[:2]


def coverage(claim: Facts, evidence: Facts) -> float:
    """Share of the claim's content words that the evidence has; 1.0 for a claim of numbers only."""
    return len(claim.content & evidence.stems) / len(claim.content) if claim.content else 1.0


def mismatch(claim: Facts, evidence: Facts, context: Facts | None = None) -> str:
    """The code of the first fact of the claim that the evidence lacks or contradicts; empty when there is none.

    `context` (title, headings) may supply names, and nothing else.
    """
    known = evidence.stems | (context.stems if context else frozenset())
    if not all(_has_number(value, uses, evidence) for value, uses in claim.numbers.items()):
        return "number"
    if claim.names - known:
        return "name"
    if not _same_polarity(claim, evidence):
        return "negation"
    if claim.quantifiers - evidence.quantifiers:
        return "quantifier"
    missing = claim.stems - evidence.stems
    if any(_OPPOSITES.get(word, frozenset()) & evidence.stems for word in missing):
        return "opposite"
    return ""


def _has_number(value: str, uses: list[list[str]], evidence: Facts) -> bool:
    if value == "1" and value not in evidence.numbers:
        return all(not use for use in uses)
    known = evidence.numbers.get(value, [])
    return bool(known) and all(
        not use or any(not other or use[0] in other or other[0] in use for other in known) for use in uses
    )


def _same_polarity(claim: Facts, evidence: Facts) -> bool:
    ours = {target for targets in claim.negated for target in targets}
    theirs = {target for targets in evidence.negated for target in targets}
    if any(targets and not set(targets) & theirs for targets in claim.negated):
        return False
    return all(not targets or targets[0] not in claim.stems or targets[0] in ours for targets in evidence.negated)
