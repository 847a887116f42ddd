"""Magic bytes win over names; names win over looks."""

from pathlib import Path

import pytest

from answerable.core.errors import UnreadableDocument
from answerable.knowledge.loaders.base.detection import detect, is_supported
from tests.data.samples import SAMPLES, zipped

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def put(folder: Path, name: str, data: bytes) -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("kind", ["pdf", "docx", "pptx", "xlsx", "epub", "odt", "rtf"])
def test_wrong_extension_does_not_matter(kind: str, tmp_path: Path) -> None:
    assert detect(put(tmp_path, "a.dat", SAMPLES[kind][1]), "s") == kind
    assert detect(put(tmp_path, "a.docx", SAMPLES[kind][1]), "s") == kind


@pytest.mark.parametrize("kind", ["html", "eml", "xml"])
def test_unnamed_text_is_told_by_its_look(kind: str, tmp_path: Path) -> None:
    data = SAMPLES[kind][1] if kind != "xml" else b"<?xml version='1.0'?><a>b</a>"
    assert detect(put(tmp_path, "noname", data), "s") == kind


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("a.doc", OLE, "unsupported"),
        ("a.xlsx", OLE + "EncryptedPackage".encode("utf-16-le"), "encrypted"),
        ("a.png", b"\x89PNG\r\n", "unsupported"),
        ("a.zip", zipped({"x": "y"}), "unsupported"),
        ("a.docx", zipped({"x": "y"}), "corrupt"),
        ("a.docx", b"PK\x03\x04 cut", "corrupt"),
        ("a.pdf", b"words", "corrupt"),
        ("a.bin", bytes(range(256)), "unsupported"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_reason(name: str, data: bytes, reason: str, tmp_path: Path) -> None:
    with pytest.raises(UnreadableDocument) as caught:
        detect(put(tmp_path, name, data), name)
    assert caught.value.reason == reason
    assert str(caught.value).startswith(f"{name}: is ")


def test_compressed_text_is_supported_and_compressed_office_is_not() -> None:
    assert is_supported("a.jsonl.gz")
    assert not is_supported("a.docx.gz")
