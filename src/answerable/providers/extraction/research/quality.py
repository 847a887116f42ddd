"""Whether a sentence of a source may stand in a report: whole, about something, and understood without its page."""

import re
from functools import lru_cache

from answerable.core.lexicon import OPENERS
from answerable.core.outline import Unit
from answerable.core.sentences import MARKER
from answerable.providers.extraction.research.terms import size
from answerable.providers.extraction.selection import DANGLING

_LEAST_WORDS, _MOST_WORDS, _MOST_IN_ALL = 5, 60, 95
"""Words of a sentence; intervals and values that stand in brackets are read past, up to a point."""
_BRACKETED = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
_LEAST_ITEM = 2
_LETTERS = 0.6
_END = re.compile(r"[.!…。！।؟۔][\"'”’)\]»`]*$")
_MARKER = re.compile(rf"[ \t]*{MARKER}")
_PLACE = (
    "following|section|index|page|article|chapter|document|example|guide|table|figure|sample|topic|tutorial|code|paper"
)
_POINTING = re.compile(
    r"\(see\b|\b(?:see (?:also|below|above|the|our|this|figure|table|section|chapter|how)\b"
    r"|(?:refer|go back|return) to (?:the|this|your|chapter|section|page)\b"
    r"|for (?:more|further|additional|detailed) (?:information|details|detail|help|guidance)|(?:learn|read) more\b"
    r"|as (?:shown|described|mentioned|explained|noted|discussed|listed|stated|seen) "
    r"(?:below|above|in|earlier|here|previously|before)\b"
    r"|(?:shown|listed|described|given|depicted|explained|outlined|illustrated) (?:below|above|here|in the)\b"
    r"|(?:example|table|figure|code|list|section|procedure|image|picture|screenshot|diagram|sample"
    r"|illustration|drawing)s?"
    r" (?:below|above)\b"
    rf"|the following\b|as follows\b|(?:above|below|this|these|following|next|previous|preceding) (?:{_PLACE})s?\b"
    r"|(?:is about|explains|says|tells|shows|describes) (?:what|how|why|which|where)\b"
    r"|^[\w ]{3,40} is about \w"
    r"|in this (?:review|study|paper|work|report|article|post|lesson|book|thesis)"
    r"|(?:the|these) \w+ (?:below|above)\b(?! \d)"
    r"|click here"
    r"|(?:fig(?:ure|s)?|tables?)\.? ?\d|all rights reserved|copyright|©|table of contents)",
    re.IGNORECASE,
)
"""Sentences about the page they stand on."""
_SEE = re.compile(r"^See\b|\b[Ss]ee (?:[A-Z“\"`]|\d)")
_MENU_WORDS = (
    "When|If|Then|How|What|Confirm|Select|Press|Use|Make|Set|Go|Connect|Change|Check|Try|Turn|Move|Automatically|Do"
)
_DEBRIS = re.compile(
    r"(?:\b[A-Z][\w+\-]*\b[ ]){5}"  # a path through menus that lost its arrows
    rf"|\b[\w+)]+ (?:(?:{_MENU_WORDS}) [a-z]|(?:You|It|The|This|These|They|We|There) \w)"  # two sentences
    r"|\b[A-Za-z]{5,}\. [a-z]"
    r"|\s[,;.:!?](?:\s|$)|\b(?:the|an?) (?:and|or|to|of|in|is|are|from|with)\b|\bto and\b"  # it lost a picture
    r"|(?:^|\s)'\s|:=|==|[\"”] &|& [\"“]|[{}]|;$|/\*|</?\w+>|\bDim \w+"
    r"|\bEnd (?:Sub|If|Function)\b"  # code without its lines
    r"|\b(\w{3,}) \1\b|\.{2,}|…|\b[A-Z]\.$|\s[-–—•|>]\s.*\s[-–—•|>]\s.*\s[-–—•|>]\s"
)
_AIMS = re.compile(
    r"To (?:investigate|estimate|determine|assess|evaluate|examine|quantify|compare|identify|explore|test|study"
    r"|describe|analy[sz]e|characteri[sz]e|review|measure|clarify|elucidate)\b"
    r"(?!.*, (?:(?:we|it|the|an?|this|these|they|our)\b|[A-Z]))"
)
"""What was to be found out, without a sentence around it."""
_FRAGMENT = re.compile(
    r"(?:Contains|Returns?|Specifies|Represents|Gets|Sets|Indicates|Provides|Describes|Shows|Uses|Used|Creates"
    r"|Allows|Determines|Occurs|Displays|Controls|Removes|Adds|Opens|Closes|Defines|Enables|Causes|Makes|Moves|Lists"
    r"|Gives|Takes|Applies|Identifies|Retrieves|Converts|Calculates|Required|Optional) "
    r"(?!(?:are|is|was|were|to)\b)[a-z]"
)
"""The beginning of a sentence whose subject stands in the heading."""
_VERB_FIRST = re.compile(
    r"(?!(?:Unless|Across|Besides|Always|Perhaps|Towards|Versus|Thus|Plus|Hours|Days|Weeks|Years|Sometimes|Afterwards)\b)"
    r"[A-Z][a-z]+s (?:an?|the|all|each|whether|how|what) "
)
_GERUND = re.compile(
    r"[A-Z][a-z]+ing (?!.*(?:,|\b(?:is|are|was|were|can|could|may|might|will|would|must|should|do|did|has|have|had)\b"
    r"|[a-z]{2}(?:s|ed)\b))"
)
"""`Connecting a keyboard to the TV.` has no verb of its own."""
_NO_VERB = re.compile(r"(?:For|In|On|With|By|Of|From|At) (?:\S+ ){0,7}\S+$")
"""A phrase with a full stop: what is longer has a verb somewhere."""
_HEAD_OF_A_LETTER = re.compile(
    r"(?:From|To|Date|Subject|Re|Cc|Present|Attend(?:ees|ing)|Apologies|Authors?|Version|Status|Owner|Place|Time): "
    r"|[^,]{3,80}, \d{1,2}\.? [A-Z][a-z]+ \d{4}\.$"
)
"""Who wrote when, on the first lines of minutes and memos."""
_ADDRESS = re.compile(r"https?://|www\.", re.IGNORECASE)
_SPEAKS = re.compile(
    r"^\W*(?:we|i|my|our|hi|hello|welcome|thanks?|please|(?:here|first|then|now|finally|next),? we)\b"
    r"|^[^,]{3,60}, (?:here )?we\b",
    re.IGNORECASE,
)
_LABEL = re.compile(
    r"^(?:(?:ABSTRACT|BACKGROUND & AIMS|OBJECTIVES?|AIMS?|DESIGN|SETTING|SUBJECTS?|PARTICIPANTS|METHODS?"
    r"|MATERIALS? AND METHODS"
    r"|RESULTS?|FINDINGS"
    r"|MAIN RESULTS|CONCLUSIONS?|INTERPRETATION|BACKGROUND|PURPOSE|CONTEXT|SIGNIFICANCE|IMPORTANCE|INTRODUCTION"
    r"|INTERVENTIONS?|MAIN OUTCOME MEASURES?|DATA SOURCES|RATIONALE|SUMMARY)\b:?\s+)+(?=[A-Z\d])"
    r"|^(?:Objectives?|Purpose|Methods?|Results?|Findings|Conclusions?|Background|Interpretation|Design|Aims?):\s*"
    r"(?=[A-Z])"
    r"|^(?:Note|Tip|Important|Caution|Warning|Remark|Hint|NOTE|TIP|IMPORTANT|CAUTION|WARNING)s?:\s+(?=[A-Z])"
)


