"""Pages of the PDF: strips of lines are laid on A4 pages from top to bottom, then drawn.

A strip is the smallest thing that a page break leaves whole. `keep` binds it to the next one, so that no heading ends a
page and no paragraph leaves a single line behind. All lengths are points; `y` grows downwards.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from fpdf import FPDF
from fpdf.enums import TextMode

from answerable.agents.exports._pdf_type import Colour, Glyphs

PAGE_WIDTH, PAGE_HEIGHT = 595.28, 841.89
LEFT, TOP, BOTTOM = 80.0, 72.0, 84.0
WIDTH = PAGE_WIDTH - 2 * LEFT
HEIGHT = PAGE_HEIGHT - TOP - BOTTOM


@dataclass(frozen=True, slots=True)
class Fill:
    """A filled rectangle; rules are thin ones."""

    x: float
    y: float
    width: float
    height: float
    colour: Colour


@dataclass(slots=True)
class Strip:
    """`ops` lie relative to its upper left corner. `before` is the blank above, none at the top of a page.

    `head` is laid again where the strip opens a page. `bookmark` is a title and its level from 0.
    """

    height: float
    ops: list[Glyphs | Fill] = field(default_factory=list)
    before: float = 0.0
    keep: bool = False
    head: Sequence["Strip"] = ()
    anchor: str = ""
    bookmark: tuple[str, int] | None = None
    fresh: bool = False


@dataclass(frozen=True, slots=True)
class Laid:
    """A strip and the place of its upper edge on the page."""

    y: float
    strip: Strip


def laid_on_pages(strips: Sequence[Strip]) -> list[list[Laid]]:
    """Strips on pages, in order; one page at least."""
    pages: list[list[Laid]] = [[]]
    y = TOP
    for chunk in _chunks(strips):
        height = sum(strip.before + strip.height for strip in chunk)
        if pages[-1] and (chunk[0].fresh or (y + height > TOP + HEIGHT and _fits(chunk))):
            pages.append([])
        for strip in chunk:
            if pages[-1] and y + strip.before + strip.height > TOP + HEIGHT:
                pages.append([])
            if not pages[-1]:
                y = TOP
                for again in strip.head:
                    pages[-1].append(Laid(y, again))
                    y += again.height
            else:
                y += strip.before
            pages[-1].append(Laid(y, strip))
            y += strip.height
    return pages


def _chunks(strips: Sequence[Strip]) -> Iterator[list[Strip]]:
    chunk: list[Strip] = []
    for strip in strips:
        chunk.append(strip)
        if not strip.keep:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _fits(chunk: Sequence[Strip]) -> bool:
    """Whether a page of its own holds the chunk; what is longer begins where it stands."""
    return sum(strip.before + strip.height for strip in [*chunk[0].head, *chunk]) <= HEIGHT


def places(pages: Sequence[Sequence[Laid]]) -> dict[str, tuple[int, float]]:
    """Page number from 1 and height of each anchor."""
    return {
        one.strip.anchor: (number, one.y) for number, page in enumerate(pages, 1) for one in page if one.strip.anchor
    }


class Painter:
    """Draws laid pages into a PDF."""

    def __init__(self, pdf: FPDF, targets: dict[str, tuple[int, float]]) -> None:
        self._pdf = pdf
        self._links = {f"#{name}": pdf.add_link(y=max(0.0, y - 12), page=page) for name, (page, y) in targets.items()}

    def page(self, page: Sequence[Laid], margin: Sequence[Glyphs | Fill]) -> None:
        """Draw one page and what stands in its margin; `margin` lies relative to the page."""
        self._pdf.add_page()
        for one in page:
            if one.strip.bookmark is not None:
                name, level = one.strip.bookmark
                self._pdf.set_y(max(0.0, one.y - 12))
                self._pdf.start_section(name, level, strict=False)
            for op in one.strip.ops:
                self._draw(op, LEFT, one.y)
        for op in margin:
            self._draw(op, 0.0, 0.0)

    def _draw(self, op: Glyphs | Fill, x: float, y: float) -> None:
        if isinstance(op, Fill):
            self._pdf.set_fill_color(*op.colour)
            self._pdf.rect(x + op.x, y + op.y, op.width, op.height, style="F")
            return
        style = op.style
        self._pdf.set_font(op.font, "", style.size)
        self._pdf.set_text_color(*style.colour)
        left, base = x + op.x, y + op.y - style.rise
        if style.face == "bold" and op.font != "bold":
            with self._pdf.local_context(
                text_mode=TextMode.FILL_STROKE, line_width=style.size / 45, draw_color=style.colour
            ):
                self._pdf.text(left, base, op.text)
        else:
            self._pdf.text(left, base, op.text)
        target = self._links.get(style.link) if style.link.startswith("#") else style.link
        if target:
            self._pdf.link(left, base - style.size * 0.9, op.width, style.size * 1.2, target)
