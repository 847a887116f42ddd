"""Research runs in a database as work would have left them there, without the work."""

import json
from dataclasses import replace
from typing import Any

from answerable.agents.state import GRAPH_VERSION, Settings
from answerable.core.identity import Principal
from answerable.core.moments import now_us
from answerable.core.report import Paragraph, Report, Section, Sentence
from answerable.core.report_json import report_to_json
from answerable.flows.research_desk import asker_to_json
from answerable.storage import research
from answerable.storage.database import Database
from answerable.storage.research import RunRow, new_run_id

_REPORT = "report0"


def run_row(who: Principal, topic: str, **values: Any) -> RunRow:
    """A run of somebody's that is done."""
    now = now_us()
    row = RunRow(
        id=new_run_id(),
        workspace=who.workspace,
        owner=who.id,
        topic=topic,
        title=topic,
        settings=Settings().to_json(),
        asker=asker_to_json(who),
        status="done",
        stage="export",
        waiting_for="",
        decision=None,
        error="",
        graph_version=GRAPH_VERSION,
        report=_REPORT,
        tokens=0,
        cost_nano=0,
        active_ms=0,
        created_at=now,
        updated_at=now,
        worker="",
        alive_at=0,
        stop_asked=False,
    )
    return replace(row, **values)


async def store_run(database: Database, row: RunRow) -> RunRow:
    """Put it there, with a report of one sentence."""
    said = Sentence(row.topic)
    section = Section("s1", "About it", 1, (Paragraph((said,)),))
    body = json.dumps(report_to_json(Report(row.title, row.topic, (said,), (section,), ())))

    async def work(connection: Any) -> None:
        await research.insert_run(connection, row)
        await research.put_artifact(connection, row.id, _REPORT, "report", body)

    await database.write(work)
    return row
