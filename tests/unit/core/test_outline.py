"""A text taken apart as a reader sees it."""

import pytest

from answerable.core.outline import plain, units

_TEXT = """Add documents

answerable add manual.pdf
answerable add ./docs --watch

Documents go into a collection. It is made when
it is first used.

Do this:

1. Open the menu. Wait for it.
2. Press **Reset**.

- one item of
  two lines
- another

| name | value |
| depth | 100 |

Limits"""


def test_each_piece_has_its_kind_and_its_place() -> None:
    found = units(_TEXT, ["Limits"])
    assert [unit.kind for unit in found] == (
        ["heading", "code", "sentence", "sentence", "lead", "step", "step", "item", "item", "heading", "row", "heading"]
    )
    assert found[1].text == "answerable add manual.pdf\nanswerable add ./docs --watch"
    assert found[3].text == "It is made when it is first used."
    assert (found[5].number, found[5].text) == ("1", "Open the menu. Wait for it.")
    assert found[6].text == "Press Reset."
    assert found[7].text == "one item of two lines"
    assert found[10].text == "depth: 100"
    assert all(_TEXT[unit.start : unit.end].strip() for unit in found)


def test_a_table_that_goes_on_has_no_head() -> None:
    assert [unit.kind for unit in units("| depth | 100 |\n| width | 7 |", in_table=True)] == ["row", "row"]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("export OPENAI_API_KEY=sk-1\nanswerable serve", "code"),
        ('[models."llama"]\nprovider = "openai"', "code"),
        ("Press the Home button.", "sentence"),
        ("VOL\nbutton on the remote", "sentence"),
        ("Storage = capacity is 5 GB in the plan.", "sentence"),
    ],
)
def test_code_is_told_from_prose_by_its_shape(text: str, kind: str) -> None:
    assert [unit.kind for unit in units(text)] == [kind]


def test_markup_that_was_left_over_is_taken_away() -> None:
    assert plain("**Bold** and [a link](x.md)<br/>next") == "Bold and a link next"
    assert plain("ANSWERABLE_CHUNKER__NAME and __init__") == "ANSWERABLE_CHUNKER__NAME and init"


def test_a_page_number_is_no_item_and_is_not_said() -> None:
    found = units("- 67 -\nAll devices are shown.\nSelect one\n- 68 -\nto open it.")
    assert [(unit.kind, unit.text) for unit in found] == [
        ("sentence", "All devices are shown."),
        ("sentence", "Select one to open it."),
    ]


def test_a_long_text_behind_a_mark_is_prose() -> None:
    assert {unit.kind for unit in units("- One. Two. Three. Four. Five.")} == {"sentence"}


def test_a_block_of_spaces_is_no_piece() -> None:
    assert [unit.text for unit in units(" \n\nThe bridge has 14 arches.")] == ["The bridge has 14 arches."]
