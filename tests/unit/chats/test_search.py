import pytest
from hypothesis import given
from hypothesis import strategies as st

from answerable.chats import search
from answerable.chats.search import Query, parse_query, score, snippet_of
from answerable.core.folding import Word, placed_words
from answerable.storage.message_search import Phrase, Terms


def phrase(*words: str, prefix: bool = False) -> Phrase:
    return Phrase(words, prefix)


@pytest.mark.parametrize(
    ("typed", "wanted", "unwanted"),
    [
        ("Reset TV", [phrase("reset"), phrase("tv")], []),
        ('"power button" hold', [phrase("power", "button"), phrase("hold")], []),
        ('reset -tv -"red light"', [phrase("reset")], [phrase("tv"), phrase("red", "light")]),
        ('tele* "power but"*', [phrase("tele", prefix=True), phrase("power", "but", prefix=True)], []),
        ("t*", [phrase("t")], []),
        ("e-mail user_name", [phrase("e", "mail"), phrase("user", "name")], []),
        ("東京* 駅", [phrase("東", "京"), phrase("駅")], []),
        ('"never closed', [phrase("never", "closed")], []),
        (
            "NEAR(a b) AND owner:x ^ * \" -- '",
            [phrase("near", "a"), phrase("b"), phrase("and"), phrase("owner", "x")],
            [],
        ),
        ("role:king tag: -tag:x", [phrase("role", "king"), phrase("tag")], [phrase("tag", "x")]),
    ],
)
def test_what_is_typed_becomes_terms(typed: str, wanted: list[Phrase], unwanted: list[Phrase]) -> None:
    assert parse_query(typed).terms == Terms(tuple(wanted), tuple(unwanted))


def test_filters_are_taken_out_of_the_words() -> None:
    query = parse_query('boat folder:"work/my boats" tag:later TAG:"two words" role:User')
    assert query == Query(Terms((phrase("boat"),)), "work/my boats", ("later", "two words"), "user")


@pytest.mark.parametrize("typed", ["", "  ", '""', "*", "- -", "!!!"])
def test_what_holds_no_word_asks_for_nothing(typed: str) -> None:
    assert parse_query(typed).asks_nothing


@given(st.text(max_size=200))
def test_nothing_that_is_typed_is_an_error(typed: str) -> None:
    query = parse_query(typed)
    for one in (*query.terms.wanted, *query.terms.unwanted):
        assert all(word.isalnum() for word in one.words)


def test_a_snippet_shows_where_most_of_it_is_found() -> None:
    text = "reset " + "filler " * 200 + "Then, reset\nthe Télévision at once. " + "filler " * 200
    found = snippet_of(text, (phrase("reset"), phrase("tele", prefix=True)))
    assert [found.text[start:end] for start, end in found.marks] == ["reset", "Télévision"]
    assert (found.cut_before, found.cut_after) == (True, True)
    assert "\n" not in found.text
    assert len(found.text) <= 240


def test_a_short_text_is_shown_whole_and_overlaps_are_marked_once() -> None:
    found = snippet_of("the power button", (phrase("power", "button"), phrase("button"), phrase("the", "power")))
    assert (found.text, found.marks) == ("the power button", ((0, 9), (10, 16)))
    assert (found.cut_before, found.cut_after) == (False, False)


def test_what_is_not_found_shows_the_beginning() -> None:
    found = snippet_of("word " * 300, (phrase("absent"),))
    assert found.text.startswith("word word")
    assert found.marks == ()


def test_a_match_far_behind_is_found() -> None:
    found = snippet_of("filler " * 3_000 + "needle", (phrase("needle"),))
    assert [found.text[start:end] for start, end in found.marks] == ["needle"]


def test_more_matches_in_fewer_words_score_higher() -> None:
    phrases = (phrase("boat"),)
    ranked = ["boat boat boat", "a boat and a boat", "one boat " + "filler " * 100]
    assert sorted(ranked, key=lambda text: -score(text, phrases, 10)) == ranked


@pytest.mark.parametrize("place", [0, 3_755, 3_990, 4_000, 50_000, 99_000])
def test_a_match_is_shown_wherever_it_stands_and_only_its_surroundings_are_folded(
    place: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    folded = list[int]()

    def watched(text: str) -> list[Word]:
        folded.append(len(text))
        return placed_words(text)

    monkeypatch.setattr(search, "placed_words", watched)
    text = ("é " * (place // 2)) + "the Café door " + ("é " * ((100_000 - place) // 2))
    found = snippet_of(text, [phrase("cafe", "door")])
    assert [found.text[start:end] for start, end in found.marks] == ["Café door"]
    assert sum(folded) <= 8_000
