"""Passages taken apart where a heading stands: what is found holds several subjects, a section of a report has one."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise, takewhile
from typing import Any

from answerable.core.documents import Passage

_LEAST = 60
"""Characters below a heading; less is no text of its own, and stays with what is before it."""

Blocks = Sequence[Sequence[Any]]
"""Of a document, each as [start, end, kind, heading path, page]; offsets count in the document."""


def parted(passage: Passage, blocks: Blocks) -> list[Passage]:
    """The passage, a part for each heading inside of it, in order; `blocks` are those of its document."""
    inside = [block for block in blocks if block[1] > passage.start and block[0] < passage.end]
    cuts = [passage.start, *_beginnings(passage, inside), passage.end]
    return [_part(passage, start, end, inside) for start, end in pairwise(cuts)]


def _beginnings(passage: Passage, inside: Blocks) -> list[int]:
    """Where headings begin a part: there is text below them, and before."""
    runs = [(passage.start, 0)]
    below_heading = False
    for start, end, kind, *_ in inside:
        if kind == "heading":
            if not below_heading and runs[-1][1]:
                runs.append((start, 0))
        else:
            begin, told = runs[-1]
            runs[-1] = begin, told + min(end, passage.end) - max(start, passage.start)
        below_heading = kind == "heading"
    kept = runs[:1]
    for begin, told in runs[1:]:
        if min(told, kept[-1][1]) < _LEAST:
            kept[-1] = kept[-1][0], kept[-1][1] + told
        else:
            kept.append((begin, told))
    return [begin for begin, _ in kept[1:]]


def _part(passage: Passage, start: int, end: int, inside: Blocks) -> Passage:
    path = _shared([block[3] for block in inside if block[1] > start and block[0] < end]) or passage.heading_path
    if start == passage.start and end == passage.end:
        return replace(passage, heading_path=path)
    text = passage.text[start - passage.start : end - passage.start].rstrip()
    header = passage.header
    if start > passage.start:  # the row above what is cut off a table stands in the header of the first part alone
        header = " > ".join(dict.fromkeys(one for one in (passage.title, *path) if one))
    page = passage.page_at(start)
    return replace(passage, text=text, start=start, end=start + len(text), heading_path=path, header=header, page=page)


def _shared(paths: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """The headings that all of them have, from the outermost on."""
    levels = takewhile(lambda level: len(set(level)) == 1, zip(*paths, strict=False))
    return tuple(level[0] for level in levels)
