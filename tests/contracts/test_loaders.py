"""Every loader keeps the contract of core/ports.py, on a small sample and on damaged versions of it."""

import contextlib
import dataclasses
import random
import re
from pathlib import Path

import pytest

from answerable.core import loading
from answerable.core.documents import LoadedDocument
from answerable.core.errors import UnreadableDocument
from answerable.core.ports import Loader
from answerable.knowledge.loaders.base.detection import EXTENSIONS, detect
from answerable.knowledge.loaders.base.limits import Limits
from answerable.knowledge.loaders.base.worker import load_file
from tests.data.samples import SAMPLES

PACKAGE = "answerable.knowledge.loaders"
NAMES = loading.names(PACKAGE)
CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f\xad\ufeff]")


def write(folder: Path, name: str, data: bytes | None = None) -> Path:
    stem, sample = SAMPLES[name]
    path = folder / stem
    path.write_bytes(sample if data is None else data)
    return path


def check_document(document: LoadedDocument) -> None:
    position = 0
    for block in document.blocks:
        assert position <= block.start < block.end <= len(document.text)
        assert not document.text[position : block.start].strip()
        assert document.text[block.start : block.end].strip()
        position = block.end
        if block.kind == "heading":
            assert block.heading_path[-1] == document.text[block.start : block.end]
    assert not document.text[position:].strip()
    assert not CONTROLS.search(document.text)
    assert document.title
    assert document.metadata["format"]


def test_every_loader_has_a_sample() -> None:
    assert sorted(SAMPLES) == NAMES


def test_extensions_known_to_detection_are_those_that_loaders_declare() -> None:
    declared = {ext: name for name in NAMES for ext in loading.load(PACKAGE, name).EXTENSIONS}
    assert declared == dict(EXTENSIONS)


@pytest.mark.parametrize("name", NAMES)
def test_config_is_frozen_and_build_gives_a_loader(name: str) -> None:
    module = loading.load(PACKAGE, name)
    config = module.Config()
    assert isinstance(module.build(config), Loader)
    assert module.MEDIA_TYPES
    with pytest.raises(dataclasses.FrozenInstanceError):
        config.limits = Limits()


@pytest.mark.parametrize("name", NAMES)
def test_sample_is_recognised_and_read(name: str, tmp_path: Path) -> None:
    path = write(tmp_path, name)
    assert detect(path, "s") == name
    documents = list(load_file(path, "s", Limits()))
    assert documents
    for document in documents:
        check_document(document)
        assert document.source.split("#")[0] == "s"


@pytest.mark.parametrize("name", NAMES)
def test_empty_file_is_refused_as_empty(name: str, tmp_path: Path) -> None:
    loader = loading.load(PACKAGE, name).build(loading.load(PACKAGE, name).Config())
    with pytest.raises(UnreadableDocument, match=r"^s: is empty") as caught:
        list(loader.load(write(tmp_path, name, b""), "s"))
    assert caught.value.reason == "empty"


@pytest.mark.parametrize("name", NAMES)
def test_file_beyond_the_size_limit_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(UnreadableDocument) as caught:
        list(load_file(write(tmp_path, name), "s", Limits(size_bytes=10)))
    assert caught.value.reason == "too_large"


@pytest.mark.parametrize("name", NAMES)
def test_too_much_text_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(UnreadableDocument) as caught:
        list(load_file(write(tmp_path, name), "s", Limits(characters=3)))
    assert caught.value.reason == "too_large"


@pytest.mark.parametrize("name", NAMES)
def test_damaged_file_gives_text_or_a_refusal(name: str, tmp_path: Path) -> None:
    """Cut at random places, with random bits flipped: never another exception."""
    generator = random.Random(7)
    sample = SAMPLES[name][1]
    for turn in range(40):
        data = bytearray(sample[: generator.randrange(1, len(sample))] if turn % 2 else sample)
        for _ in range(0 if turn % 4 == 1 else 8):
            data[generator.randrange(len(data))] ^= 1 << generator.randrange(8)
        path = write(tmp_path, name, bytes(data))
        with contextlib.suppress(UnreadableDocument):
            for document in load_file(path, "s", Limits()):
                check_document(document)
