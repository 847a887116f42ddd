"""`doctor`: runs the checks and prints them. What cannot be read is one of the findings, not the end of the report."""

import asyncio
from pathlib import Path
from typing import Any

from rich.markup import escape

from answerable import __version__
from answerable.cli import checks
from answerable.cli.checks import Check, Standing
from answerable.cli.layout import columns
from answerable.cli.running import out, print_json
from answerable.config import Settings, load_settings, policy_source
from answerable.core.errors import AnswerableError, SetupError
from answerable.policies import Policies
from answerable.telemetry import log
from answerable.wiring import open_platform

_VERSION = Check("program", "version", "ok", __version__)
_COLOURS: dict[Standing, str] = {"ok": "green", "note": "yellow", "missing": "yellow", "wrong": "red"}


def run_doctor(data: Path | None, as_json: bool) -> bool:
    """Print the checks; whether nothing is wrong."""
    found = examine(data)
    healthy = all(one.standing != "wrong" for one in found)
    if as_json:
        print_json({"ok": healthy, "checks": [_json(one) for one in found]})
    else:
        _show(found)
    return healthy


def examine(data: Path | None) -> list[Check]:
    """All findings. With policies that are wrong the rest is looked at under those that ship."""
    log.configure("error")  # what is wrong is said in the report
    try:
        settings = load_settings(data=data)
    except SetupError as error:
        return _without_policies(data, error)
    try:
        return asyncio.run(_opened(settings))
    except AnswerableError as error:
        if policy_source(settings) is None:
            return [_VERSION, _wrong("start", error)]
        return _without_policies(data, error)


def _without_policies(data: Path | None, error: AnswerableError) -> list[Check]:
    """What went wrong is the policies' fault where it goes well without them."""
    try:
        rest = asyncio.run(_opened(load_settings(data=data, policies=Policies())))
    except AnswerableError as other:
        return [_VERSION, _wrong("start", other), *([] if other.message == error.message else [_policies(error)])]
    return [_policies(error) if one.what == "policies" else one for one in rest]


def _wrong(what: str, error: AnswerableError) -> Check:
    return Check("program", what, "wrong", error.message)


def _policies(error: AnswerableError) -> Check:
    return Check("policies", "policies", "wrong", f"{error.message} (the rest is looked at without your policies)")


async def _opened(settings: Settings) -> list[Check]:
    platform = await open_platform(settings)
    try:
        return await checks.look(settings, platform)
    finally:
        await platform.close()


def _json(one: Check) -> dict[str, Any]:
    works = one.standing in ("ok", "note")
    return {"group": one.group, "what": one.what, "ok": works, "standing": one.standing, "detail": one.detail}


def _show(found: list[Check]) -> None:
    table = columns("", "", "", "")
    table.show_header = False
    table.columns[-1].no_wrap, table.columns[-1].overflow = False, "fold"
    group = ""
    for one in found:
        head = "" if one.group == group else f"[dim]{one.group}[/dim]"
        group, colour = one.group, _COLOURS[one.standing]
        table.add_row(head, f"[{colour}]{one.standing}[/{colour}]", escape(one.what), escape(one.detail))
    out.print(table)
