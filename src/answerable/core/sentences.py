"""Where sentences begin and end: of stored text as spans, and of a running answer piece by piece.

Blank lines, list items, table rows and indented lines always end a sentence; a single line break inside prose does
not, nor does a page number on its own line. A fenced code block is one piece. Citation markers (`[1][3]`) after the
full stop belong to the sentence before them.
"""

import re
from itertools import pairwise

_WORD = r"(?:(?:sources?|passages?|documents?|docs?|references?|refs?|citations?)[ :#]*)?"
_NUMBERS = rf"{_WORD}\^?\d{{1,3}}(?:\s*(?:[,;&–-]|and)\s*{_WORD}\d{{1,3}})*"
MARKER = rf"(?i:\[{{1,2}}{_NUMBERS}\]{{1,2}}(?:\(#?[^()\s]*\))?|【{_NUMBERS}[^】\n]{{0,24}}】)"
"""A citation in any usual form: `[1]`, `[1, 2]`, `[1-3]`, `[^1]`, `[source 1]`, `[1](#1)`, `【1†source】`."""
_MARKS = rf"(?:[ \t]*{MARKER})*"
_BREAK = re.compile(
    r"(?P<block>\n[ \t]*\n\s*)"
    r"|(?P<line>\n(?![ \t]*[-–] ?\d{1,4} ?[-–][ \t]*(?:\n|$))"
    r"(?=[ \t]*(?:[-*+•‣▪●◦–][ \t]|\d{1,3}[.)][ \t]|[A-Za-z][.)][ \t]|#{1,6}[ \t]|\||>)|    |\t))"
    r"|(?P<row>\|[ \t]*\n)"
    r"|(?P<wide>[。！？｡]+[”’」』）)\"']*" + _MARKS + r")"
    r"|(?P<stop>[.!?…।॥؟۔]+[\"'”’)\]»*_]*" + _MARKS + r"\.?)(?=\s|$)"
)
_SHORT_FORMS = (
    "e.g i.e eg ie etc vs cf al approx resp incl est dr mr mrs ms prof st sr jr rev gen col sgt capt lt hon gov "
    "no nos fig figs eq eqs sec ch vol pp p ed eds art dept inc ltd co corp jan feb mar apr jun jul aug sep sept oct "
    "nov dec mt ave blvd min max ca viz op cit tel ext ref refs tab bzw z.b d.h u.a usw ph.d a.m p.m u.s u.k"
)
_ABBREVIATIONS = frozenset(_SHORT_FORMS.split())
_CLOSING = frozenset(["etc", "al", "inc", "ltd", "co", "corp", "jr", "sr", "a.m", "p.m", "u.s", "u.k", "ph.d", "usw"])
_FIRST_WORDS = (
    "The This These That Those It He She We They You I In On At If When While After Before For To A An But And However "
    "There Here As By Our Their His Her Its Select Press Click Use See"
)
_STARTERS = frozenset(_FIRST_WORDS.split())
_LAST_WORD = re.compile(r"[^\s(\[\"'“‘*]+$")
_NEXT = re.compile(r"\s*([\"'“‘(\[*_]*)(\w*)")
_LIST_NUMBER = re.compile(r"(?:^|\n)[ \t]*(?:\d{1,3}|[A-Za-z])$")
_FENCE = re.compile(
    r"^(?P<indent>[ \t]*)(?P<fence>```+|~~~+)[^\n]*\n(?:.*?\n)??[ \t]*(?P=fence)(?:\s*" + MARKER + r")*[ \t]*(?=\n|$)",
    re.MULTILINE | re.DOTALL,
)
_OPEN_FENCE = re.compile(r"^[ \t]*(?:```|~~~)", re.MULTILINE)
_PENDING_MARK = re.compile(rf"{_MARKS}\s*(?:[\[【][^\]】\n]{{0,40}}\]?\.?)?$")
_WORD_PENDING = re.compile(r"\s*\S{0,24}$")
_LOOK_BACK = 40


def split(text: str) -> list[tuple[int, int]]:
    """Spans [start, end) of the sentences of `text`, in order, without surrounding white space."""
    spans: list[tuple[int, int]] = []
    start = 0
    for fence in _FENCE.finditer(text) if "```" in text or "~~~" in text else ():
        _split_plain(spans, text, start, fence.start())
        start = _append(spans, text, fence.start(), fence.end())
    _split_plain(spans, text, start, len(text))
    return spans


def _split_plain(spans: list[tuple[int, int]], text: str, start: int, end: int) -> None:
    for found in _BREAK.finditer(text, start, end):
        if found.lastgroup == "stop" and not _ends(text, start, found):
            continue
        start = _append(spans, text, start, found.end())
    _append(spans, text, start, end)


def _append(spans: list[tuple[int, int]], text: str, start: int, end: int) -> int:
    piece = text[start:end]
    bare = piece.strip()
    if bare:
        first = start + len(piece) - len(piece.lstrip())
        spans.append((first, first + len(bare)))
    return end


def _ends(text: str, start: int, found: re.Match[str]) -> bool:
    """Whether the full stop at `found` ends a sentence, by the words at both sides of it."""
    mark = found.group("stop").rstrip("*_")  # `**How long?** A year.`
    if mark[0] in "!?।॥؟۔":
        return True
    following = _NEXT.match(text, found.end())
    after = following.group(2) if following else ""
    if after[:1].islower():
        return "[" in mark
    if mark[0] == "…" or mark.startswith("..") or mark != ".":
        return True
    before = text[max(start, found.start() - _LOOK_BACK) : found.start()]
    if _LIST_NUMBER.search(before) and "\n" not in text[found.end() : found.end() + 1]:
        return False
    last = _LAST_WORD.search(before)
    return _word_may_end(last.group() if last else "", after)


def _word_may_end(word: str, after: str) -> bool:
    bare = word.lower()
    initials = len(word) == 1 and word.isupper() and word != "I"
    if bare not in _ABBREVIATIONS and not initials:
        return True
    if not after:
        return True
    if bare in {"no", "nos", "fig", "figs", "eq", "sec", "ch", "vol", "pp", "p", "art", "ref", "min", "max"}:
        return not after[0].isdigit() if bare not in {"min", "max", "no"} else after in _STARTERS
    return (bare in _CLOSING or initials) and after in _STARTERS


class SentenceStream:
    """Releases whole sentences of a running text; the pieces, joined, are the text that was fed.

    A sentence is held until the word after it has begun and ended, so that late citation markers stay with it.
    """

    def __init__(self) -> None:
        self._held = ""

    def feed(self, delta: str) -> list[str]:
        """Take more text; the sentences that are now certainly complete, with their leading white space."""
        self._held += delta
        pieces: list[str] = []
        cut = 0
        limit = self._open_fence()
        for _, end in split(self._held):
            if end > limit:
                break
            rest = self._held[end:]
            if _PENDING_MARK.match(rest) or _WORD_PENDING.match(rest):
                break
            pieces.append(self._held[cut:end])
            cut = end
        self._held = self._held[cut:]
        return pieces

    def _open_fence(self) -> int:
        """Where a code block begins whose end has not come; the end of the text when there is none."""
        closed = _FENCE.sub(lambda found: " " * len(found[0]), self._held) if "```" in self._held else self._held
        found = _OPEN_FENCE.search(closed)
        return found.start() if found else len(self._held)

    def flush(self) -> list[str]:
        """The text is over: everything that was held, trailing white space with the last piece."""
        held, self._held = self._held, ""
        ends = [end for _, end in split(held)][:-1]
        cuts = [0, *ends, len(held)]
        return [held[a:b] for a, b in pairwise(cuts) if b > a]
