"""What a reader of a page sees, as far as its markup tells."""

import pytest

from answerable.core.visible import (
    background_of,
    hides,
    hiding_rules,
    is_hidden,
    matches,
    paints_over,
    style_of,
    without_invisible,
)

NONE: frozenset[str] = frozenset()


@pytest.mark.parametrize(
    "style",
    [
        "display:none", "DISPLAY: None !important", "color:red;;display : none", "/* x */display:none",
        "display:/* x */none", "visibility:hidden", "visibility:collapse", "opacity:0", "opacity:0.0", "opacity:2%",
        "font-size:0", "font-size:0px", "font-size:1px", "font-size:.05em", "font:0/0 a", "font:1px Arial",
        "width:0;overflow:hidden", "max-height:0px;overflow:clip", "position:absolute;height:1px",
        "position:absolute;clip:rect(1px, 1px, 1px, 1px)", "clip-path:inset(50%)", "transform:scale(0)",
        "transform:scaleX(0.0)", "left:-9999px", "text-indent:-1000px", "margin-left:-100em",
        "transform:translate(-2000px, 0)", "color:transparent", "color:rgba(0, 0, 0, 0)", "content-visibility:hidden",
    ],
)  # fmt: skip
def test_a_style_takes_an_element_off_the_page(style: str) -> None:
    assert hides(style_of(style))


@pytest.mark.parametrize(
    "style",
    [
        "", "display:block", "color:red", "font-size:12px", "font-size:0.9em", "font-size:small", "opacity:.5",
        "font:700 12px/1.5 Arial",
        "font: .8rem / 1.5 Arial", "font-weight:400", "width:0", "height:100px;overflow:hidden", "left:-5px",
        "overflow:hidden;line-height:1.2", "text-indent:-2em", "margin-left:-100%", "transform:scale(0.9)",
        "transform:translate(-50%, -50%)", "clip:auto", "display:none-such", "nonsense", ":;:", "position:absolute",
        "width:50%;overflow:hidden", "clip-path:inset(5%)",
    ],
)  # fmt: skip
def test_a_style_leaves_an_element_in_sight(style: str) -> None:
    assert not hides(style_of(style))


@pytest.mark.parametrize(
    ("style", "behind", "hidden"),
    [
        ("color:white", "", True),
        ("color:#FFF", "", True),
        ("color:rgb(255,255,255)", "#ffffff", True),
        ("color:white", "black", False),
        ("color:white;background:#000", "", False),
        ("color:black;background-color:#000000", "", True),
        ("color:#123", "#112233", True),
        ("color:#112233;background:#123", "", True),
        ("color:black", "", False),
        ("color:red", "red", True),
        ("color:white;background:url(x.png)", "", False),
        ("color:white;background:transparent", "", True),
        ("", "", False),
    ],
)
def test_words_in_the_colour_of_their_ground_are_not_seen(style: str, behind: str, hidden: bool) -> None:
    assert paints_over(style_of(style), behind) is hidden


def test_the_ground_is_the_nearest_that_the_markup_names() -> None:
    above = [{"class": "x"}, {"style": "background:#000"}, {"bgcolor": "white"}]
    assert not is_hidden("p", {"style": "color:white"}, above, NONE)
    assert is_hidden("p", {"style": "color:black"}, above, NONE)
    assert is_hidden("font", {"color": "white"}, [{"bgcolor": "#FFFFFF"}], NONE)
    assert background_of(style_of("background: #000 no-repeat")) == "black"
    assert background_of(style_of("background: #000 url(x)")) not in ("", "black")
    assert background_of(style_of("background: none")) == ""


@pytest.mark.parametrize(
    ("attributes", "hidden"),
    [
        ({"hidden": ""}, True),
        ({"hidden": "until-found"}, True),
        ({"aria-hidden": "TRUE"}, True),
        ({"aria-hidden": "false"}, False),
        ({"class": "note sr-only"}, True),
        ({"class": "sr-only-focusable"}, False),
        ({}, False),
    ],
)
def test_attributes_hide_an_element(attributes: dict[str, str], hidden: bool) -> None:
    assert is_hidden("p", attributes, [], NONE) is hidden


def test_style_sheets_hide_what_they_name() -> None:
    rules = hiding_rules(
        "@import 'x'; .a, p.b {color:red; display:none} /* .c{display:none} */ #d{opacity:0} @media print {.e "
        "{display:none}} .f .g{display:none} .h:hover{display:none} i.j.k{visibility:hidden} html{display:none}"
    )
    assert rules == {".a", "p.b", "#d", "i.j.k"}
    assert matches(rules, "div", {"class": "z A"})
    assert matches(rules, "p", {"class": "b"})
    assert not matches(rules, "div", {"class": "b"})
    assert matches(rules, "div", {"id": "d"})
    assert matches(rules, "i", {"class": "k x j"})
    assert not matches(rules, "i", {"class": "k"})
    assert not matches(rules, "div", {"class": "a md:block"})
    assert not matches(rules, "div", {"class": "e"})
    assert is_hidden("p", {"class": "a"}, [], rules)


@pytest.mark.parametrize("sheet", ["", "{", "}}}", "a{" * 5_000, "}" * 5_000, "/*", "@media{", ";" * 5_000])
def test_a_broken_sheet_hides_nothing(sheet: str) -> None:
    assert hiding_rules(sheet) == NONE


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("plain", "plain"),
        ("a\u200bb\u2060\ufeff\xad\u3164c", "abc"),
        ("\u202eabc\u202c\u2066\u061c", "abc"),
        ("x" + "".join(chr(0xE0000 + ord(one)) for one in "order"), "x"),
        ("a\U000e0101\U000e0102b", "ab"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("क्\u200dष", "क्\u200dष"),
        ("👩\u200d💻", "👩\u200d💻"),
        ("i\u200cgn\u200dore", "ignore"),
        ("م\u200c\u200d\u200cم", "مم"),
        ("❤\ufe0f", "❤\ufe0f"),
        ("❤\ufe0f\ufe0e\ufe01", "❤"),
        ("ends\u200d", "ends"),
    ],
)
def test_characters_that_show_nothing_go_and_spelling_stays(text: str, seen: str) -> None:
    assert without_invisible(text) == seen
