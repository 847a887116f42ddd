"""Chunks of the text of a page or an article that a source of research gave."""

import re
from collections.abc import Callable, Iterator, Sequence

from answerable.agents.sources.base.source import Text
from answerable.core.documents import Block, BlockKind, Chunk, LoadedDocument
from answerable.core.ports import Chunker

_LINE = re.compile(r"[^\n]*\S[^\n]*")
_HEADING = re.compile(r"(#{1,6})\s+(.*\S)")
_ITEM = re.compile(r"(?:[-*•]|\d{1,3}[.)])\s")
_KIND = "text/plain"


def page_cutter(chunker: Chunker) -> Callable[[Text], Sequence[Chunk]]:
    """Cuts a text by the blocks that its source gave; else where its lines end: `#` lines are headings, `- ` items."""

    def cut(text: Text) -> Sequence[Chunk]:
        blocks = text.blocks or tuple(_blocks(text.text))
        return chunker.chunk(LoadedDocument("page", text.title, text.text, blocks, _KIND))

    return cut


def _blocks(text: str) -> Iterator[Block]:
    path: list[tuple[int, str]] = []
    for found in _LINE.finditer(text):
        line = found.group().strip()
        start = found.start() + len(found.group()) - len(found.group().lstrip())
        kind: BlockKind = "list" if _ITEM.match(line) else "table" if line.startswith("| ") else "prose"
        if heading := _HEADING.fullmatch(line):
            level = len(heading[1])
            path = [*(one for one in path if one[0] < level), (level, heading[2])]
            kind = "heading"
        yield Block(start, start + len(line), kind, tuple(name for _, name in path))
