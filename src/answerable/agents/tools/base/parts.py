"""Long texts in numbered parts, cut where a line or a sentence ends."""

from answerable.core.errors import ToolFailed

_HEAD = 300
"""Characters kept free for the line above a part."""


def part_of(title: str, text: str, part: int, find: str, characters: int) -> str:
    """Part number `part` (from 1) of a text with a line that says which; or the part that holds `find`.

    Raises ToolFailed for a part that is not there and for words that are nowhere.
    """
    starts = _starts(text, max(characters - _HEAD, 100))
    if find:
        at = text.lower().find(find.lower())
        if at < 0:
            raise ToolFailed(f"'{find[:80]}' stands nowhere in {title[:80]}; try fewer or other words")
        part = max(number for number, start in enumerate(starts, 1) if start <= at)
    if part > len(starts):
        raise ToolFailed(f"there is no part {part}: {title[:80]} has {len(starts)}")
    end = starts[part] if part < len(starts) else len(text)
    place = f", part {part} of {len(starts)}" if len(starts) > 1 else ""
    return f"{title[: _HEAD - 100]}{place}\n\n{text[starts[part - 1] : end].strip()}"


def _starts(text: str, room: int) -> list[int]:
    """Where each part begins."""
    starts = [0]
    while len(text) - starts[-1] > room:
        start = starts[-1]
        window = text[start + room // 2 : start + room]
        cut = max(window.rfind("\n") + 1, window.rfind(". ") + 2 if ". " in window else 0, 0)
        cut = cut or window.rfind(" ") + 1 or len(window)
        starts.append(start + room // 2 + cut)
    return starts
