"""XML of any vocabulary: text-like elements as paragraphs, data-like ones as `key: value` lines."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from answerable.core.documents import LoadedDocument
from answerable.core.ports import Loader
from answerable.knowledge.loaders.base.builder import DocumentBuilder
from answerable.knowledge.loaders.base.cleaning import one_line
from answerable.knowledge.loaders.base.files import read_bytes
from answerable.knowledge.loaders.base.limits import LoaderConfig
from answerable.knowledge.loaders.base.xmltree import local, parse, text_of

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

EXTENSIONS = (".xml", ".rss", ".atom", ".svg", ".xbrl", ".dita", ".docbook")
MEDIA_TYPES = ("application/xml", "text/xml", "application/rss+xml", "application/atom+xml")

_TITLES = ("title", "name", "heading", "head")
_MAX_DEPTH = 200


@dataclass(frozen=True, slots=True)
class Config(LoaderConfig):
    """No settings of its own."""


def build(config: Config) -> Loader:
    """A loader for XML."""
    return XmlLoader(config)


class XmlLoader:
    """Reads one XML file."""

    def __init__(self, config: Config) -> None:
        self._limits = config.limits

    def load(self, path: Path, source: str) -> Iterator[LoadedDocument]:
        """One document; each child of the root is a block, whose attributes and leaves are lines."""
        root = parse(read_bytes(path, source, self._limits), source)
        builder = DocumentBuilder(source, self._limits)
        builder.prose("\n".join(_attributes(root)))
        builder.prose(root.text or "")
        for node in root:
            builder.prose("\n".join(_lines(node, "", 0)))
            builder.prose(node.tail or "")
        builder.metadata["format"] = "xml"
        title = next((text_of(node) for node in root.iter() if local(node).lower() in _TITLES and len(node) == 0), "")
        yield builder.finish("application/xml", title)


def _lines(node: "Element", path: str, depth: int) -> Iterator[str]:
    key = f"{path}.{local(node)}" if path else local(node)
    mixed = any((part.tail or "").strip() for part in node)
    if mixed or depth > _MAX_DEPTH or len(node) == 0:
        if text := one_line(text_of(node)):
            yield f"{key}: {text}"
        yield from (f"{key}.{line}" for line in _attributes(node))
        return
    yield from (f"{key}.{line}" for line in _attributes(node))
    if text := one_line(node.text or ""):
        yield f"{key}: {text}"
    for part in node:
        yield from _lines(part, key if depth < 3 else local(node), depth + 1)


def _attributes(node: "Element") -> Iterator[str]:
    for name, value in node.attrib.items():
        if not str(name).startswith("{http://www.w3.org/") and str(value).strip():
            yield f"{str(name).rpartition('}')[2]}: {one_line(str(value))}"
