"""Markdown: front matter becomes metadata, headings become the heading path."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from answerable.core.documents import LoadedDocument
from answerable.core.ports import Loader
from answerable.knowledge.loaders.base.builder import DocumentBuilder, add_metadata
from answerable.knowledge.loaders.base.decoding import decode
from answerable.knowledge.loaders.base.files import read_bytes
from answerable.knowledge.loaders.base.limits import LoaderConfig
from answerable.knowledge.loaders.base.markdown import append_markdown, split_front_matter

EXTENSIONS = (".md", ".markdown", ".mdx", ".mkd", ".qmd", ".rmd")
MEDIA_TYPES = ("text/markdown", "text/x-markdown")


@dataclass(frozen=True, slots=True)
class Config(LoaderConfig):
    """No settings of its own."""


def build(config: Config) -> Loader:
    """A loader for markdown."""
    return MarkdownLoader(config)


class MarkdownLoader:
    """Reads one markdown page."""

    def __init__(self, config: Config) -> None:
        self._limits = config.limits

    def load(self, path: Path, source: str) -> Iterator[LoadedDocument]:
        """One document."""
        text, _ = decode(read_bytes(path, source, self._limits), source)
        builder = DocumentBuilder(source, self._limits)
        fields, body = split_front_matter(text.replace("\r\n", "\n"))
        add_metadata(builder, fields)
        append_markdown(builder, body)
        builder.metadata["format"] = "markdown"
        yield builder.finish("text/markdown", str(fields.get("title", "")))
