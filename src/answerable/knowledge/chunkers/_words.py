"""Token counts by word: each distinct word is tokenised once, a text is then counted by looking its words up.

Rests on the rule of `core.ports.Tokenizer` that white space ends a token. On 4,574 pages 950,000 words are 56,000
distinct ones, and counting takes a quarter of what tokenising every page does.
"""

from collections.abc import Sequence

from answerable.core.ports import Tokenizer

Pieces = tuple[int, ...]
"""Where the tokens of a word begin, counted from the word's first character."""

_MOST = 200_000
"""Words remembered, about 30 MB; then it begins anew."""


class WordTokens:
    """The tokens of words. Thread-safe: the table is only added to, or replaced."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        self._known: dict[str, Pieces] = {}

    def pieces(self, words: Sequence[str]) -> list[Pieces]:
        """Where the tokens of each word begin. A word holds no white space; "" has no tokens."""
        known = self._known
        new = [word for word in dict.fromkeys(words) if word not in known]
        if new:
            if len(known) + len(new) > _MOST:
                known = self._known = {}
                new = list(dict.fromkeys(words))
            known.update(zip(new, self._tokenise(new), strict=True))
        return [known[word] for word in words]

    def count(self, text: str) -> int:
        """Number of tokens of a text."""
        return sum(map(len, self.pieces(text.split())))

    def end_of(self, text: str, tokens: int) -> int:
        """Where the first `tokens` tokens of a text end; its length when it has no more than that."""
        spans = self._tokenizer.spans(text)
        return len(text) if len(spans) <= tokens else spans[tokens - 1][1] if tokens else 0

    def _tokenise(self, words: Sequence[str]) -> list[Pieces]:
        """All in one call: the words become lines of one text."""
        found: list[list[int]] = [[] for _ in words]
        index, begin = 0, 0
        for start, _ in self._tokenizer.spans("\n".join(words)):
            while start > begin + len(words[index]):
                begin += len(words[index]) + 1
                index += 1
            found[index].append(start - begin)
        return [tuple(each) for each in found]
