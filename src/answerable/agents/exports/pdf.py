"""PDF: A4 with contents, bookmarks and links. Set by hand on fpdf2, in fonts of the package; nothing is fetched."""

from collections.abc import Sequence

from fpdf import FPDF

from answerable.agents.exports._pdf_pages import (
    LEFT,
    PAGE_HEIGHT,
    PAGE_WIDTH,
    WIDTH,
    Fill,
    Laid,
    Painter,
    Strip,
    laid_on_pages,
    places,
)  # fmt: skip
from answerable.agents.exports._pdf_parts import ACCENT, INK, MUTED, RULE, Setter
from answerable.agents.exports._pdf_type import MISSING, Glyphs, Style, Type
from answerable.agents.exports.base.parts import Document, Heading, document_of
from answerable.agents.exports.base.renderer import Renderer
from answerable.agents.exports.base.text import day_of
from answerable.core.report import Report

_TITLE = Style("bold", 25, INK)
_TOPIC = Style("regular", 12.5, INK)
_BYLINE = Style("regular", 9.5, MUTED)
_CONTENTS = Style("bold", 10, MUTED)
_FOOT = Style("regular", 8, MUTED)
_MISSING = (
    "{count} characters of this report are of scripts or signs that this PDF cannot show: {sign} stands for each. "
    "The report as HTML, Word or Markdown has them."
)
_LONG = 8
"""A report with more headings than this has a page of contents; a short one begins below its contents."""


def build() -> Renderer:
    """The renderer of PDF."""
    return PdfRenderer()


class PdfRenderer:
    """Writes PDF 1.4 or newer; each font is embedded with the characters that the report uses."""

    media_type = "application/pdf"
    suffix = ".pdf"

    def render(self, report: Report) -> bytes:
        """The report as a PDF."""
        document = document_of(report)
        pdf = FPDF(unit="pt", format="A4")
        pdf.set_auto_page_break(False)
        pdf.set_margin(0)
        pdf.set_title(document.title)
        pdf.set_subject(document.topic or document.title)
        pdf.set_author(report.written_by or "Answerable")
        pdf.set_creator("Answerable")
        pdf.set_lang("en")
        pdf.set_creation_date(day_of(report.date))
        face = Type(pdf)
        try:
            _Press(pdf, document, face).print()
            return bytes(pdf.output())
        finally:
            face.close()


class _Press:
    def __init__(self, pdf: FPDF, document: Document, face: Type) -> None:
        self._pdf = pdf
        self._document = document
        self._type = face
        self._setter = Setter(face)

    def print(self) -> None:
        """Lay everything twice: the contents need page numbers that only laying tells, and take the same room then."""
        title, body = self._title(), self._body()
        pages = laid_on_pages([*title, *self._contents({}), *body])
        pages = laid_on_pages([*title, *self._contents(places(pages)), *body])
        painter = Painter(self._pdf, places(pages))
        for number, page in enumerate(pages, 1):
            painter.page(page, self._foot(number, pages))

    def _title(self) -> list[Strip]:
        setter, document = self._setter, self._document
        strips = [Strip(3, [Fill(0, 0, 48, 3, ACCENT)], before=0), Strip(18)]
        strips += setter.paragraph([(document.title, _TITLE)], leading=33)
        if document.topic:
            strips += setter.paragraph([(document.topic, _TOPIC)], leading=19, before=10)
        if document.byline:
            strips += setter.paragraph([(" · ".join(document.byline), _BYLINE)], leading=14, before=10)
        missing = self._type.cannot_show(document.texts())
        if missing:
            note = _MISSING.format(count=missing, sign=MISSING)
            strips += setter.paragraph([(note, _BYLINE)], leading=14, before=10)
        return [*strips, Strip(1, [Fill(0, 0, WIDTH, 0.6, RULE)], before=20)]

    def _contents(self, known: dict[str, tuple[int, float]]) -> list[Strip]:
        headings = self._document.headings
        if not headings:
            return []
        strips = self._setter.paragraph([("Contents", _CONTENTS)], leading=16, before=20, keep=True)
        for heading in headings:
            strips += self._entry(heading, str(known[heading.anchor][0]) if heading.anchor in known else "")
        return strips

    def _entry(self, heading: Heading, number: str) -> list[Strip]:
        indent, colour = (0.0, INK) if heading.level == 1 else (16.0, MUTED)
        style = Style("regular", 10, colour, link=f"#{heading.anchor}")
        strips = self._setter.paragraph(
            [(heading.text, style)],
            leading=15.5,
            before=3 if heading.level == 1 else 0,
            indent=indent,
            width=WIDTH - indent - 40,
        )
        right = WIDTH - self._type.width(number, style)
        baseline = strips[-1].ops[0].y if strips[-1].ops else 0.0
        strips[-1].ops.append(Glyphs(right, baseline, style.face, style, number, WIDTH - right))
        return strips

    def _body(self) -> list[Strip]:
        strips: list[Strip] = []
        for part in self._document.parts:
            strips += self._setter.part(part)
        if strips:
            strips[0].fresh = len(self._document.headings) > _LONG
        return strips

    def _foot(self, number: int, pages: Sequence[Sequence[Laid]]) -> list[Glyphs | Fill]:
        y = PAGE_HEIGHT - 44
        count = f"{number} / {len(pages)}"
        right = PAGE_WIDTH - LEFT - self._type.width(count, _FOOT)
        margin: list[Glyphs | Fill] = [Glyphs(right, y, "regular", _FOOT, count, 0.0)]
        if number > 1:
            line = self._type.lines([(self._document.title, _FOOT)], WIDTH - 80)
            for piece in line[0].pieces:
                piece.x, piece.y = piece.x + LEFT, y
            margin += [*line[0].pieces, Fill(LEFT, y - 16, WIDTH, 0.5, RULE)]
        return margin