_APART = re.compile(
    r"(?:FUNDING|(?:CLINICAL |SYSTEMATIC REVIEW )?(?:TRIAL )?REGISTRATION|KEY ?WORDS?|LEVEL OF EVIDENCE)\b"
    r"|.*(?:clinicaltrials\.gov|\bISRCTN ?\d|\bfunded by\b|\bsupported by (?:an? )?grants?\b)",
    re.IGNORECASE,
)
"""Who paid, and where a study is listed."""
_LEANS = re.compile(
    r"^\W*(?:furthermore|moreover|in (?:addition|contrast|turn|that case|this case)|additionally|thus|hence"
    r"|consequently|accordingly|similarly|likewise|conversely|by contrast|on the other hand|for (?:example|instance)"
    r"|second(?:ly)?|third(?:ly)?|next|finally|as a result|as such|nevertheless|nonetheless|still|yet|else"
    r"|alternatively|here|there|one of them|among (?:these|those|them)|of (?:these|those)"
    r"|if (?:it|they|this|that|so|not)|like (?:this|that)"
    r"|the (?:above|first|second|third|other|others|reason|results?|difference)\b"
    r"|(?:again|note),|except|unlike (?:this|that)|to do (?:so|this|that)|from then"
    r"|(?:at|after|before|with|for|by|from) (?:this|that)\b(?! \w+ing\b))\b"
    r"|\b(?:between the (?:two|three)|the (?:two|three) of them|the (?:latter|former))\b",
    re.IGNORECASE,
)
_POINTS_BACK = re.compile(
    r"\b(?:before|after|by|for|of|with|to|about|on|from|against|without) (?:this|that|these|those|both)"
    r"(?: happens?)?(?=[.,;:!?])",
    re.IGNORECASE,
)
"""`The job itself is not touched by this.`"""
_LOOSE = re.compile(r"\b(?:it|them|they|this|that one|these|those)\b[\s.,;]*", re.IGNORECASE)
_ASIDE = re.compile(
    r"\b(?:references|bibliography|literature|rejected|alternatives considered|changelog|change log|release notes"
    r"|see also|acknowledge?ments?|licen[cs]e(?: agreement)?|table of contents|contents|index"
    r"|related (?:links|topics|articles|pages)"
    r"|further reading|external links|support and feedback)\b",
    re.IGNORECASE,
)


