"""Word: real headings, lists and tables; citations are links to bookmarks at the references; bars are shaded lines."""

from collections.abc import Iterable, Iterator
from html import escape

from answerable.agents.exports._docx_package import ACCENT, PALE, RULE, list_id, packed
from answerable.agents.exports.base.parts import (
    OWN,
    OWN_WORDS,
    Beam,
    Cite,
    Code,
    Document,
    Figure,
    Heading,
    Items,
    Part,
    Prose,
    Remark,
    Source,
    Table,
    Words,
    document_of,
)
from answerable.agents.exports.base.renderer import Renderer
from answerable.agents.exports.base.text import begins_right_to_left, clean, day_of
from answerable.core.report import Report

_WIDTH = 9026  # what A4 leaves between margins of an inch, in twentieths of a point
_BAR = 3800
_BULLETS = 1
_BETWEEN = '<w:p><w:pPr><w:spacing w:after="0" w:line="160" w:lineRule="exact"/></w:pPr></w:p>'


def build() -> Renderer:
    """The renderer of Word documents."""
    return DocxRenderer()


class DocxRenderer:
    """Writes Office Open XML (ECMA-376, Transitional), as Word and LibreOffice read it."""

    media_type = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    suffix = ".docx"

    def render(self, report: Report) -> bytes:
        """The report as a Word document."""
        document = document_of(report)
        writer = _Writer()
        body = "".join(writer.body(document))
        return packed(
            body=body,
            title=document.title,
            author=clean(report.written_by) or "Answerable",
            day=day_of(report.date).date().isoformat(),
            links=writer.links,
            numbered=writer.numbered,
        )


class _Writer:
    def __init__(self) -> None:
        self.links: list[str] = []
        self.numbered = 0
        self._marks = 0

    def body(self, document: Document) -> Iterator[str]:
        """The document's blocks."""
        yield _paragraph("Title", _run(document.title), document.title)
        if document.topic:
            yield _paragraph("Subtitle", _run(document.topic), document.topic)
        yield _paragraph("Byline", _run(" · ".join(document.byline)))
        yield from self._contents(document)
        for part in document.parts:
            yield self._part(part)

    def _contents(self, document: Document) -> Iterator[str]:
        """A field that Word can renew; until then the entries that it would find."""
        if not document.headings:
            return
        begin = (
            _field("begin")
            + '<w:r><w:instrText xml:space="preserve"> TOC \\o "1-2" \\n \\h </w:instrText></w:r>'
            + _field("separate")
        )
        yield _paragraph("ContentsHeading", _run("Contents"))
        for i, heading in enumerate(document.headings):
            entry = _inside(heading.anchor, _run(heading.text))
            yield _paragraph(f"TOC{heading.level}", (begin if i == 0 else "") + entry, heading.text)
        yield _paragraph("TOC1", _field("end"))

    def _part(self, part: Part) -> str:
        match part:
            case Heading():
                return _paragraph(f"Heading{part.level}", self._marked(part.anchor, _run(part.text)), part.text)
            case Prose():
                runs = _run(" ").join(map(_words, part.sentences))
                return _paragraph("", runs, part.sentences[0].text if part.sentences else "")
            case Remark():
                text = _run(part.text)
                return _paragraph("Remark", self._marked(part.anchor, text) if part.anchor else text, part.text)
            case Items():
                return self._items(part)
            case Code():
                return self._code(part)
            case Table():
                return self._table(part)
            case Figure():
                return self._figure(part)
            case Source():
                return self._source(part)

    def _items(self, items: Items) -> str:
        key = list_id(self.numbered) if items.numbered else _BULLETS
        self.numbered += items.numbered
        numbering = f'<w:numPr><w:ilvl w:val="0"/><w:numId w:val="{key}"/></w:numPr>'
        return "".join(_paragraph("ListParagraph", _words(one), one.text, numbering) for one in items.items)

    def _code(self, code: Code) -> str:
        lines = "<w:r><w:br/></w:r>".join(map(_run, code.lines))
        return _paragraph("Code", lines) + (_paragraph("", _cites(code.cites)) if code.cites else "")

    def _table(self, table: Table) -> str:
        widths = _widths(table)
        head = "".join(_cell(width, _run(text, "<w:b/>"), text) for width, text in zip(widths, table.head, strict=True))
        rows = [f"<w:tr><w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>{head}</w:tr>"]
        for row in table.rows:
            cells = (_cell(width, _words(one), one.text) for width, one in zip(widths, row, strict=True))
            rows.append(f"<w:tr><w:trPr><w:cantSplit/></w:trPr>{''.join(cells)}</w:tr>")
        line = f'w:val="single" w:sz="4" w:space="0" w:color="{RULE}"'
        strong = 'w:val="single" w:sz="6" w:space="0" w:color="8C8C86"'
        borders = f"<w:top {strong}/><w:bottom {line}/><w:insideH {line}/>"
        return _caption(table) + _grid(widths, rows, f"<w:tblBorders>{borders}</w:tblBorders>")

    def _figure(self, figure: Figure) -> str:
        widths = [3100, _BAR, _WIDTH - 3100 - _BAR]
        rows = []
        for beam in figure.beams:
            cells = _cell(widths[0], _run(beam.label), beam.label)
            place = f'<w:tcPr><w:tcW w:w="{_BAR}" w:type="dxa"/><w:vAlign w:val="center"/></w:tcPr>'
            cells += f"<w:tc>{place}{_bar(beam)}</w:tc>"
            cells += _cell(widths[2], _run(beam.value) + _cites(beam.cites))
            rows.append(f"<w:tr><w:trPr><w:cantSplit/></w:trPr>{cells}</w:tr>")
        return _caption(figure) + (_grid(widths, rows, "") if rows else "")  # Word refuses a table without rows

    def _source(self, source: Source) -> str:
        number = self._marked(f"r{source.number}", _run(f"[{source.number}]")) + "<w:r><w:tab/></w:r>"
        title = self._outside(source.link, source.title) if source.link else _run(source.title)
        particulars = "".join(f" · {one}" for one in (*source.particulars, source.address) if one)
        quotes = (
            _paragraph("Passage", _run(f"“{one.text}”" + (f" ({one.page})" if one.page else "")), one.text)
            for one in source.quotes
        )
        return _paragraph("Reference", number + title + _run(particulars, style="Quiet")) + "".join(quotes)

    def _marked(self, anchor: str, runs: str) -> str:
        """Runs that a link can lead to."""
        self._marks += 1
        return f'<w:bookmarkStart w:id="{self._marks}" w:name="{anchor}"/>{runs}<w:bookmarkEnd w:id="{self._marks}"/>'

    def _outside(self, link: str, text: str) -> str:
        self.links.append(link)
        return f'<w:hyperlink r:id="rId{9 + len(self.links)}">{_run(text, style="Hyperlink")}</w:hyperlink>'


