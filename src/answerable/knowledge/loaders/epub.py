"""E-books: chapters in reading order; each chapter of the spine counts as a page."""

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from answerable.core.documents import LoadedDocument
from answerable.core.errors import UnreadableDocument
from answerable.core.ports import Loader
from answerable.knowledge.loaders.base.builder import DocumentBuilder, add_metadata
from answerable.knowledge.loaders.base.files import Archive, encrypted, read_bytes, too_large
from answerable.knowledge.loaders.base.htmltree import append_fragment
from answerable.knowledge.loaders.base.limits import LoaderConfig
from answerable.knowledge.loaders.base.xmltree import all_named, local, parse, text_of
from answerable.knowledge.loaders.html import decode_html

EXTENSIONS = (".epub",)
MEDIA_TYPES = ("application/epub+zip",)


@dataclass(frozen=True, slots=True)
class Config(LoaderConfig):
    """No settings of its own."""


def build(config: Config) -> Loader:
    """A loader for e-books."""
    return EpubLoader(config)


class EpubLoader:
    """Reads one book, EPUB 2 or 3."""

    def __init__(self, config: Config) -> None:
        self._limits = config.limits

    def load(self, path: Path, source: str) -> Iterator[LoadedDocument]:
        """One document. Raises UnreadableDocument (encrypted) for books under digital rights management."""
        data = read_bytes(path, source, self._limits)
        builder = DocumentBuilder(source, self._limits)
        with Archive(data, source, self._limits) as archive:
            if archive.find("META-INF/rights.xml"):
                raise encrypted(source)
            package = _package_path(archive, source)
            root = parse(archive.get(package), source)
            fields: dict[str, str] = {}
            for node in all_named(root, "title", "creator", "date", "language", "publisher"):
                fields.setdefault(local(node), text_of(node))
            renamed = {"creator": "author", "date": "date", "language": "lang", "publisher": "publisher"}
            add_metadata(builder, {new: fields.get(old, "") for old, new in renamed.items()})
            chapters = _spine(root, posixpath.dirname(package))
            if len(chapters) > self._limits.pages:
                raise too_large(source, f"has {len(chapters):,} chapters; the limit is {self._limits.pages:,}")
            for number, chapter in enumerate(chapters, 1):
                if page := archive.find(chapter):
                    builder.page = number
                    builder.end_sections()
                    append_fragment(builder, decode_html(page, source))
        builder.metadata["format"] = "epub"
        yield builder.finish(MEDIA_TYPES[0], fields.get("title", ""))


def _package_path(archive: Archive, source: str) -> str:
    container = archive.find("META-INF/container.xml")
    if container:
        for node in all_named(parse(container, source), "rootfile"):
            if node.get("full-path"):
                return str(node.get("full-path"))
    for name in archive.names:
        if name.endswith(".opf"):
            return name
    raise UnreadableDocument(source, "corrupt", "is damaged (no table of parts inside); download the book again")


def _spine(root: object, folder: str) -> list[str]:
    items = {node.get("id"): node for node in all_named(root, "item")}
    chapters = []
    for reference in all_named(root, "itemref"):
        item = items.get(reference.get("idref"))
        if item is not None and "nav" not in (item.get("properties") or "").split():
            chapters.append(posixpath.normpath(posixpath.join(folder, unquote(item.get("href") or ""))))
    return chapters
