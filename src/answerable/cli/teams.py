"""`teams`: which there are, and one at work. Progress, decisions and results are those of research."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from rich.markup import escape

from answerable.agents.state import Settings
from answerable.cli import research
from answerable.cli.layout import columns
from answerable.cli.research import Output
from answerable.cli.running import out, print_json, run, settings_for
from answerable.core.identity import OWNER
from answerable.core.report import Report
from answerable.flows import research as flow
from answerable.flows import teams
from answerable.flows.platform import Platform
from answerable.flows.teams import Shown
from answerable.storage.research import RunRow

Terms = Settings


def list_teams(data: Path | None, as_json: bool) -> None:
    """Every team: its name, how it works together, what it is for."""

    async def work(p: Platform) -> list[Shown]:
        return teams.list_teams(p)

    found = run(settings_for(data), work)
    if as_json:
        print_json({"data": [team_json(one) for one in found]})
        return
    table = columns("team", "pattern", "what for")
    table.columns[-1].no_wrap, table.columns[-1].overflow = False, "fold"
    for one in found:
        needs = " [dim]Needs a language model.[/dim]" if one.needs_model else ""
        table.add_row(one.name, one.pattern, escape(one.purpose) + needs)
    out.print(table)


def run_team(name: str, request: str, wanted: Callable[[Terms], Terms], output: Output, data: Path | None) -> None:
    """Begin a run of a team and stay with it. `wanted` changes its own terms."""
    research.check_output(output)

    async def work(p: Platform) -> tuple[RunRow, Report | None]:
        row = await flow.begin(research.typed(request), wanted(teams.on_terms(name, p)), OWNER, p)
        return await research.stay(row.id, output, p)

    research.show_end(*run(settings_for(data), work), output)


def changed(terms: Terms, given: Mapping[str, Any], budget: tuple[int | None, float | None, float | None]) -> Terms:
    """The terms with what was given on the command line."""
    return research.with_budget(replace(terms, **{key: value for key, value in given.items() if value}), *budget)


def team_json(one: Shown) -> dict[str, Any]:
    """A team for machines."""
    return {
        "name": one.name,
        "title": one.title,
        "purpose": one.purpose,
        "input": one.input,
        "pattern": one.pattern,
        "roles": [{"name": name, "task": task} for name, task in one.roles],
        "needs_model": one.needs_model,
        "approves": one.approves,
        "budget": {"tokens": one.budget.tokens, "usd": str(one.budget.usd), "seconds": one.budget.seconds},
    }