_JOINING_TEXT = (
    "although another any because before besides both certain depending despite during each either every few finally "
    "first following instead just last like likewise many most next no none now once only otherwise several since some "
    "such though through unless unlike until using various whenever whether within without"
)
_JOINING = frozenset(_JOINING_TEXT.split())
_DETERMINERS = frozenset(
    ["the", "a", "an", "your", "any", "all", "this", "these", "it", "them", "every", "one", "to", "on"]
)
_DOING = frozenset(
    ["add", "run", "keep", "press", "click", "select", "choose", "open", "use", "make", "enter", "ask", "set"]
)
"""Words that begin an instruction whatever follows them."""


def is_aside(heading: str) -> bool:
    """Whether what stands under a heading is no statement about its subject: references, rejected options, changes."""
    return len(heading.split()) <= 6 and _ASIDE.search(heading) is not None


def leans(text: str) -> bool:
    """Whether a sentence cannot be understood without the one before it."""
    return any(found is not None for found in (DANGLING.match(text), _LEANS.search(text), _POINTS_BACK.search(text)))


def shown(text: str) -> str:
    """The words of a unit as they may be quoted: without run-in labels, and without citation marks of the source, which
    are not ours.
    """
    bare = _MARKER.sub("", text).strip() if "[" in text or "【" in text else text
    return _LABEL.sub("", bare)


def is_whole(text: str) -> bool:
    """Whether a text is a sentence from its beginning to its end, with every bracket and quotation closed."""
    if (
        not _END.search(text)
        or text[:1].islower()
        or not (text[0].isalnum() or text.startswith("--") or text[0] in "\"'“‘«`_$¿¡")
    ):
        return False
    pairs = text.count("(") == text.count(")") and text.count("[") == text.count("]")
    return pairs and text.count('"') % 2 == 0 and text.count("`") % 2 == 0 and text.count("“") == text.count("”")


@lru_cache(maxsize=4_096)  # sections, introduction and conclusion read the same sentences
def may_stand(text: str) -> bool:
    """Whether a sentence tells something by itself. One that leans on the sentence before it is another matter."""
    if not is_whole(text) or not _LEAST_WORDS <= size(text) <= _MOST_IN_ALL:
        return False
    if size(_BRACKETED.sub("", text)) > _MOST_WORDS:
        return False
    if any(one.match(text) for one in (_APART, _HEAD_OF_A_LETTER)):
        return False
    if _POINTING.search(text) or _SEE.search(text) or _ADDRESS.search(text) or "|" in text:
        return False
    if (
        _DEBRIS.search(text)
        or _FRAGMENT.match(text)
        or _AIMS.match(text)
        or _VERB_FIRST.match(text)
        or _GERUND.match(text)
    ):
        return False
    if _NO_VERB.match(text) and "," not in text:
        return False
    letters = sum(one.isalpha() or one.isspace() for one in text)
    return letters >= _LETTERS * len(text)


def may_be_listed(unit: Unit) -> bool:
    """Whether an item, a step or a row of a list can be shown in it."""
    return size(unit.text) >= _LEAST_ITEM and not _ADDRESS.search(unit.text) and not unit.text.endswith("?")


def instructs(text: str) -> bool:
    """Whether a sentence tells the reader to do something: no way to begin a text about something."""
    first, second = (*text.lower().split(maxsplit=2), "", "")[:2]
    return first in OPENERS - _JOINING and (second in _DETERMINERS or first in _DOING)


@lru_cache(maxsize=4_096)
def informs(text: str) -> float:
    """How much a sentence tells, in 0..1: best at 12 to 30 words, less with words that stand for others."""
    words = size(text)
    fits = 1.0 if 12 <= words <= 30 else words / 12 if words < 12 else max(0.0, 1 - (words - 30) / 40)
    loose = words < 16 and _LOOSE.search(text) is not None
    return fits * (0.6 if _SPEAKS.match(text) else 1.0) * (0.5 if loose else 1.0)
