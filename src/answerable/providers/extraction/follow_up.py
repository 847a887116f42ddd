"""Follow-up questions without a model: whether a question leans on the conversation, and the topic it takes from it."""

import re
from collections.abc import Sequence

from answerable.core import facts
from answerable.core.messages import Message
from answerable.core.tasks import RewriteQuery

_OPENER = re.compile(r"\W*(?:and|but|or|so|then|also|ok(?:ay)?|well|now)\b[\s,]*", re.IGNORECASE)
_ABOUT = re.compile(r"\W*(?:what|how) about\b|\W*(?:why|how so|how come|really|since when)\W*$", re.IGNORECASE)
_ANAPHOR = re.compile(
    r"\b(?:its?|they|them|their|theirs|he|him|his|she|hers?|(?:this|that|these|those)(?=\s*(?:[?.!,;]|$|one\b|ones\b|is\b"
    r"|are\b|was\b|does\b|do\b|work|mean|cost|take|happen|again\b|instead\b|too\b|for\b|with\b|on\b|in\b"
    r"|later\b|safe\b|possible\b|free\b|normal\b|enough\b|right\b|correct\b|necessary\b|allowed\b|now\b|first\b|to\b))"
    r"|the (?:other|others|same|former|latter|first|second|next|last)(?: ones?)?(?=\s*(?:[?.!,;]|$|is\b|are\b|work|do))"
    r"|(?:which|another|the other|the same|an older|a newer) one)\b",
    re.IGNORECASE,
)
_DUMMY = re.compile(
    r"\b(?:is|was|would|does) it (?:possible|necessary|allowed|safe|ok|okay|required|true|matter)\b", re.IGNORECASE
)
_JOINT = re.compile(r"\b(?:and|when|if|after|before|while|because|so|once|until|that|which|or)\b|,", re.IGNORECASE)
_ASKS = re.compile(
    r"\W*(?:how|what|which|who|whom|whose|when|where|why|is|are|was|were|do|does|did|can|could|will|would|should|may|must"
    r"|has|have|tell|show|explain|list|give|describe|find)\b",
    re.IGNORECASE,
)
_FRAGMENT_WORDS = 4
_MOST_CONTENT = 8
_SALIENT_TERMS = 8
_LOOK_BACK = 3


def rewrite(task: RewriteQuery) -> str:
    """The question with the topic of the questions before it when it leans on them; else unchanged."""
    earlier = [message for message in task.history if message.role == "user" and message.text.strip()]
    if not earlier or not leans(task.question):
        return task.question
    have = facts.read(task.question).stems
    terms = [term for term in _topic(earlier) if facts.stem(term) not in have]
    joined = " ".join(dict.fromkeys(terms[:_SALIENT_TERMS]))
    return f"{task.question.strip()} ({joined})" if joined else task.question


def leans(question: str) -> bool:
    """Whether a question cannot be understood alone: a fragment, or a pronoun that nothing in it explains."""
    opener = _OPENER.match(question)
    body = question[opener.end() :] if opener else question
    if _ABOUT.match(body):
        return True
    read = facts.read(body)
    if not read.content and not read.numbers:
        return True
    if len(read.tokens) <= _FRAGMENT_WORDS and not _ASKS.match(body):
        return True
    if len(read.content) > _MOST_CONTENT or (_DUMMY.search(body) and len(read.content) > 1):
        return False
    found = _ANAPHOR.search(body)
    return found is not None and not _is_explained(body[: found.start()])


def _is_explained(before: str) -> bool:
    """Whether a clause of the question itself, before the pronoun, names what it may stand for."""
    joints = list(_JOINT.finditer(before))
    return bool(joints) and len(facts.read(before[: joints[-1].start()]).content) > 1


def _topic(earlier: Sequence[Message]) -> list[str]:
    """The words of weight of the last question that stands alone, then of those that followed it."""
    start = len(earlier) - 1
    while start > 0 and len(earlier) - start < _LOOK_BACK and leans(earlier[start].text):
        start -= 1
    said = [word for message in earlier[start:] for word in facts.words(message.text)]
    return [word for word in said if word.lower() not in facts.STOP_WORDS]
