"""A report as a file: in which form, by the name of the file, and written whole or not at all."""

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from answerable.core import loading
from answerable.core.errors import InvalidRequest
from answerable.core.report import Report

PACKAGE = "answerable.agents.exports"


def forms() -> Sequence[str]:
    """The forms that a report can be had in: `md`, `html` ..."""
    return loading.names(PACKAGE)


def form_of(path: Path) -> str:
    """The form that a file's name asks for. Raises InvalidRequest for one that there is not, or for no such folder."""
    form = path.suffix.removeprefix(".").lower()
    if form not in forms():
        raise InvalidRequest(f"'{path.name}' cannot be written: a report is {', '.join(forms())}", param="out")
    if not path.absolute().parent.is_dir():
        raise InvalidRequest(f"there is no folder {path.absolute().parent}", param="out")
    return form


def render(report: Report, form: str) -> tuple[bytes, Any]:
    """The report in a form, and the module that made it (`MEDIA_TYPE`, `SUFFIX`). Raises InvalidRequest."""
    if form not in forms():
        raise InvalidRequest(f"there is no form '{form[:20]}': a report is {', '.join(forms())}", param="format")
    module = loading.load(PACKAGE, form)
    return module.render(report), module


def write(report: Report, path: Path) -> None:
    """Write it beside its place, then put it there: a file that was there stays whole until then."""
    data, _ = render(report, form_of(path))
    folder = path.absolute().parent
    handle, name = tempfile.mkstemp(dir=folder, prefix=".answerable-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except OSError as error:
        Path(name).unlink(missing_ok=True)
        raise InvalidRequest(f"{path} cannot be written: {error.strerror}", param="out") from error
