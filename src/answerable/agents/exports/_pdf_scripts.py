"""Scripts that run from right to left: the forms of Arabic letters, and the order in which a line shows its characters.

Arabic letters take the forms that Unicode lists for old programs (FB50 to FEFC), which the font has; so no shaping
library is needed. What needs one (Devanagari, Thai and their like) the PDF does not show: see `_pdf_type.py`.
"""

import functools
import re
import unicodedata

from fpdf.bidi import BidiParagraph
from fpdf.enums import TextDirection

_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
_ARABIC = re.compile("[\u0621-\u06d3]")
_JOINS_BOTH = "\u0640\u200d"
_LAM, _ALEF = "\u0644", "\u0622\u0623\u0625\u0627"
_MIRRORED = dict(zip("()[]{}<>«»‹›≤≥", ")(][}{><»«›‹≥≤", strict=True))


@functools.cache
def _forms() -> dict[str, dict[str, str]]:
    """Letters (or lam with alef) to the form of each place: isolated, initial, medial, final."""
    forms: dict[str, dict[str, str]] = {}
    for code in (*range(0xFB50, 0xFBFF), *range(0xFE80, 0xFEFD)):
        place, *letters = unicodedata.decomposition(chr(code)).split()[:3] or [""]
        if place in ("<isolated>", "<initial>", "<medial>", "<final>"):
            base = "".join(chr(int(letter, 16)) for letter in letters)
            forms.setdefault(base, {}).setdefault(place[1:-1], chr(code))
    return forms


def runs_right_to_left(text: str) -> bool:
    """Whether any of `text` is of a script that runs from right to left."""
    return bool(_RIGHT_TO_LEFT.search(text))


def joined(text: str) -> str:
    """Arabic letters in the forms that their neighbours ask for; other text as it is."""
    if not _ARABIC.search(text):
        return text
    units = re.findall(f"{_LAM}[{_ALEF}]|.", text, re.DOTALL)
    seen = [(i, unit) for i, unit in enumerate(units) if unicodedata.category(unit[0]) != "Mn"]
    for place, (i, unit) in enumerate(seen):
        before = place > 0 and _reaches(seen[place - 1][1])
        after = place + 1 < len(seen) and _reaches(unit) and _takes(seen[place + 1][1])
        units[i] = _form(unit, before, after)
    return "".join(units).replace("\u200d", "").replace("\u200c", "")


def _reaches(unit: str) -> bool:
    """Whether the letter joins the one that follows it."""
    return unit in _JOINS_BOTH or "initial" in _forms().get(unit, {})


def _takes(unit: str) -> bool:
    """Whether the letter joins the one before it."""
    return unit in _JOINS_BOTH or "final" in _forms().get(unit, {})


def _form(unit: str, before: bool, after: bool) -> str:
    known = _forms().get(unit)
    if known is None:
        return unit
    before = before and "final" in known
    place = ("medial" if after else "final") if before else ("initial" if after else "isolated")
    return known.get(place, unit)


def visual_order(text: str, right_to_left: bool) -> list[tuple[int, str]]:
    """The characters of one line from left to right: where each stands in `text`, and it or its mirror image.

    `right_to_left` is the direction of the paragraph.
    """
    direction = TextDirection.RTL if right_to_left else TextDirection.LTR
    order: list[tuple[int, str]] = []
    for one in BidiParagraph(text, base_direction=direction, preserve_bn_chars=True).get_reordered_characters():
        char = text[one.character_index]
        order.append((one.character_index, _MIRRORED.get(char, char) if one.embedding_level % 2 else char))
    return order
