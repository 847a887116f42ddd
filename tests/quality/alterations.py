"""Ways in which a model gets a supported sentence wrong, and ways to say it faithfully in other words.

Each function takes a sentence and the passage it comes from, and gives the altered sentence, or "" where it does not
apply. Values are chosen so that the passage does not hold them by chance.
"""

import random
import re
from collections.abc import Callable

Alteration = Callable[[str, str, random.Random], str]


def _pairs(text: str) -> dict[str, str]:
    """`a=b; c=d` as a table."""
    return {before: after for before, _, after in (pair.partition("=") for pair in text.split("; "))}


_WORD_TEXT = "two three four five six seven eight nine ten twelve fifteen twenty thirty forty fifty ninety"
_WORDS = _WORD_TEXT.split()
_NAMES = ["Velmora", "Quistan", "Brandel Systems", "Torvik", "Osmund Hale", "Nexaria", "PX-900"]
_UNITS = _pairs(
    "seconds=minutes; minutes=hours; hours=days; days=weeks; MB=GB; GB=TB; ms=s; tokens=bytes; %= points; "
    "percent=points; years=months; months=weeks; mg=g; weeks=days; minute=hour; day=week; year=month; "
    "chunks=pages; characters=lines"
)
_BOUNDS = _pairs(
    "at least=at most; at most=at least; more than=less than; less than=more than; up to=at least; or more=or "
    "less; or less=or more; over=under; above=below; fewer than=more than; no more than=no less than; or "
    "later=or earlier; or higher=or lower; within=after"
)
_MONTH_TEXT = "January February March April June July August September October November December"
_MONTHS = _MONTH_TEXT.split()
_OPPOSITES = _pairs(
    "increase=decrease; increased=decreased; increases=decreases; higher=lower; before=after; after=before; "
    "enable=disable; enabled=disabled; allow=prevent; allows=prevents; added=removed; add=remove; "
    "reduced=increased; on=off; first=last; always=never; open=close; start=stop; starts=stops; "
    "connected=disconnected; up=down; lower=higher; more=less; large=small; long=short; old=new; new=old; "
    "inside=outside; with=without; without=with; if=unless; unless=if; upper=lower; left=right; right=left; "
    "same=different"
)
_INVENTED = [
    ", which also erases all recordings",
    " and notifies the account administrator",
    ", free of charge",
    " because the battery overheats",
    ", and a technician confirms the appointment",
    " in every European country",
    ", as recommended by the Ministry of Health",
    " while the warranty seal stays intact",
    " and earns loyalty points",
    ", which costs extra shipping fees",
]


def digit(sentence: str, passage: str, rng: random.Random) -> str:
    """Another number for a number."""
    found = list(re.finditer(r"(?<![\w.])\d+(?![\w.%-])", sentence))
    return _put(sentence, rng.choice(found), _fresh(passage, rng)) if found else ""


def percentage(sentence: str, passage: str, rng: random.Random) -> str:
    """Another percentage."""
    found = list(re.finditer(r"\d+(?:\.\d+)?(?= ?(?:%|percent))", sentence))
    return _put(sentence, rng.choice(found), _fresh(passage, rng)) if found else ""


def decimal(sentence: str, passage: str, rng: random.Random) -> str:
    """Another decimal number or version, also a near one: 3.10 for 3.1."""
    found = list(re.finditer(r"(?<![\w.])\d+(?:\.\d+)+(?![\w.])", sentence))
    if not found:
        return ""
    chosen = rng.choice(found)
    altered = rng.choice([chosen[0] + "1", str(int(chosen[0].split(".")[0]) + 1) + chosen[0][chosen[0].index(".") :]])
    return _put(sentence, chosen, altered) if altered not in passage else ""


def number_word(sentence: str, passage: str, rng: random.Random) -> str:
    """Another number word for a number word."""
    found = list(re.finditer(r"\b(?:" + "|".join(_WORDS) + r")\b", sentence))
    fresh = [word for word in _WORDS if word not in passage.lower()]
    return _put(sentence, rng.choice(found), rng.choice(fresh)) if found and fresh else ""


def unit(sentence: str, passage: str, rng: random.Random) -> str:
    """The same number of something else."""
    pattern = r"(?<=\d)( ?)(" + "|".join(map(re.escape, _UNITS)) + r")(?!\w)"
    return re.sub(pattern, lambda found: found[1] + _UNITS[found[2]], sentence, count=1)


