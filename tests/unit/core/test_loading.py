import sys
from pathlib import Path

import pytest

from answerable.core.errors import SetupError
from answerable.core.loading import load, names


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    folder = tmp_path / "some_parts"
    (folder / "base").mkdir(parents=True)
    sources = {"__init__": "", "plain": "NAME = 'plain'", "_hidden": "", "hungry": "import no_such_package"}
    sources["base/__init__"] = ""
    for name, text in sources.items():
        (folder / f"{name}.py").write_text(text, "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "some_parts", raising=False)
    return "some_parts"


def test_the_files_of_a_folder_are_its_parts_and_none_is_imported(package: str) -> None:
    assert names(package) == ["hungry", "plain"]
    assert "some_parts.plain" not in sys.modules


def test_a_part_is_imported_by_its_name(package: str) -> None:
    assert load(package, "plain").NAME == "plain"


def test_an_unknown_part_names_the_known_ones(package: str) -> None:
    with pytest.raises(SetupError, match="unknown some_part 'none'; known: hungry, plain"):
        load(package, "none")


def test_a_missing_extra_fails_with_its_install_line(package: str) -> None:
    with pytest.raises(SetupError, match=r"needs the package 'no_such_package': pip install 'answerable\[hungry\]'"):
        load(package, "hungry")


def test_a_mistake_in_our_own_import_is_not_taken_for_a_missing_extra(package: str, tmp_path: Path) -> None:
    (tmp_path / "some_parts" / "wrong.py").write_text("import answerable.nowhere", "utf-8")
    with pytest.raises(ModuleNotFoundError):
        load(package, "wrong")
