"""Word tables: opposites go both ways, and prefixes that deny are told from prefixes that do not."""

import pytest

from answerable.core import lexicon


def test_an_opposite_is_one_in_both_directions() -> None:
    table = lexicon.opposites()
    assert "disable" in table["enable"]
    assert "enable" in table["disable"]
    assert all(word not in others for word, others in table.items())


@pytest.mark.parametrize(
    ("word", "denied"),
    [
        ("unsafe", "safe"),
        ("invalid", "valid"),
        ("impossible", "possible"),
        ("deactivate", "activate"),
        ("unless", ""),
        ("inform", ""),
        ("image", ""),
        ("safe", ""),
    ],
)
def test_a_prefix_denies_a_word_that_is_one(word: str, denied: str) -> None:
    assert lexicon.without_denial(word) == denied
