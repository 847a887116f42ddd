"""An answer's pieces as text: prose as a paragraph, items and steps as lists, code as a block, each with its marker."""

import re
from collections.abc import Sequence
from dataclasses import replace

from answerable.core.outline import Unit
from answerable.core.sentences import split
from answerable.providers.extraction.selection import Piece

_STOPS = ".!?…。！？।"
_LABEL = re.compile(r"\w+\.\s+(?=\w)")
_CLOSING = "\"'”’)]»"


def phrase(pieces: Sequence[Piece]) -> list[str]:
    """The text of the answer, one part for each piece; joined they are the answer."""
    parts: list[str] = []
    before = None
    for piece in _without_lone_steps(pieces):
        parts.append(_gap(before, piece.unit) + _body(piece))
        before = piece.unit
    return parts


def _without_lone_steps(pieces: Sequence[Piece]) -> list[Piece]:
    """A numbered point that stands alone becomes prose, without its label of one word."""
    kinds = ["", *(piece.unit.kind for piece in pieces), ""]
    shown: list[Piece] = []
    for at, piece in enumerate(pieces, start=1):
        if piece.unit.kind == "step" and "step" not in (kinds[at - 1], kinds[at + 1]):
            text = _LABEL.sub("", piece.unit.text)
            piece = replace(piece, unit=replace(piece.unit, kind="sentence", text=text))
        shown.append(piece)
    return shown


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
    text = " ".join(_marked(sentence, mark) for sentence in _whole_sentences(unit.text))
    if unit.kind == "step":
        return f"{unit.number}. {text}"
    return f"- {text}" if unit.kind in ("item", "row") else text


def _whole_sentences(text: str) -> list[str]:
    """The sentences of a unit; one that breaks off behind whole ones was cut by the end of its passage."""
    found = [text[start:end] for start, end in split(text)]
    broken = len(found) > 1 and found[-1][-1].isalnum() and all(one[-1] in _STOPS for one in found[:-1])
    return found[:-1] if broken else found


def _marked(sentence: str, mark: str) -> str:
    """The sentence with its marker before the full stop, or behind a closing quotation mark."""
    last = sentence[-1]
    if last in _CLOSING and len(sentence) > 1 and sentence[-2] in _STOPS:
        return f"{sentence} {mark}"
    if last in _STOPS or last in ":：":
        return f"{sentence[:-1].rstrip()} {mark}{last}"
    return f"{sentence} {mark}."
