"""Pieces as text with their markers."""

import pytest

from answerable.core.outline import Kind, Unit
from answerable.providers.extraction.phrasing import phrase
from answerable.providers.extraction.selection import Piece


def _piece(kind: Kind, text: str, number: int = 1, step: str = "") -> Piece:
    return Piece(number, 0, Unit(kind, text, 0, len(text), 0, step))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It is so.", "It is so [2]."),
        ("It is so", "It is so [2]."),
        ('It says "no."', 'It says "no." [2]'),
        ("Do this:", "Do this [2]:"),
        ("One. Two.", "One [2]. Two [2]."),
    ],
)
def test_each_sentence_has_its_marker(text: str, expected: str) -> None:
    assert phrase([_piece("sentence", text, 2)]) == [expected]


def test_prose_lists_and_code_are_kept_apart() -> None:
    pieces = [
        _piece("sentence", "First."),
        _piece("sentence", "Second."),
        _piece("step", "Open it.", step="1"),
        _piece("step", "Close it.", step="2"),
        _piece("code", "run --all"),
        _piece("row", "depth: 100"),
    ]
    assert "".join(phrase(pieces)) == (
        "First [1]. Second [1].\n\n1. Open it [1].\n2. Close it [1].\n\n```\nrun --all\n``` [1]\n\n- depth: 100 [1]."
    )
