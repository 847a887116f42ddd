"""Paraphrases by template."""

import random

from answerable.evaluation.paraphrases import KINDS, paraphrase, qualify

SENTENCE = "The archive shows many letters of the mayor in the reading room of the town."


def test_a_paraphrase_differs_and_keeps_numbers() -> None:
    said = {paraphrase("The lamp lasts 12 hours.", "dev", random.Random(n)) for n in range(20)}
    assert "The lamp lasts 12 hours." not in said
    assert all("12 hours" in one for one in said)


def test_clauses_move_and_words_change() -> None:
    said = [paraphrase(SENTENCE, "held", random.Random(n)) for n in range(30)]
    assert any("n the reading room of the town, the archive" in one for one in said)
    assert any("demonstrates numerous letters" in one for one in said)


def test_qualifiers_differ_and_parts_have_their_own() -> None:
    kinds = set()
    for n in range(40):
        kind, one, other = qualify("The lamp lasts 12 hours.", "The lamp lasts 9 hours.", "dev", random.Random(n))
        kinds.add(kind)
        assert one.split("the lamp")[0] != other.split("the lamp")[0]
        assert one.endswith("lasts 12 hours.")
    assert kinds == set(KINDS)
    dev, held = (qualify("The lamp is red.", "The lamp is blue.", part, random.Random(1)) for part in ("dev", "held"))
    assert dev[1] != held[1]