def bound(sentence: str, passage: str, rng: random.Random) -> str:
    """The other bound around a number."""
    before = r"\b(no more than|at least|at most|more than|less than|fewer than|up to|over|above|within)(?= (?:\w+ )?\d)"
    after = r"(?<=\d)( \w+)? (or (?:more|less|later|higher))\b"
    turned = re.sub(before, lambda found: _BOUNDS[found[1]], sentence, count=1)
    return turned if turned != sentence else re.sub(after, lambda f: f"{f[1] or ''} {_BOUNDS[f[2]]}", sentence, count=1)


def added_bound(sentence: str, passage: str, rng: random.Random) -> str:
    """A bound where the source has an exact number."""
    pattern = r"(?<![\w.-])(?<!than )(?<!least )(?<!most )(?<!to )(?<!over )(?<!- )(\d+ [a-z]{3,})"
    return re.sub(pattern, rf"{rng.choice(['at least', 'at most', 'more than', 'up to'])} \1", sentence, count=1)


def date(sentence: str, passage: str, rng: random.Random) -> str:
    """Another month or year."""
    month = re.search(r"\b(?:" + "|".join(_MONTHS) + r")\b", sentence)
    year = re.search(r"\b(?:19|20)\d\d\b", sentence)
    fresh = [name for name in _MONTHS if name not in passage]
    if month and fresh:
        return _put(sentence, month, rng.choice(fresh))
    other = str(int(year[0]) + rng.choice([-2, -1, 1, 3])) if year else ""
    return _put(sentence, year, other) if year and other not in passage else ""


def range_end(sentence: str, passage: str, rng: random.Random) -> str:
    """Another end of a range."""
    found = re.search(r"(?<=\d[-–])\d+|(?<=\d to )\d+|(?<=\d and )\d+", sentence)
    return _put(sentence, found, _fresh(passage, rng)) if found else ""


def name_invented(sentence: str, passage: str, rng: random.Random) -> str:
    """A name that nobody knows for a name."""
    found = list(re.finditer(r"(?<=[a-z,] )[A-Z]\w{2,}", sentence))
    return _put(sentence, rng.choice(found), rng.choice(_NAMES)) if found else ""


def name_at_start(sentence: str, passage: str, rng: random.Random) -> str:
    """A name that nobody knows for the subject."""
    found = re.match(r"(?:The|A|An|This) (?:[a-z]+ )?[a-z]+(?= (?:is|are|has|can|does|was|will|must|may)\b)", sentence)
    return _put(sentence, found, rng.choice(_NAMES)) if found else ""


def name_swapped(sentence: str, passage: str, rng: random.Random) -> str:
    """Another name of the same passage's neighbourhood: one that the sentence does not have."""
    found = list(re.finditer(r"(?<=[a-z,] )[A-Z][a-z]\w+", sentence))
    others = [n for n in re.findall(r"(?<=[a-z,] )[A-Z][a-z]\w{2,}", passage) if n.lower() not in sentence.lower()]
    return _put(sentence, rng.choice(found), rng.choice(others)) if found and others else ""


def noun_swapped(sentence: str, passage: str, rng: random.Random) -> str:
    """Another ordinary noun of the passage: what no fact betrays."""
    found = list(
        re.finditer(r"(?<=\b[tT]he )[a-z]{4,}(?= (?:is|are|has|can|was|were|of|in|on|to|for|with)\b)", sentence)
    )
    others = [word for word in re.findall(r"(?<=\b[tT]he )[a-z]{4,}", passage) if word not in sentence]
    return _put(sentence, rng.choice(found), rng.choice(others)) if found and others else ""


def name_truncated(sentence: str, passage: str, rng: random.Random) -> str:
    """A name that lost its last letters."""
    found = [
        f
        for f in re.finditer(r"(?<=[a-z,] )[A-Z][A-Za-z0-9]{4,}", sentence)
        if f[0][:-2].lower() not in _words(passage)
    ]
    return _put(sentence, rng.choice(found), rng.choice(found)[0][:-2]) if len(found) == 1 else ""


def negation_added(sentence: str, passage: str, rng: random.Random) -> str:
    """`not` after a verb that had none."""
    return re.sub(
        r"\b(is|are|can|will|was|were|does|has been|must|may|should)\b(?! not| no\b| never| only)",
        r"\1 not",
        sentence,
        count=1,
    )


