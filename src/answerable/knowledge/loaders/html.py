"""HTML pages: main content without navigation, with headings, lists, tables and code."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from answerable.core.documents import LoadedDocument
from answerable.core.ports import Loader
from answerable.knowledge.loaders.base.builder import DocumentBuilder
from answerable.knowledge.loaders.base.decoding import decode
from answerable.knowledge.loaders.base.files import read_bytes
from answerable.knowledge.loaders.base.htmltree import append_page
from answerable.knowledge.loaders.base.limits import LoaderConfig

EXTENSIONS = (".html", ".htm", ".xhtml")
MEDIA_TYPES = ("text/html", "application/xhtml+xml")

_CHARSET = re.compile(
    rb"<meta[^>]{0,200}charset\s*=\s*[\"']?\s*([\w.:-]{2,40})|<\?xml[^>]{0,100}encoding=[\"']([\w.-]{2,40})",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Config(LoaderConfig):
    """No settings of its own."""


def build(config: Config) -> Loader:
    """A loader for HTML."""
    return HtmlLoader(config)


class HtmlLoader:
    """Reads one HTML page."""

    def __init__(self, config: Config) -> None:
        self._limits = config.limits

    def load(self, path: Path, source: str) -> Iterator[LoadedDocument]:
        """One document."""
        text = decode_html(read_bytes(path, source, self._limits), source)
        builder = DocumentBuilder(source, self._limits)
        title = append_page(builder, text)
        builder.metadata["format"] = "html"
        yield builder.finish("text/html", title)


def decode_html(data: bytes, source: str) -> str:
    """Text of a page by its byte-order mark, its own charset declaration, or a guess."""
    found = _CHARSET.search(data[:4096])
    declared = (found[1] or found[2]).decode("ascii") if found else None
    return decode(data, source, declared)[0]
