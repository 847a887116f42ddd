"""Turns what a user names (files, folders, globs, URLs) into an ordered list of things to load."""

import glob
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from answerable.core.errors import InvalidRequest
from answerable.knowledge.loaders.base.detection import is_supported

_SKIPPED_FOLDERS = frozenset(("__pycache__", "node_modules", "__MACOSX"))


@dataclass(frozen=True, slots=True)
class Source:
    """One thing to load: a local file (`path` set) or a URL. `name` is the stable address stored with the document."""

    name: str
    path: Path | None = None

    @property
    def is_url(self) -> bool:
        """Whether it must be fetched first."""
        return self.path is None


@dataclass(frozen=True, slots=True)
class Expansion:
    """What to load, in order and without repeats, and how many files of unknown kinds in folders were left out."""

    sources: tuple[Source, ...]
    skipped: int = 0


def is_url(text: str) -> bool:
    """Whether an argument names something on the web."""
    return text.lower().startswith(("http://", "https://"))


def expand(arguments: Sequence[str], *, base: Path) -> Expansion:
    """Expand arguments in order; relative ones count from `base`. An explicit file is taken whatever its extension.

    Raises InvalidRequest when an argument names nothing, or when nothing at all was found.
    """
    found: dict[str, Source] = {}
    skipped = 0
    for argument in arguments:
        if is_url(argument):
            found.setdefault(argument, Source(argument))
            continue
        for path, taken in _local(argument, base):
            skipped += not taken
            if taken:
                found.setdefault(str(path), Source(str(path), path))
    if not found:
        raise InvalidRequest(_nothing(arguments, skipped), param="source")
    return Expansion(tuple(found.values()), skipped)


def _nothing(arguments: Sequence[str], skipped: int) -> str:
    what = ", ".join(f"'{argument}'" for argument in arguments) or "an empty list"
    if skipped:
        return f"nothing to add in {what}: {skipped} file(s) there are of kinds that cannot be read"
    return f"nothing to add in {what}: no files there"


def _local(argument: str, base: Path) -> Iterator[tuple[Path, bool]]:
    if "://" in argument:
        raise InvalidRequest(f"'{argument}' cannot be added: only http and https addresses can", param="source")
    path = Path(os.path.normpath(base / Path(argument).expanduser()))
    if path.is_dir():
        yield from _folder(path)
    elif path.exists():
        yield path, True
    elif glob.has_magic(argument):
        matches = sorted(glob.glob(str(path), recursive=True))  # noqa: PTH207  Path.glob takes no absolute pattern
        if not matches:
            raise InvalidRequest(f"no file matches '{argument}'", param="source")
        for match in matches:
            if Path(match).is_dir():
                if not argument.rstrip("/").endswith("**"):
                    yield from _folder(Path(match))
            else:
                yield Path(match), is_supported(match)
    else:
        raise InvalidRequest(f"'{argument}' does not exist; check the path", param="source")


def _folder(folder: Path) -> Iterator[tuple[Path, bool]]:
    """Files below a folder, sorted; hidden ones and build folders are passed over, links are followed once."""
    seen: set[tuple[int, int]] = set()
    for current, names, files in os.walk(folder, followlinks=True):
        here = Path(current).stat()
        if (here.st_dev, here.st_ino) in seen:
            names.clear()
            continue
        seen.add((here.st_dev, here.st_ino))
        names[:] = sorted(name for name in names if not name.startswith(".") and name not in _SKIPPED_FOLDERS)
        for name in sorted(files):
            path = Path(current) / name
            # Office programs leave "~$name" lock files beside open documents.
            if not name.startswith((".", "~$")) and path.is_file():
                yield path, is_supported(name)
