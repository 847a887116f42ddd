"""Decides whether a candidate is personal data or a secret: by checksum, number plan, neighbours and words around it.

A check takes the text and a candidate's span and yields the spans that hold. All of them take time in proportion to
the candidate; the words around it are looked for in a fixed distance.
"""

import ipaddress
import math
import tomllib
from collections.abc import Callable, Iterator
from importlib import resources
from itertools import pairwise

import re2

Span = tuple[int, int]
Check = Callable[[str, int, int], Iterator[Span]]

_KNOWN = tomllib.loads(resources.files(__package__).joinpath("words.toml").read_text("utf-8"))
IBAN_LENGTHS: dict[str, int] = _KNOWN["iban_lengths"]
"""Length by country."""

_BEFORE = 48
"""Characters before a number in which words are looked for: `my card number, which I lost, is` fits."""

_NOT_PERSONAL, _CARD_WORDS, _PHONE_WORDS = (
    "|".join(_KNOWN["words"][name]) for name in ("not_personal", "card", "phone")
)
_CARD_CONTEXT = re2.compile(rf"(?i)\b(?:({_CARD_WORDS})|({_NOT_PERSONAL}))\b|(#)")
_PHONE_CONTEXT = re2.compile(rf"(?i)(?:^|[^\pL])(?:({_PHONE_WORDS})|({_NOT_PERSONAL}|card|iban|ssn))(?:[^\pL]|$)|(#)")
_PHONE_AFTER = re2.compile(r"(?i)^[\W_]{0,3}(?:office|fax|mobile|cell|home|work|phone|tel|direct|landline|whatsapp)\b")
_SSN_CONTEXT = re2.compile(r"(?i)\b(?:ssn|social|itin|taxpayer|tax id)\b")
_VERSION = re2.compile(r"(?i)(?:version|release|firmware|build|driver|section|chapter|clause|\bver?)\.?[ :=]{0,2}$")

_CARD_PLANS = re2.compile(
    r"4(?:[0-9]{12}|[0-9]{15}|[0-9]{18})|5[1-5][0-9]{14}|2(?:22[1-9]|2[3-9][0-9]|[3-6][0-9]{2}|7[01][0-9]|720)[0-9]{12}"
    r"|3[47][0-9]{13}|3(?:0[0-5]|[689][0-9])[0-9]{11}|3(?:0[0-5]|[689][0-9])[0-9]{13}"
    r"|(?:6011|65[0-9]{2}|64[4-9][0-9])[0-9]{12}|35[0-9]{14}|(?:2131|1800)[0-9]{11}"
    r"|62[0-9]{14,17}|(?:50|5[6-9]|6[0-9])[0-9]{10,17}|0604[0-9]{8}|220[0-4][0-9]{12}"
)
"""Issuers and lengths (ISO/IEC 7812): Visa, Mastercard, Amex, Diners, Discover, JCB, UnionPay, Maestro, Mir."""

_DATE = re2.compile(
    r"(?:19|20)[0-9]{2}[-./](?:0?[1-9]|1[0-2])[-./](?:0?[1-9]|[12][0-9]|3[01])(?:[^0-9].*)?"
    r"|(?:0?[1-9]|[12][0-9]|3[01])[-./](?:0?[1-9]|[12][0-9]|3[01])[-./](?:19|20)[0-9]{2}(?:[^0-9].*)?"
    r"|(?:19|20)[0-9]{2}[ ]?[-–/][ ]?(?:19|20)[0-9]{2}"
)
_NORTH_AMERICAN = re2.compile(r"(?:1[-. ]?)?(?:\([2-9][0-9]{2}\) ?[-. ]?|[2-9][0-9]{2}[-. ‑–])[0-9]{3}[-. ‑–][0-9]{4}")
_AREA_IN_BRACKETS = re2.compile(r"\(0?[0-9]{1,5}\)[ /-]{0,2}[0-9]{2,10}(?:[ /-][0-9]{2,5}){0,4}")
_NATIONAL = re2.compile(r"0[1-9][0-9]{0,3}(?:[ /-]{1,3}[0-9]{2,8})(?:[ /-]?[0-9]{2,5}){0,4}|0[1-9][0-9]{8,9}")
_NO_FILE_TYPE = frozenset(_KNOWN["words"]["file_types"])
_GIVEN_AWAY = re2.compile(rf"(?i)^(?:{'|'.join(_KNOWN['words']['placeholders'])}|\*|\.|\$|%|@)")


