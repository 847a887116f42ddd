"""An outline as it comes out of a person's editor, and what stands in for a decision that is not taken now."""

from typing import Any

import pytest

from answerable.cli import deciding
from answerable.core.errors import InvalidRequest

BEFORE: dict[str, Any] = {
    "title": "Lamps",
    "sections": [{"id": "s1", "heading": "Light", "evidence": ["a"]}, {"id": "s2", "heading": "Heat", "evidence": []}],
}


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("# a hint\nLamps\ns2: Heat\ns1: Light and shade\n", ["s2: Heat", "s1: Light and shade"]),
        ("Lamps\n\n  s1: Light  \nWhat do they cost?:\n", ["s1: Light", "What do they cost?"]),
        ("Lamps\ns1:\n", ["s1"]),
    ],
)
def test_lines_are_sections_in_their_order_and_what_has_no_id_is_new(text: str, wanted: list[str]) -> None:
    found = deciding.read_outline(text, BEFORE)
    assert found["title"] == "Lamps"
    assert [f"{one['id']}: {one['heading']}" if "id" in one else one["heading"] for one in found["sections"]] == wanted


@pytest.mark.parametrize("text", ["", "\n \n", "# only a hint\n"])
def test_nothing_leaves_it_as_it_was(text: str) -> None:
    assert deciding.read_outline(text, BEFORE) == BEFORE


def test_an_editor_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VISUAL", "no-such-editor -w")
    with pytest.raises(InvalidRequest, match="the editor 'no-such-editor -w' does not start: set EDITOR"):
        deciding.edited(BEFORE)


def test_the_editor_gets_the_outline_and_gives_it_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VISUAL", "sed -i s/Heat/Warmth/")
    assert [one["heading"] for one in deciding.edited(BEFORE)["sections"]] == ["Light", "Warmth"]
