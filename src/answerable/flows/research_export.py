"""A report as a file: in which form, by the name of the file, and written whole or not at all."""

import asyncio
import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from answerable.core import loading
from answerable.core.errors import InvalidRequest
from answerable.core.report import Report

if TYPE_CHECKING:
    from answerable.agents.exports.base.renderer import Renderer

PACKAGE = "answerable.agents.exports"


@dataclass(frozen=True, slots=True)
class Exported:
    """A report as a file: what it is called, what it is, what is in it."""

    name: str
    media_type: str
    data: bytes


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


async def export(report: Report, form: str) -> Exported:
    """The report in a form, with a name that any file system takes. Raises InvalidRequest."""

    def render() -> Exported:
        from answerable.agents.exports.base.renderer import file_name

        renderer = renderer_of(form)
        return Exported(file_name(report, renderer.suffix), renderer.media_type, renderer.render(report))

    return await asyncio.to_thread(render)


def renderer_of(form: str) -> "Renderer":
    """What writes a form. Raises InvalidRequest for one that there is not."""
    if form not in forms():
        raise InvalidRequest(f"there is no form '{form[:20]}': a report is {', '.join(forms())}", param="format")
    renderer: Renderer = loading.load(PACKAGE, form).build()
    return renderer


def write(report: Report, path: Path) -> None:
    """Write it beside its place, then put it there: a file that was there stays whole until then. Raises InvalidRequest
    where it cannot be written.
    """
    data = renderer_of(form_of(path)).render(report)
    name = None
    try:
        handle, name = tempfile.mkstemp(dir=path.absolute().parent, prefix=".answerable-")
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except OSError as error:
        if name is not None:
            Path(name).unlink(missing_ok=True)
        raise InvalidRequest(f"{path} cannot be written: {error.strerror}", param="out") from error