def anything(_text: str, start: int, end: int) -> Iterator[Span]:
    """Holds as it is."""
    yield start, end


def free_standing(text: str, start: int, end: int) -> Iterator[Span]:
    """Holds unless it is the middle of a longer word."""
    if not _word_before(text, start):
        yield start, end


def key(text: str, start: int, end: int) -> Iterator[Span]:
    """A key with a dashed prefix: `sk-learn-something-very-long` is a word, so a digit must be in it."""
    value = text[start:end]
    if not _word_before(text, start) and (any(c.isdigit() for c in value) or _entropy(value) > 4.2):
        yield start, end


def random(text: str, start: int, end: int) -> Iterator[Span]:
    """Letters and digits mixed as no word mixes them: at least 2.8 bits a character (Shannon), digits among them."""
    value = text[start:end].rstrip(".")
    mixed = any(c.isdigit() for c in value) and any(c.isalpha() for c in value)
    if mixed and _entropy(value) >= 2.8 and not _GIVEN_AWAY.search(value):
        yield start, start + len(value)


def password(text: str, start: int, end: int) -> Iterator[Span]:
    """A value that is no plain word and no placeholder."""
    value = text[start:end].rstrip(".!?:")
    if len(value) >= 6 and not value.isalpha() and not _GIVEN_AWAY.search(value) and any(c.isalnum() for c in value):
        yield start, start + len(value)


def email(text: str, start: int, end: int) -> Iterator[Span]:
    """An address (RFC 5322, the everyday part), and no name of a file such as `icon@2x.png`."""
    value = text[start:end]
    if end - start > 320:
        return
    left = len(value) - len(value.lstrip(".'-%+"))
    local, _, domain = value[left:].partition("@")
    if local and domain.rsplit(".", 1)[-1].lower() not in _NO_FILE_TYPE:
        yield start + left, end


def iban(text: str, start: int, _end: int) -> Iterator[Span]:
    """ISO 7064 MOD 97-10 gives 1, for the length of its country, or for a whole word of any length that IBANs have.

    Groups may be parted by single spaces or dashes.
    """
    if _word_before(text, start):
        return
    word = start
    while word < min(len(text), start + 35) and text[word].isascii() and text[word].isalnum():
        word += 1
    length = IBAN_LENGTHS.get(text[start : start + 2].upper(), 0)
    stop = word if 15 <= word - start <= 34 else _grouped(text, start, length)
    if stop and not _word_after(text, stop) and _mod_97(text[start:stop]) == 1:
        yield start, stop


def _grouped(text: str, start: int, length: int) -> int:
    """Where `length` letters and digits in groups end; 0 when they do not."""
    taken, place = 0, start
    while taken < length and place < len(text):
        char = text[place]
        if char.isascii() and char.isalnum():
            taken += 1
        elif char not in " -" or not text[place - 1].isalnum():
            return 0
        place += 1
    return place if length and taken == length else 0


def _mod_97(value: str) -> int:
    plain = "".join(char for char in value if char.isalnum())
    return int("".join(str(int(char, 36)) for char in plain[4:] + plain[:4])) % 97


def card(text: str, start: int, end: int) -> Iterator[Span]:
    """A known issuer, its length, the check digit of Luhn (ISO/IEC 7812-1); not what is called an order or an id."""
    if _word_before(text, start) or (start and text[start - 1] in ".,+/") or _word_after(text, end):
        return
    groups = _groups(text, start, end)
    first = 0
    while first < len(groups):
        for last in _card_sized(groups, first):
            begin, stop = groups[first][0], groups[last][1]
            number = "".join(text[a:b] for a, b in groups[first : last + 1])
            if luhn(number) and _CARD_PLANS.fullmatch(number) and _card_here(text, begin, last - first + 1):
                yield begin, stop
                first = last
                break
        first += 1


