"""RTF: code pages, Unicode, tables, skipped destinations."""

from pathlib import Path

import pytest

from answerable.knowledge.loaders import rtf as rtf_loader


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (rb"{\fonttbl{\f0 Arial;}}Caf\'e9\par next", "Café\n\nnext"),
        (rb"\u1055?\u1088?ivet \uc2\u8364 xxend", "Прivet €end"),
        (rb"{\*\generator Word;}{\pict 0102}kept {\b bold}", "kept bold"),
        (rb"{\fonttbl{\f1\fcharset204 A;}}\f1\'cf\'f0", "Пр"),
        (rb"a\cell b\cell\row 1\cell 2\cell\row after", "| a | b |\n| 1 | 2 |\n\nafter"),
    ],
)
def test_text_comes_out(body: bytes, expected: str, tmp_path: Path) -> None:
    path = tmp_path / "a.rtf"
    path.write_bytes(rb"{\rtf1\ansi\ansicpg1252 " + body + b"}")
    [document] = rtf_loader.build(rtf_loader.Config()).load(path, "a.rtf")
    assert document.text == expected
