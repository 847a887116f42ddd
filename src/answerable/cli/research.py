"""`research` and `reports`: a report with its progress, the decisions of a person, and what was made before."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import typer
from rich.markup import escape

from answerable.agents.running import SILENT_US
from answerable.agents.state import Settings
from answerable.cli.deciding import ask
from answerable.cli.layout import columns, shortened
from answerable.cli.report_layout import print_report
from answerable.cli.running import err, out, print_json, run, settings_for
from answerable.core.errors import AnswerableError, InvalidRequest
from answerable.core.identity import OWNER
from answerable.core.moments import from_us, now_us
from answerable.core.money import from_nano
from answerable.core.report import Report
from answerable.core.report_json import report_to_json
from answerable.flows import research as flow
from answerable.flows.platform import Platform
from answerable.flows.research import Decision
from answerable.flows.research_reading import get_report
from answerable.flows.research_work import OVER, go_on, tend
from answerable.storage.research import EventRow, RunRow

_INDENT = 12
_BESIDE_TOPIC = 50
"""Columns of the list that are not the topic's: id, status, time and cost with their gaps."""
_TOLD = {
    "planned": "asks",
    "searched": "looks for",
    "compiled": "keeps",
    "outlined": "plans",
    "wrote": "writes",
    "judged": "judges",
    "decided": "decides to",
    "revised": "mends",
    "published": "publishes",
    "left_out": "leaves out what",
    "fallback": "",
    "fitted": "",
    "waited": "",
    "budget_spent": "",
    "failed": "",
    "cancelled": "",
    "approval": "decides on the",
    "escalated": "takes over:",
    "used_tool": "calls",
    "could_not": "",
}
"""What is shown of a run, and the verb that stands before it."""


@dataclass(frozen=True, slots=True)
class Output:
    """Where what goes: a file for the report, JSON instead of text."""

    to: Path | None = None
    as_json: bool = False


def research(topic: str, wanted: Settings, output: Output, data: Path | None) -> None:
    """Begin a run and stay with it."""
    check_output(output)

    async def work(p: Platform) -> tuple[RunRow, Report | None]:
        row = await flow.begin(typed(topic), wanted, OWNER, p)
        return await stay(row.id, output, p)

    show_end(*run(settings_for(data), work), output)


def typed(text: str) -> str:
    """What was typed, also where the terminal's encoding is none that can say it."""
    return os.fsencode(text).decode("utf-8", "replace")


def resume(id_: str, output: Output, data: Path | None) -> None:
    """Stay with a run that is there: it goes on where it was, or waits for a decision."""
    check_output(output)

    async def work(p: Platform) -> tuple[RunRow, Report | None]:
        row = await _find(id_, p)
        if row.status == "failed":
            await flow.resume(row.id, OWNER, p)
        return await stay(row.id, output, p)

    show_end(*run(settings_for(data), work), output)


def list_reports(limit: int, data: Path | None, as_json: bool) -> None:
    """What was researched, newest first."""
    rows = run(settings_for(data), lambda p: flow.list_runs(OWNER, p, limit))
    if as_json:
        print_json({"data": [run_json(row) for row in rows]})
        return
    if not rows:
        out.print("nothing yet; begin with: answerable research 'your question'")
        return
    table = columns("run", "status", "begun", "USD", "topic", right=("USD",))
    room = max(out.width - _BESIDE_TOPIC, 12)
    for row in rows:
        status = f"waits: {row.waiting_for}" if row.status == "waiting" else _status(row)
        begun = from_us(row.created_at).astimezone().strftime("%m-%d %H:%M")
        table.add_row(row.id[:12], status, begun, f"{from_nano(row.cost_nano):.2f}", escape(shortened(row.title, room)))
    out.print(table)


def _status(row: RunRow) -> str:
    """A run that no process works on any more was interrupted."""
    is_left = row.status == "running" and row.alive_at < now_us() - SILENT_US
    return "interrupted" if is_left else row.status


