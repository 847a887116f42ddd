from answerable.core.statements import read, stem, words


def test_a_sentence_is_read_as_numbers_names_and_what_is_denied() -> None:
    facts = read("The remote by Maria Keller does not cover 3 batteries.")
    assert facts.numbers.keys() == {"3"}
    assert [token.lower for token in facts.tokens if token.name] == ["maria", "keller"]
    assert facts.denied
    assert "batteri" in facts.stems or stem("batteries") in facts.stems


def test_words_that_mean_the_same_have_one_stem() -> None:
    assert stem("batteries") == stem("battery")
    assert stem("embedded") == stem("embeds")


def test_an_affirmed_sentence_denies_nothing_and_empty_text_says_nothing() -> None:
    assert read("The warranty covers water damage.").denied == ()
    assert read("").tokens == ()
    assert words("") == []
