"""PDF: text with pages, headings, tables and reading order; scans, locks and unmapped fonts are refused clearly."""

import ctypes
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from answerable.core.documents import LoadedDocument
from answerable.core.errors import UnreadableDocument
from answerable.core.ports import Loader
from answerable.knowledge.loaders.base.builder import DocumentBuilder, add_metadata
from answerable.knowledge.loaders.base.cleaning import clean, garbage
from answerable.knowledge.loaders.base.files import encrypted, read_bytes, too_large
from answerable.knowledge.loaders.base.limits import LoaderConfig
from answerable.knowledge.loaders.base.pdflayout import Line, Page, Segment, append_pages

EXTENSIONS = (".pdf",)
MEDIA_TYPES = ("application/pdf",)

_NEEDS_OCR = "is a scan without a text layer; run OCR on it (for example `ocrmypdf in.pdf out.pdf`) and add the result"
# pdfium joins a word cut at a line end and leaves one of these where the hyphen was.
_CUT_HYPHENS = (0x02, 0xFFFE)
_ALEFS = (0x622, 0x623, 0x625, 0x627)
_LAM = 0x644
_NO_TITLES = ("untitled", "title", "(anonymous)", "(unspecified)", "unknown")
_BOLD = 600


@dataclass(frozen=True, slots=True)
class Config(LoaderConfig):
    """`passwords` are tried on locked files, after the empty one."""

    passwords: tuple[str, ...] = ()


def build(config: Config) -> Loader:
    """A loader for PDF."""
    return PdfLoader(config)


class PdfLoader:
    """Reads one PDF with pdfium."""

    def __init__(self, config: Config) -> None:
        self._config = config

    def load(self, path: Path, source: str) -> Iterator[LoadedDocument]:
        """One document. Pages without text are named in a warning."""
        limits = self._config.limits
        pdf = _open(read_bytes(path, source, limits), source, self._config.passwords)
        try:
            if len(pdf) > limits.pages:
                raise too_large(source, f"has {len(pdf):,} pages; the limit is {limits.pages:,}")
            builder = DocumentBuilder(source, limits)
            title = _properties(builder, pdf)
            pages = _Pages(pdf, source, limits.characters)
            append_pages(builder, pages.read(builder))
            if not builder.characters:
                if pages.images:
                    raise UnreadableDocument(source, "needs_ocr", _NEEDS_OCR)
                raise UnreadableDocument(source, "empty", "holds no text; there is nothing to index")
            builder.metadata.update(format="pdf", pages=len(pdf))
            yield builder.finish("application/pdf", title)
        finally:
            pdf.close()


def _open(data: bytes, source: str, passwords: tuple[str, ...]) -> Any:
    import pypdfium2
    from pypdfium2 import raw

    locked = False
    for password in (None, *passwords):
        try:
            return pypdfium2.PdfDocument(data, password=password)
        except pypdfium2.PdfiumError as error:
            locked = getattr(error, "err_code", None) == raw.FPDF_ERR_PASSWORD or "password" in str(error).lower()
            if not locked:
                detail = "is damaged and holds no readable pages; download or export it again"
                raise UnreadableDocument(source, "corrupt", detail) from error
    raise encrypted(source)


def _properties(builder: DocumentBuilder, pdf: Any) -> str:
    values = pdf.get_metadata_dict(skip_empty=True)
    names = {"Author": "author", "Subject": "subject", "Keywords": "keywords"}
    add_metadata(builder, {names[k]: v for k, v in values.items() if k in names and v.lower() not in _NO_TITLES})
    for key, name in (("CreationDate", "created"), ("ModDate", "modified")):
        digits = values.get(key, "").removeprefix("D:")[:8]
        if len(digits) == 8 and digits.isdigit():
            builder.metadata[name] = f"{digits[:4]}-{digits[4:6]}-{digits[6:]}"
    title = str(values.get("Title", ""))
    # Office programs put the file name there, which says less than the first heading.
    is_file_name = title.lower().endswith((".doc", ".docx", ".pdf", ".indd", ".tex", ".dvi")) or title.startswith(
        "Microsoft "
    )
    return "" if is_file_name or garbage(title) or title.lower() in _NO_TITLES else title


