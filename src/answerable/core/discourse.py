"""What a sentence does where it stands: background, method, result or conclusion, by the label over it and by its form.

Structured abstracts say it themselves (`RESULTS ...`, the IMRAD order); elsewhere a result is known by figures,
comparisons and limits, and work by the verbs of those who did it.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Literal

from answerable.core.documents import Passage

Role = Literal["background", "method", "result", "conclusion", ""]

_LABELS: dict[Role, str] = {
    "background": "BACKGROUND|CONTEXT|RATIONALE|INTRODUCTION|IMPORTANCE|SIGNIFICANCE",
    "method": "BACKGROUND & AIMS|OBJECTIVES?|AIMS?|PURPOSE|DESIGN|SETTING|SUBJECTS?|PARTICIPANTS|PATIENTS"
    "|(?:[A-Z]+ AND )?METHODS?|INTERVENTIONS?|(?:MAIN )?OUTCOME MEASURES?|DATA (?:SOURCES|EXTRACTION)|STUDY SELECTION",
    "result": "(?:MAIN )?RESULTS?|(?:PRINCIPAL )?FINDINGS|DATA SYNTHESIS",
    "conclusion": "CONCLUSIONS?|INTERPRETATION|SUMMARY",
}
_LABEL = re.compile(
    r"\s*(?:"
    + "|".join(f"(?P<{role}>{words})" for role, words in _LABELS.items())
    + r")\b(?: AND [A-Z]+)*(?::|\s+(?=[A-Z\d]))"
)
_WRITTEN_SMALL = re.compile(
    r"\s*(?:(?P<method>Objectives?|Purpose|Methods?|Design|Aims?)|(?P<result>Results?|Findings)"
    r"|(?P<conclusion>Conclusions?|Interpretation)|(?P<background>Background)):"
)
_DONE = (
    r"studied|examined|performed|assessed|investigated|calculated|measured|fitted|analy[sz]ed|used|conducted|collected"
    r"|compared|evaluated|tested|carried|aimed|sought|hypothesi[sz]ed|screened|assayed|describe|review|reviewed|present"
    r"|discuss|searched|included|report the results|enrolled|recruited|followed|randomi[sz]ed|estimated|tracked"
)
_METHOD = re.compile(
    rf"\b(?:we|the authors|this study|the (?:aim|objective|purpose)) (?:have |\w+ly )?(?:also |then |further |first "
    rf"|next |therefore |thus |here )?(?:{_DONE}|of this)\b"
    r"|^To [a-z]+ [^,]*, (?:using|and)\b"
    r"|\b(?:was|were|has been|have been) (?:\w+ly )?(?:measured|calculated|determined|performed|collected|assessed"
    r"|analy[sz]ed|recruited|enrolled|assigned|randomi[sz]ed|searched|selected|included|extracted|adjusted|evaluated"
    r"|offered|followed|invited|examined|tested|obtained|interviewed|calibrated|conducted|genotyped|masked|defined"
    r"|explored|treated with|used to|used as|asked to|given)\b"
    r"|\b(?:primary|secondary|main) (?:outcomes?|end ?points?)\b",
    re.IGNORECASE,
)
"""How work was done, which is not what came out of it."""
_UNKNOWN = re.compile(
    r"\b(?:is|are|remains?) (?:still )?(?:largely |poorly )?(?:unknown|unclear|uncertain|not known|understood)\b"
    r"|\b(?:has|have) not (?:yet )?been (?:assessed|evaluated|studied|established|determined)\b",
    re.IGNORECASE,
)
"""Why a study was made."""
_FOUND = re.compile(
    r"\b(?:we|the authors) (?:have |also |further |now |here |therefore )*(?:found|find|show|showed|observed?"
    r"|demonstrated?|reveal(?:ed)?|identified|detected|report|conclude|discovered)\b"
    r"|\band (?:found|showed|observed|detected)\b"
    r"|\b(?:results?|data|analys[ie]s|findings|study|studies|trials?|evidence) (?:\w+ )?(?:show(?:s|ed)?"
    r"|reveal(?:s|ed)?|demonstrate[sd]?|indicate[sd]?|suggest(?:s|ed)?|confirm(?:s|ed)?|support(?:s|ed)?)\b"
    r"|\b(?:is|are|was|were) (?:\w+ly |not )?(?:associated|linked|correlated|related)\b",
    re.IGNORECASE,
)
_CONCLUDES = re.compile(
    r"\b(?:in conclusion|in summary|taken together|overall,|we conclude|we propose|therefore|thus"
    r"|(?:findings|results|data|study|evidence)(?: \w+){0,3} (?:suggests?|indicates?|supports?|implicates?|provides?"
    r"|highlights?))\b",
    re.IGNORECASE,
)
_STATISTIC = re.compile(
    r"\d\s?%|\bper ?cent\b|\b[pP]\s?[<=>]|\bCI\b|\bconfidence interval\b|\b(?:odds|hazard|risk|rate) ratios?\b"
    r"|\brelative risks?\b|\b(?:RR|HR|OR)\b|\d\s?(?:vs\.?|versus|v|compared with|against)\s|\d[.·]\d|\bfold\b|\bper \d",
)
_COMPARES = re.compile(
    r"\b(?:increas|decreas|reduc|improv|prevent|lower|rais|enhanc|inhibit|impair|abolish|protect|induc|suppress|block"
    r"|promot|worsen|delay|slow)(?:e|es|ed|ing|s|er|tion)?\b|\b(?:higher|greater|more|fewer|less|better|worse|longer"
    r"|shorter|faster|larger|smaller|than|twice|no (?:difference|effect|benefit|evidence)|differ(?:s|ed)?)\b",
    re.IGNORECASE,
)
_RULES = re.compile(
    r"\b(?:at most|at least|up to|no more than|by default|defaults? to|only|never|cannot|must|may not|unless|until"
    r"|no longer|always|refuse[sd]?|exactly|every|nothing|nobody|none|without|not)\b",
    re.IGNORECASE,
)
"""How a program behaves and where it stops."""
_FIGURE = re.compile(r"\d")


def label_of(text: str) -> Role:
    """The role that a run-in label gives to what follows it, "" for none."""
    found = _LABEL.match(text) or _WRITTEN_SMALL.match(text)
    return next((role for role in _LABELS if found[role]), "") if found else ""


def strength(text: str) -> float:
    """How much a sentence looks like a finding or a rule, in 0..1: figures, comparisons, what was found, limits."""
    found = 0.5 * (_STATISTIC.search(text) is not None) + 0.25 * (_FIGURE.search(text) is not None)
    found += 0.25 * (_COMPARES.search(text) is not None) + 0.25 * (_FOUND.search(text) is not None)
    return min(1.0, found + 0.25 * (_RULES.search(text) is not None))


@lru_cache(maxsize=4_096)  # sections, introduction and conclusion read the same sentences
def role_of(text: str, labelled: Role) -> Role:
    """What a sentence does; `labelled` is what the label before it says, where there is one."""
    if labelled:
        return labelled
    if _FOUND.search(text) and (_STATISTIC.search(text) or not _METHOD.search(text)):
        return "conclusion" if _CONCLUDES.search(text) else "result"
    if _METHOD.search(text) or _UNKNOWN.search(text):
        return "method"
    return "conclusion" if _CONCLUDES.search(text) else ""


@lru_cache(maxsize=4_096)
def tells(text: str, role: Role) -> float:
    """How much a sentence says of what came out, in -1..1: -1 for how work was done and why."""
    if role == "method":
        return -1.0
    if role == "background":
        return 0.25 * strength(text)
    return max(strength(text), 0.75 if role == "conclusion" else 0.5 if role == "result" else 0.0)


def labels(passages: Sequence[Passage], outlines: Sequence[Sequence[str]]) -> list[list[Role]]:
    """For each text of each passage the role that the last label before it gives, over passages that follow upon each
    other in one document.
    """
    found: list[list[Role]] = [[] for _ in passages]
    order = sorted(range(len(passages)), key=lambda at: (passages[at].document_id, passages[at].start, at))
    before: Passage | None = None
    role: Role = ""
    for at in order:
        passage = passages[at]
        follows = before is not None and before.document_id == passage.document_id and before.end + 2 >= passage.start
        role = role if follows else ""
        for text in outlines[at]:
            role = label_of(text) or role
            found[at].append(role)
        before = passage
    return found
