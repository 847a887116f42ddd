"""What somebody types into the search of their conversations: read into terms, ranked, and shown with marks.

Words, "phrases", -not, begin*, folder:, tag: and role: are understood; everything else is words, so that nothing that
is typed is an error.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from answerable.core.folding import LONGEST_WORD, Word, is_unspaced, may_hold, placed_words, words_of
from answerable.storage.message_search import TITLE, Phrase, Terms

ROLES = ("user", "assistant", "system", "tool", TITLE)

_TOKEN = re.compile(r'(-?)(?:(folder|tag|role):)?(?:"([^"]*)"?|([^\s"]+))(\*?)', re.IGNORECASE)
_MOST_PHRASES, _MOST_WORDS = 20, 20
_SHORTEST_PREFIX = 2
"""Letters: what begins with one letter is nearly everything, and the index has no list for it."""

_SNIPPET, _BEFORE = 240, 60
_FIRST_LOOK = 4_000
_STEP = _FIRST_LOOK - _SNIPPET
"""From one window of a text to the next: what lies across the end of one is whole in the next."""
_K, _B = 1.2, 0.75
"""BM25's usual constants (Robertson and Zaragoza 2009)."""


@dataclass(frozen=True, slots=True)
class Query:
    """What was typed. It asks for nothing when nothing in it can be looked for."""

    terms: Terms
    folder: str | None = None
    tags: tuple[str, ...] = ()
    role: str | None = None

    @property
    def asks_nothing(self) -> bool:
        """Whether neither words nor filters are left."""
        return not (self.terms.wanted or self.terms.unwanted or self.folder or self.tags or self.role)


@dataclass(frozen=True, slots=True)
class Snippet:
    """A piece of a text; `marks` are the matches in it, as (start, end) in characters of the piece."""

    text: str
    marks: tuple[tuple[int, int], ...]
    cut_before: bool
    cut_after: bool


def parse_query(typed: str) -> Query:
    """Never raises: an open quotation mark ends with the text, an unknown role is a word."""
    wanted, unwanted, folder, role, tags = list[Phrase](), list[Phrase](), None, None, list[str]()
    for sign, field, quoted, bare, star in _TOKEN.findall(typed):
        value, name = quoted or bare, field.lower()
        if name == "folder" and not sign and value.strip("/ "):
            folder = value.strip("/ ")
        elif name == "tag" and not sign and value.strip():
            tags.append(value.strip())
        elif name == "role" and not sign and value.lower() in ROLES:
            role = value.lower()
        elif phrase := _phrase(f"{field} {value}", prefix=bool(star) or bare.endswith("*")):
            (unwanted if sign else wanted).append(phrase)
    terms = Terms(tuple(wanted[:_MOST_PHRASES]), tuple(unwanted[:_MOST_PHRASES]))
    return Query(terms, folder, tuple(tags[:_MOST_PHRASES]), role)


def _phrase(text: str, *, prefix: bool) -> Phrase | None:
    words = tuple(words_of(text)[:_MOST_WORDS])
    if not words:
        return None
    goes_on = prefix and _SHORTEST_PREFIX <= len(words[-1]) < LONGEST_WORD and not is_unspaced(words[-1])
    return Phrase(words, goes_on)


def score(text: str, phrases: Sequence[Phrase], typical: float) -> float:
    """How much a text that matches is about what was looked for: BM25 without the weights of words, which all matches
    hold. `typical` is the usual number of words of the texts that are compared.
    """
    words = words_of(text[:_FIRST_LOOK])
    norm = _K * (1 - _B + _B * len(words) / max(typical, 1.0))
    counts = (len(_places(words, phrase)) for phrase in phrases)
    return sum(count / (count + norm) for count in counts)


def snippet_of(text: str, phrases: Sequence[Phrase]) -> Snippet:
    """The piece of a text that holds most of what was looked for; its beginning where nothing of it is found."""
    marks = next((marks for at in range(0, len(text), _STEP) if (marks := _marks(text, at, phrases))), [])
    start = _best_start(marks)
    start = 0 if start <= _BEFORE else _word_start(text, start - _BEFORE)
    end = len(text) if len(text) - start <= _SNIPPET else _word_end(text, start + _SNIPPET)
    shown = tuple((begin - start, finish - start) for begin, finish, _ in marks if begin >= start and finish <= end)
    piece = "".join(" " if letter.isspace() else letter for letter in text[start:end])
    return Snippet(piece, shown, start > 0, end < len(text))


def _marks(text: str, at: int, phrases: Sequence[Phrase]) -> list[tuple[int, int, int]]:
    """(start, end, number of the phrase) of the matches in the window that begins at a place, of those that do not
    overlap an earlier one.
    """
    begin = _word_start(text, at) if at else 0
    window = text[begin : at + _FIRST_LOOK]
    if not any(may_hold(window, phrase.words[0]) for phrase in phrases):
        return []
    words = [Word(word.text, word.start + begin, word.end + begin) for word in placed_words(window)]
    folded = [word.text for word in words]
    found = sorted(
        (words[place].start, _end(words, place, phrase), number)
        for number, phrase in enumerate(phrases)
        for place in _places(folded, phrase)
    )
    kept: list[tuple[int, int, int]] = []
    for mark in found:
        if not kept or mark[0] >= kept[-1][1]:
            kept.append(mark)
    return kept


def _end(words: Sequence[Word], place: int, phrase: Phrase) -> int:
    return words[place + len(phrase.words) - 1].end


def _places(words: Sequence[str], phrase: Phrase) -> list[int]:
    """Where a phrase begins, as numbers of words."""
    *head, last = phrase.words
    length = len(head)
    return [
        place
        for place, word in enumerate(words[length:])
        if (word.startswith(last) if phrase.prefix else word == last) and list(words[place : place + length]) == head
    ]


def _best_start(marks: Sequence[tuple[int, int, int]]) -> int:
    """The first match of the stretch that holds the most different phrases, then the most matches."""
    best, start = (0, 0), 0
    for number, (begin, _, _) in enumerate(marks):
        inside = [phrase for first, _, phrase in marks[number : number + 50] if first < begin + _SNIPPET - _BEFORE]
        worth = (len(set(inside)), len(inside))
        if worth > best:
            best, start = worth, begin
    return start


def _word_start(text: str, at: int) -> int:
    space = text.find(" ", at, at + 30)
    return at if space < 0 else space + 1


def _word_end(text: str, at: int) -> int:
    space = text.rfind(" ", at - 30, at)
    return at if space < 0 else space
