"""Exact counts over a text: what a model that sees tokens cannot count."""

from collections import Counter
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from answerable.agents.tools.base.services import Services
from answerable.agents.tools.base.tool import Tool, ToolConfig

_COMMON = 10


@dataclass(frozen=True, slots=True)
class Config(ToolConfig):
    """No settings of its own."""

    timeout_s: float = 5.0


def build(config: Config, services: Services) -> Tool:  # noqa: ARG001
    """The counter."""

    async def text_statistics(
        text: Annotated[str, Field(max_length=40_000, description="The text to count in")],
        find: Annotated[str, Field(max_length=200, description="A letter, word or phrase to count as well")] = "",
        match_case: Annotated[bool, Field(description="Whether upper and lower case differ")] = False,
    ) -> str:
        """Count characters, letters, words, lines and paragraphs of a text, and how often something occurs.

        Also gives the text reversed when it is short, and the most frequent words. Use it whenever a question is about
        letters or counts.
        """
        words = [word for raw in text.split() if (word := raw.strip(".,;:!?()[]{}\"'«»„“”‘’…"))]
        lines = [
            f"characters: {len(text):,} (without white space: {sum(not c.isspace() for c in text):,})",
            f"letters: {sum(c.isalpha() for c in text):,}; digits: {sum(c.isdigit() for c in text):,}",
            f"words: {len(words):,}; lines: {len(text.splitlines()):,}; paragraphs: {_paragraphs(text):,}",
        ]
        if find:
            here, wanted = (text, find) if match_case else (text.casefold(), find.casefold())
            lines.append(f"'{find}' occurs {here.count(wanted):,} times")
        if len(words) > 1:
            common = Counter(word.casefold() for word in words).most_common(_COMMON)
            lines.append("most frequent words: " + ", ".join(f"{word[:50]} {count:,}" for word, count in common))
        if len(text) <= 100:
            lines.append(f"reversed: {text[::-1]}")
        return "\n".join(lines)

    return Tool("text_statistics", text_statistics, config)


def _paragraphs(text: str) -> int:
    """Runs of lines that are not blank."""
    blank = [not line.strip() for line in text.splitlines()]
    return sum(before and not here for before, here in zip([True, *blank], blank, strict=False))
