"""Characters as they are stored: NFC, no controls, no invisible marks, no ligatures; and what is garbage."""

import re
import unicodedata

from answerable.core.visible import without_invisible

_NEWLINES = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
_ASCII_SUSPECTS = re.compile("[\x00-\x08\x0b-\x1f\x7f]")
# Latin, Hebrew and Arabic presentation forms, and Kangxi radicals: PDF producers write them for ordinary letters.
_PRESENTATION_FORMS = re.compile("[\ufb00-\ufdcf\ufdf0-\ufdff\ufe70-\ufefc\u2f00-\u2fdf]+")
_SPACES = re.compile("[\xa0\u1680\u2000-\u200a\u202f\u205f]")
_RUNS = re.compile("[ \t]{2,}|\t")
_BLANKS = re.compile(r"[ \t]*\n[ \t\n]*")
_WORD = re.compile(r"\S+")
_MOJIBAKE = re.compile("\xc3[\x80-\xbf\u2018-\u203a\u20ac\u2122]|\xe2\u20ac|\xc2[\xa0-\xbf]")


def clean(text: str) -> str:
    """Characters fit for storing; line structure and spacing stay, so that code survives."""
    if text.isascii():
        if not _ASCII_SUSPECTS.search(text):
            return text
        return _CONTROLS.sub("", _NEWLINES.sub("\n", text))
    text = _NEWLINES.sub("\n", text)
    text = without_invisible(_CONTROLS.sub("", text))
    text = _PRESENTATION_FORMS.sub(lambda m: unicodedata.normalize("NFKC", m[0]), text)
    return unicodedata.normalize("NFC", _SPACES.sub(" ", text))


def tidy(text: str) -> str:
    """`clean`, with runs of spaces collapsed, lines trimmed and blank lines removed: one block of prose."""
    text = clean(text).strip()
    if "  " in text or "\t" in text:
        text = _RUNS.sub(" ", text)
    if "\n" in text:
        text = _BLANKS.sub("\n", text)
    return text


def one_line(text: str) -> str:
    """`tidy` on a single line: titles, headings and table cells."""
    return " ".join(clean(text).split())


def garbage(text: str) -> str | None:
    """Why `text` is not language, or None. Judges whole documents; a few odd characters are nobody's fault.

    Counts what correct extraction does not produce: replacement characters, private-use characters, unassigned code
    points, UTF-8 read as Latin-1, and (cid:12) left by PDF fonts without a character map.
    """
    sample = text if len(text) <= 200_000 else text[:100_000] + text[-100_000:]
    visible = len(sample) - sample.count(" ") - sample.count("\n")
    if visible == 0 or (sample.isascii() and "(cid:" not in sample):
        return None
    odd = sum(_is_odd(char) * sample.count(char) for char in set(sample))
    if odd > max(2, visible * 0.1):
        return f"{odd * 100 // visible} % of its characters have no meaning (its fonts lack a character map)"
    cids = sample.count("(cid:")
    if cids > 3 and cids * 6 > visible * 0.1:
        return "its fonts lack a character map"
    mojibake = len(_MOJIBAKE.findall(sample))
    if mojibake > 3 and mojibake * 2 > visible * 0.2:
        return "its text was stored in a wrong encoding"
    return None


def _is_odd(char: str) -> bool:
    return char == "\ufffd" or unicodedata.category(char) in ("Co", "Cn")


def words(text: str) -> int:
    """Number of space-separated words."""
    return len(_WORD.findall(text))
