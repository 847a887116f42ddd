"""What must never stand in a log line, taken out where lines are written: credentials under any field name or inside
any text, and e-mail addresses. Linear time, on google-re2: a line may quote what a stranger sent.

One scan of the whole written line says whether there can be anything (about 1.5 microseconds); only then each field is
gone through with the exact patterns.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import re2

REDACTED = "[redacted]"
EMAIL = "[e-mail]"

_MAX_DEPTH = 6
"""Deeper values are written as text: nobody logs such a thing on purpose."""

_HEADER_NAME = r"(?:(?:proxy[-_])?authorization|(?:set[-_])?cookies?)"
_CREDENTIAL_NAME = (
    r"(?:(?:x[-_])?api[-_]?keys?|pass(?:wd|phrase)|(?:\w+[-_])?passwords?|(?:\w+[-_])?secrets?|(?:\w+[-_])?token"
    r"|credentials?|private[-_]?key|csrf)"
)
"""A field or header that holds a credential. `tokens`, as in `input_tokens`, is a count and does not match."""

_suspicion = re2.Set.SearchSet()
_suspicion.Add(
    r"(?i)authorization|cookie|passw|passphrase|secret|api[-_]?key|token[\\\"'=: ]|credential|csrf|private[-_ ]?key"
    r"|bearer|basic[ \\]|[srpa]k[-_]|eyj[a-z0-9_-]{5,}\.|akia[0-9a-z]{16}|gh[pousr]_|github_pat_|xox[abeprs]-|aiza"
    r"|hf_[a-z0-9]|gsk_|xai-|glpat-|[^ @]@[a-z0-9\[]|input_value="
)
_suspicion.Compile()

_credential_field = re2.compile(f"(?i)^(?:{_HEADER_NAME}|{_CREDENTIAL_NAME})$")

_QUOTED = r"""b?\\?"(?:[^"\\]|\\.)*\\?"|b?\\?'(?:[^'\\]|\\.)*\\?'"""
_BEFORE = r"(^|[^A-Za-z0-9]|\\[nrt])"
"""What stands before a credential; `\n` may be written as two characters, in a text within a text."""

_IN_TEXT = (
    # whole, or what a cut left of it
    (r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----(?s:.*?)(?:-----END [A-Z0-9 ]*-----|\z)", REDACTED),
    # a header: its value may have spaces, so the rest of the line goes
    (rf"""(?i)\b({_HEADER_NAME})(\\?["']?\s*[:=]\s*|["']\s*,\s*)(?:{_QUOTED}|[^\r\n]+)""", rf"\1\2{REDACTED}"),
    (
        rf"""(?i)\b({_CREDENTIAL_NAME})(\\?["']?\s*[:=]\s*|["']\s*,\s*)(?:{_QUOTED}|[^\s"',;&)}}\]]+)""",
        rf"\1\2{REDACTED}",
    ),
    # pydantic quotes what it refuses
    (r"(?s)(input_value=).*?(, input_type=|\z)", rf"\1{REDACTED}\2"),
    (r"\b((?i)bearer)(\s+)[A-Za-z0-9._~+/=-]{6,}", rf"\1\2{REDACTED}"),
    # base64 has capitals or digits somewhere; "a basic question" has not
    (r"\b((?i)basic)(\s+)[A-Za-z0-9+/]*[A-Z0-9=][A-Za-z0-9+/=]{4,}", rf"\1\2{REDACTED}"),
    (rf"{_BEFORE}eyJ[A-Za-z0-9_-]{{5,}}\.[A-Za-z0-9_-]{{5,}}(?:\.[A-Za-z0-9_-]*)?", rf"\1{REDACTED}"),
    (rf"{_BEFORE}(?:sk|pk|rk|ak)[-_][A-Za-z0-9_-]{{8,}}", rf"\1{REDACTED}"),
    (rf"{_BEFORE}AKIA[0-9A-Z]{{16}}", rf"\1{REDACTED}"),
    (
        rf"{_BEFORE}(?:gh[pousr]_|github_pat_|xox[abeprs]-|AIza|hf_|gsk_|xai-|glpat-)[A-Za-z0-9_-]{{10,}}",
        rf"\1{REDACTED}",
    ),
    (r"""(://[^/\s:@"']*:)[^/\s"']+@""", rf"\1{REDACTED}@"),
    (r"(?i)[a-z0-9._%+-]{1,64}@[a-z0-9-]+(?:\.[a-z0-9-]+)+", EMAIL),
)
_patterns = tuple((re2.compile(pattern), instead) for pattern, instead in _IN_TEXT)


def is_suspicious(written: str | bytes) -> bool:
    """Whether a written line can hold anything to take out. False is certain, True is not."""
    return bool(_suspicion.Match(written))


def redact_text(text: str) -> str:
    """`text` without credentials and e-mail addresses."""
    try:
        suspicious = is_suspicious(text)
    except UnicodeEncodeError:  # half a surrogate pair, out of somebody's JSON
        text = text.encode("utf-8", "backslashreplace").decode()
        suspicious = is_suspicious(text)
    if suspicious:
        for pattern, instead in _patterns:
            text = pattern.sub(instead, text)
    return text


def redact_fields(fields: Mapping[Any, Any]) -> dict[Any, Any]:
    """A copy without credentials: whole values where the name says so, parts of every text elsewhere."""
    return {key: _clean(key, value, 0) for key, value in fields.items()}


def _clean(name: object, value: Any, depth: int) -> Any:
    if value is None or isinstance(value, bool | int | float | datetime):
        return value
    if isinstance(name, bytes):
        name = name.decode("latin-1")
    if isinstance(name, str) and _credential_field.match(name):
        return REDACTED
    if isinstance(value, str):
        return redact_text(value)
    if depth < _MAX_DEPTH and isinstance(value, Mapping):
        return {redact_text(str(key)): _clean(key, inner, depth + 1) for key, inner in value.items()}
    if depth < _MAX_DEPTH and isinstance(value, list | tuple):
        if len(value) == 2 and isinstance(value[0], str | bytes):  # a header as ASGI has it
            return [redact_text(_text(value[0])), _clean(value[0], value[1], depth + 1)]
        return [_clean(None, inner, depth + 1) for inner in value]
    return redact_text(_text(value))


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
