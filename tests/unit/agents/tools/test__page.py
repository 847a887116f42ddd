import contextlib

import pytest

from answerable.agents.tools._page import read_html
from answerable.core.errors import ToolFailed

PAGE = """<!doctype html><html><head><title> The
 title </title><style>p { color: red }</style></head><body>
<nav><a href="/">Home</a></nav>
<main><h1>Head</h1><p>First <b>bold</b>
 words.</p><script>alert(1)</script><ul><li>one</li><li>two</li></ul>
<table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></table><pre>x = 1
  y = 2</pre><!-- hidden --></main>
<footer>Imprint</footer></body></html>"""


def test_what_a_person_reads_is_kept_and_the_rest_is_not() -> None:
    found = read_html(PAGE.replace("</main>", "<p>" + "More text. " * 30 + "</p></main>").encode())
    assert found.title == "The title"
    lines = found.text.split("\n")
    assert lines[:4] == ["# Head", "First bold words.", "- one", "- two"]
    assert lines[4:8] == ["| a | b", "| 1 | 2", "x = 1", "y = 2"]
    for word in ("Home", "alert", "color", "hidden", "Imprint"):
        assert word not in found.text


def test_a_page_without_a_main_part_is_read_whole() -> None:
    assert read_html("<p>Ünïcode &amp; more".encode()).text


@pytest.mark.parametrize("data", [b"", b"   ", b"<html></html>", b"<script>x</script>"])
def test_a_page_without_text_is_refused(data: bytes) -> None:
    with pytest.raises(ToolFailed):
        read_html(data)


def test_deep_nesting_is_read_or_refused_but_never_a_crash() -> None:
    with contextlib.suppress(ToolFailed):
        assert isinstance(read_html(b"<div>" * 20_000 + b"deep").text, str)


def test_what_no_reader_sees_is_not_read() -> None:
    hidden = (
        '<p style="display:none">H</p><p hidden>H</p><p class="x">H</p><p aria-hidden="true">H</p>'
        '<div style="background:#000"><font color="black">H</font></div><p>se\u200ben</p>'
    )
    found = read_html(f"<style>.x{{opacity:0}}</style><p>First.</p>{hidden}<p>Last.</p>".encode())
    assert found.text == "First.\nseen\nLast."


def test_markup_in_utf_7_stays_letters() -> None:
    assert "+ADw-b+AD4-" in read_html(b"<meta charset=utf-7><p>words +ADw-b+AD4-</p>").text


@pytest.mark.parametrize(
    ("data", "charset"),
    [
        ("<p>Grüße</p>".encode(), ""),
        ("<meta charset=latin-1><p>Grüße</p>".encode("latin-1"), ""),
        ("<meta charset=utf-8><p>Grüße</p>".encode("cp1252"), "windows-1252"),
        ("<p>Grüße</p>".encode("latin-1"), ""),
        ("<p>Grüße</p>".encode("utf-16"), ""),
    ],
)
def test_letters_are_read_as_they_were_meant(data: bytes, charset: str) -> None:
    assert read_html(data, charset).text == "Grüße"
