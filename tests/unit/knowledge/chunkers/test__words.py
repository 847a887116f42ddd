import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from answerable.knowledge.chunkers import _words
from answerable.knowledge.chunkers._atoms import Measure
from answerable.knowledge.chunkers._words import WordTokens
from answerable.knowledge.embedders import minilm

_TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=200),
    st.lists(
        st.sampled_from(["one", " two.", "\n\n", "unbelievably", "漢字かな", "naïve", "🙂", "\u0301", "[SEP]", "-"])
    ).map("".join),
)
_BUNDLED = minilm.build(minilm.Config())


class Letters:
    """A token for each two characters of a word; keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def spans(self, text: str) -> list[tuple[int, int]]:
        self.asked.append(text)
        return [m.span() for m in re.finditer(r"\S{1,2}", text)]

    def count(self, text: str) -> int:
        return len(self.spans(text))


@given(text=_TEXTS)
def test_counting_by_words_equals_counting_the_text(text: str) -> None:
    assert WordTokens(_BUNDLED).count(text) == _BUNDLED.count(text)


@given(text=_TEXTS, data=st.data())
def test_a_measure_finds_the_tokens_where_the_tokenizer_does(text: str, data: st.DataObject) -> None:
    measure, starts = Measure(WordTokens(_BUNDLED), text), [start for start, _ in _BUNDLED.spans(text)]
    begin = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(begin, len(text)))
    assert measure.tokens(begin, end) == sum(begin <= start < end for start in starts)
    left = [start for start in starts if start >= begin]
    more = data.draw(st.integers(0, len(left) + 1))
    assert measure.after(begin, more) == (left[more] if more < len(left) else len(text))


def test_a_word_is_tokenised_once() -> None:
    tokenizer = Letters()
    words = WordTokens(tokenizer)
    assert [words.count("abc de abc"), words.count("de fgh")] == [5, 3]
    assert tokenizer.asked == ["abc\nde", "fgh"]


def test_a_full_table_begins_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_words, "_MOST", 3)
    words = WordTokens(Letters())
    assert [words.count(text) for text in ("a bcd e", "bcd f", "a e bcd f")] == [4, 3, 5]


def test_the_end_of_the_first_tokens() -> None:
    words = WordTokens(Letters())
    assert [words.end_of("abc de", n) for n in range(5)] == [0, 2, 3, 6, 6]
