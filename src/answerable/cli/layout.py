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
    """Prints text as it arrives, wrapped between words."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._width = min(console.width, WIDEST)
        self._column = 0
        self._gap = False

    def write(self, text: str) -> None:
        """Print more; line ends stay, other white space between words becomes one space or a line end."""
        for piece in re.findall(r"\n|[^\S\n]+|\S+", text):
            if piece == "\n":
                self._break()
            elif piece.isspace():
                self._gap = self._column > 0
            else:
                if self._column + self._gap + len(piece) > self._width:
                    self._break()
                self._put(piece)

    def end(self) -> None:
        """End the line that is begun."""
        if self._column:
            self._break()

    def _break(self) -> None:
        self._console.print()
        self._column, self._gap = 0, False

    def _put(self, piece: str) -> None:
        words = re.sub(r"(\[\d+\])+$", "", piece)
        numbers = piece[len(words) :]
        gap = " " if self._gap else ""
        self._console.print(f"{gap}{escape(words)}[cyan]{escape(numbers)}[/cyan]", end="", soft_wrap=True)
        self._column += len(gap) + len(piece)
        self._gap = False


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


def place(page: int | None, heading_path: Sequence[str], title: str) -> str:
    """Where in a document: its headings below the title, and the page."""
    headings = " > ".join(heading for heading in heading_path if heading != title)
    return ", ".join(part for part in (headings, f"page {page}" if page else "") if part)
