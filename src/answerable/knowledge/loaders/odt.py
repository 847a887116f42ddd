"""OpenDocument text: headings, paragraphs, lists and tables; tracked deletions and annotations are left out."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from answerable.core.documents import LoadedDocument
from answerable.core.ports import Loader
from answerable.knowledge.loaders.base.builder import DocumentBuilder, add_metadata
from answerable.knowledge.loaders.base.files import Archive, encrypted, read_bytes
from answerable.knowledge.loaders.base.limits import LoaderConfig
from answerable.knowledge.loaders.base.xmltree import all_named, attribute, local, parse, text_of

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

EXTENSIONS = (".odt", ".ott", ".fodt")
MEDIA_TYPES = ("application/vnd.oasis.opendocument.text",)

_SKIPPED = frozenset(
    ("tracked-changes", "annotation", "sequence-decls", "variable-decls", "forms", "index-title-template")
)
_MAX_REPEAT = 100


@dataclass(frozen=True, slots=True)
class Config(LoaderConfig):
    """No settings of its own."""


def build(config: Config) -> Loader:
    """A loader for OpenDocument text."""
    return OdtLoader(config)


class OdtLoader:
    """Reads one document, zipped or flat."""

    def __init__(self, config: Config) -> None:
        self._limits = config.limits

    def load(self, path: Path, source: str) -> Iterator[LoadedDocument]:
        """One document."""
        data = read_bytes(path, source, self._limits)
        builder = DocumentBuilder(source, self._limits)
        if data.lstrip().startswith(b"<"):
            root = parse(data, source)
            title = _properties(builder, root)
        else:
            with Archive(data, source, self._limits) as archive:
                manifest = archive.find("META-INF/manifest.xml") or b""
                if b"encryption-data" in manifest:
                    raise encrypted(source)
                meta = archive.find("meta.xml")
                title = _properties(builder, parse(meta, source)) if meta else ""
                root = parse(archive.get("content.xml"), source)
        body = next(all_named(root, "body"), root)
        _append(builder, body)
        builder.metadata["format"] = "odt"
        yield builder.finish(MEDIA_TYPES[0], title)


def _properties(builder: DocumentBuilder, root: "Element") -> str:
    names = {"creator": "author", "initial-creator": "author", "creation-date": "created", "date": "modified"}
    meta = next(all_named(root, "meta"), None)
    values = {local(node): text_of(node) for node in meta} if meta is not None else {}
    add_metadata(builder, {names[key]: value for key, value in values.items() if key in names})
    return values.get("title", "")


def _append(builder: DocumentBuilder, node: "Element") -> None:
    for part in node:
        name = local(part)
        if name == "h":
            level = attribute(part, "outline-level")
            builder.heading(_text(part), int(level) if level.isdigit() else 1)
        elif name == "p":
            builder.prose(_text(part))
        elif name == "list":
            builder.items("\n".join(_items(part, 0)))
        elif name == "table":
            builder.table(_rows(part))
        elif name not in _SKIPPED:
            _append(builder, part)


def _items(node: "Element", depth: int) -> Iterator[str]:
    for item in node:
        for part in item:
            if local(part) == "list" and depth < 20:
                yield from _items(part, depth + 1)
            elif text := " ".join(_text(part).split()):
                yield f"{'  ' * depth}- {text}"


def _rows(table: "Element") -> Iterator[list[str]]:
    for row in all_named(table, "table-row"):
        cells: list[str] = []
        for cell in row:
            if local(cell) in ("table-cell", "covered-table-cell"):
                repeat = attribute(cell, "number-columns-repeated")
                times = min(int(repeat), _MAX_REPEAT) if repeat.isdigit() else 1
                cells += [" ".join(_text(part) for part in cell if local(part) not in _SKIPPED)] * times
        yield cells


def _text(node: "Element") -> str:
    name = local(node)
    if name in _SKIPPED:
        return ""
    if name in ("tab", "s", "line-break"):
        count = attribute(node, "c")
        return {"tab": "\t", "line-break": "\n"}.get(name, " " * (min(int(count), 100) if count.isdigit() else 1))
    parts = [node.text or ""]
    for part in node:
        parts += (_text(part), part.tail or "")
    return "".join(parts)
