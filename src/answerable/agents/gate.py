"""Every sentence passes here before it is in a report: its sources must say it, in a place that is stored.

A sentence that no source supports is cut. One that states nothing a source would have to say (no name, no number, no
claim of its own beyond words that the evidence has) may stay as the author's synthesis, marked so. A team's free text
is `own`: all of it that claims no source stays, marked as the author's.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from answerable.agents.evidence import Evidence
from answerable.agents.services import Checked
from answerable.core import facts
from answerable.core.documents import Passage
from answerable.core.report import Block, Bullets, Listing, Paragraph, Section, Sentence, Span
from answerable.core.sentences import split

_HEADING = re.compile(r"^#{1,6}\s+(?P<text>.+?)\s*#*$")
_ITEM = re.compile(r"^\s*(?:[-*•+]|(?P<number>\d{1,2})[.)])\s+")
_FENCE = re.compile(r"^\s*(?:```|~~~)")
_MARK = re.compile(r"\s*\[\d{1,3}(?:\s*[,;–-]\s*\d{1,3})*\]")
_OF_ITSELF = re.compile(r"(?:the sections of )?(?:this|the) (?:report|introduction|conclusion)\b", re.IGNORECASE)
_OF_A_REPORT = facts.read(
    "This report has one section, sections: it answers, covers, treats, looks at, begins with, ends with the question."
).stems
_LEAST_KNOWN = 0.8
_MOST_SPANS = 3


@dataclass(frozen=True, slots=True)
class Cut:
    """A sentence that did not pass, and why."""

    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class Passed:
    """What passed of a text: sections in their order (the first one is the section itself), and what was cut."""

    sections: tuple[Section, ...]
    cut: tuple[Cut, ...]


@dataclass(frozen=True, slots=True)
class Frame:
    """What a section may say of the report itself: the headings that there are."""

    headings: tuple[str, ...] = ()


Check = Callable[[str, Sequence[Passage]], Checked]


class Gate:
    """The gate of one section. Blocks the calling thread. Numbers of spans are 0 until the report is numbered."""

    def __init__(
        self, check: Check, evidence: Sequence[Evidence], frame: Frame | None = None, *, own: bool = False
    ) -> None:
        self._check = check
        self._frame = frame or Frame()
        self._own = own
        self._evidence = evidence
        self._passages = [one.passage for one in evidence]
        self._known = frozenset[str]().union(
            *(facts.read(f"{one.title} {' '.join(one.heading_path)} {one.text}").stems for one in self._passages)
        )
        self._cut: list[Cut] = []

    def read(self, id_: str, heading: str, text: str) -> Passed:
        """A written section with its subsections: `## ` lines begin one."""
        sections: list[Section] = []
        for at, (name, lines) in enumerate(_parts(text)):
            blocks = tuple(self._blocks(lines))
            if at == 0:
                sections.append(Section(id_, heading, 1, blocks))
            elif blocks:
                sections.append(Section(f"{id_}.{len(sections)}", name, 2, blocks))
        return Passed(tuple(sections), tuple(self._cut))

    def _blocks(self, lines: Sequence[str]) -> Iterator[Block]:
        for kind, text in _pieces(lines):
            if kind == "code":
                yield from self._listing(text)
            elif kind in ("item", "step"):
                items = [one for line in text.split("\n") for one in self._sentences(_ITEM.sub("", line), whole=True)]
                if items:
                    yield Bullets(tuple(items), numbered=kind == "step")
            else:
                sentences = tuple(self._sentences(text))
                stands = self._own or bool(self._frame.headings) or any(one.kind == "fact" for one in sentences)
                if sentences and stands:
                    yield Paragraph(sentences)
                else:
                    self._cut += [Cut(one.text, "alone") for one in sentences]

    def _listing(self, text: str) -> Iterator[Listing]:
        verdict = self._check(text, self._passages)
        body = text.strip().split("\n")
        if verdict.supported and len(body) > 2:
            yield _listing(body, tuple(self._spans(verdict)))
        elif self._own and len(body) > 1:
            yield _listing(body, ())
        else:
            self._cut.append(Cut(text, verdict.reason or "code"))

    def _sentences(self, text: str, *, whole: bool = False) -> Iterator[Sentence]:
        """The sentences of a piece that pass; an item of a list is one, where it passes as one."""
        if whole and (found := self._sentence(text)) is not None:
            yield found
            return
        pieces = [text[start:end] for start, end in split(text)]
        if whole and len(pieces) == 1:
            self._cut.append(Cut(_bare(text), self._why(text)))
            return
        for piece in pieces:
            if (found := self._sentence(piece)) is not None:
                yield found
            elif facts.words(piece):
                self._cut.append(Cut(_bare(piece), self._why(piece)))

    def _sentence(self, text: str) -> Sentence | None:
        if self._frame.headings and _OF_ITSELF.match(text):  # sources say nothing of this report
            return (
                Sentence(_bare(text), (), "synthesis") if self._is_about_the_report(facts.read(_bare(text))) else None
            )
        verdict = self._check(text, self._passages)
        shown = " ".join(verdict.text.split())
        if not verdict.supported or not shown:
            return Sentence(_bare(text), (), "synthesis") if self._is_harmless(text) else None
        spans = tuple(self._spans(verdict))
        return Sentence(shown, spans, "fact" if spans else "synthesis")

    def _why(self, text: str) -> str:
        return self._check(text, self._passages).reason or "unsupported"

    def _spans(self, verdict: Checked) -> Iterator[Span]:
        best = sorted(verdict.citations, key=lambda one: -one.support)[:_MOST_SPANS]
        for one in sorted(best, key=lambda one: one.number):
            yield Span(
                0,
                self._evidence[one.number - 1].id,
                one.document_id,
                one.version_id,
                one.start,
                one.end,
                one.quote,
                one.support,
                one.page,
            )

    def _is_harmless(self, text: str) -> bool:
        """Whether a sentence states nothing of its own: it cites nothing, names, counts, denies and ranks nothing, and
        nearly all of its words are the evidence's.
        """
        if _MARK.search(text):
            return False
        if self._own:
            return bool(facts.words(text))
        claim = facts.read(text)
        states = claim.numbers or claim.names or claim.denied or claim.force or claim.quantifiers
        strange = claim.content - self._known
        return bool(claim.content) and not states and len(strange) <= (1 - _LEAST_KNOWN) * len(claim.content)

    def _is_about_the_report(self, claim: facts.Facts) -> bool:
        """Whether a sentence only says which sections there are: their number, their headings, nothing else."""
        known = facts.read(" ".join(self._frame.headings)).stems | _OF_A_REPORT
        counted = {str(len(self._frame.headings))}
        return claim.content - set(claim.numbers) <= known and set(claim.numbers) <= counted | known


def _listing(fenced: Sequence[str], spans: tuple[Span, ...]) -> Listing:
    return Listing("\n".join(fenced[1:-1]), fenced[0].strip().strip("`~").strip(), spans)


def _bare(text: str) -> str:
    return " ".join(_MARK.sub("", text).split())


def _parts(text: str) -> Iterator[tuple[str, list[str]]]:
    """What stands before the first subheading, then each subheading with what is below it."""
    name, lines, fenced = "", list[str](), False
    for line in text.split("\n"):
        fenced ^= bool(_FENCE.match(line))
        if not fenced and (found := _HEADING.match(line.strip())):
            yield name, lines
            name, lines = found["text"].strip(), []
        else:
            lines.append(line)
    yield name, lines


def _pieces(lines: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Paragraphs, lists and blocks of code: ("text" | "item" | "step" | "code", their lines)."""
    kind, held, fenced = "", list[str](), False
    for line in lines:
        if _FENCE.match(line):
            if fenced:
                yield "code", "\n".join([*held, line])
                kind, held = "", []
            else:
                if held:
                    yield kind, "\n".join(held)
                kind, held = "code", [line]
            fenced = not fenced
            continue
        item = None if fenced else _ITEM.match(line)
        new = "code" if fenced else ("step" if item and item["number"] else "item" if item else "text")
        goes_on = new == "text" and kind in ("item", "step") and line.startswith((" ", "\t"))
        if not fenced and (not line.strip() or (new != kind and not goes_on)):
            if held:
                yield kind, "\n".join(held)
            held = []
        if line.strip() or fenced:
            held = [*held[:-1], f"{held[-1]} {line.strip()}"] if goes_on and held else [*held, line]
            kind = kind if goes_on else new
    if held:
        yield kind if kind != "code" else "text", "\n".join(held)
