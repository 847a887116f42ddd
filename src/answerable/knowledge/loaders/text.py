"""Plain text: paragraphs are what blank lines separate; the encoding is found out."""

import base64
import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from answerable.core.documents import LoadedDocument
from answerable.core.errors import UnreadableDocument
from answerable.core.ports import Loader
from answerable.knowledge.loaders.base.builder import DocumentBuilder
from answerable.knowledge.loaders.base.cleaning import clean
from answerable.knowledge.loaders.base.decoding import decode
from answerable.knowledge.loaders.base.files import read_bytes
from answerable.knowledge.loaders.base.limits import LoaderConfig

EXTENSIONS = (".txt", ".text", ".log", ".rst", ".adoc", ".org", ".tex", ".srt", ".vtt")
MEDIA_TYPES = ("text/plain",)

_PARAGRAPHS = re.compile(r"\n[ \t]*\n+")
_BASE64 = re.compile(rb"\s*(?:[A-Za-z0-9+/]{4}\s*){8,}(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{4})\s*")


@dataclass(frozen=True, slots=True)
class Config(LoaderConfig):
    """No settings of its own."""


def build(config: Config) -> Loader:
    """A loader for plain text."""
    return TextLoader(config)


class TextLoader:
    """Reads plain text in any common encoding."""

    def __init__(self, config: Config) -> None:
        self._limits = config.limits

    def load(self, path: Path, source: str) -> Iterator[LoadedDocument]:
        """One document."""
        data = read_bytes(path, source, self._limits)
        builder = DocumentBuilder(source, self._limits)
        text, encoding = _decode_wrapped(data, source) or decode(data, source)
        for paragraph in _PARAGRAPHS.split(clean(text)):
            builder.prose(paragraph)
        builder.metadata.update(format="text", encoding=encoding)
        yield builder.finish("text/plain")


def _decode_wrapped(data: bytes, source: str) -> tuple[str, str] | None:
    """Text that mail software left in base64, or None. Words and spaces are not base64, so prose never matches."""
    if len(data) > 1_000_000 or b" " in data or not _BASE64.fullmatch(data):
        return None
    try:
        text, encoding = decode(base64.b64decode(data), source)
    except (binascii.Error, UnreadableDocument):
        return None
    letters = sum(char.isalpha() or char.isspace() for char in text)
    return (text, f"base64, {encoding}") if letters > 0.85 * len(text) and " " in text else None
