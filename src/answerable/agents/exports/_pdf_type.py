"""Type for the PDF: which font has a character, how wide it is, and where lines break.

Fonts of the package are tried in order: the one of the style, then DejaVu Sans (symbols, Hebrew, Arabic), then Droid
Sans Fallback (Chinese, Japanese, Korean). A font is opened when its first character is met. All lengths are points.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from fpdf import FPDF

from answerable.agents.exports._pdf_scripts import joined, runs_right_to_left, visual_order
from answerable.agents.exports.base.text import begins_right_to_left

FOLDER = Path(__file__).with_name("fonts")
Face = Literal["regular", "bold", "italic", "mono"]
FILES = {
    "regular": "NotoSans-Regular.ttf",
    "bold": "NotoSans-Bold.ttf",
    "italic": "NotoSans-Italic.ttf",
    "mono": "DejaVuSansMono.ttf",
    "symbols": "DejaVuSans.ttf",
    "han": "DroidSansFallback-Han.ttf",
    "hangul": "DroidSansFallback-Hangul.ttf",
    "rare": "DroidSansFallback-Rare.ttf",
}
MISSING = "□"
"""Stands for a character that no font has, or that would stand wrong without shaping."""

# The symbols font has letters of scripts whose marks and joins it cannot place without shaping: Indic to Tibetan, N'Ko.
_UNSHAPED = re.compile("[\u0700-\u08ff\u0900-\u0fff\u1000-\u109f\u1780-\u18af\u1a00-\u1b7f]")
_SQUARE = "\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\ufe30-\ufe4f\uff01-\uff60\uffe0-\uffe6"
_TOKENS = re.compile(f"\\s+|[{_SQUARE}]|[^\\s{_SQUARE}]+")
_NOT_FIRST = frozenset("、。，．・：；？！）］｝〉》」』】〕〗”’ーぁぃぅぇぉっゃゅょァィゥェォッャュョ々…‥％%)]},.;:!?")
_NOT_LAST = frozenset("（［｛〈《「『【〔〖“‘([{￥＄")
_WITHIN = re.compile(r"(?<=[^\W\d_][-\u2013\u2014/])(?=[^\W\d_])")

Colour = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Style:
    """How text looks. `rise` lifts it above the line; `link` is "#anchor", an address or ""."""

    face: Face
    size: float
    colour: Colour
    rise: float = 0.0
    link: str = ""


@dataclass(slots=True)
class Glyphs:
    """Text in one font and style, its left end at `x` and its baseline at `y`."""

    x: float
    y: float
    font: str
    style: Style
    text: str
    width: float


@dataclass(slots=True)
class Line:
    """Pieces of one line, `y` of each 0; `right_to_left` lines are set from the right edge."""

    pieces: list[Glyphs] = field(default_factory=list)
    width: float = 0.0
    right_to_left: bool = False


@dataclass(slots=True)
class _Unit:
    """What may not be broken. `space` is the blank before it, none where it opens a line."""

    pieces: list[Glyphs]
    width: float
    space: float


class Type:
    """The fonts of one PDF."""

    def __init__(self, pdf: FPDF) -> None:
        self._pdf = pdf
        self._fonts: dict[str, Any] = {}
        self._known: dict[tuple[str, str], tuple[str, float]] = {}
        self._words: dict[tuple[str, str], list[tuple[str, str, float]]] = {}  # by face and word
        self._showable: dict[str, bool] = {}

    def close(self) -> None:
        """Close the files of fonts; they are read until the PDF is written."""
        for font in self._fonts.values():
            font.close()

    def shown(self, text: str) -> str:
        """`text` as it is set: composed, joined, without marks that nobody sees; `MISSING` for what cannot be shown."""
        if text.isascii():
            return text
        kept = (c for c in unicodedata.normalize("NFC", joined(text)) if c.isspace() or not _unseen(c))
        return "".join(c if self._has(c) else MISSING for c in kept)

    def cannot_show(self, texts: Iterable[str]) -> int:
        """How many characters of `texts` no font shows rightly."""
        return sum(self.shown(text).count(MISSING) - text.count(MISSING) for text in texts if not text.isascii())

    def width(self, text: str, style: Style) -> float:
        """The width of text on one line."""
        return sum(piece.width for piece in self._pieces(self.shown(text), style))

    def lines(self, runs: Sequence[tuple[str, Style]], width: float) -> list[Line]:
        """Runs of text broken into lines of at most `width`, at least one line. Runs follow each other without a blank.

        A run in mono keeps its blanks and breaks only where the line ends.
        """
        prepared = [(self.shown(text), style) for text, style in runs]
        whole = "".join(text for text, _ in prepared)
        lines = list(self._broken(self._units(prepared), width))
        if runs_right_to_left(whole):
            base = begins_right_to_left(whole)
            lines = [self._reordered(line, base) for line in lines]
        return lines

    def _has(self, char: str) -> bool:
        known = self._showable.get(char)
        if known is None:
            known = self._showable[char] = self._find("regular", char) is not None
        return known

    def _font(self, key: str) -> Any:
        if key not in self._fonts:
            self._pdf.add_font(key, "", FOLDER / FILES[key])
            self._fonts[key] = self._pdf.fonts[key]
        return self._fonts[key]

    def _find(self, face: str, char: str) -> tuple[str, float] | None:
        """The font that has `char` and its width in thousandths of the size."""
        found = self._known.get((face, char))
        if found is None and not _UNSHAPED.match(char):
            for key in (face, *_others(char)):
                font = self._font(key)
                if ord(char) in font.cmap:
                    found = self._known[face, char] = (key, float(font.cw[ord(char)]))
                    break
        return found

    def _pieces(self, text: str, style: Style) -> list[Glyphs]:
        known = self._words.get((style.face, text))
        if known is None:
            known = self._words[style.face, text] = self._measured(text, style.face)
        size = style.size / 1000
        return [Glyphs(0.0, 0.0, font, style, part, units * size) for font, part, units in known]

    def _measured(self, text: str, face: str) -> list[tuple[str, str, float]]:
        """Parts of `text` of one font each, with their widths in thousandths of the size."""
        parts: list[tuple[str, str, float]] = []
        for char in text:
            font, units = self._find(face, char) or self._find(face, MISSING) or (face, 0.0)
            if parts and parts[-1][0] == font:
                parts[-1] = (font, parts[-1][1] + char, parts[-1][2] + units)
            else:
                parts.append((font, char, units))
        return parts

    def _units(self, runs: Iterable[tuple[str, Style]]) -> Iterator[_Unit]:
        unit, space, last = _Unit([], 0.0, 0.0), 0.0, ""
        for text, style in runs:
            for token in _TOKENS.findall(text) if style.face != "mono" else [text]:
                if token.isspace() and style.face != "mono":
                    space = self.width(" ", style)
                    continue
                for i, part in enumerate(_WITHIN.split(token)):
                    if unit.pieces and (space or i or _between_squares(last, part)):
                        yield unit
                        unit = _Unit([], 0.0, space)
                    pieces = self._pieces(part, style)
                    unit.pieces += pieces
                    unit.width += sum(piece.width for piece in pieces)
                    space, last = 0.0, part
        if unit.pieces:
            yield unit

    def _broken(self, units: Iterable[_Unit], width: float) -> Iterator[Line]:
        line = Line()
        for unit in units:
            for part in [unit] if unit.width <= width else self._torn(unit, width):
                if line.pieces and line.width + part.space + part.width > width:
                    yield line
                    line = Line()
                _append(line, part)
        yield line

    def _torn(self, unit: _Unit, width: float) -> Iterator[_Unit]:
        """Parts of a word that is wider than a line: an address breaks behind its signs, else anywhere."""
        space = unit.space
        for piece in unit.pieces:
            for text in _chunks(piece.text) if piece.style.face != "mono" else [piece.text]:
                size = sum(one.width for one in self._pieces(text, piece.style))
                for part in [text] if size <= width else list(text):
                    pieces = self._pieces(part, piece.style)
                    yield _Unit(pieces, sum(one.width for one in pieces), space)
                    space = 0.0

    def _reordered(self, line: Line, base: bool) -> Line:
        """The line as it is seen: characters from left to right."""
        chars: list[tuple[str, Style]] = []
        end = 0.0
        for piece in line.pieces:
            if chars and piece.x - end > 0.01:
                chars.append((" ", piece.style))
            chars += [(char, piece.style) for char in piece.text]
            end = piece.x + piece.width
        text = "".join(char for char, _ in chars)
        new = Line(right_to_left=base)
        for i, char in visual_order(text, base):
            for piece in self._pieces(char, chars[i][1]):
                _append(new, _Unit([piece], piece.width, 0.0))
        return new


def _unseen(char: str) -> bool:
    return (
        unicodedata.category(char) in ("Cf", "Cc")
        or "\ufe00" <= char <= "\ufe0f"
        or "\U000e0100" <= char <= "\U000e01ef"
    )


def _between_squares(last: str, token: str) -> bool:
    """Whether a line may end between two tokens that no blank divides: at a Chinese or Japanese character it may."""
    square = re.match(f"[{_SQUARE}]", token) or re.match(f"[{_SQUARE}]", last[-1:])
    return bool(square) and token[0] not in _NOT_FIRST and last[-1:] not in _NOT_LAST


def _others(char: str) -> tuple[str, ...]:
    """Fonts to try where the style's own has no such character; Korean syllables need not open those of Chinese."""
    if "\uac00" <= char <= "\ud7a3" or "\u1100" <= char <= "\u11ff":
        return ("hangul",)
    return ("han", "rare") if re.match(f"[{_SQUARE}]", char) else ("symbols", "han", "rare")


def _chunks(text: str) -> list[str]:
    return [part for part in re.split(r"(?<=[/?&=#_.:;,%+-])", text) if part]


def _append(line: Line, unit: _Unit) -> None:
    """Put a unit at the end of the line; text of one font and style is one piece, with its blanks."""
    x = line.width + (unit.space if line.pieces else 0.0)
    for piece in unit.pieces:
        last = line.pieces[-1] if line.pieces else None
        gap = x - line.width
        if (
            last
            and last.style == piece.style
            and last.font == piece.font
            and (not gap or piece.font == piece.style.face)
        ):
            last.text += (" " if gap else "") + piece.text
            last.width += gap + piece.width
        else:
            line.pieces.append(Glyphs(x, 0.0, piece.font, piece.style, piece.text, piece.width))
        x += piece.width
        line.width = x