class _Pages:
    """Reads the pages of an open file; remembers what it saw beside text."""

    def __init__(self, pdf: Any, source: str, max_characters: int) -> None:
        self._pdf = pdf
        self._source = source
        self._left = max_characters
        self.images = False

    def read(self, builder: DocumentBuilder) -> list[Page]:
        """All pages that hold readable text, with warnings for the others."""
        pages: list[Page] = []
        notes: dict[str, list[int]] = {}
        reason: str | None = None
        for number in range(1, len(self._pdf) + 1):
            page, hidden = self._page(number)
            if page is None or not page.lines:
                notes.setdefault("no text (scanned?)" if page else "damage", []).append(number)
                continue
            text = "\n".join(line.text for line in page.lines)
            if reason := garbage(text):
                notes.setdefault("unreadable text (no character map)", []).append(number)
                continue
            if hidden:
                notes.setdefault("invisible text (kept: usually the text layer of a scan)", []).append(number)
            pages.append(page)
        if not pages and reason:
            detail = f"its text cannot be read: {reason}; export it again with embedded fonts, or run OCR on it"
            raise UnreadableDocument(self._source, "corrupt", detail)
        for what, numbers in notes.items():
            shown = ", ".join(map(str, numbers[:20])) + (" ..." if len(numbers) > 20 else "")
            builder.warnings.append(f"{what} on page {shown}")
        return pages

    def _page(self, number: int) -> tuple[Page | None, bool]:
        import pypdfium2
        from pypdfium2 import raw

        try:
            page = self._pdf[number - 1]
        except pypdfium2.PdfiumError:
            return None, False
        try:
            textpage = page.get_textpage()
            try:
                reader = _LineReader(textpage)
                lines = tuple(reader.lines())
            finally:
                textpage.close()
            self._left -= sum(len(line.text) for line in lines)
            if self._left < 0:
                raise too_large(self._source, "has too much text")
            if not lines and not self.images:
                self.images = any(True for _ in page.get_objects(filter=(raw.FPDF_PAGEOBJ_IMAGE,), max_depth=3))
            width, height = page.get_size()
            return Page(number, width, height, lines), reader.hidden
        except pypdfium2.PdfiumError:
            return None, False
        finally:
            page.close()


class _LineReader:
    """Lines of a text page with their places. Characters are counted as pdfium does, in UTF-16 units."""

    def __init__(self, textpage: Any) -> None:
        self._raw = textpage.raw
        count = textpage.count_chars()
        self._codes = [self._code(index) for index in range(count)]
        self._box = tuple(ctypes.c_double() for _ in range(4))
        self.hidden = False

    def _code(self, index: int) -> int:
        from pypdfium2 import raw

        return int(raw.FPDFText_GetUnicode(self._raw, index))

    def lines(self) -> Iterator[Line]:
        """Lines in file order."""
        start = 0
        for end in range(len(self._codes) + 1):
            if end == len(self._codes) or self._codes[end] in (10, 13):
                if line := self._line(start, end):
                    yield line
                start = end + 1
            elif self._codes[end] in _CUT_HYPHENS and end > start:
                if line := self._line(start, end + 1):
                    yield line
                start = end + 1

    def _line(self, start: int, end: int) -> Line | None:
        from pypdfium2 import raw

        while start < end and self._codes[start] in (32, 160, 9):
            start += 1
        while end > start and self._codes[end - 1] in (32, 160, 9):
            end -= 1
        if start == end:
            return None
        _, _, bottom, top = self._place(start)
        # Text under a rotated page matrix has a font size of 1; the box tells the size that is seen.
        size = max(float(raw.FPDFText_GetFontSize(self._raw, start)), 1.0)
        if size < 3 or size > 4 * max(top - bottom, 1):
            size = max(top - bottom, 1.0)
        segments = tuple(self._segments(start, end, size))
        if not segments:
            return None
        text_object = raw.FPDFText_GetTextObject(self._raw, start)
        if text_object and raw.FPDFTextObj_GetTextRenderMode(text_object) == raw.FPDF_TEXTRENDERMODE_INVISIBLE:
            self.hidden = True
        bold = (
            raw.FPDFText_GetFontWeight(self._raw, start) >= _BOLD
            and raw.FPDFText_GetFontWeight(self._raw, end - 1) >= _BOLD
        )
        return Line(segments, bottom, top, size, bold)

    def _segments(self, start: int, end: int, size: float) -> Iterator[Segment]:
        """Cut at spaces wider than a letter is high."""
        begin = start
        for index in range(start + 1, end - 1):
            if self._codes[index] != 32:
                continue
            before, after = self._place(index - 1), self._place(index + 1)
            gap = max(after[0] - before[1], before[0] - after[1])
            if gap > size:
                yield from self._segment(begin, index)
                begin = index + 1
        yield from self._segment(begin, end)

    def _segment(self, start: int, end: int) -> Iterator[Segment]:
        text = clean(self._text(start, end)).strip()
        if text:
            first, last = self._place(start), self._place(end - 1)
            yield Segment(text, min(first[0], last[0]), max(first[1], last[1]))

    def _text(self, start: int, end: int) -> str:
        codes = [45 if code in _CUT_HYPHENS else code for code in self._codes[start:end]]
        for at in range(len(codes) - 1):
            # pdfium takes the lam-alef ligature apart in the wrong order; both halves have the box of the one glyph.
            if codes[at + 1] == _LAM and codes[at] in _ALEFS and self._same_glyph(start + at):
                codes[at], codes[at + 1] = codes[at + 1], codes[at]
        text = "".join(map(chr, codes))
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")

    def _same_glyph(self, index: int) -> bool:
        return self._place(index) == self._place(index + 1)

    def _place(self, index: int) -> tuple[float, float, float, float]:
        from pypdfium2 import raw

        left, right, bottom, top = self._box
        raw.FPDFText_GetCharBox(self._raw, index, left, right, bottom, top)
        return left.value, right.value, bottom.value, top.value
