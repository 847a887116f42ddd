"""Text of strangers made fit for a page: no control characters, no address that runs something, figures as people write
them.
"""

import math
import re
import unicodedata
from datetime import UTC, datetime
from urllib.parse import quote, urlsplit, urlunsplit

# Marks that turn the order of the text around them (U+202A to U+202E, U+2066 to U+2069) can make a page say what the
# source does not. The others are no characters of XML 1.0, or none at all.
_UNFIT = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef\ufeff]"
)
_LINKED = ("http", "https", "mailto")
_SAFE = "!$&'()*+,;=:@/?#[]%~-._"
MAX_ADDRESS = 2_000


def clean(text: str) -> str:
    """One line: white space is one blank, and what no page can show is gone."""
    return " ".join(_fit(text).split())


def clean_lines(text: str) -> list[str]:
    """Lines as they are, tabs as four blanks, without empty lines at both ends."""
    lines = [line.rstrip() for line in _fit(text).expandtabs(4).splitlines()]
    while lines and not lines[0]:
        del lines[0]
    while lines and not lines[-1]:
        del lines[-1]
    return lines


def _fit(text: str) -> str:
    kept = _UNFIT.sub("", text)
    return "".join(c for c in kept if ord(c) & 0xFFFE != 0xFFFE) if "\uffff" in kept or "\ufffe" in kept else kept


def link_of(address: str) -> str:
    """The address as a link in ASCII, or "" for what is none: http and https with a host, mailto with a name."""
    try:
        parts = urlsplit(address.strip())
        host = parts.netloc.encode("idna").decode() if not parts.netloc.isascii() else parts.netloc
    except (ValueError, UnicodeError):
        return ""
    scheme = parts.scheme.lower()
    wrong = (
        scheme not in _LINKED
        or len(address) > MAX_ADDRESS
        or _UNFIT.search(address)
        or re.search(r"[\s\\]", address.strip())
    )
    if wrong or (scheme == "mailto") == bool(host) or (scheme == "mailto" and "@" not in parts.path):
        return ""
    return quote(urlunsplit((scheme, host, parts.path, parts.query, parts.fragment)), safe=_SAFE)


def figure(value: float) -> str:
    """A value as people write it: 1,234,567, 0.25, 0.00012; at most six digits after the point."""
    if not math.isfinite(value):
        return "not a number"
    if value and (abs(value) < 0.001 or abs(value) >= 1e15):
        return f"{value:.6g}"
    return f"{value:,.6f}".rstrip("0").rstrip(".")


def with_unit(value: float, unit: str) -> str:
    """A value with its unit; a percent sign stands close to it."""
    unit = clean(unit)
    return f"{figure(value)}{'' if unit in ('', '%', '‰', '°') else ' '}{unit}"


def begins_right_to_left(text: str) -> bool:
    """Whether the first letter with a direction runs from right to left (rules P2 and P3 of UAX #9)."""
    first = next((kind for kind in map(unicodedata.bidirectional, text) if kind in ("L", "R", "AL")), "L")
    return first != "L"


def day_of(date: str) -> datetime:
    """Midnight of an ISO day; a report without one gets the first day of 2000, because today would change the bytes."""
    try:
        found = datetime.fromisoformat(date)
    except ValueError:
        found = datetime(2000, 1, 1, tzinfo=UTC)
    return found if found.tzinfo else found.replace(tzinfo=UTC)
