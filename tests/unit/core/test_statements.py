"""What is read out of one sentence."""

from answerable.core.statements import Facts, read


def _denied(facts: Facts) -> set[str]:
    return {facts.tokens[at].stem for targets in facts.denied for at in targets}


def test_a_negator_denies_the_words_of_weight_after_it() -> None:
    assert _denied(read("It does not always support copied programs.")) == {"support", "copi"}
    assert _denied(read("The first works, the second does not.")) == {"second"}
    assert _denied(read("It is not only fast.")) == set()


def test_a_modal_gives_its_force_to_the_verb() -> None:
    facts = read("The update may fail, and you must restart the server.")
    assert {facts.tokens[at].lower: kind for at, kind in facts.force.items()} == {"fail": "doubt", "restart": "duty"}
    assert read("It was released on 4 May 2024.").force == {}
    assert list(read("You may skip this step.").force.values()) == ["ability"]


def test_a_name_is_told_from_the_start_of_a_sentence() -> None:
    facts = read("Hold the Home button. Samsung made the QN90.")
    assert facts.names == {"hom", "qn90"}


def test_a_line_break_in_prose_does_not_end_a_sentence() -> None:
    facts = read("The new version\nis complete. The old one\n\n- stays")
    assert [token.sentence for token in facts.tokens if token.lower in ("new", "complete", "old", "stays")] == [
        0,
        0,
        1,
        2,
    ]


def test_money_sign_and_bound_belong_to_the_number() -> None:
    facts = read("It costs $5, falls to -3 and needs at least 10 minutes.")
    assert set(facts.numbers) == {"$5", "-3", "10"}
    assert [token.limit for token in facts.tokens if token.value] == ["", "", "least"]