def never_added(sentence: str, passage: str, rng: random.Random) -> str:
    """`never` before a plain verb."""
    return re.sub(
        r"(?<=[a-z] )(works|uses|holds|needs|keeps|gives|takes|sees|reads|shows|sends|starts|makes|means|increases|"
        r"writes|finds|contains|returns|supports|appears|allows|requires)\b",
        r"never \1",
        sentence,
        count=1,
    )


def negation_removed(sentence: str, passage: str, rng: random.Random) -> str:
    """A denial that is gone."""
    pattern = r"\b(is|are|can|will|was|were|do|does|did|must|may|should|has|have)(?: ?not|n't)\b(?! only)"
    turned = re.sub(pattern, r"\1", sentence, count=1)
    return turned if turned != sentence else re.sub(r"\bnever ", "", sentence, count=1)


def no_removed(sentence: str, passage: str, rng: random.Random) -> str:
    """`no` that became `a`."""
    return re.sub(r"(?<=\w )no (?=[a-z]{3,})(?!more|less|longer|matter)", "a ", sentence, count=1)


def opposite(sentence: str, passage: str, rng: random.Random) -> str:
    """A word that says the opposite."""
    found = list(re.finditer(r"\b(?:" + "|".join(_OPPOSITES) + r")\b", sentence))
    return _put(sentence, chosen, _OPPOSITES[chosen[0]]) if found and (chosen := rng.choice(found)) else ""


def prefix(sentence: str, passage: str, rng: random.Random) -> str:
    """An adjective or participle denied by its prefix."""
    words = "supported|available|able|known|changed|used|named|encrypted|read|safe|expected|common|finished|published"
    return re.sub(rf"(?<=[a-z] )({words})\b", r"un\1", sentence, count=1)


def clause(sentence: str, passage: str, rng: random.Random) -> str:
    """A clause that the source does not have."""
    return sentence.rstrip(" .") + rng.choice(_INVENTED) + "."


_VERBS = (
    "uses|sends|calls|controls|contains|replaces|needs|requires|supports|follows|precedes|causes|activates|inhibits|"
    "affects|regulates|induces|connects|returns|holds|reads|writes|opens|names|checks|tells|finds|gets|exceeds|"
    "increases|reduces|decreases|promotes|specifies|defines|represents|becomes|belongs to|depends on|is part of|"
    "forwards|chooses|stores|approves|stops|records|selects|covers|keeps|makes|gives|"
    "is replaced by|is connected to|is caused by|runs|shows|displays|stays in|comes before|comes after|overrides"
)


_NO_NOUN = "[Ii]t|[Ww]hich|[Tt]hat|and|or|also|up|the|an?|to|[Tt]his|in|all|no|how|what|whose|most"
_NOUN = rf"(?:(?:[Tt]he|[Aa]n?|[Ee]ach|[Ee]very) )?(?!(?:{_NO_NOUN})\b)[A-Za-z][\w-]+"


def roles(sentence: str, passage: str, rng: random.Random) -> str:
    """Two nouns around a verb, or the ends of a way, that changed places."""
    start = r"(?:^|(?<=, )|(?<=that )|(?<=if )|(?<=when )|(?<=; ))"
    end = r"(?= (?:and|or|in|on|to|at|for|with|when|if|by|of|that)\b|[.,;])"
    found = re.search(rf"{start}({_NOUN}) ({_VERBS}) ({_NOUN}){end}", sentence)
    if found and found[1].split()[-1].lower() != found[3].split()[-1].lower():
        first, last = found[3], found[1]
        if found.start() == 0:
            first, last = first[0].upper() + first[1:], last[0].lower() + last[1:] if " " in last else last
        return f"{sentence[: found.start()]}{first} {found[2]} {last}{sentence[found.end() :]}"
    return re.sub(r"\bfrom ((?:the |a )?\w{3,}) to ((?:the |a )?\w{3,})(?![\w-])", r"from \2 to \1", sentence, count=1)


def numbers_exchanged(sentence: str, passage: str, rng: random.Random) -> str:
    """Two numbers of a sentence that changed places."""
    found = list(re.finditer(r"(?<![\w.-])\d+(?:\.\d+)?(?![\w.-])", sentence))
    if len(found) != 2 or found[0][0] == found[1][0]:
        return ""
    one, other = found
    middle = sentence[one.end() : other.start()]
    if not re.search(r"[a-z]{3,}", middle) or re.fullmatch(r"\s*(?:and|or|,)\s*", middle):
        return ""
    return f"{sentence[: one.start()]}{other[0]}{middle}{one[0]}{sentence[other.end() :]}"