def _run(text: str, properties: str = "", style: str = "") -> str:
    named = f'<w:rStyle w:val="{style}"/>' if style else ""
    turned = "<w:rtl/>" if begins_right_to_left(text) else ""
    inside = f"<w:rPr>{named}{properties}{turned}</w:rPr>" if named or properties or turned else ""
    return f'<w:r>{inside}<w:t xml:space="preserve">{escape(text)}</w:t></w:r>' if text else ""


def _paragraph(style: str, runs: str, text: str = "", properties: str = "") -> str:
    """`text` is what its direction is told by."""
    named = f'<w:pStyle w:val="{style}"/>' if style else ""
    turned = "<w:bidi/>" if begins_right_to_left(text) else ""
    return f"<w:p><w:pPr>{named}{properties}{turned}</w:pPr>{runs}</w:p>"


def _field(kind: str) -> str:
    return f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>'


def _inside(anchor: str, runs: str, tip: str = "") -> str:
    hint = f' w:tooltip="{escape(tip)}"' if tip else ""
    return f'<w:hyperlink w:anchor="{anchor}"{hint}>{runs}</w:hyperlink>'


def _cites(cites: Iterable[Cite]) -> str:
    found = ((cite, _run(f"[{cite.number}]", style="Citation")) for cite in cites)
    return "".join(_inside(f"r{cite.number}", run, cite.quote[:250]) if cite.known else run for cite, run in found)


def _words(words: Words) -> str:
    own = _inside("own", _run(OWN, style="OwnMark"), OWN_WORDS) if words.own else ""
    return _run(words.text) + _cites(words.cites) + own


def _caption(part: Table | Figure) -> str:
    return _paragraph("Caption", _run(f"{part.label}.", "<w:b/>") + _run(f" {part.caption}" if part.caption else ""))


def _cell(width: int, runs: str, text: str = "") -> str:
    return f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/></w:tcPr>{_paragraph("Cell", runs, text)}</w:tc>'


def _grid(widths: Iterable[int], rows: Iterable[str], properties: str) -> str:
    """A table and the empty line that Word wants between two of them."""
    columns = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    margins = '<w:tblCellMar><w:left w:w="0" w:type="dxa"/><w:right w:w="160" w:type="dxa"/></w:tblCellMar>'
    layout = f'<w:tblW w:w="{_WIDTH}" w:type="dxa"/>{properties}<w:tblLayout w:type="fixed"/>{margins}'
    return f"<w:tbl><w:tblPr>{layout}</w:tblPr><w:tblGrid>{columns}</w:tblGrid>{''.join(rows)}</w:tbl>{_BETWEEN}"


def _widths(table: Table) -> list[int]:
    """Columns share the page by the square root of their longest text, so that short ones keep their line."""
    columns = zip(table.head, *([one.text for one in row] for row in table.rows), strict=True)
    wants = [max(*map(len, column), 4) ** 0.5 for column in columns]
    return [int(_WIDTH * one / sum(wants)) for one in wants]


def _bar(beam: Beam) -> str:
    """An empty line whose ground is coloured between its indents."""
    room = _BAR - 160
    left = int(beam.start * room)
    right = max(0, room - left - max(int(beam.length * room), 20))
    spacing = '<w:spacing w:before="80" w:after="80" w:line="200" w:lineRule="exact"/>'
    fill = ACCENT if beam.length else PALE
    ground = f'<w:shd w:val="clear" w:color="auto" w:fill="{fill}"/>'
    return f'<w:p><w:pPr>{ground}{spacing}<w:ind w:left="{left}" w:right="{right}"/></w:pPr></w:p>'
