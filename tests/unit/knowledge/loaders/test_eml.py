"""E-mail: headers, bodies, encryption."""

from pathlib import Path

import pytest

from answerable.core.errors import UnreadableDocument
from answerable.knowledge.loaders import eml as eml_loader
from tests.data.samples import MAIL


def test_subject_people_and_body_are_read(tmp_path: Path) -> None:
    path = tmp_path / "a.eml"
    path.write_bytes(MAIL)
    [document] = eml_loader.build(eml_loader.Config()).load(path, "a.eml")
    assert document.title == "Café hours"
    assert document.text.endswith("We open at nine.\n\nWe close at six.")
    assert document.metadata["date"] == "2024-10-01T12:34:56-05:00"


def test_encrypted_mail_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.eml"
    path.write_bytes(MAIL.replace(b"text/plain; charset=utf-8", b"multipart/encrypted; boundary=x"))
    with pytest.raises(UnreadableDocument) as caught:
        list(eml_loader.build(eml_loader.Config()).load(path, "a.eml"))
    assert caught.value.reason == "encrypted"
