import unicodedata
from collections.abc import Iterator

import pytest
from fpdf import FPDF

from answerable.agents.exports._pdf_type import MISSING, Style, Type
from tests.support.reports import SCRIPTS

BODY = Style("regular", 10, (0, 0, 0))


@pytest.fixture
def face() -> Iterator[Type]:
    kind = Type(FPDF(unit="pt"))
    yield kind
    kind.close()


@pytest.mark.parametrize("script", SCRIPTS)
def test_every_character_is_drawn_by_a_glyph_that_is_one(script: str, face: Type) -> None:
    for char in unicodedata.normalize("NFC", SCRIPTS[script]).replace(" ", ""):
        font, width = face._find("regular", char) or ("", 0.0)
        assert font, f"no font has {char}"
        table = face._font(font).ttfont
        glyph = table["glyf"][table.getBestCmap()[ord(char)]]
        assert glyph.numberOfContours != 0, f"{char} is blank in {font}"
        assert width > 0


@pytest.mark.parametrize("style", ["bold", "italic", "mono"])
def test_other_styles_have_the_scripts_of_europe(style: str, face: Type) -> None:
    for script in ("Latin", "Cyrillic", "Greek"):
        for char in SCRIPTS[script].replace(" ", ""):
            assert (face._find(style, char) or ("", 0))[0] == style, char


def test_marks_that_nobody_sees_are_left_out(face: Type) -> None:
    assert face.shown("a\u200bb\ufe0fc\u00ad") == "abc"


def test_characters_that_cannot_be_shown_are_counted(face: Type) -> None:
    assert face.shown("a नि b") == f"a {MISSING * 2} b"
    assert face.cannot_show(["a नि b", f"{MISSING} 漢字", "plain", "\U0001f9ff"]) == 3


def lines(face: Type, text: str, width: float) -> list[str]:
    return ["".join(piece.text for piece in line.pieces) for line in face.lines([(text, BODY)], width)]


def test_lines_are_no_wider_than_they_may_be(face: Type) -> None:
    for text in ("word " * 60, "漢字" * 80, "https://example.org/" + "path/" * 40 + "x" * 200, "ж" * 300):
        found = face.lines([(text, BODY)], 200)
        assert len(found) > 3
        assert all(line.width <= 200.01 for line in found)
        assert "".join("".join(p.text for p in line.pieces) for line in found).replace(" ", "") == text.replace(" ", "")


def test_an_address_breaks_behind_its_signs(face: Type) -> None:
    assert lines(face, "https://example.org/" + "segment/" * 12, 200)[0].endswith("/")


def test_no_line_begins_with_a_closing_sign_of_chinese(face: Type) -> None:
    for width in range(40, 120, 7):
        found = lines(face, "他说：「你好，世界。」然后（慢慢地）走了、又回来了。" * 3, width)
        assert not [one for one in found[1:] if one[0] in "。，、」）："]
        assert not [one for one in found if one[-1] in "「（"]


def test_a_citation_stays_with_its_word(face: Type) -> None:
    mark = Style("regular", 7, (0, 0, 0), 3, "#r1")
    found = face.lines([("A few words before the last one", BODY), ("[1]", mark)], 120)
    assert [len(line.pieces) > 1 or line.pieces[0].style == BODY for line in found] == [True] * len(found)


def test_mono_keeps_its_blanks(face: Type) -> None:
    found = face.lines([("    indented  twice", Style("mono", 8, (0, 0, 0)))], 400)
    assert found[0].pieces[0].text == "    indented  twice"
