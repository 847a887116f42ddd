"""Texts with their structure: from what an encyclopedia or an archive writes, and from what a loader read."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from answerable.agents.sources.base.source import Text
from answerable.core.documents import Block, LoadedDocument, MetadataValue
from answerable.core.visible import without_invisible

_HEADING = re.compile(r"(={2,6})\s*(.+?)\s*\1")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_APPENDIX = frozenset(
    ("see also", "references", "external links", "further reading", "notes", "footnotes", "citations", "sources",
     "bibliography")
)  # fmt: skip

_LONGEST_NAME = 80

Part = tuple[int, str]
"""A heading with its level from 1, or with level 0 a paragraph."""


def structured(text: Text, parts: Iterable[Part]) -> Text:
    """`text` with the words of `parts`, one block each, a blank line between; what shows nothing is left out."""
    blocks: list[Block] = []
    words: list[str] = []
    headings: list[tuple[int, str]] = []
    at = 0
    for level, part in parts:
        plain = " ".join(without_invisible(_CONTROLS.sub(" ", part)).split())
        if not plain:
            continue
        if level:
            headings = [one for one in headings if one[0] < level] + [(level, plain)]
        path = tuple(one for _, one in headings)
        blocks.append(Block(at, at + len(plain), "heading" if level else "prose", path))
        words.append(plain)
        at += len(plain) + 2
    return replace(text, text="\n\n".join(words), blocks=tuple(blocks))


def parts_of_article(extract: str) -> list[Part]:
    """An article of MediaWiki as plain text (`== Heading ==`), without its apparatus and without empty sections."""
    parts: list[Part] = []
    skipped = 0
    for line in extract.split("\n"):
        if found := _HEADING.fullmatch(line.strip()):
            level = len(found[1]) - 1
            if skipped and level > skipped:
                continue
            skipped = level if found[2].lower() in _APPENDIX else 0
            parts += [] if skipped else [(level, found[2])]
        elif not skipped and line.strip():
            parts.append((0, line))
    return _without_empty(parts)


def _without_empty(parts: Sequence[Part]) -> list[Part]:
    """Without headings that nothing stands under."""
    kept: list[Part] = []
    for part in reversed(parts):
        level, below = part[0], kept[-1][0] if kept else 1
        if not level or not below or below > level:
            kept.append(part)
    return kept[::-1]


def from_documents(text: Text, documents: Sequence[LoadedDocument], most_characters: int) -> Text:
    """`text` with the words of loaded documents, as far as whole blocks of them fit."""
    blocks: list[Block] = []
    words: list[str] = []
    at = 0
    for document in documents:
        room = most_characters - at
        fitting = [one for one in document.blocks if one.end <= room]
        if not fitting and document.blocks and not at:
            fitting = [replace(document.blocks[0], end=room)]
        if not fitting:
            break
        cut = document.text[: fitting[-1].end]
        blocks += [replace(one, start=one.start + at, end=one.end + at) for one in fitting]
        words.append(cut)
        at += len(cut) + 2
    first = documents[0]
    return replace(
        text,
        title=first.title,
        text="\n\n".join(words),
        date=day_of(first.metadata.get("modified") or first.metadata.get("date")),
        authors=named(first.metadata.get("author")),
        blocks=tuple(blocks),
    )


def day_of(written: MetadataValue | None) -> str:
    """The day of a moment that is written by ISO 8601, "" for anything else."""
    found = _DAY.match(str(written or ""))
    return found[0] if found else ""


def named(authors: MetadataValue | None) -> str:
    """Names as one line. What is too long for one is left out: a page writes there what it likes, unseen."""
    names = authors if isinstance(authors, list) else [str(authors or "")]
    return ", ".join(one for one in map(str, names[:20]) if len(one) <= _LONGEST_NAME)