def modality(sentence: str, passage: str, rng: random.Random) -> str:
    """A possibility that became a duty, or the reverse."""
    turned = re.sub(r"\b(?:may|might|can|could)\b(?! not)(?= [a-z])", "must", sentence, count=1)
    return turned if turned != sentence else re.sub(r"\bmust\b", "may", sentence, count=1)


ALTERATIONS: dict[str, tuple[Alteration, ...]] = {
    "number": (digit, percentage, decimal, number_word, unit, date, range_end, numbers_exchanged),
    "bound": (bound, added_bound),
    "name": (name_invented, name_at_start, name_swapped, name_truncated),
    "negation": (negation_added, never_added, negation_removed, no_removed, prefix),
    "opposite": (opposite,),
    "clause": (clause,),
    "role": (roles,),
    "modality": (modality,),
}


def trimmed(sentence: str, passage: str, rng: random.Random) -> str:
    """Without its parenthesis or its relative clause at the end."""
    shorter = re.sub(r" \([^()]*\)", "", sentence, count=1)
    return shorter if shorter != sentence else re.sub(r", which [^,.]+(?=\.$)", "", sentence, count=1)


def reordered(sentence: str, passage: str, rng: random.Random) -> str:
    """The condition behind what it conditions."""
    found = re.fullmatch(r"(If|When|After|Before|Without|To|In|With) ([^,:;()]{8,}), ([^:;()]+)\.", sentence)
    if not found:
        return ""
    return f"{found[3][0].upper()}{found[3][1:]} {found[1].lower()} {found[2]}."


def pronoun(sentence: str, passage: str, rng: random.Random) -> str:
    """`It` for the subject."""
    return re.sub(
        r"^(?:The|A|An|This) (?:[a-z]+ )?[a-z]+(?= (?:is|has|can|does|was|will|must|may)\b)", "It", sentence, count=1
    )


_DIGITS = _pairs("2=two; 3=three; 4=four; 5=five; 10=ten; 20=twenty; 50=fifty; 100=one hundred")
_DIGIT_OF = {word: digit for digit, word in _DIGITS.items()}


def written_number(sentence: str, passage: str, rng: random.Random) -> str:
    """A number word for a digit, or the reverse."""
    turned = re.sub(r"(?<![\w.,-])(?:100|50|20|10|[2345])(?= [a-z]{3,})", lambda f: _DIGITS[f[0]], sentence, count=1)
    return (
        turned
        if turned != sentence
        else re.sub(
            r"\b(?:two|three|four|five|ten|twenty)\b(?= [a-z]{3,})", lambda f: _DIGIT_OF[f[0]], sentence, count=1
        )
    )


def introduced(sentence: str, passage: str, rng: random.Random) -> str:
    """With a connecting word before it."""
    if not re.match(r"(?:The|A|An|This|If|When|It|You|In|To) ", sentence):
        return ""
    opening = rng.choice(["Additionally", "In short", "However", "Note that", "Also"])
    return f"{opening}, {sentence[0].lower()}{sentence[1:]}"


def contracted(sentence: str, passage: str, rng: random.Random) -> str:
    """`don't` for `do not`."""
    return re.sub(r"\b(do|does|is|are|did) not\b", r"\1n't", sentence, count=1)


_SYNONYMS = _pairs(
    "select=choose; shows=displays; needs=requires; use=utilize; begin=start; large=big; show=display; "
    "find=locate; also=additionally; however=but; choose=select; writes=creates; press=push; holds=contains; "
    "gets=receives; kept=retained; reduced=lowered"
)


def synonym(sentence: str, passage: str, rng: random.Random) -> str:
    """One ordinary word for another."""
    return re.sub(r"\b(?:" + "|".join(_SYNONYMS) + r")\b", lambda f: _SYNONYMS[f[0]], sentence, count=1)


ORDINARY_NOUNS: tuple[Alteration, ...] = (noun_swapped,)
"""Harder than what the list above holds: another noun that the passage knows."""

PARAPHRASES: tuple[Alteration, ...] = (
    trimmed,
    reordered,
    pronoun,
    written_number,
    introduced,
    contracted,
    synonym,
)


def _put(sentence: str, place: "re.Match[str]", text: str) -> str:
    return f"{sentence[: place.start()]}{text}{sentence[place.end() :]}"


def _fresh(passage: str, rng: random.Random) -> str:
    return str(rng.choice([n for n in range(2, 997) if str(n) not in passage]))


def _words(passage: str) -> set[str]:
    return {word.lower() for word in re.findall(r"\w+", passage)}
