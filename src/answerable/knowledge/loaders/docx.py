"""Word documents, Transitional and Strict: headings by style or outline level, lists, tables, text boxes, notes."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from answerable.core.documents import LoadedDocument
from answerable.core.ports import Loader
from answerable.knowledge.loaders.base.builder import DocumentBuilder
from answerable.knowledge.loaders.base.files import Archive, read_bytes
from answerable.knowledge.loaders.base.limits import LoaderConfig
from answerable.knowledge.loaders.base.office import (
    add_properties,
    all_named,
    attribute,
    child,
    local,
    main_part,
    parse,
    relations,
)  # fmt: skip

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

EXTENSIONS = (".docx", ".docm", ".dotx")
MEDIA_TYPES = ("application/vnd.openxmlformats-officedocument.wordprocessingml.document",)

# A fallback repeats its choice for older programs; deleted text is struck by a reviewer; instructions are field code.
_SKIPPED = frozenset(("Fallback", "del", "delText", "moveFrom", "instrText", "pPr", "rPr", "sectPr", "tblPr", "tcPr"))
_WHITE = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-", "ptab": "\t"}


@dataclass(frozen=True, slots=True)
class Config(LoaderConfig):
    """No settings of its own."""


def build(config: Config) -> Loader:
    """A loader for Word documents."""
    return DocxLoader(config)


class DocxLoader:
    """Reads one document."""

    def __init__(self, config: Config) -> None:
        self._limits = config.limits

    def load(self, path: Path, source: str) -> Iterator[LoadedDocument]:
        """One document: body, then footnotes and endnotes."""
        data = read_bytes(path, source, self._limits)
        builder = DocumentBuilder(source, self._limits)
        with Archive(data, source, self._limits) as archive:
            title = add_properties(builder, archive, source)
            part = main_part(archive, source, "word/document.xml")
            links = relations(archive, part, source)
            styles = {r.kind: r.target for r in links.values()}
            levels = _heading_levels(archive.find(styles.get("styles", "word/styles.xml")), source)
            body = child(parse(archive.get(part), source), "body")
            writer = _Writer(builder, levels)
            if body is not None:
                writer.body(body)
            for kind in ("footnotes", "endnotes"):
                if kind in styles and (notes := archive.find(styles[kind])):
                    builder.end_sections()
                    writer.notes(parse(notes, source))
        builder.metadata["format"] = "docx"
        yield builder.finish(MEDIA_TYPES[0], title)


def _heading_levels(data: bytes | None, source: str) -> dict[str, int]:
    """Heading level of each style id, by its name (`heading 2`), outline level, or the style it is based on."""
    levels: dict[str, int] = {}
    based: dict[str, str] = {}
    if data is None:
        return levels
    for style in all_named(parse(data, source), "style"):
        key = attribute(style, "styleId")
        name = child(style, "name")
        base = child(style, "basedOn")
        outline = child(style, "pPr", "outlineLvl")
        label = attribute(name, "val").lower() if name is not None else ""
        if label.startswith("heading ") and label[8:].isdigit():
            levels[key] = int(label[8:])
        elif label == "title":
            levels[key] = 1
        elif outline is not None and attribute(outline, "val").isdigit() and int(attribute(outline, "val")) < 9:
            levels[key] = int(attribute(outline, "val")) + 1
        elif base is not None:
            based[key] = attribute(base, "val")
    for key in based:
        seen, current = {key}, based[key]
        while current in based and current not in seen:
            seen.add(current)
            current = based[current]
        if current in levels:
            levels[key] = levels[current]
    return levels


class _Writer:
    def __init__(self, builder: DocumentBuilder, levels: dict[str, int]) -> None:
        self._builder = builder
        self._levels = levels
        self._items: list[str] = []

    def body(self, node: "Element") -> None:
        """Write all blocks below `node`."""
        self._blocks(node)
        self._flush()

    def notes(self, node: "Element") -> None:
        """Write footnotes or endnotes, each a paragraph."""
        for note in all_named(node, "footnote", "endnote"):
            if not attribute(note, "type"):
                self._builder.prose(_text(note))

    def _blocks(self, node: "Element") -> None:
        for part in node:
            name = local(part)
            if name == "p":
                self._paragraph(part)
            elif name == "tbl":
                self._flush()
                self._table(part)
            elif name not in _SKIPPED:
                self._blocks(part)

    def _paragraph(self, node: "Element") -> None:
        text = _text(node)
        level = self._level(node)
        numbering = child(node, "pPr", "numPr")
        if level and text.strip() and len(text) < 500:
            self._flush()
            self._builder.heading(text, level)
        elif numbering is not None and text.strip():
            depth = child(numbering, "ilvl")
            indent = attribute(depth, "val") if depth is not None else "0"
            self._items.append("  " * (int(indent) if indent.isdigit() else 0) + "- " + " ".join(text.split()))
        else:
            self._flush()
            self._builder.prose(text)
        for box in all_named(node, "txbxContent"):
            if not _inside(box, "Fallback", node):
                self._flush()
                self._blocks(box)

    def _level(self, node: "Element") -> int:
        outline = child(node, "pPr", "outlineLvl")
        if outline is not None and attribute(outline, "val").isdigit() and int(attribute(outline, "val")) < 9:
            return int(attribute(outline, "val")) + 1
        style = child(node, "pPr", "pStyle")
        return self._levels.get(attribute(style, "val"), 0) if style is not None else 0

    def _table(self, node: "Element") -> None:
        rows = list(_rows(node))
        if len(rows) == 1 and len(rows[0]) == 1:
            for cell in all_named(node, "tc"):
                self._blocks(cell)
            return
        self._builder.table(rows)

    def _flush(self) -> None:
        if self._items:
            items, self._items = self._items, []
            self._builder.items("\n".join(items))


def _inside(node: "Element", name: str, top: "Element") -> bool:
    current = node.getparent()
    while current is not None and current is not top:
        if local(current) in (name, "txbxContent"):
            return True
        current = current.getparent()
    return False


def _text(node: "Element") -> str:
    """Text of a paragraph, cell or note, text boxes left out."""
    parts: list[str] = []
    stack = list(reversed(node))
    while stack:
        part = stack.pop()
        name = local(part)
        if name == "t":
            parts.append(part.text or "")
        elif name in _WHITE:
            parts.append(_WHITE[name])
        elif name not in _SKIPPED and name != "txbxContent":
            if name == "p" and parts:
                parts.append("\n")
            stack.extend(reversed(part))
    return "".join(parts)


def _rows(table: "Element") -> Iterator[list[str]]:
    """Rows of cell texts; merged cells leave blanks."""
    for row in table:
        if local(row) in ("sdt", "sdtContent"):
            yield from _rows(row)
        if local(row) != "tr":
            continue
        cells: list[str] = []
        for cell in all_named(row, "tc"):
            if _nearest(cell, "tr") is not row:
                continue
            span = child(cell, "tcPr", "gridSpan")
            width = attribute(span, "val") if span is not None else "1"
            cells += [_text(cell), *[""] * (min(int(width), 100) - 1 if width.isdigit() else 0)]
        yield cells


def _nearest(node: "Element", name: str) -> "Element | None":
    current = node.getparent()
    while current is not None and local(current) != name:
        current = current.getparent()
    return current
