"""A branch of a conversation as Markdown, with the sources of each answer as footnotes."""

import re
from collections.abc import Iterable

from answerable.chats.citations import Cited, citations_of
from answerable.storage.messages import MessageRow

_NAMES = {"user": "Question", "assistant": "Answer", "system": "Instructions", "developer": "Instructions"}
_FENCE = re.compile(r"(```.*?(?:```|\Z)|`[^`\n]*`)", re.DOTALL)
_NUMBER = re.compile(r"\[(\d{1,4})\]")


def branch_as_markdown(title: str, rows: Iterable[MessageRow]) -> str:
    """Headings for questions and answers, and below each answer its footnotes. What tools said is left out."""
    parts = [f"# {_line(title)}"]
    for number, row in enumerate(rows, 1):
        if row.role == "tool":
            continue
        heading = _NAMES.get(row.role, row.role) + (f" ({_line(row.model)})" if row.model else "")
        cited = {one.number: one for one in citations_of(row.answer)}
        parts += [f"## {heading}", _with_notes(row.text, number, cited)]
        parts += [f"*{row.status}*"] if row.status != "done" else []
        notes = "\n".join(_note(number, one) for one in cited.values())
        parts += [notes] if notes else []
    return "\n\n".join(part for part in parts if part) + "\n"


def file_name(title: str, ending: str) -> str:
    """A name for any file system: letters, digits and hyphens."""
    plain = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:60].strip("-")
    return f"{plain or 'conversation'}.{ending}"


def _with_notes(text: str, message: int, cited: dict[int, Cited]) -> str:
    """`[1]` becomes a footnote of this message; not in code, and only where there is such a source."""

    def note(found: re.Match[str]) -> str:
        return f"[^{message}-{found[1]}]" if int(found[1]) in cited else found[0]

    pieces = _FENCE.split(text)
    return "".join(piece if n % 2 else _NUMBER.sub(note, piece) for n, piece in enumerate(pieces))


def _note(message: int, one: Cited) -> str:
    page = f", page {one.page}" if one.page else ""
    quote = f": “{_line(one.quote)}”" if one.quote else ""
    return f"[^{message}-{one.number}]: {_line(one.title) or 'Source'}{page}{quote}"


def _line(text: str) -> str:
    return " ".join(text.split())
