"""robots.txt by RFC 9309: which group speaks to us, which rule decides, and what a missing file means.

The standard library's parser knows neither wildcards nor the longest match, so this is one of our own.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, unquote_to_bytes, urlsplit

PRODUCT: Final = "answerable"
"""Our product token: robots.txt speaks to us under this name, in any spelling of case."""

LARGEST_BYTES: Final = 512_000
"""What is behind the first 500 KiB does not count (RFC 9309, section 2.5)."""

_NAME = re.compile(r"[a-zA-Z_-]+")
_SAFE = "/%:@!$&'()*+,;=~-._?#[]"
_MOST_RULES = 5_000


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules for us, as (allow, path pattern); none: everything is allowed. `is_known` is false where the file could
    not be had.
    """

    rules: tuple[tuple[bool, str], ...] = ()
    is_known: bool = True

    def allow(self, url: str) -> bool:
        """Whether the address may be fetched: the longest matching pattern decides, and allows on a tie."""
        parts = urlsplit(url)
        path = _plain((parts.path or "/") + (f"?{parts.query}" if parts.query else ""))
        if path == "/robots.txt":
            return True
        found = [(len(pattern), allow) for allow, pattern in self.rules if _matches(pattern, path)]
        return max(found)[1] if found else True


OPEN: Final = Rules()
CLOSED: Final = Rules(((False, "/"),), is_known=False)
"""For a robots.txt that cannot be had: it may forbid everything."""


def parse(text: str) -> Rules:
    """The rules of all groups that name us, or else of those for everybody. Lines that are none are passed over."""
    ours: list[tuple[bool, str]] = []
    everybody: list[tuple[bool, str]] = []
    is_named = False
    group: set[str] = set()
    in_rules = False
    for field, value in _lines(text):
        if field == "user-agent":
            if in_rules:
                group, in_rules = set(), False
            found = _NAME.match(value)
            group.add("*" if value.startswith("*") else found[0].lower() if found else "")
            is_named = is_named or PRODUCT in group
        elif field in ("allow", "disallow"):
            in_rules = True
            if value:
                rule = (field == "allow", _plain(value))
                ours += [rule] if PRODUCT in group else []
                everybody += [rule] if "*" in group else []
    return Rules(tuple((ours if is_named else everybody)[:_MOST_RULES]))


def _lines(text: str) -> Iterator[tuple[str, str]]:
    for line in re.split(r"\r\n|\r|\n", text.removeprefix("\ufeff")):
        field, colon, value = line.partition("#")[0].partition(":")
        if colon:
            yield field.strip().lower(), value.strip()


def _plain(path: str) -> str:
    """One spelling for all: what need not be percent-encoded is not, everything else is."""
    if path and path[0] not in "/*":
        path = f"/{path}"
    kept = re.sub(r"%([0-9a-fA-F]{2})", _decoded, path)
    return quote(kept, safe=_SAFE)


def _decoded(found: "re.Match[str]") -> str:
    sign = unquote_to_bytes(found[0]).decode("latin-1")
    return sign if sign.isascii() and (sign.isalnum() or sign in "-._~") else found[0].upper()


def _matches(pattern: str, path: str) -> bool:
    """`*` stands for anything, `$` for the end; without it the path may go on. Takes linear time."""
    is_anchored = pattern.endswith("$")
    first, *rest = pattern.removesuffix("$").split("*")
    if not path.startswith(first):
        return False
    if not rest:
        return not is_anchored or path == first
    return _in_order(rest, path, len(first), is_anchored=is_anchored)


def _in_order(parts: Sequence[str], path: str, at: int, *, is_anchored: bool) -> bool:
    *inner, last = parts
    for part in inner:
        found = path.find(part, at)
        if found < 0:
            return False
        at = found + len(part)
    if is_anchored:
        return path.endswith(last) and len(path) - len(last) >= at
    return path.find(last, at) >= 0
