import io
import json
import zipfile
from typing import Any

import pytest

from answerable.chats import packages
from answerable.chats.packages import read_conversation, read_package, title_in
from answerable.core.errors import DataError, InvalidRequest, TooLarge
from tests.support.exports import as_json, as_zip, chatgpt

OURS = {"format": "answerable.conversations", "version": 1}


@pytest.mark.parametrize(
    "file",
    [
        as_json([{"mapping": {}}, {"mapping": {}}]),
        as_json(OURS | {"conversations": [{}, {}]}),
        io.BytesIO(b'\xef\xbb\xbf{"format": "answerable.conversations"}\n\n{"id": 2}\n'),
        as_zip(conversations=[{}, {}], chat={"not": "read"}),
        as_zip(**{"export__conversations-000": [{}], "export__conversations-001": [{}]}),
    ],
)
def test_conversations_are_found_in_each_kind_of_file(file: io.BytesIO) -> None:
    assert len(read_package(file)) == 2


@pytest.mark.parametrize("value", [chatgpt(), OURS | {"id": "x", "title": "t"}])
def test_one_conversation_alone_is_taken_too(value: dict[str, Any]) -> None:
    assert read_package(as_json(value)) == [value]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "not valid JSON"),
        (b"{", "not valid JSON"),
        (b"\xff\xfe", "not valid JSON"),
        (b"[" * 100_000, "not valid JSON"),
        (b"{}", "neither ChatGPT"),
        (b"5", "neither ChatGPT"),
        (b"PK\x03\x04 and no more", "zip cannot be read"),
        (as_zip(other=[]).getvalue(), "no conversations.json"),
    ],
)
def test_what_is_no_export_is_refused(data: bytes, why: str) -> None:
    with pytest.raises(InvalidRequest, match=why):
        read_package(io.BytesIO(data))


def test_a_zip_that_unpacks_to_too_much_is_refused_whatever_its_header_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "MOST_BYTES", 10_000)
    bomb = as_zip(conversations=b"[" + b" " * 1_000_000 + b"]")
    assert len(bomb.getvalue()) < 2_000
    with pytest.raises(TooLarge, match="10,000 bytes unpacked"):
        read_package(bomb)
    with pytest.raises(TooLarge):
        read_package(as_zip(**{f"conversations-{n}": [" " * 6_000] for n in range(2)}))
    with pytest.raises(TooLarge):
        read_package(io.BytesIO(b" " * 20_000))


def test_a_zip_of_too_many_files_is_refused() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as package:
        for number in range(20_001):
            package.writestr(str(number), b"")
    with pytest.raises(TooLarge, match="20,000 files"):
        read_package(packed)


def test_a_password_on_a_zip_is_said() -> None:
    data = bytearray(as_zip(conversations=[]).getvalue())
    for sign, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(sign) + at] |= 1
    with pytest.raises(InvalidRequest, match="zip cannot be read"):
        read_package(io.BytesIO(bytes(data)))


@pytest.mark.parametrize("value", [None, 5, "x", [], {"title": "Boats"}])
def test_one_that_cannot_be_read_says_so_and_has_a_name_where_it_has_one(value: object) -> None:
    with pytest.raises(DataError):
        read_conversation(value)
    assert title_in(value) == ("Boats" if isinstance(value, dict) else "")
    assert json.dumps(title_in({"title": "\ud800 \n x"})) == '"? x"'
