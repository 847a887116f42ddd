"""What a person at a terminal decides about a run that waits: approve it, edit its outline, reject it, or later."""

import os
import re
import shlex
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.markup import escape
from rich.prompt import Prompt

from answerable.cli.report_layout import print_report
from answerable.cli.running import out
from answerable.core.errors import InvalidRequest
from answerable.flows import research as flow
from answerable.flows.platform import Platform
from answerable.flows.research import Decision
from answerable.flows.research_reading import get_report
from answerable.storage.research import RunRow


async def ask(row: RunRow, p: Platform) -> Decision | None:
    """The decision; None to decide later, which Ctrl-C and Ctrl-D mean too. Nothing else happens meanwhile: the run
    waits, and belongs to no process. Raises InvalidRequest where there is no editor.
    """
    if row.waiting_for == "outline":
        outline = await flow.get_outline(row, p)
        _print_outline(outline)
        choices, shown = ["a", "e", "r", "l"], "[a]pprove, [e]dit, [r]eject, [l]ater"
    else:
        print_report(await get_report(row, p))
        choices, shown = ["a", "r", "l"], "[a]pprove, [r]eject, [l]ater"
    out.print()
    try:
        with _interrupts(signal.default_int_handler):
            match Prompt.ask(escape(shown), console=out, choices=choices, show_choices=False):
                case "a":
                    return Decision("approve")
                case "e":
                    return Decision("edit", outline=edited(outline))
                case "r":
                    note = Prompt.ask("what should be otherwise (empty: end it)", console=out, default="")
                    return Decision("reject", note)
    except (KeyboardInterrupt, EOFError):
        out.print()
    return None


@contextmanager
def _interrupts(handler: Any) -> Iterator[None]:
    """What Ctrl-C does in between. asyncio's own handler would cancel the task, which cannot hear it while it reads."""
    before = signal.signal(signal.SIGINT, handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _print_outline(outline: Mapping[str, Any]) -> None:
    out.print(f"\n[bold]{escape(outline['title'])}[/bold]")
    for at, one in enumerate(outline["sections"], start=1):
        count = len(one["evidence"])
        out.print(f"  {at}. {escape(one['heading'])}  [dim]{count} passage{'' if count == 1 else 's'}[/dim]")


def edited(outline: Mapping[str, Any]) -> dict[str, Any]:
    """The outline as a person left it in their editor: a line a section. Without an editor it stays as it is."""
    lines = ["# One section a line. Move, rename, remove or add lines; what is new is searched for.", outline["title"]]
    lines += [f"{one['id']}: {one['heading']}" for one in outline["sections"]]
    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
    with tempfile.TemporaryDirectory(prefix="answerable-outline-") as folder:
        path = Path(folder) / "outline.txt"
        path.write_text("\n".join(lines) + "\n", "utf-8")
        try:
            with _interrupts(signal.SIG_IGN):  # Ctrl-C is for the editor
                subprocess.run([*shlex.split(editor), str(path)], check=False)  # noqa: S603 - the person's own editor
        except (OSError, ValueError) as error:
            raise InvalidRequest(f"the editor '{editor}' does not start: set EDITOR to one that does") from error
        return read_outline(path.read_text("utf-8", "replace"), outline)


def read_outline(text: str, before: Mapping[str, Any]) -> dict[str, Any]:
    """An outline from lines: the title, then a section a line, `s2: its heading` or the heading of a new one. Lines
    that begin with # say nothing; without any other it is the outline of before.
    """
    title, *lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")] or [""]
    if not title:
        return dict(before)
    sections = []
    for line in lines:
        named = re.match(r"(s\d+):\s*(.+)", line)
        sections.append({"id": named[1], "heading": named[2]} if named else {"heading": line.rstrip(":")})
    return {"title": title, "sections": sections}
