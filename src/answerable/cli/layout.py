"""How text and tables are laid out on a terminal: wrapped as it arrives, aligned, shortened where a line must hold."""

import re
from collections.abc import Sequence
from typing import Literal

from rich.console import Console
from rich.markup import escape
from rich.table import Table

WIDEST = 100
"""Columns of running text: longer lines are hard to read."""


class Flowing:
    """Prints an answer as it arrives: prose wrapped between words, list items with a hanging indent, code and rows of
    tables as they are (code indented, without its fences).
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._width = min(console.width, WIDEST)
        self._column = 0
        self._indent = 0
        self._gap = False
        self._code = False

    def write(self, text: str) -> None:
        """Print more; line ends stay, other white space between words of prose becomes one space or a line end."""
        for number, line in enumerate(text.split("\n")):
            if line.strip().startswith("```"):
                self._code = not self._code
                continue
            if number:
                self._break()
                self._indent = 0
            if self._code or line.lstrip().startswith("|"):
                self._put(f"    {line}" if self._code else line)
            else:
                self._flow(line)

    def end(self) -> None:
        """End the line that is begun."""
        if self._column:
            self._break()

    def _flow(self, line: str) -> None:
        if not self._column and (item := re.match(r"\s*(?:[-*•]|\d+[.)]) ", line)):
            self._indent = item.end()
        for piece in re.findall(r"\s+|\S+", line):
            if piece.isspace():
                self._gap = self._column > 0
                continue
            if self._column + self._gap + len(piece) > self._width and self._column > self._indent:
                self._break()
                self._put(" " * self._indent)
            self._put((" " if self._gap else "") + piece)
            self._gap = False

    def _break(self) -> None:
        self._console.print()
        self._column, self._gap = 0, False

    def _put(self, piece: str) -> None:
        words = re.sub(r"(\[\d+\])+$", "", piece)
        marks = f"[cyan]{escape(piece[len(words) :])}[/cyan]" if len(words) < len(piece) and not self._code else ""
        self._console.print(escape(words if marks else piece) + marks, end="", soft_wrap=True)
        self._column += len(piece)


def columns(*titles: str, right: Sequence[str] = ()) -> Table:
    """An empty table without lines; the columns named in `right` hold numbers."""
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim")
    for title in titles:
        side: Literal["left", "right"] = "right" if title in right else "left"
        table.add_column(title, justify=side, no_wrap=True, overflow="ellipsis")
    return table


def shortened(text: str, width: int) -> str:
    """The beginning of a text on one line, at most `width` characters."""
    flat = " ".join(text.split())
    return flat if len(flat) <= width else flat[: max(width - 1, 0)].rstrip() + "…"


def tail(text: str, width: int) -> str:
    """The end of a path on one line, at most `width` characters: the file's name is there."""
    return text if len(text) <= width else "…" + text[len(text) - width + 1 :]


def place(page: int | None, heading_path: Sequence[str], title: str, width: int) -> str:
    """Where in a document: its headings below the title, and the page; at most `width` characters."""
    headings = " > ".join(heading for heading in heading_path if heading != title)
    number = f"page {page}" if page else ""
    room = width - len(number) - 2
    return ", ".join(part for part in (shortened(headings, room) if room > 0 else "", number) if part)
