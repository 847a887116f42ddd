"""A passage's text taken apart as a reader sees it: headings, sentences, list items, steps, table rows, code.

Stored text carries no markup for headings and code, so both are told by their shape.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from answerable.core.sentences import split

Kind = Literal["heading", "sentence", "lead", "item", "step", "row", "code"]

_BLANK = re.compile(r"\n[ \t]*\n\s*")
_MARK = re.compile(r"[ \t]*(?:(?P<number>\d{1,2})[.)]|[-*•‣▪●◦–])[ \t]+(?=\S)")
_ITEM_START = re.compile(
    r"^(?![ \t]*[-–] ?\d{1,4} ?[-–][ \t]*$)(?=[ \t]*(?:\d{1,2}[.)]|[-*•‣▪●◦–])[ \t]+\S)", re.MULTILINE
)
_PAGE_NUMBER = re.compile(r"^[ \t]*[-–] ?\d{1,4} ?[-–][ \t]*$", re.MULTILINE)
_CODE_SIGN = re.compile(
    r"(?:^|\s)--?\w|=|[{};$]|\w\(|^\s*(?:[#@<\[]|\"\"\")|://|\w_\w|\w\.\w{2,5}\b(?!\.)|^\s*(?:import|from|def|sudo|pip|npm|curl)\b"
)
_PROSE_LINE = re.compile(r"\s*[A-Z\"“'].*\s\S+\s.*[.!?]$")
_SENTENCE_END = re.compile(r"[.!?。！？:;,]$")
_LINK = re.compile(r"\[([^\[\]]+)\]\([^()\s]*\)")
_MARKUP = re.compile(r"\*\*|(?<!\w)__(?=\w)|(?<=\w)__(?!\w)|<br\s*/?>|&nbsp;|^#{1,6}\s+|^>\s+")
_LONGEST_HEADING = 12
_LONGEST_ITEM = 4
"""Sentences; more of them are prose that happens to follow a mark."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A piece of a passage at [start, end). `text` is what may be shown: one line without marks, or code as it stands.

    `block` counts the paragraphs; items of one list share it. `number` is a step's own.
    """

    kind: Kind
    text: str
    start: int
    end: int
    block: int
    number: str = ""


def units(text: str, headings: Sequence[str] = (), *, in_table: bool = False) -> list[Unit]:
    """The pieces of `text` in order; `headings` are lines known to be headings.

    With `in_table` the text begins inside a table, so that its first row is no head.
    """
    known = {" ".join(heading.split()).lower() for heading in headings}
    blocks = list(_blocks(text))
    found: list[Unit] = []
    for number, (start, end) in enumerate(blocks):
        body = text[start:end]
        if _is_heading(body, known, is_last=number == len(blocks) - 1):
            found.append(Unit("heading", plain(body), start, end, number))
        elif _is_code(body):
            found.append(Unit("code", body.strip("\n"), start, end, number))
        else:
            found.extend(_of_block(text, start, end, number, in_table and not number))
    return found


def plain(text: str) -> str:
    """One line of words without leftover markup."""
    if "](" in text:
        text = _LINK.sub(r"\1", text)
    if text[:1] in "-–" or "\n" in text:
        text = _PAGE_NUMBER.sub("", text)
    return " ".join(_MARKUP.sub(" " if "<" in text or "&" in text else "", text).split())


def _blocks(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for found in _BLANK.finditer(text):
        if text[start : found.start()].strip():
            yield start, found.start()
        start = found.end() - (len(found[0]) - len(found[0].rstrip(" \t")))
    if text[start:].strip():
        yield start, start + len(text[start:].rstrip())


def _is_heading(body: str, known: set[str], *, is_last: bool) -> bool:
    line = " ".join(body.split())
    if line.lower() in known:
        return True
    if "\n" in body.strip() or _MARK.match(line) or line.startswith("|"):
        return False
    short = len(line.split()) <= _LONGEST_HEADING and line[:1].isupper()
    return short and not is_last and not _SENTENCE_END.search(line) and not _CODE_SIGN.search(line)


def _is_code(body: str) -> bool:
    """Whether no line reads like prose and at least one has a sign of code."""
    lines = [line for line in body.splitlines() if line.strip()]
    if any(_PROSE_LINE.match(line) or line.lstrip().startswith(("|", "- ", "* ", "•")) for line in lines):
        return False
    if any(len(line) > 100 and _SENTENCE_END.search(line) for line in lines) or _MARK.match(lines[0]):
        return False
    signed = sum(bool(_CODE_SIGN.search(line)) for line in lines)
    starts_small = all(not line.strip()[0].isupper() or "_" in line or "=" in line for line in lines)
    return signed * 2 >= len(lines) and starts_small and not _SENTENCE_END.search(body.rstrip()[-1:].replace(";", ""))


def _of_block(text: str, start: int, end: int, block: int, headless: bool) -> Iterator[Unit]:
    if text[start:end].lstrip().startswith("|"):
        yield from _rows(text, start, end, block, headless)
        return
    cuts = [start, *(start + found.start() for found in _ITEM_START.finditer(text[start:end])), end]
    for begin, finish in pairwise(cuts):
        mark = _MARK.match(text, begin, finish) if _ITEM_START.match(text, begin) else None
        if mark and len(split(text[mark.end() : finish])) <= _LONGEST_ITEM:
            kind: Kind = "step" if mark["number"] else "item"
            yield Unit(kind, plain(text[mark.end() : finish]), mark.end(), finish, block, mark["number"] or "")
        elif text[begin:finish].strip():
            yield from _sentences(text, begin, finish, block)


def _rows(text: str, start: int, end: int, block: int, headless: bool) -> Iterator[Unit]:
    at = start
    for number, line in enumerate(text[start:end].splitlines(keepends=True)):
        cells = [plain(cell) for cell in line.strip().strip("|").split("|")]
        said = [cell for cell in cells if cell and cell.strip("-: ")]
        if said:
            shown = f"{said[0]}: {', '.join(said[1:])}" if len(said) > 1 else said[0]
            yield Unit("row" if number or headless else "heading", shown, at, at + len(line.rstrip()), block)
        at += len(line)


def _sentences(text: str, start: int, end: int, block: int) -> Iterator[Unit]:
    for begin, finish in split(text[start:end]):
        shown = plain(text[start + begin : start + finish])
        if shown:
            kind: Kind = "lead" if shown.endswith((":", "：")) else "sentence"
            yield Unit(kind, shown, start + begin, start + finish, block)
