"""What an export is, and the name of the file it makes."""

import hashlib
import unicodedata
from typing import Protocol

from answerable.core.report import Report

MAX_NAME_CHARS = 60
MAX_NAME_BYTES = 120
"""A file name may have 255 bytes on common file systems; what people put before it needs room too."""


class Renderer(Protocol):
    """Writes a report in one format.

    `render` is pure: the same report gives the same bytes, on any day and machine. It reads nothing but its own fonts,
    fetches nothing and may run in a thread; it takes up to a few seconds for a hundred pages.
    """

    media_type: str
    suffix: str

    def render(self, report: Report) -> bytes:
        """The whole file."""
        ...


def file_name(report: Report, suffix: str) -> str:
    """A name for the report's file: the words of its title in lower case, six digits of its contents, `suffix`.

    Letters of any script stay. No separator, space, dot or control character, and at most 140 bytes before the suffix.
    """
    title = unicodedata.normalize("NFC", unicodedata.normalize("NFKC", report.title).casefold())
    words = "".join(c if unicodedata.category(c)[0] in "LNM" else " " for c in title).split()
    stem = "-".join(words)[:MAX_NAME_CHARS].encode()[:MAX_NAME_BYTES].decode(errors="ignore").strip("-")
    digest = hashlib.sha256(repr(report).encode(errors="replace")).hexdigest()[:6]
    return f"{stem or 'report'}-{digest}{suffix}"
