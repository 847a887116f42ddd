"""`usage`: what was used and what it cost, as a table or as JSON."""

import asyncio
from decimal import Decimal
from pathlib import Path

from rich.markup import escape

from answerable.api.usage_views import report_json
from answerable.cli.layout import columns, shortened
from answerable.cli.running import out, print_json, settings_for, stop
from answerable.config import Settings
from answerable.core.errors import AnswerableError
from answerable.core.identity import OWNER
from answerable.flows.usage import Asked, Line, Report, report_usage
from answerable.storage.database import Database

_LABEL = 23
_NO_LABEL = {"model": "(no model called)", "key": "(no key)"}


def show_usage(asked: Asked, data: Path | None, as_json: bool) -> None:
    """Print the report."""
    report = _report(asked, settings_for(data))
    if as_json:
        print_json(report_json(report))
        return
    out.print(f"usage from {report.since:%Y-%m-%d %H:%M} to {report.until:%Y-%m-%d %H:%M} UTC", style="dim")
    if not report.lines:
        out.print("no requests")
        return
    _print_table(report)
    if report.total.unpriced:
        requests = "1 request" if report.total.unpriced == 1 else f"{report.total.unpriced:,} requests"
        out.print(
            f"\n[yellow]* without the cost of {requests} to models that have no known price[/yellow]; "
            "add the prices to models.toml"
        )


def _print_table(report: Report) -> None:
    titles = ("requests", "cached", "failed", "in", "out", "USD")
    table = columns(report.by, *titles, right=titles)
    for line in report.lines:
        label = line.name or line.label or _NO_LABEL.get(report.by, "")
        table.add_row(escape(shortened(label, _LABEL)), *_cells(line))
    if len(report.lines) > 1 and report.by != "model":  # a request that fell back is under two models
        table.add_row("total", *_cells(report.total), style="bold")
    out.print(table)


def _cells(line: Line) -> list[str]:
    cells = [f"{number:,}" for number in (line.requests, line.cached, line.unsuccessful)]
    cost = f"[yellow]{_usd(line.cost_usd)}*[/yellow]" if line.unpriced else _usd(line.cost_usd)
    return [*cells, _short(line.prompt_tokens), _short(line.completion_tokens), cost]


def _short(tokens: int) -> str:
    """Tokens in at most seven characters."""
    if tokens < 100_000:
        return f"{tokens:,}"
    return f"{tokens / 1e3:,.0f}k" if tokens < 10_000_000 else f"{tokens / 1e6:,.1f}M"


def _usd(cost: Decimal | None) -> str:
    """Money to a hundredth of a cent, and more where that would be nothing."""
    if cost is None:
        return "unknown"
    return f"{cost:,.4f}" if cost >= Decimal("0.0001") or not cost else f"{cost:.9f}".rstrip("0")


def _report(asked: Asked, settings: Settings) -> Report:
    async def inside() -> Report:
        database = await Database(settings.sql_url, settings.connections).open()
        try:
            return await report_usage(asked, OWNER, database)
        finally:
            await database.close()

    try:
        return asyncio.run(inside())
    except AnswerableError as error:
        stop(error)
