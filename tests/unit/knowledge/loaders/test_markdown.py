"""Markdown: what stays, what goes, and the structure."""

from pathlib import Path

from answerable.core.documents import LoadedDocument
from answerable.knowledge.loaders import markdown as markdown_loader


def load(folder: Path, text: str) -> LoadedDocument:
    path = folder / "a.md"
    path.write_text(text, encoding="utf-8")
    [document] = markdown_loader.build(markdown_loader.Config()).load(path, "a.md")
    return document


def test_front_matter_becomes_metadata(tmp_path: Path) -> None:
    document = load(tmp_path, "---\ntitle: 'Hours'\ntags:\n- a\n- b\nauthor: Ann\n---\nText.\n")
    assert (document.title, document.text) == ("Hours", "Text.")
    assert document.metadata == {"title": "Hours", "tags": ["a", "b"], "author": "Ann", "format": "markdown"}


def test_blocks_have_kinds_and_heading_paths(tmp_path: Path) -> None:
    text = "# A\n\nSome *text*.\n\nB\n---\n\n- x\n- y\n\n```py\ndef f():\n    # no heading\n```\n\n"
    text += "|h|i|\n|-|-|\n|1|`a\\|b`|\n"
    document = load(tmp_path, text)
    assert [block.kind for block in document.blocks] == ["heading", "prose", "heading", "list", "code", "table"]
    assert document.blocks[-1].heading_path == ("A", "B")
    assert "def f():\n    # no heading" in document.text


def test_links_keep_their_words_and_marks_go(tmp_path: Path) -> None:
    text = "See [the **page**](https://x.y/z_(a)) and ![a cat](c.png), `x*y*` or snake_case_name &amp; 2 * 3 * 4.\n\n"
    text += "[r]: http://x\n"
    assert load(tmp_path, text).text == "See the page and a cat, x*y* or snake_case_name & 2 * 3 * 4."


def test_include_directives_and_comments_go(tmp_path: Path) -> None:
    text = "Text.\n\n[!include[Support](~/includes/x.md)]\n<!-- note\nmore -->\n\n> [!NOTE]\n> Mind this.\n"
    assert load(tmp_path, text).text == "Text.\n\nNote:\nMind this."


def test_marks_around_code_go_and_marks_inside_it_stay(tmp_path: Path) -> None:
    assert load(tmp_path, "**Run `a *b* c`** and [`f(x)`](u.md).\n").text == "Run a *b* c and f(x)."


def test_thousand_nested_quotes_are_read(tmp_path: Path) -> None:
    assert "deep" in load(tmp_path, ">" * 1_000 + " deep\n").text


def test_note_inside_a_list_keeps_its_word(tmp_path: Path) -> None:
    assert load(tmp_path, "1. Press it.\n\n   > [!NOTE]\n   > Gently.\n").text == "1. Press it.\n  Note:\n  Gently."
