"""Other teams over HTTP: which there are, and one at work for somebody who may only wait for it."""

import aiohttp
import pytest

from tests.support.researching import call, state


async def test_teams_are_listed_with_what_they_need(asking: aiohttp.ClientSession) -> None:
    status, found = await call(asking, "GET", "/teams")
    teams = {one["name"]: one for one in found["data"]}
    assert status == 200
    assert set(teams) == {"code", "content", "panel", "support"}
    assert teams["code"]["needs_model"]
    assert teams["support"]["budget"] == {"tokens": 60_000, "usd": "0.2", "seconds": 120.0}
    assert teams["panel"]["roles"][0] == {"name": "librarian", "task": "gather"}


async def test_a_team_works_within_its_own_budget_and_its_result_is_a_report(asking: aiohttp.ClientSession) -> None:
    body = {"topic": "I want to speak to a person", "team": "support", "budget": {"tokens": 50_000}}
    status, run = await call(asking, "POST", "", body)
    assert status == 201
    assert run["settings"]["team"] == "support"
    assert run["settings"]["budget"] == {"tokens": 50_000, "usd": "0.2", "seconds": 120.0}
    await state(asking, run["id"], "done")
    _, report = await call(asking, "GET", f"/{run['id']}/report")
    assert "speak to a person" in report["sections"][0]["missing"]
    assert report["extra"] == {"team": "support"}
    assert (await call(asking, "GET", f"/{run['id']}/outline"))[0] == 404


@pytest.mark.parametrize(
    ("body", "status", "param"),
    [
        ({"team": "sales"}, 404, "team"),
        ({"team": "code"}, 422, "model"),
        ({"team": "support", "approve": ["outline"]}, 400, "approve"),
        ({"team": "support", "orchestrator": "team"}, 400, "orchestrator"),
    ],
)
async def test_what_a_team_cannot_do_names_the_field(
    asking: aiohttp.ClientSession, body: dict[str, object], status: int, param: str
) -> None:
    found, answer = await call(asking, "POST", "", {"topic": "Sort a list", **body})
    assert (found, answer["error"]["param"]) == (status, param)
