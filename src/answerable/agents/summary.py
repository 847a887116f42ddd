"""The main findings of a report: of each section what a reader in a hurry should know."""

from collections.abc import Mapping, Sequence
from typing import Any

from answerable.agents.desk import Desk
from answerable.agents.drafts import sentences_of
from answerable.core.discourse import role_of, tells
from answerable.core.report import Section, Sentence

_MOST_FINDINGS = 5
_SHORTEST, _LONGEST = 6, 45
_TELLS = 0.15
"""What it counts, beside the fit to the topic in 0..1, that a sentence says what came out."""


def main_findings(
    desk: Desk, topic: str, outline: Mapping[str, Any], sections: Sequence[Section]
) -> tuple[Sentence, ...]:
    """Of each main section the sentence that fits the topic best, results before how they came about."""
    found: list[Sentence] = []
    for planned in outline["sections"]:
        telling = [
            one
            for section in sections
            if section.id.partition(".")[0] == planned["id"]
            for one in sentences_of(section)
            if one.spans and _SHORTEST <= len(one.text.split()) <= _LONGEST and not one.text.rstrip().endswith(":")
        ]
        if telling:
            fits = desk.relevance.of_texts(topic, [one.text for one in telling])
            worth = [
                round(fit + _TELLS * tells(one.text, role_of(one.text, "")), 4)
                for one, fit in zip(telling, fits, strict=True)
            ]
            found.append(telling[max(range(len(telling)), key=lambda at: (worth[at], -at))])
    return tuple({one.text: one for one in found}.values())[:_MOST_FINDINGS]
