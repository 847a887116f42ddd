import pytest

from answerable.agents.tools.base.parts import part_of
from answerable.core.errors import ToolFailed

TEXT = "".join(f"Line number {number}.\n" for number in range(200))


def test_a_short_text_is_one_part() -> None:
    assert part_of("Title", "Words.", 1, "", 1_000) == "Title\n\nWords."


def test_the_parts_of_a_text_hold_all_of_it_and_end_with_lines() -> None:
    first = part_of("T", TEXT, 1, "", 1_000)
    count = int(first.partition(" of ")[2].split("\n")[0])
    parts = [part_of("T", TEXT, number, "", 1_000).partition("\n\n")[2] for number in range(1, count + 1)]
    assert "\n".join(parts).strip() == TEXT.strip()
    assert all(len(part) <= 1_000 for part in parts)
    assert all(part.endswith(".") for part in parts)


def test_text_without_any_place_to_cut_is_cut_all_the_same() -> None:
    assert len(part_of("T", "x" * 5_000, 2, "", 1_000)) <= 1_000


def test_words_lead_to_their_part() -> None:
    assert "Line number 150." in part_of("T", TEXT, 1, "LINE NUMBER 150", 1_000)


def test_a_part_and_words_that_are_not_there_are_refused() -> None:
    with pytest.raises(ToolFailed, match="there is no part 99: T has"):
        part_of("T", TEXT, 99, "", 1_000)
    with pytest.raises(ToolFailed, match="stands nowhere"):
        part_of("T", TEXT, 1, "needle", 1_000)