def show_report(id_: str, output: Output, data: Path | None) -> None:
    """The report of a run, shown or written to a file."""
    check_output(output)

    async def work(p: Platform) -> tuple[RunRow, Report]:
        row = await _find(id_, p)
        return row, await get_report(row, p)

    row, report = run(settings_for(data), work)
    if output.to is not None:
        _write(row, report, output.to)
    if output.as_json:
        print_json({"run": run_json(row), "report": report_to_json(report)})
    elif output.to is None:
        print_report(report)


def cancel(id_: str, data: Path | None) -> None:
    """End a run where it stands, whichever process works on it."""

    async def work(p: Platform) -> tuple[RunRow, RunRow]:
        row = await _find(id_, p)
        return row, await flow.cancel(row.id, OWNER, p)

    before, row = run(settings_for(data), work)
    was = f"it was {row.status} already" if before.status in OVER else "ended"
    out.print(f"{was}: {escape(row.title)}", soft_wrap=True)


def decide(id_: str, decision: Decision, output: Output, data: Path | None) -> None:
    """Decide what a run waits for, and stay with it."""
    check_output(output)

    async def work(p: Platform) -> tuple[RunRow, Report | None]:
        row = await _find(id_, p)
        await flow.decide(row.id, decision, OWNER, p)
        return await stay(row.id, output, p)

    show_end(*run(settings_for(data), work), output)


def delete(id_: str, data: Path | None) -> None:
    """Erase a run with all that it made."""

    async def work(p: Platform) -> RunRow:
        row = await _find(id_, p)
        await flow.delete_run(row.id, OWNER, p)
        return row

    row = run(settings_for(data), work)
    out.print(f"erased: {escape(row.title)}")


def run_json(row: RunRow) -> dict[str, Any]:
    """A run for machines."""
    return {
        "id": row.id,
        "topic": row.topic,
        "title": row.title,
        "status": row.status,
        "stage": row.stage,
        "waiting_for": row.waiting_for,
        "error": row.error,
        "tokens": row.tokens,
        "cost_usd": f"{from_nano(row.cost_nano):f}",
        "seconds": row.active_ms / 1e3,
        "created_at": from_us(row.created_at).isoformat(),
        "settings": dict(row.settings),
    }


# --- staying with a run -----------------------------------------------------------------------------------------------


async def _find(id_: str, p: Platform) -> RunRow:
    """A run by its id, or by the beginning of it, as the list shows it."""
    rows = [row for row in await flow.list_runs(OWNER, p, 1_000) if row.id.startswith(id_)]
    if len(rows) > 1:
        raise InvalidRequest(f"'{id_}' names {len(rows)} runs; give more of the id", param="run")
    return rows[0] if rows else await flow.get_run(id_, OWNER, p)


async def stay(id_: str, output: Output, p: Platform) -> tuple[RunRow, Report | None]:
    """Follow a run to its end, asking for decisions where a person is there to give them."""
    p.research.tend(tend(p, id_))
    go_on(id_, p)
    try:
        return await _stay(id_, output, p)
    except asyncio.CancelledError:
        err.print(f"\nnothing is lost; go on with: answerable reports resume {id_[:12]}", soft_wrap=True)
        raise


async def _stay(id_: str, output: Output, p: Platform) -> tuple[RunRow, Report | None]:
    after = 0
    while True:
        async for event in _following(id_, after, p):
            after = event.number
            if not output.as_json:
                _print_event(event)
        await p.research.wait(id_)
        row = await flow.get_run(id_, OWNER, p)
        if row.status == "running":  # another process has it, and we look on
            continue
        if row.status != "waiting":
            report = await get_report(row, p) if row.report else None
            return row, report
        try:
            decision = await ask(row, p) if sys.stdin.isatty() and not output.as_json else None
            if decision is None:
                return row, None
            await flow.decide(id_, decision, OWNER, p)
        except InvalidRequest as error:  # it is asked for again
            err.print(f"[yellow]not taken:[/yellow] {escape(error.message)}", soft_wrap=True)


