"""What the pages believe about the API of research (`web/src/shared/research-types.ts`), held against the API."""

import json
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from answerable.api import app
from answerable.core.report_json import report_to_json
from answerable.flows.platform import Platform
from tests.support import typescript
from tests.support.reports import bare, full, hostile
from tests.support.researching import begin, call, state

TYPES = typescript.read(Path(__file__).parents[2] / "web" / "src" / "shared" / "research-types.ts")


async def test_replies_hold_what_the_pages_read(asking: aiohttp.ClientSession, done: str) -> None:
    waiting = await begin(asking, approve=["outline"])
    await state(asking, waiting, "waiting")
    _, report = await call(asking, "GET", f"/{done}/report")
    first = next(span for section in report["sections"] for span in _spans(section))
    for name, path in (
        ("Run", f"/{done}"),
        ("Run", f"/{waiting}"),
        ("RunPage", "?limit=5"),
        ("Outline", f"/{waiting}/outline"),
        ("Report", f"/{done}/report"),
        ("Evidence", f"/{done}/evidence/{first['evidence']}"),
        ("WhySentence", f"/{done}/why"),
    ):
        status, found = await call(asking, "GET", path)
        assert (status, TYPES.misfits(name, found)) == (200, [])
    for name, path in (
        ("RunEvent", f"/{done}/events?limit=1000"),
        ("RunSource", "/sources"),
        ("RunTeam", "/teams"),
    ):
        _, page = await call(asking, "GET", path)
        assert page["data"]
        assert [bad for one in page["data"] for bad in TYPES.misfits(name, one)] == []


@pytest.mark.parametrize("report", [bare(), full(), hostile()], ids=["bare", "full", "hostile"])
def test_every_part_of_a_report_is_one_that_the_pages_know(report: Any) -> None:
    assert TYPES.misfits("Report", json.loads(json.dumps(report_to_json(report)))) == []


@pytest.mark.parametrize(("name", "schema"), [("NewRun", "ResearchBody"), ("Decision", "DecisionBody")])
def test_requests_send_what_the_server_takes(name: str, schema: str) -> None:
    async def never() -> Platform:
        raise AssertionError

    wanted = app.build(never, max_request_bytes=1).openapi()["components"]["schemas"][schema]
    sent = TYPES.fields(name)
    assert set(sent) <= set(wanted["properties"])
    assert {one for one, must in sent.items() if must} >= set(wanted["required"])


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"status": "asleep"}, "Run.status: 'asleep' is not"),
        ({"spent": {"tokens": "12", "usd": "0", "seconds": 1.0}}, "Run.spent.tokens: '12' is no number"),
        ({"settings": {}}, "Run.settings.sources is missing"),
        ({"has_report": 1}, "Run.has_report: 1 is no boolean"),
        ({"waiting_for": 3}, "Run.waiting_for: 3 is"),
    ],
)
async def test_a_difference_would_be_seen(
    asking: aiohttp.ClientSession, done: str, changes: dict[str, Any], said: str
) -> None:
    _, run = await call(asking, "GET", f"/{done}")
    assert any(said in bad for bad in TYPES.misfits("Run", run | changes))


def _spans(section: dict[str, Any]) -> list[dict[str, Any]]:
    said = [one for block in section["blocks"] for one in block.get("sentences", block.get("items", ()))]
    return [span for one in said for span in one["spans"]]
