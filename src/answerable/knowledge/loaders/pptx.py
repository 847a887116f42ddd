"""Presentations: each slide is a page; titles are headings, then text by position, tables, and the speaker's notes."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from answerable.core.documents import LoadedDocument
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
    text_of,
)  # fmt: skip

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

EXTENSIONS = (".pptx", ".pptm", ".ppsx", ".potx")
MEDIA_TYPES = ("application/vnd.openxmlformats-officedocument.presentationml.presentation",)

_UNPLACED = 1 << 60
_FURNITURE = ("sldNum", "dt", "ftr", "hdr")


@dataclass(frozen=True, slots=True)
class Config(LoaderConfig):
    """No settings of its own."""


def build(config: Config) -> Loader:
    """A loader for presentations."""
    return PptxLoader(config)


class PptxLoader:
    """Reads one presentation."""

    def __init__(self, config: Config) -> None:
        self._limits = config.limits

    def load(self, path: Path, source: str) -> Iterator[LoadedDocument]:
        """One document, slides in the order shown."""
        data = read_bytes(path, source, self._limits)
        builder = DocumentBuilder(source, self._limits)
        with Archive(data, source, self._limits) as archive:
            title = add_properties(builder, archive, source)
            slides = list(_slides(archive, source))
            if len(slides) > self._limits.pages:
                raise too_large(source, f"has {len(slides):,} slides; the limit is {self._limits.pages:,}")
            for number, slide in enumerate(slides, 1):
                builder.page = number
                _append_slide(builder, archive, slide, source)
        builder.metadata.update(format="pptx", pages=len(slides))
        yield builder.finish(
            MEDIA_TYPES[0], "" if title.lower() in ("powerpoint presentation", "presentation") else title
        )


def _slides(archive: Archive, source: str) -> Iterator[str]:
    part = main_part(archive, source, "ppt/presentation.xml")
    links = relations(archive, part, source)
    for node in all_named(parse(archive.get(part), source), "sldId"):
        keys = [str(value) for key, value in node.attrib.items() if str(key).endswith("}id")]
        for key in keys:
            if key in links and archive.find(links[key].target) is not None:
                yield links[key].target


def _append_slide(builder: DocumentBuilder, archive: Archive, part: str, source: str) -> None:
    root = parse(archive.get(part), source)
    if root.get("show") == "0":
        builder.warnings.append(f"slide {builder.page} is hidden in the show")
    builder.end_sections()
    shapes = sorted(_shapes(root), key=_place)
    # The title opens its slide wherever it stands on it.
    titles = [shape for shape in shapes if _placeholder(shape) in ("title", "ctrTitle")]
    for shape in titles:
        builder.heading(" ".join(_paragraphs(shape)), 1)
    for shape in shapes:
        if shape not in titles and _placeholder(shape) not in _FURNITURE:
            _append_shape(builder, shape)
    for relation in relations(archive, part, source).values():
        if relation.kind == "notesSlide" and (notes := archive.find(relation.target)):
            body = [s for s in _shapes(parse(notes, source)) if _placeholder(s) == "body"]
            text = "\n".join(line for shape in body for line in _paragraphs(shape))
            builder.prose(f"Notes: {text}" if text.strip() else "")


def _shapes(root: "Element") -> Iterator["Element"]:
    for node in all_named(root, "sp", "graphicFrame"):
        current = node.getparent()
        while current is not None and local(current) != "Fallback":
            current = current.getparent()
        if current is None:
            yield node


def _place(shape: "Element") -> tuple[int, int]:
    """Top and left in English metric units; shapes that inherit their place stay first, in file order."""
    offset = next(all_named(shape, "off"), None)
    if offset is None:
        return (-1, -1)
    top, left = offset.get("y") or "", offset.get("x") or ""
    row = int(top) // 200_000 if top.lstrip("-").isdigit() else _UNPLACED
    return (row, int(left) if left.lstrip("-").isdigit() else _UNPLACED)


def _placeholder(shape: "Element") -> str:
    node = child(shape, "nvSpPr", "nvPr", "ph")
    return "" if node is None else (attribute(node, "type") or "body")


def _append_shape(builder: DocumentBuilder, shape: "Element") -> None:
    table = next(all_named(shape, "tbl"), None)
    if table is not None:
        rows = [
            ["\n".join(_paragraphs(cell)) for cell in row if local(cell) == "tc"] for row in table if local(row) == "tr"
        ]
        builder.table(rows)
        return
    lines = [line for line in _paragraphs(shape) if line.strip()]
    if len(lines) > 1 and _placeholder(shape) == "body":
        builder.items("\n".join(f"- {line}" for line in lines))
    else:
        builder.prose("\n".join(lines))


def _paragraphs(node: "Element") -> Iterator[str]:
    for paragraph in all_named(node, "p"):
        parts = ["\n" if local(part) == "br" else text_of(part) for part in all_named(paragraph, "t", "br")]
        yield " ".join("".join(parts).split())
