"""Whether a sentence of a source may stand in a report: whole, about something, and understood without its page."""

import re

from answerable.core.outline import Unit
from answerable.core.sentences import MARKER
from answerable.providers.extraction.research.terms import size
from answerable.providers.extraction.selection import DANGLING

_LEAST_WORDS, _MOST_WORDS = 5, 60
_LEAST_ITEM = 2
_LETTERS = 0.6
_END = re.compile(r"[.!…。！।؟۔][\"'”’)\]»`]*$")
_MARKER = re.compile(rf"[ \t]*{MARKER}")
_PLACE = "following|section|page|article|chapter|document|example|guide|table|figure|sample|topic|tutorial|code|paper"
_POINTING = re.compile(
    r"\(see\b|\b(?:see (?:also|below|above|the|our|this|figure|table|section|chapter|how)\b"
    r"|(?:refer|go back|return) to (?:the|this|your|chapter|section|page)\b"
    r"|for (?:more|further|additional|detailed) (?:information|details|detail|help|guidance)|(?:learn|read) more\b"
    r"|as (?:shown|described|mentioned|explained|noted|discussed|listed|stated|seen) "
    r"(?:below|above|in|earlier|here|previously|before)\b"
    r"|(?:shown|listed|described|given|depicted|explained|outlined|illustrated) (?:below|above|here|in the)\b"
    r"|(?:example|table|figure|code|list|section|procedure|image|picture|screenshot|diagram|sample)s? (?:below|above)\b"
    rf"|(?:the|above|below|this|these|following|next|previous|preceding) (?:{_PLACE})s?\b"
    r"|in this (?:review|study|paper|work|report|article|post|lesson|book|thesis)|click here"
    r"|(?:fig(?:ure|s)?|tables?)\.? ?\d|all rights reserved|copyright|©|table of contents)",
    re.IGNORECASE,
)
"""Sentences about the page they stand on."""
_SEE = re.compile(r"\b[Ss]ee (?:[A-Z“\"`]|\d)")
_DEBRIS = re.compile(
    r"(?:\b[A-Z][\w+\-]*\b[ ]){5}"  # a path through menus that lost its arrows
    r"|\b[\w+)]+ (?:You|It|The|This|These|When|If|They|We|There|Then|How|What) [a-z]"  # two sentences without a stop
    r"|\s[,;.:!?](?:\s|$)|\b(?:the|an?) (?:and|or|to|of|in|is|are|from|with)\b"  # a sign that is a picture there
    r"|\b(\w{3,}) \1\b|\.{3,}|…|\s[-–—•|>]\s.*\s[-–—•|>]\s.*\s[-–—•|>]\s"
)
_ADDRESS = re.compile(r"https?://|www\.", re.IGNORECASE)
_SPEAKS = re.compile(
    r"^\W*(?:we|i|my|our|hi|hello|welcome|thanks?|please|(?:here|first|then|now|finally|next),? we)\b"
    r"|^[^,]{3,60}, (?:here )?we\b",
    re.IGNORECASE,
)
_LABEL = re.compile(
    r"^(?:(?:OBJECTIVES?|AIMS?|DESIGN|SETTING|SUBJECTS?|PARTICIPANTS|METHODS?|MATERIALS? AND METHODS|RESULTS?|FINDINGS"
    r"|MAIN RESULTS|CONCLUSIONS?|INTERPRETATION|BACKGROUND|PURPOSE|CONTEXT|SIGNIFICANCE|IMPORTANCE|INTRODUCTION"
    r"|INTERVENTIONS?|MAIN OUTCOME MEASURES?|DATA SOURCES|RATIONALE|SUMMARY)\b:?\s+)+(?=[A-Z\d])"
)


_LEANS = re.compile(
    r"^\W*(?:furthermore|moreover|in (?:addition|contrast|turn|that case|this case)|additionally|thus|hence"
    r"|consequently|accordingly|similarly|likewise|conversely|by contrast|on the other hand|for (?:example|instance)"
    r"|secondly?|thirdly?|next|finally|as a result|as such|nevertheless|nonetheless|still|yet|else|alternatively|here"
    r"|there|one of them|like (?:this|that)|the (?:above|first|second|third|other|others|reason|results?|difference)\b"
    r"|(?:again|note),|except|unlike (?:this|that)|to do (?:so|this|that)|at (?:this|that) (?:point|time))\b"
    r"|\b(?:between the (?:two|three)|the (?:two|three) of them|the (?:latter|former))\b",
    re.IGNORECASE,
)
_LOOSE = re.compile(r"\b(?:it|them|they|this|that one|these|those)\b[\s.,;]*", re.IGNORECASE)
_ASIDE = re.compile(
    r"\b(?:references|bibliography|literature|rejected|alternatives considered|changelog|change log|release notes"
    r"|see also|acknowledge?ments?|licen[cs]e|table of contents|contents|index|related (?:links|topics|articles|pages)|further "
    r"reading|external links|support and feedback)\b",
    re.IGNORECASE,
)


def is_aside(heading: str) -> bool:
    """Whether what stands under a heading is no statement about its subject: references, rejected options, changes."""
    return len(heading.split()) <= 4 and _ASIDE.search(heading) is not None


def leans(text: str) -> bool:
    """Whether a sentence cannot be understood without the one before it."""
    return DANGLING.match(text) is not None or _LEANS.search(text) is not None


def shown(text: str) -> str:
    """The words of a unit as they may be quoted: without run-in labels, and without citation marks of the source, which
    are not ours.
    """
    bare = _MARKER.sub("", text).strip() if "[" in text or "【" in text else text
    return _LABEL.sub("", bare) if bare[:4].isupper() else bare


def is_whole(text: str) -> bool:
    """Whether a text is a sentence from its beginning to its end, with every bracket and quotation closed."""
    if not _END.search(text) or text[:1].islower() or not (text[0].isalnum() or text[0] in "\"'“‘«`_$¿¡"):
        return False
    pairs = text.count("(") == text.count(")") and text.count("[") == text.count("]")
    return pairs and text.count('"') % 2 == 0 and text.count("`") % 2 == 0 and text.count("“") == text.count("”")


def may_stand(text: str) -> bool:
    """Whether a sentence tells something by itself. One that leans on the sentence before it is another matter."""
    if not is_whole(text) or not _LEAST_WORDS <= size(text) <= _MOST_WORDS:
        return False
    if _POINTING.search(text) or _SEE.search(text) or _ADDRESS.search(text) or "|" in text:
        return False
    if _DEBRIS.search(text):
        return False
    letters = sum(one.isalpha() or one.isspace() for one in text)
    return letters >= _LETTERS * len(text)


def may_be_listed(unit: Unit) -> bool:
    """Whether an item, a step or a row of a list can be shown in it."""
    return size(unit.text) >= _LEAST_ITEM and not _ADDRESS.search(unit.text) and not unit.text.endswith("?")


def informs(text: str) -> float:
    """How much a sentence tells, in 0..1: best at 12 to 30 words, less with words that stand for others."""
    words = size(text)
    fits = 1.0 if 12 <= words <= 30 else words / 12 if words < 12 else max(0.0, 1 - (words - 30) / 40)
    loose = words < 16 and _LOOSE.search(text) is not None
    return fits * (0.6 if _SPEAKS.match(text) else 1.0) * (0.5 if loose else 1.0)
