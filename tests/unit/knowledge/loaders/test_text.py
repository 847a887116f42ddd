"""Plain text: paragraphs, encodings, binary refusal."""

import base64
import random
from pathlib import Path

import pytest

from answerable.core.errors import UnreadableDocument
from answerable.knowledge.loaders import text as text_loader


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Grüße aus Köln, schöne Stadt.", "cp1252"),
        ("東京は日本の首都です。人口が多いです。", "cp932"),
        ("東京は日本の首都です。人口が多いです。", "euc_jp"),
        ("我们每天早上九点开门，晚上六点关门。", "gb18030"),
        ("우리는 매일 아침 아홉 시에 문을 엽니다.", "euc_kr"),
        ("שלום לכולם, החנות פתוחה היום", "cp1255"),
        ("Мы открываемся в девять часов утра каждый день, кроме воскресенья.", "cp1251"),
        ("No mark here at all", "utf-16-le"),
        ("No mark here at all", "utf-32-be"),
    ],
)
def test_encoding_is_found_out(text: str, encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(text.encode(encoding))
    [document] = text_loader.build(text_loader.Config()).load(path, "a.txt")
    assert document.text == text


def test_random_bytes_are_unsupported(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(random.Random(1).randbytes(1024))
    with pytest.raises(UnreadableDocument) as caught:
        list(text_loader.build(text_loader.Config()).load(path, "a.txt"))
    assert caught.value.reason == "unsupported"


def test_text_left_in_base64_is_decoded(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(base64.b64encode(b"We open at nine in the morning, every day."))
    [document] = text_loader.build(text_loader.Config()).load(path, "a.txt")
    assert document.text.startswith("We open at nine")