def _card_sized(groups: list[Span], first: int) -> list[int]:
    """Last groups with which the groups from `first` have as many digits as a card, the longest first."""
    sized, digits = [], 0
    for last in range(first, min(first + 7, len(groups))):
        digits += groups[last][1] - groups[last][0]
        if 12 <= digits <= 19:
            sized.append(last)
    return sized[::-1]


def luhn(number: str) -> bool:
    """Whether the last digit is the check digit; a row of one digit is nobody's card."""
    digits = [int(char) for char in number]
    doubled = [2 * digit - 9 * (digit > 4) for digit in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0 and len(set(digits)) > 1


def ssn(text: str, start: int, end: int) -> Iterator[Span]:
    """Areas 000, 666 and 900-999, group 00 and serial 0000 were never given out (ssa.gov); 9xx are taxpayer numbers."""
    digits = "".join(char for char in text[start:end] if char.isdigit())
    if _digit_near(text, start, end) or digits[3:5] == "00" or digits[5:] == "0000" or digits[:3] in ("000", "666"):
        return
    named = _SSN_CONTEXT.search(text[max(0, start - _BEFORE) : start]) is not None
    dashed = end - start == 11 and text[start + 3] == text[start + 6] and text[start + 3] != " "
    if named or (dashed and digits[0] != "9" and _last(_CARD_CONTEXT, text, start) != 2):
        yield start, end


def ipv4(text: str, start: int, end: int) -> Iterator[Span]:
    """Four octets (RFC 791) that are no version and no mask, and name a host other than this one."""
    octets = text[start:end].split(".")
    if any(int(one) > 255 or (len(one) > 1 and one[0] == "0") for one in octets) or octets[0] in ("0", "127", "255"):
        return
    dotted = text[end : end + 2]
    if _word_before(text, start) or _word_after(text, end) or (dotted[:1] == "." and dotted[1:].isdigit()):
        return
    if not (start and text[start - 1] == ".") and not _VERSION.search(text[max(0, start - 16) : start]):
        yield start, end


def ipv6(text: str, start: int, end: int) -> Iterator[Span]:
    """As RFC 4291 writes it, with a digit and three groups at least: `a::b` is a name in a program."""
    value = text[start:end].rstrip(".")
    if value.endswith(":") and not value.endswith("::"):
        value = value[:-1]
    near = text[start - 1] if start else " "
    groups = [group for group in value.split(":") if group]
    if _in_word(near) or near in ":." or _word_after(text, start + len(value)) or len(groups) < 3:
        return
    if any(char.isdigit() for char in value) and _is_ipv6(value):
        yield start, start + len(value)


def address(text: str, start: int, end: int) -> Iterator[Span]:
    """Holds where its words are few: a long run of capitalised words is a list."""
    if end - start <= 120 and not _word_before(text, start):
        yield start, end


def phone(text: str, start: int, end: int) -> Iterator[Span]:
    """A number in a form of some number plan, or in any form after words such as `call` or before `fax`."""
    for begin, stop in _numbers(text, start, end):
        if text[begin] == "(" and ")" not in text[begin:stop]:
            begin += 1
        run = text[begin:stop]
        digits = "".join(char for char in run if char.isdigit())
        if not 7 <= len(digits) <= 20 or _part_of_something(text, begin, stop) or _DATE.fullmatch(run):
            continue
        said = _last(_PHONE_CONTEXT, text, begin)
        if not said and _PHONE_AFTER.search(text[stop : stop + 16]):
            said = 1
        if said == 1 or ((said == 0 or run[0] == "+") and _is_number_plan(run, digits)):
            yield begin, stop


CHECKS: dict[str, Check] = {
    check.__name__: check
    for check in (anything, free_standing, key, random, password, email, iban, card, ssn, ipv4, ipv6, address, phone)
}


def _is_number_plan(run: str, digits: str) -> bool:
    """Forms that are phones without any word that says so."""
    plain = run.lower().partition("x")[0].partition("ext")[0].strip()
    count = sum(char.isdigit() for char in plain)
    if plain.startswith(("+", "(+")):
        return 8 <= count <= 15 and digits[0] != "0"
    if digits.startswith("00") and digits[2:3] != "0" and plain != digits:
        return 10 <= count <= 17
    if _NORTH_AMERICAN.fullmatch(plain):
        return True
    if _AREA_IN_BRACKETS.fullmatch(plain):
        return 7 <= count <= 13 and plain[1:3] not in ("19", "20")
    return 9 <= count <= 12 and _NATIONAL.fullmatch(plain) is not None


def _numbers(text: str, start: int, end: int) -> Iterator[Span]:
    """The numbers of a run: parted by two spaces, a dash or slash between spaces, or a bracket after a number."""
    begin, digits = start, 0
    place = start + 1
    while place < end:
        here = text[place : place + 3]
        digits += text[place - 1].isdigit()
        if here[:2] == "  " or here in (" - ", " / ", " – ") or (digits >= 6 and here[:2] == " ("):
            yield begin, place
            place += len(here) - len(here.lstrip(" -/–"))
            begin, digits = place, 0
        place += 1
    while begin < end and text[begin] in " -/.)–":
        begin += 1
    yield begin, end


def _part_of_something(text: str, start: int, end: int) -> bool:
    """Whether the run is cut out of an id, an amount, an address of the net or a decimal number."""
    before, after = text[max(0, start - 2) : start], text[end : end + 2]
    if before[-1:] and (_in_word(before[-1]) or before[-1] in "=#$€£@%&."):
        return True
    if (before[-1:] in ("-", "/") and before[:1].isalnum()) or (before[-1:] == "," and before[:1].isdigit()):
        return True
    if after[:1] and (_in_word(after[0]) or after[0] in "@%€$"):
        return True
    return after[:1] in ("-", ".", ",", ":", "/") and after[1:].isdigit()


def _card_here(text: str, start: int, groups: int) -> bool:
    """Groups are a card wherever they stand; one row of digits is not when the words before say what else it is."""
    return groups in (3, 4, 5) or _last(_CARD_CONTEXT, text, start) != 2


def _last(pattern: "re2._Regexp[str]", text: str, start: int) -> int:
    """Which group of the pattern matched nearest before `start`: 1 speaks for it, 2 against, 0 for nothing said."""
    said = 0
    for match in pattern.finditer(text[max(0, start - _BEFORE) : start]):
        said = 1 if match.group(1) else 2
    return said


def _groups(text: str, start: int, end: int) -> list[Span]:
    edges = [start - 1, *(place for place in range(start, end) if not text[place].isdigit()), end]
    return [(a + 1, b) for a, b in pairwise(edges) if b > a + 1]


def _is_ipv6(value: str) -> bool:
    try:
        address = ipaddress.IPv6Address(value)
    except ValueError:
        return False
    return not (address.is_loopback or address.is_unspecified)


def _digit_near(text: str, start: int, end: int) -> bool:
    before, after = text[max(0, start - 2) : start], text[end : end + 2]
    return bool(
        (before[-1:].isalnum() or (before[-1:] in ("-", ".") and before[:1].isalnum()))
        or after[:1].isalnum()
        or (after[:1] in ("-", ".") and after[1:].isdigit())
    )


def _word_before(text: str, start: int) -> bool:
    return start > 0 and _in_word(text[start - 1])


def _word_after(text: str, end: int) -> bool:
    return end < len(text) and _in_word(text[end])


def _in_word(char: str) -> bool:
    """Letters of ASCII only: Chinese and Japanese put no space between a word and a number."""
    return char == "_" or (char.isascii() and char.isalnum())


def _entropy(value: str) -> float:
    """Bits a character of the value's own letters (Shannon 1948)."""
    size = len(value)
    return -sum(n / size * math.log2(n / size) for n in (value.count(char) for char in set(value)))