def _following(id_: str, after: int, p: Platform) -> AsyncIterator[EventRow]:
    return flow.follow(id_, after, OWNER, p)


def _print_event(event: EventRow) -> None:
    if event.kind not in _TOLD:
        return
    data, width = event.data, max(out.width - _INDENT - 1, 20)
    for name, why in data.get("failed", ()) if event.kind == "searched" else ():
        _line("", f"[yellow]{escape(shortened(f'{name}: {why}', width))}[/yellow]")
    verb, extra = _TOLD[event.kind], _extra(event)
    text = shortened(f"{verb} {event.text}".strip(), width - len(extra) - 2 if extra else width)
    _line(event.agent, escape(text) + (f"  [dim]{escape(shortened(extra, width))}[/dim]" if extra else ""))
    if event.kind in ("planned", "outlined"):
        for at, one in enumerate(data.get("questions") or data.get("sections") or (), start=1):
            _line("", f"[dim]{at}. {escape(shortened(one, width - 4))}[/dim]")


def _extra(event: EventRow) -> str:
    """How much an event brought."""
    data = event.data
    if event.kind == "searched":
        return _counted(len(data["evidence"]), "passage")
    if event.kind == "wrote" and not data["missing"]:
        cut = f", {len(data['cut'])} cut" if data["cut"] else ""
        return _counted(data["sentences"], "sentence") + cut
    return "nothing that can be verified" if event.kind == "wrote" else ""


def _counted(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"


def _line(agent: str, markup: str) -> None:
    out.print(f"[cyan]{agent:<{_INDENT - 1}}[/cyan] {markup}", soft_wrap=True)


# --- the end ----------------------------------------------------------------------------------------------------------


def check_output(output: Output) -> None:
    """A file that cannot be written is said before the work. Raises nothing: it ends the program."""
    from answerable.cli.running import stop
    from answerable.flows.research_export import form_of

    if output.to is not None:
        try:
            form_of(output.to)
        except AnswerableError as error:
            stop(error)


def show_end(row: RunRow, report: Report | None, output: Output) -> None:
    """What came of a run: printed, or written where it was asked for."""
    if report is not None and output.to is not None:
        _write(row, report, output.to)
    if output.as_json:
        print_json({"run": run_json(row), "report": report_to_json(report) if report else None})
    else:
        _print_end(row, report, output)
    if row.status == "failed":
        raise typer.Exit(1)


def _print_end(row: RunRow, report: Report | None, output: Output) -> None:
    if report is not None and output.to is None:
        out.print()
        print_report(report)
    spent = f"{row.tokens:,} tokens, {_usd(from_nano(row.cost_nano))}, {row.active_ms / 1e3:.1f} s"
    out.print(f"\n[dim]{row.id[:12]}  {spent}[/dim]")
    if row.status == "waiting":
        out.print(f"it waits for a decision: answerable reports resume {row.id[:12]}", soft_wrap=True)
    if row.status == "failed":
        err.print(f"[red]error:[/red] {escape(row.error)}", soft_wrap=True)
        err.print(f"go on with: answerable reports resume {row.id[:12]}", soft_wrap=True)


def _write(row: RunRow, report: Report, to: Path) -> None:
    from answerable.cli.running import stop
    from answerable.flows.research_export import write

    try:
        write(report, to)
    except AnswerableError as error:
        err.print(f"the report is kept: answerable reports show {row.id[:12]} --out FILE", soft_wrap=True)
        stop(error)
    err.print(f"written: {escape(str(to))}", soft_wrap=True)


def _usd(cost: Decimal) -> str:
    return f"{cost:.4f} USD" if cost else "0 USD"


def with_budget(settings: Settings, tokens: int | None, usd: float | None, seconds: float | None) -> Settings:
    """The settings with the parts of the budget that were named."""
    given = {"tokens": tokens, "usd": None if usd is None else Decimal(str(usd)), "seconds": seconds}
    named: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    return replace(settings, budget=replace(settings.budget, **named))
