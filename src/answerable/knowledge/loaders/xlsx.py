"""Workbooks: each visible sheet is a page with one table; only cells that hold something are read."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path

from answerable.core.documents import LoadedDocument
from answerable.core.errors import UnreadableDocument
from answerable.core.ports import Loader
from answerable.knowledge.loaders.base.builder import DocumentBuilder
from answerable.knowledge.loaders.base.files import Archive, read_bytes, too_large
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

EXTENSIONS = (".xlsx", ".xlsm", ".xltx")
MEDIA_TYPES = ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",)

_BUILT_IN_DATES = frozenset((*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)))
_FORMAT_NOISE = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.|_.')
_DATE_LETTERS = re.compile(r"[dmyhs]", re.IGNORECASE)
_COLUMN = re.compile(r"[A-Z]{1,3}")
_MAX_COLUMNS = 16_384


@dataclass(frozen=True, slots=True)
class Config(LoaderConfig):
    """No settings of its own."""


def build(config: Config) -> Loader:
    """A loader for workbooks."""
    return XlsxLoader(config)


@dataclass(frozen=True, slots=True)
class _Book:
    strings: list[str]
    formats: list[str]
    epoch: datetime


class XlsxLoader:
    """Reads one workbook."""

    def __init__(self, config: Config) -> None:
        self._limits = config.limits

    def load(self, path: Path, source: str) -> Iterator[LoadedDocument]:
        """One document; sheet names are headings."""
        data = read_bytes(path, source, self._limits)
        builder = DocumentBuilder(source, self._limits)
        with Archive(data, source, self._limits) as archive:
            title = add_properties(builder, archive, source)
            part = main_part(archive, source, "xl/workbook.xml")
            links = relations(archive, part, source)
            workbook = parse(archive.get(part), source)
            targets = {relation.kind: relation.target for relation in links.values()}
            book = _Book(
                _shared_strings(archive.find(targets.get("sharedStrings", "xl/sharedStrings.xml")), source),
                _cell_formats(archive.find(targets.get("styles", "xl/styles.xml")), source),
                _epoch(child(workbook, "workbookPr")),
            )
            sheets = list(all_named(workbook, "sheet"))
            if len(sheets) > self._limits.pages:
                raise too_large(source, f"has {len(sheets):,} sheets; the limit is {self._limits.pages:,}")
            for number, sheet in enumerate(sheets, 1):
                link = links.get(next((str(v) for k, v in sheet.attrib.items() if str(k).endswith("}id")), ""))
                if link is None or link.kind != "worksheet":
                    continue
                if (sheet.get("state") or "visible") != "visible":
                    builder.warnings.append(f"the hidden sheet '{sheet.get('name')}' was left out")
                    continue
                _append_sheet(builder, number, sheet.get("name") or f"Sheet {number}", archive.find(link.target), book)
        builder.metadata.update(format="xlsx", pages=len(sheets))
        yield builder.finish(MEDIA_TYPES[0], title or _stem_title(source))


def _stem_title(source: str) -> str:
    from answerable.knowledge.loaders.base.builder import stem

    return stem(source)


def _append_sheet(builder: DocumentBuilder, number: int, name: str, data: bytes | None, book: _Book) -> None:
    if not data:
        return
    rows = list(_rows(data, book, builder.source))
    if rows:
        builder.page = number
        builder.heading(name, 1)
        builder.table(rows)


def _epoch(properties: object) -> datetime:
    old_mac = properties is not None and attribute(properties, "date1904") in ("1", "true")
    return datetime(1904, 1, 1) if old_mac else datetime(1899, 12, 30)  # noqa: DTZ001  cells hold local wall time


def _shared_strings(data: bytes | None, source: str) -> list[str]:
    if not data:
        return []
    return [_rich_text(item) for item in parse(data, source) if local(item) == "si"]


def _rich_text(item: object) -> str:
    """Text of a string item; phonetic guides are left out."""
    parts: list[str] = []
    for node in item:  # type: ignore[attr-defined]
        if local(node) == "t":
            parts.append(node.text or "")
        elif local(node) == "r":
            parts += [part.text or "" for part in node if local(part) == "t"]
    return "".join(parts)


def _cell_formats(data: bytes | None, source: str) -> list[str]:
    """For each cell style: `date`, `percent` or nothing."""
    if not data:
        return []
    root = parse(data, source)
    codes = {node.get("numFmtId") or "": node.get("formatCode") or "" for node in all_named(root, "numFmt")}
    styles = child(root, "cellXfs")
    return [_format_kind(node.get("numFmtId") or "0", codes) for node in (styles if styles is not None else [])]


def _format_kind(number: str, codes: dict[str, str]) -> str:
    code = _FORMAT_NOISE.sub("", codes.get(number, ""))
    if (number.isdigit() and int(number) in _BUILT_IN_DATES) or (
        number in codes and _DATE_LETTERS.search(code.split(";")[0])
    ):
        return "date"
    return "percent" if number in ("9", "10") or "%" in code else ""


def _rows(data: bytes, book: _Book, source: str) -> Iterator[list[str]]:
    """Rows that hold a value, streamed, so that an inflated range of empty cells costs only its bytes."""
    from lxml import etree

    columns: dict[int, str] = {}
    position = 0
    try:
        events = etree.iterparse(BytesIO(data), resolve_entities=False, no_network=True, recover=True, huge_tree=True)
        for _, node in events:
            name = local(node)
            if name == "c":
                found = _COLUMN.match(node.get("r") or "")
                position = _column_number(found[0]) if found else position + 1
                if (value := _value(node, book)) and position <= _MAX_COLUMNS:
                    columns[position] = value
                node.clear()
            elif name == "row":
                if columns:
                    yield [columns.get(column, "") for column in range(1, max(columns) + 1)]
                columns, position = {}, 0
                node.clear()
                while node.getprevious() is not None:
                    del node.getparent()[0]
    except etree.XMLSyntaxError as error:
        raise UnreadableDocument(source, "corrupt", "holds a damaged sheet; open and save it again") from error


def _column_number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def _value(cell: object, book: _Book) -> str:
    kind = cell.get("t") or "n"  # type: ignore[attr-defined]
    inner = child(cell, "v")
    if kind == "inlineStr":
        box = child(cell, "is")
        return "" if box is None else _rich_text(box)
    raw = (inner.text or "") if inner is not None else ""
    if kind == "s":
        return book.strings[int(raw)] if raw.isdigit() and int(raw) < len(book.strings) else ""
    if kind == "b":
        return "TRUE" if raw == "1" else "FALSE"
    style = cell.get("s") or "0"  # type: ignore[attr-defined]
    form = book.formats[int(style)] if style.isdigit() and int(style) < len(book.formats) else ""
    return _number(raw, form, book.epoch) if kind == "n" else raw


def _number(raw: str, form: str, epoch: datetime) -> str:
    try:
        value = float(raw)
    except ValueError:
        return raw
    if form == "date" and 0 <= value < 2_958_466:
        return _moment(value, epoch)
    if form == "percent":
        return f"{value * 100:.10g}%"
    return f"{value:.15g}"


def _moment(value: float, epoch: datetime) -> str:
    when = epoch + timedelta(seconds=round(value * 86_400))
    if value < 1:
        return when.strftime("%H:%M:%S")
    return when.strftime("%Y-%m-%d") if value == int(value) else when.strftime("%Y-%m-%d %H:%M:%S")
