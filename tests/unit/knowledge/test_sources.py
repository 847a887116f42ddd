"""Files, folders, globs and URLs become one ordered list."""

from pathlib import Path

import pytest

from answerable.core.errors import InvalidRequest
from answerable.knowledge.sources import Source, expand


def touch(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")


def names(folder: Path, *arguments: str) -> list[str]:
    return [Path(source.name).relative_to(folder).as_posix() for source in expand(arguments, base=folder).sources]


def test_folder_is_walked_in_order_without_hidden_and_build_folders(tmp_path: Path) -> None:
    touch(tmp_path, "b.md", "a/z.pdf", "a/.hidden.md", ".git/x.md", "node_modules/y.md", "a/~$lock.docx", "a/c.txt.gz")
    assert names(tmp_path, ".") == ["b.md", "a/c.txt.gz", "a/z.pdf"]


def test_unknown_kinds_in_a_folder_are_counted(tmp_path: Path) -> None:
    touch(tmp_path, "a.md", "b.png", "c.zip", "d.pdf.gz")
    assert expand(["."], base=tmp_path).skipped == 3


def test_explicit_file_is_taken_whatever_its_extension(tmp_path: Path) -> None:
    touch(tmp_path, "a.bin")
    assert names(tmp_path, "a.bin") == ["a.bin"]


def test_glob_matches_in_order_and_repeats_are_dropped(tmp_path: Path) -> None:
    touch(tmp_path, "b.md", "a.md", "c/d.md", "e.txt")
    assert names(tmp_path, "*.md", "b.md") == ["a.md", "b.md"]
    assert names(tmp_path, "**/*.md") == ["a.md", "b.md", "c/d.md"]


def test_file_whose_name_looks_like_a_glob_is_found(tmp_path: Path) -> None:
    touch(tmp_path, "a[1].md")
    assert names(tmp_path, "a[1].md") == ["a[1].md"]


def test_url_is_kept_as_it_is(tmp_path: Path) -> None:
    assert expand(["https://example.org/a"], base=tmp_path).sources == (Source("https://example.org/a"),)
    assert expand(["https://example.org/a"], base=tmp_path).sources[0].is_url


def test_circle_of_links_ends(tmp_path: Path) -> None:
    touch(tmp_path, "a/b.md")
    (tmp_path / "a" / "again").symlink_to(tmp_path / "a")
    (tmp_path / "broken.md").symlink_to(tmp_path / "nowhere")
    assert names(tmp_path, ".") == ["a/b.md"]


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ("gone.md", "'gone.md' does not exist"),
        ("*.pdf", r"no file matches '\*\.pdf'"),
        ("ftp://x/y", "only http and https"),
        ("empty", "nothing to add in 'empty': no files there"),
        ("pictures", r"nothing to add in 'pictures': 1 file\(s\) there are of kinds that cannot be read"),
    ],
)
def test_naming_nothing_is_an_error_that_says_so(argument: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    touch(tmp_path, "pictures/a.png")
    with pytest.raises(InvalidRequest, match=message):
        expand([argument], base=tmp_path)


def test_no_argument_at_all_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest, match="an empty list"):
        expand([], base=tmp_path)
