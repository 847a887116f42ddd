"""A draft: one section of the report as it was written last, with its evidence and what the gate cut."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from answerable.agents.desk import Desk
from answerable.core import research_tasks
from answerable.core.report import Bullets, Chart, Grid, Listing, Paragraph, Section, Sentence, Span
from answerable.core.report_json import section_from_json, section_to_json

INTRODUCTION, CONCLUSION = "intro", "end"


@dataclass(frozen=True, slots=True)
class Draft:
    """`sections` are the section and its subsections; `evidence` are ids in the order of the markers [1], [2] ...;
    `cut` are (sentence, reason); `missing` says why there is nothing.
    """

    id: str
    heading: str
    question: str
    evidence: tuple[str, ...]
    sections: tuple[Section, ...] = ()
    cut: tuple[tuple[str, str], ...] = ()
    missing: str = ""
    parts: tuple[Mapping[str, Any], ...] = field(default=())

    @property
    def sentences(self) -> tuple[Sentence, ...]:
        """All of it, in order."""
        return tuple(sentence for section in self.sections for sentence in sentences_of(section))

    def for_task(self) -> research_tasks.Draft:
        """As a model reads it: a line a sentence with its markers, `- ` or `1. ` before the items of a list, code
        between fences; subheadings stand as `## ` lines of their own.
        """
        return research_tasks.Draft(self.id, self.heading, tuple(self._lines()))

    def _lines(self) -> Iterator[str]:
        for section in self.sections:
            if section.level > 1:
                yield f"## {section.heading}"
            for block in section.blocks:
                match block:
                    case Bullets(items, numbered):
                        for at, item in enumerate(items, start=1):
                            yield f"{at}. {self._marked(item)}" if numbered else f"- {self._marked(item)}"
                    case Listing(text, language, spans):
                        yield f"```{language}\n{text}\n```{self._marks(spans)}"
                    case Paragraph(sentences):
                        yield from map(self._marked, sentences)
                    case Grid() | Chart():
                        pass

    def _marked(self, sentence: Sentence) -> str:
        return sentence.text + self._marks(sentence.spans)

    def _marks(self, spans: Sequence[Span]) -> str:
        number = {id_: at for at, id_ in enumerate(self.evidence, start=1)}
        ids = dict.fromkeys(span.evidence for span in spans)
        return "".join(f" [{number[id_]}]" for id_ in ids if id_ in number)

    def to_json(self) -> dict[str, Any]:
        """As it is stored."""
        return {
            "id": self.id,
            "heading": self.heading,
            "question": self.question,
            "evidence": list(self.evidence),
            "sections": [section_to_json(one) for one in self.sections],
            "cut": [list(one) for one in self.cut],
            "missing": self.missing,
            "parts": list(self.parts),
        }


def from_json(data: Mapping[str, Any]) -> Draft:
    """What `to_json` wrote."""
    return Draft(
        data["id"],
        data["heading"],
        data["question"],
        tuple(data["evidence"]),
        tuple(section_from_json(one) for one in data["sections"]),
        tuple((text, reason) for text, reason in data["cut"]),
        data["missing"],
        tuple(data["parts"]),
    )


def sentences_of(section: Section) -> Iterator[Sentence]:
    """The sentences of one section, without those of its subsections."""
    for block in section.blocks:
        match block:
            case Paragraph(sentences):
                yield from sentences
            case Bullets(items):
                yield from items
            case Grid(rows=rows):
                yield from (cell for row in rows for cell in row if cell.spans)
            case Listing() | Chart():
                pass


async def load(desk: Desk, sections: Mapping[str, str], order: Sequence[str]) -> list[Draft]:
    """The newest drafts in the order of the report, those that there are."""
    there = [id_ for id_ in order if id_ in sections]
    return [from_json(body) for body in await desk.get_all([sections[id_] for id_ in there])]


def order_of(outline: Mapping[str, Any]) -> list[str]:
    """The ids of a report's sections as they stand in it."""
    return [INTRODUCTION, *(one["id"] for one in outline["sections"]), CONCLUSION]


def absent(draft: Draft, why: str) -> Draft:
    """The same without its text."""
    return replace(draft, sections=(), missing=why)
