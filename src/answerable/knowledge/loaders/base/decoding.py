"""Bytes to text: byte-order marks, UTF-8, UTF-16 and UTF-32 without marks, then East Asian and single-byte guesses."""

import codecs
import re

from answerable.core.errors import UnreadableDocument

_BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_EAST_ASIAN = ("cp932", "euc_jp", "gb18030", "euc_kr", "big5")
# No browser reads these any more, so a page that claims one hides markup from whoever looks at it.
_REFUSED = frozenset(("utf-7", "unicode_escape", "raw_unicode_escape", "punycode", "idna", "hz", "iso2022_kr"))
_HIGH_RUN = re.compile(rb"[\x80-\xff]+")
_HIGH = re.compile(rb"[\xc0-\xff]+")
_BINARY = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_SAMPLE_BYTES = 65_536


def decode(data: bytes, source: str, declared: str | None = None) -> tuple[str, str]:
    """Text and the encoding it was read with. A byte-order mark wins, then `declared`, then UTF-8, then a guess.

    Raises UnreadableDocument (unsupported) for bytes that are no text.
    """
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return data.decode(encoding, "replace").lstrip("\ufeff"), encoding
    if wide := _wide_encoding(data):
        return data.decode(wide, "replace"), wide
    check_is_text(data, source)
    for known in (declared, "utf-8"):
        if known and (text := _strict(data, known)) is not None:
            return text, known.lower()
    if len(data) > 1_000 and data.decode("utf-8", "replace").count("\ufffd") * 1_000 < len(data):
        return data.decode("utf-8", "replace"), "utf-8"
    encoding = _guess(data)
    return data.decode(encoding, "replace"), encoding


def check_is_text(data: bytes, source: str) -> None:
    """Raise UnreadableDocument (unsupported) when the bytes hold more control characters than any text does."""
    sample = data[:_SAMPLE_BYTES]
    controls = len(_BINARY.findall(sample))
    # Real pages hold up to 2 % stray controls (measured on 4,574); random and compressed bytes hold 10 %.
    if controls > max(1, len(sample) // 20) or sample.count(0) > max(1, len(sample) // 200):
        raise UnreadableDocument(source, "unsupported", "is binary data, not a text format; convert it to PDF or text")


def _strict(data: bytes, encoding: str) -> str | None:
    try:
        if codecs.lookup(encoding).name in _REFUSED:
            return None
        return data.decode("cp1252" if encoding.lower() in ("iso-8859-1", "latin-1", "latin1", "ascii") else encoding)
    except (UnicodeDecodeError, LookupError, ValueError):
        return None


def _wide_encoding(data: bytes) -> str | None:
    """UTF-16 or UTF-32 without a mark, known by where the zero bytes of ASCII characters stand."""
    sample = data[:4096]
    sample = sample[: len(sample) // 4 * 4]
    if len(sample) < 8 or b"\x00" not in sample:
        return None
    quarter = len(sample) // 4
    zeros = [sample[lane::4].count(0) for lane in range(4)]
    if min(zeros[1:]) > quarter * 0.6 and zeros[0] < quarter * 0.2:
        return "utf-32-le"
    if min(zeros[:3]) > quarter * 0.6 and zeros[3] < quarter * 0.2:
        return "utf-32-be"
    if min(zeros[1], zeros[3]) > quarter * 0.5 and max(zeros[0], zeros[2]) < quarter * 0.2:
        return "utf-16-le"
    if min(zeros[0], zeros[2]) > quarter * 0.5 and max(zeros[1], zeros[3]) < quarter * 0.2:
        return "utf-16-be"
    return None


def _guess(data: bytes) -> str:
    """Western text has lone high bytes; East Asian encodings have runs of pairs; the rest is left to a library."""
    sample = data[:_SAMPLE_BYTES]
    runs = _HIGH_RUN.findall(sample)
    high = sum(map(len, runs))
    if high < 1.5 * len(runs):
        return "cp1252"
    if _is_hebrew(sample):
        return "cp1255"
    scores = {encoding: _east_asian_score(sample, encoding) for encoding in _EAST_ASIAN}
    best = max(scores, key=scores.__getitem__)
    if scores[best] > 0.8:
        return best
    return _single_byte(sample)


def _is_hebrew(sample: bytes) -> bool:
    """Hebrew letters are 0xE0-0xFA, and five of them stand only at the end of a word: no other language looks so."""
    letters = _HIGH.findall(sample)
    inside = sum(byte in b"\xea\xed\xef\xf3\xf5" for word in letters for byte in word[:-1])
    final = sum(word[-1:] in (b"\xea", b"\xed", b"\xef", b"\xf3", b"\xf5") for word in letters)
    in_range = all(0xE0 <= byte <= 0xFA for word in letters for byte in word)
    return in_range and final > 0 and inside * 20 <= final


def _single_byte(sample: bytes) -> str:
    from charset_normalizer import from_bytes

    match = from_bytes(sample, cp_exclusion=[*_EAST_ASIAN, "gbk", "gb2312", "johab", "cp949", "hz"]).best()
    return match.encoding if match else "cp1252"


def _east_asian_score(sample: bytes, encoding: str) -> float:
    """Share of the non-ASCII characters that are common in the encoding's language, 0..1; 0 when it does not decode."""
    text = _strict(sample, encoding)
    if text is None:
        # The sample may end inside a character.
        text = _strict(sample[:-1], encoding)
    letters = [char for char in text or "" if char > "\x7f"]
    if not letters:
        return 0.0
    return sum(map(_commonness, letters)) / len(letters)


def _commonness(char: str) -> float:
    if "\u3040" <= char <= "\u30ff" or "\u3000" <= char <= "\u303f" or "\uff01" <= char <= "\uff5e":
        return 1.0
    if "\uac00" <= char <= "\ud7a3":
        return 0.98
    if "\u4e00" <= char <= "\u9fff":
        # A two-byte misreading lands on rare ideographs; the first level of GB 2312 and JIS X 0208 is common ones.
        return 0.95 if _is_first_level(char) else 0.8
    return 0.9 if "\uf900" <= char <= "\ufaff" else 0.0


def _is_first_level(char: str) -> bool:
    try:
        return char.encode("euc_jp")[0] <= 0xCF or char.encode("gb2312")[0] <= 0xD7
    except UnicodeEncodeError:
        try:
            return char.encode("gb2312")[0] <= 0xD7
        except UnicodeEncodeError:
            return False
