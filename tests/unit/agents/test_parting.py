"""Passages are taken apart at headings; the parts are the passage, and each knows its own heading and page."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from answerable.agents.parting import parted
from answerable.core.documents import Passage
from tests.support.sources import passage

LEAVE = "Full-time employees have twenty-seven days of paid leave in a year, and public holidays."
ILLNESS = "Who falls ill calls the team lead before ten, and brings a note from the fourth day on."


def document(*texts: tuple[str, str], start: int = 0) -> tuple[Passage, list[list[object]]]:
    """A passage of (kind, text) blocks that begins at `start` of its document, and these blocks."""
    blocks: list[list[object]] = []
    path: list[str] = []
    whole, at = "", start
    for number, (kind, text) in enumerate(texts):
        path = ["Handbook", text] if kind == "heading" else path
        blocks.append([at, at + len(text), kind, list(path), number + 1])
        whole += text + "\n\n"
        at += len(text) + 2
    found = passage(whole.rstrip(), "Handbook", "Handbook", at=start)
    pages = tuple((block[0], block[4]) for block in blocks)
    return replace(found, page=1, page_starts=pages), blocks  # type: ignore[arg-type]


def test_each_heading_with_a_text_below_it_begins_a_part() -> None:
    whole, blocks = document(
        ("heading", "Leave"), ("prose", LEAVE), ("heading", "Illness"), ("prose", ILLNESS), start=500
    )
    leave, illness = parted(whole, blocks)
    assert (leave.heading_path, illness.heading_path) == (("Handbook", "Leave"), ("Handbook", "Illness"))
    assert leave.text == f"Leave\n\n{LEAVE}"
    assert illness.text == f"Illness\n\n{ILLNESS}"
    assert illness.header == "Handbook > Illness"
    assert (leave.start, illness.end) == (whole.start, whole.end)
    assert (leave.page, illness.page) == (1, 3)


def test_headings_above_one_another_stay_together_and_scraps_stay_with_what_is_before() -> None:
    whole, blocks = document(
        ("prose", LEAVE), ("heading", "Health"), ("heading", "Illness"), ("prose", ILLNESS), ("heading", "Thanks"),
        ("prose", "To all."),
    )  # fmt: skip
    first, second = parted(whole, blocks)
    assert first.text == LEAVE
    assert second.text.startswith("Health\n\nIllness\n\n")
    assert second.text.endswith("To all.")


def test_what_has_no_heading_inside_is_one_part_under_the_headings_that_all_of_it_has() -> None:
    whole, blocks = document(("heading", "Leave"), ("prose", LEAVE))
    (only,) = parted(whole, blocks)
    assert only == replace(whole, heading_path=("Handbook", "Leave"))
    assert parted(whole, []) == [whole]


@given(
    st.lists(
        st.tuples(st.sampled_from(["heading", "prose", "table"]), st.text("abc \n", min_size=1, max_size=90)),
        min_size=1,
        max_size=9,
    ),
    st.integers(0, 100),
)
def test_parts_are_spans_of_the_passage_in_order_and_lose_no_word(texts: list[tuple[str, str]], start: int) -> None:
    whole, blocks = document(*texts, start=start)
    parts = parted(whole, blocks)
    at = whole.start
    for part in parts:
        assert part.start >= at
        assert part.text == whole.text[part.start - whole.start : part.end - whole.start]
        at = part.end
    assert " ".join(part.text for part in parts).split() == whole.text.split()
