"""`tools`: which tools a model may be given, what is missing for them, and what one of them gives."""

from pathlib import Path
from typing import Any

from rich.markup import escape

from answerable.agents.toolbox import Toolbox
from answerable.agents.tools.base.services import Caller
from answerable.cli.layout import columns, shortened
from answerable.cli.running import out, print_json, run, settings_for
from answerable.flows.collections import choose_collection
from answerable.flows.platform import Platform


def list_tools(data: Path | None, as_json: bool) -> None:
    """Every tool: its name, what it is for, whether it is ready."""
    settings = settings_for(data)

    async def work(p: Platform) -> list[dict[str, Any]]:
        return [_described(p.toolbox, name) for name in p.toolbox.names]

    found = run(settings, work)
    if as_json:
        print_json({"data": found})
        return
    table = columns("tool", "state", "what for")
    width = max(out.width - 32, 20)
    for one in found:
        state = "[yellow]missing[/yellow]" if one["missing"] else "sensitive" if one["sensitive"] else "ready"
        table.add_row(one["name"], state, escape(shortened(one["purpose"], width)))
    out.print(table)
    for one in found:
        if one["missing"]:
            out.print(f"[dim]{escape(one['name'])}: {escape(one['missing'])}[/dim]")


def run_tool(name: str, arguments: str, collection: str | None, data: Path | None, as_json: bool) -> None:
    """Run one tool with JSON arguments, as a model would."""
    settings = settings_for(data)

    async def work(p: Platform) -> str:
        tool = p.toolbox.get(name)
        chosen = collection or (await choose_collection(p) if tool.traits.needs_documents else None)
        return await tool.run(arguments, Caller(collection=chosen))

    text = run(settings, work)
    if as_json:
        print_json({"tool": name, "result": text})
    else:
        out.print(escape(text), soft_wrap=True)


def _described(box: Toolbox, name: str) -> dict[str, Any]:
    tool = box.get(name)
    return {
        "name": name,
        "purpose": tool.purpose,
        "missing": tool.traits.missing,
        "sensitive": tool.traits.sensitive,
        "timeout_s": tool.config.timeout_s,
        "max_characters": tool.config.max_characters,
        "parameters": tool.parameters,
    }
