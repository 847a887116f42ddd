from answerable.core.messages import Sentence
from answerable.gateway.guards.masks import MaskTable
from answerable.gateway.guards.pii import Finder
from answerable.gateway.guards.sentence_window import SentenceWindow
from answerable.gateway.guards.window import Scan

SCAN = Scan.of(Finder(("card", "api_key", "ssn")))


def window() -> SentenceWindow:
    table = MaskTable()
    return SentenceWindow(SCAN, table, lambda found: table.name(found.kind, found.value, keep=False))


def texts(sentences: list[Sentence]) -> list[str]:
    return [sentence.text for sentence in sentences]


def test_a_sentence_that_is_over_leaves_at_once() -> None:
    assert texts(window().push(Sentence("The TV has two ports.", ()))) == ["The TV has two ports."]


def test_a_secret_inside_of_a_sentence_is_masked() -> None:
    assert texts(window().push(Sentence("Pay with 4111 1111 1111 1111.", ()))) == ["Pay with [CARD_1]."]


def test_a_secret_that_two_sentences_share_is_masked_once() -> None:
    stage = window()
    assert stage.push(Sentence("The card is 4111 1111", ())) == []
    out = texts([*stage.push(Sentence(" 1111 1111 and more.", ())), *stage.flush()])
    assert "".join(out) == "The card is [CARD_1] and more."


def test_what_waits_leaves_at_the_end() -> None:
    stage = window()
    assert stage.push(Sentence("It costs 12", ())) == []
    assert texts(stage.flush()) == ["It costs 12"]
    assert stage.flush() == []
