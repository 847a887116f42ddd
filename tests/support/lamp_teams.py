"""Teams at work in tests: a library about a lamp, runs that are waited for, what came of them in few words."""

import json
from dataclasses import replace
from typing import Any

from answerable.agents.teams.team import Team
from answerable.core.identity import OWNER
from answerable.core.report import Report
from answerable.core.report_json import report_to_json
from answerable.core.research_tasks import Compose
from answerable.flows import research, review, teams
from answerable.flows import research_reading as reading
from answerable.flows.ingest import GivenText
from answerable.flows.platform import Platform
from answerable.storage.research import EventRow, RunRow
from tests.support.shelf import Shelf, ended

PAPERS = (
    GivenText(
        "reset.md",
        "Resetting the lamp",
        "# Resetting the lamp\n\nTo reset the Lumo lamp, hold the brass button for nine seconds. The lamp blinks "
        "twice when the reset is done. A reset deletes all stored scenes of the lamp.\n\n## Limits\n\nThe Lumo "
        "lamp cannot be reset while it is charging. A reset of the Lumo lamp does not repair a broken battery.",
    ),
    GivenText(
        "battery.md",
        "Battery of the lamp",
        "# Battery of the lamp\n\nThe battery of the Lumo lamp lasts eleven hours at full brightness. Charging the "
        "Lumo lamp takes three hours with the supplied cable. The battery costs 24 euros and can be replaced by "
        "hand.\n\n## Problems\n\nBelow zero degrees the battery of the Lumo lamp lasts only four hours.",
    ),
)
SHELF = Shelf("lamps", PAPERS)
RESET = "How do I reset the Lumo lamp?"


async def work(name: str, request: str, p: Platform, **changes: Any) -> tuple[RunRow, Report, list[EventRow]]:
    wanted = replace(teams.on_terms(name, p), collections=("lamps",), **changes)
    row, events = await ended(await research.begin(request, wanted, OWNER, p), p)
    assert row.status == "done", row.error
    return row, await reading.get_report(row, p), events


def add(p: Platform, name: str, team: Team) -> None:
    p.research.teams = {**p.research.teams, name: team}


def kinds(events: list[EventRow], *wanted: str) -> list[tuple[str, str]]:
    return [(event.agent, event.kind) for event in events if event.kind in wanted]


def sentences(report: Report) -> list[dict[str, Any]]:
    blocks = [block for section in report_to_json(report)["sections"] for block in section["blocks"]]
    return [one for block in blocks for one in block.get("sentences", block.get("items", []))]


def score(value: float, *problems: str) -> str:
    issues = [{"line": 1, "problem": one, "suggestion": "mend it"} for one in problems]
    return json.dumps({"score": value, "issues": issues})


async def queue(p: Platform, status: Any = None) -> list[Any]:
    return await review.list_items(review.Asked(status=status, kind="escalated"), OWNER, p.database)


TEXT = (
    "# A lamp that lasts\n\nImagine an evening without a plug. The battery of the Lumo lamp lasts eleven hours at full "
    "brightness [{n}]. It was praised by NASA [{n}].\n\n## Charging\n\n- Charging takes patience."
)


def written(task: Compose) -> str:
    at = next(at for at, one in enumerate(task.passages, start=1) if "eleven hours" in one.text)
    if not task.before:
        return TEXT.format(n=at)
    wish = task.issues[0].problem
    return f"# Better\n\nThe battery of the Lumo lamp lasts eleven hours at full brightness [{at}]. No more: {wish}."
