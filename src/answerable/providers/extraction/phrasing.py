"""An answer's pieces as text: prose as a paragraph, items and steps as lists, code as a block, each with its marker."""

from collections.abc import Sequence

from answerable.core.outline import Unit
from answerable.core.sentences import split
from answerable.providers.extraction.selection import Piece

_STOPS = ".!?…。！？।"
_CLOSING = "\"'”’)]»"


def phrase(pieces: Sequence[Piece]) -> list[str]:
    """The text of the answer, one part for each piece; joined they are the answer."""
    parts: list[str] = []
    before = None
    for piece in pieces:
        parts.append(_gap(before, piece.unit) + _body(piece))
        before = piece.unit
    return parts


def _gap(before: Unit | None, unit: Unit) -> str:
    if before is None:
        return ""
    if before.kind in ("item", "step", "row") and unit.kind in ("item", "step", "row"):
        return "\n"
    return " " if {before.kind, unit.kind} == {"sentence"} else "\n\n"


def _body(piece: Piece) -> str:
    unit, mark = piece.unit, f"[{piece.number}]"
    if unit.kind == "code":
        return f"```\n{unit.text}\n``` {mark}"
    text = " ".join(_marked(unit.text[start:end], mark) for start, end in split(unit.text))
    if unit.kind == "step":
        return f"{unit.number}. {text}"
    return f"- {text}" if unit.kind in ("item", "row") else text


def _marked(sentence: str, mark: str) -> str:
    """The sentence with its marker before the full stop, or behind a closing quotation mark."""
    last = sentence[-1]
    if last in _CLOSING and len(sentence) > 1 and sentence[-2] in _STOPS:
        return f"{sentence} {mark}"
    if last in _STOPS or last in ":：":
        return f"{sentence[:-1].rstrip()} {mark}{last}"
    return f"{sentence} {mark}."
