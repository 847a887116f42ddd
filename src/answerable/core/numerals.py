"""Numbers as text writes them: digits, words ("two hundred and fifty"), scales, ordinals and bounds."""

import re

from answerable.core.lexicon import BOUNDS_AFTER, BOUNDS_BEFORE, HOW_OFTEN

_UNITS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
)
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_WORDS = {word: value for value, word in enumerate(_UNITS.split())} | {
    word: 10 * tens for tens, word in enumerate(_TENS.split(), start=2)
}
_SCALES = {"hundred": 100, "thousand": 1_000, "million": 10**6, "billion": 10**9, "trillion": 10**12}
_OTHER = {"dozen": "12", "half": "0.5", "twice": "2", "thrice": "3"}
_ORDINAL_TEXT = "third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth"
_ORDINALS = {word: f"{value}th" for value, word in enumerate(_ORDINAL_TEXT.split(), start=3)}
_DIGIT_ORDINAL = ("st", "nd", "rd", "th")
_DIGIT_WORDS = "|".join(_UNITS.split()[1:10])
BEFORE_HYPHEN = rf"\b(?i:{'|'.join(_WORDS)})(?=-(?!(?i:{_DIGIT_WORDS})\b)[a-z])"
"""Pattern of a number word that a hyphen joins to what it counts: `three-fold`."""
_GROUPED = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?%?$")
_ALL_ZEROS = re.compile(r"\.0+$")
_SYMBOLS = {">=": "least", "≥": "least", "<=": "most", "≤": "most", ">": "more", "<": "less"}
_SYMBOL = re.compile(r"(>=|<=|≥|≤|>|<)[ ]?$")
_LONGEST_BOUND = 4
_REACH = 4


def values(tokens: list[str]) -> list[str]:
    """For each token the number it states, in canonical form; empty for other words and for parts of a number before.

    A number of several words stands at its first token; `percent` joins the number before it.
    """
    found = ["" for _ in tokens]
    at = 0
    while at < len(tokens):
        value, length = _number_at(tokens, at)
        if value:
            following = tokens[at + length].lower() if at + length < len(tokens) else ""
            found[at] = value + "%" if following in ("percent", "%") else value
        at += max(1, length)
    return found


def _number_at(tokens: list[str], at: int) -> tuple[str, int]:
    token = tokens[at]
    if token[0].isdigit():
        return _digits(tokens, at)
    parts = token.lower().split("-")
    if parts[-1] in _ORDINALS and len(parts) == 1:
        return _ORDINALS[parts[-1]], 1
    if token.lower() in _OTHER:
        return _OTHER[token.lower()], 1
    return _spelled(tokens, at)


def _digits(tokens: list[str], at: int) -> tuple[str, int]:
    following = tokens[at + 1].lower() if at + 1 < len(tokens) else ""
    value = canonical(tokens[at])
    if following in _DIGIT_ORDINAL:
        return f"{value}th", 2
    if following in _SCALES and following != "hundred" and re.fullmatch(r"\d+(?:\.\d+)?", value):
        return canonical(f"{float(value) * _SCALES[following]:.6f}".rstrip("0").rstrip(".")), 2
    return value, 1


def _spelled(tokens: list[str], at: int) -> tuple[str, int]:
    """A number in words that begins at `at`: its digits and how many tokens it takes."""
    total, current, length = 0, -1, 0
    while at + length < len(tokens):
        parts = tokens[at + length].lower().split("-")
        if length and parts == ["and"] and _is_word(tokens, at + length + 1) and current % 100 == 0:
            length += 1
            continue
        if not all(part in _WORDS or part in _SCALES for part in parts) or (current < 0 and parts[0] in _SCALES):
            break
        if parts[0] in _WORDS and current > 0 and (current % 10 or _WORDS[parts[0]] >= 10) and current % 100:
            break
        for part in parts:
            total, current = _add(total, current, part)
        length += 1
    return (str(total + max(current, 0)), length) if current >= 0 else ("", 1)


def _is_word(tokens: list[str], at: int) -> bool:
    return at < len(tokens) and tokens[at].lower().split("-")[0] in _WORDS


def _add(total: int, current: int, part: str) -> tuple[int, int]:
    if part in _WORDS:
        return total, max(current, 0) + _WORDS[part]
    scale = _SCALES[part]
    if scale == 100:
        return total, max(current, 1) * scale
    return total + max(current, 1) * scale, 0


def canonical(number: str) -> str:
    """Digits without grouping; `5.0` is `5`, but `3.10` stays: it may be a version."""
    bare = number.replace(",", "") if _GROUPED.match(number) else number.rstrip(",").replace(",", ".")
    percent = "%" if bare.endswith("%") else ""
    bare = bare.rstrip("%")
    return (_ALL_ZEROS.sub("", bare) if bare.count(".") == 1 else bare) + percent


def bound(lower: list[str], at: int, before: str) -> str:
    """Whether the number at `at` is a limit: least, most, more, less; empty when it stands for itself.

    `lower` are the words of its sentence, `before` the text that stands right before the number.
    """
    symbol = _SYMBOL.search(before)
    if symbol:
        return _SYMBOLS[symbol[1]]
    for skip in (0, 1):
        ahead = " ".join(lower[max(0, at - skip - _LONGEST_BOUND) : at - skip]) if at > skip else ""
        for phrase, kind in BOUNDS_BEFORE:
            if (skip == 0 or " " in phrase) and (ahead == phrase or ahead.endswith(f" {phrase}")):
                return kind
    behind = lower[at + 1 : at + 1 + _REACH]
    for one, other, third in zip(behind, behind[1:], [*behind[2:], ""], strict=False):
        if one == "or" and other in BOUNDS_AFTER and third not in HOW_OFTEN:
            return BOUNDS_AFTER[other]
    return ""
