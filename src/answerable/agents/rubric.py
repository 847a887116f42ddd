"""The critique in numbers: six measures in 0..1, computed from drafts and evidence, higher is better."""

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date

from answerable.agents.drafts import CONCLUSION, INTRODUCTION, Draft
from answerable.agents.evidence import Evidence, Relevance, mean_of_best
from answerable.core.report import Sentence

MEASURES = ("support", "coverage", "structure", "balance", "freshness", "repetition")
_ENOUGH_SOURCES = 5
_LEAST_SECTIONS, _STUB, _MOST_SHARE = 3, 3, 0.5
_FRESH_DAYS = 3 * 365
_SAME_WORDS = 0.75
_ANSWERS = 0.45
"""The mean fit of the sentences that answer a question."""
_WORD = re.compile(r"\w+")


def measure(drafts: Sequence[Draft], evidence: Mapping[str, Evidence], answered: Sequence[bool]) -> dict[str, float]:
    """The measures by name. `answered` says of each planned question whether the text answers it (see `answers`).

    - support: of the sentences that were written, the share that passed the gate.
    - coverage: of the planned questions the share that cited sentences answer.
    - structure: the share of what a report should have: introduction, conclusion, three sections, none that is a stub,
      none that is most of it.
    - balance: how evenly the sources are cited, as their effective number (the exponential of Shannon's entropy of the
      shares) over five, or over as many as there are.
    - freshness: of the cited passages with a date, the share from within three years of the newest one that was found.
    - repetition: 1 less the share of sentences that say again what one before them said.
    """
    sentences = [one for draft in drafts for one in draft.sentences]
    cited = [span.evidence for one in sentences for span in one.spans]
    values = (
        _support(drafts),
        sum(answered) / len(answered) if answered else 1.0,
        _structure(drafts),
        _balance(cited, evidence),
        _freshness(cited, evidence),
        1 - len(repeated(sentences)) / len(sentences) if sentences else 0.0,
    )
    return {name: round(value, 3) for name, value in zip(MEASURES, values, strict=True)}


def answers(questions: Sequence[str], drafts: Sequence[Draft], relevance: Relevance) -> list[bool]:
    """For each question whether sentences with a source answer it: the best of them together, since one that happens to
    have its words does not. Blocks the calling thread.
    """
    told = [one.text for draft in drafts for one in draft.sentences if one.spans]
    return [mean_of_best(relevance.of_texts(question, told)) >= _ANSWERS for question in questions]


def repeated(sentences: Sequence[Sentence]) -> list[int]:
    """Places of sentences that have three quarters of their words in common with one before them."""
    seen: list[frozenset[str]] = []
    found: list[int] = []
    for at, one in enumerate(sentences):
        words = frozenset(_WORD.findall(one.text.lower()))
        if words and any(len(words & other) >= _SAME_WORDS * len(words | other) for other in seen):
            found.append(at)
        seen.append(words)
    return found


def _support(drafts: Sequence[Draft]) -> float:
    kept = sum(len(draft.sentences) for draft in drafts)
    written = kept + sum(len(draft.cut) for draft in drafts)
    return kept / written if written else 0.0


def _structure(drafts: Sequence[Draft]) -> float:
    written = [draft for draft in drafts if draft.sentences]
    sizes = {draft.id: len(draft.sentences) for draft in written}
    body = [size for id_, size in sizes.items() if id_ not in (INTRODUCTION, CONCLUSION)]
    checks = (
        INTRODUCTION in sizes,
        CONCLUSION in sizes,
        len(body) >= _LEAST_SECTIONS,
        bool(body) and min(body) >= _STUB,
        bool(body) and (len(body) == 1 or max(body) <= _MOST_SHARE * sum(body)),
    )
    return sum(checks) / len(checks)


def _balance(cited: Sequence[str], evidence: Mapping[str, Evidence]) -> float:
    shares = Counter(evidence[id_].document for id_ in cited if id_ in evidence)
    total = sum(shares.values())
    if not total:
        return 0.0
    entropy = -sum(count / total * math.log(count / total) for count in shares.values())
    there = len({one.document for one in evidence.values()})
    return min(1.0, math.exp(entropy) / min(_ENOUGH_SOURCES, max(there, 1)))


def _freshness(cited: Sequence[str], evidence: Mapping[str, Evidence]) -> float:
    days = {id_: day for id_, one in evidence.items() if (day := _day(one.date)) is not None}
    dated = [days[id_] for id_ in cited if id_ in days]
    if not dated:
        return 1.0
    newest = max(days.values())
    return sum(1 for day in dated if (newest - day).days <= _FRESH_DAYS) / len(dated)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None
