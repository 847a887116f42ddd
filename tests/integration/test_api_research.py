"""/v1/research on a real server with the extractive engine: begun, followed, decided, listed, taken again."""

import asyncio
import json
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from answerable.agents.allowance import Allowance, Config
from answerable.core.identity import OWNER
from answerable.policies import Policies
from answerable.storage.database import Database
from tests.support.researched import run_row, store_run
from tests.support.researching import TOPIC, begin, call, opener, state, stream
from tests.support.server import serving

# --- following --------------------------------------------------------------------------------------------------------


async def test_a_run_is_followed_from_its_first_event_to_its_end(asking: aiohttp.ClientSession) -> None:
    run = await begin(asking)
    frames = (await stream(asking, run)).split(b"\n\n")
    assert frames[-2:] == [b"data: [DONE]", b""]
    read = [frame.split(b"\ndata: ") for frame in frames[:-2] if frame.startswith(b"id: ")]
    events = [json.loads(data) for _, data in read]
    assert [int(number.removeprefix(b"id: ")) for number, _ in read] == list(range(1, len(events) + 1))
    assert {event["agent"] for event in events} == {"researcher", "analyst", "writer", "critic", "editor"}
    searched = next(event for event in events if event["kind"] == "searched")
    assert searched["data"]["documents"][0].keys() == {"kind", "title", "address", "passages"}
    assert (await call(asking, "GET", f"/{run}"))[1]["status"] == "done"


async def test_a_stream_goes_on_byte_for_byte_after_any_event_and_from_any_worker(
    asking: aiohttp.ClientSession, done: str, research_folder: Path
) -> None:
    whole = await stream(asking, done)
    starts = [whole.index(b"id: %d\n" % number) for number in range(1, whole.count(b"id: ") + 1)]
    with serving(opener(research_folder)) as second:
        async with aiohttp.ClientSession(second) as other:
            assert await stream(other, done) == whole
            for at in (1, len(starts) // 2, len(starts) - 1):
                rest = whole[starts[at] :]
                assert await stream(other, done, {"last-event-id": str(at)}) == rest
                assert await stream(asking, done, query=f"?after={at}") == rest


async def test_events_are_also_read_by_pages(asking: aiohttp.ClientSession, done: str) -> None:
    whole = [
        json.loads(one.split(b"data: ")[1])
        for one in (await stream(asking, done)).split(b"\n\n")[:-2]
        if b"id: " in one
    ]
    paged: list[Any] = []
    after, more = 0, True
    while more:
        _, page = await call(asking, "GET", f"/{done}/events?after={after}&limit=5")
        paged += page["data"]
        after, more = page["next"], page["has_more"]
    assert paged == whole
    assert page["status"] == "done"


async def test_a_stream_stays_open_while_a_person_is_waited_for(asking: aiohttp.ClientSession) -> None:
    run = await begin(asking, approve=["outline"])
    await state(asking, run, "waiting")
    following = asyncio.create_task(stream(asking, run))
    await asyncio.sleep(0)
    assert (await call(asking, "POST", f"/{run}/decision", {"decision": "approve"}))[0] == 200
    seen = await asyncio.wait_for(following, 240)
    kinds = [json.loads(one.split(b"data: ")[1])["kind"] for one in seen.split(b"\n\n")[:-2] if b"id: " in one]
    assert kinds.index("waiting") < kinds.index("approval") < kinds.index("ended")


# --- deciding ---------------------------------------------------------------------------------------------------------


async def test_an_outline_is_edited_and_the_report_follows_it(asking: aiohttp.ClientSession) -> None:
    run = await begin(asking, approve=["outline"], topic="Guards, caches, limits and outages: how they work together")
    waiting = await state(asking, run, "waiting")
    assert (waiting["waiting_for"], waiting["has_report"]) == ("outline", False)
    _, outline = await call(asking, "GET", f"/{run}/outline")
    first, second, *_ = outline["sections"]
    assert first["passages"] == sum(one["passages"] for one in first["documents"]) > 0
    wanted = [
        {"id": second["id"], "heading": "What comes first"},
        {"heading": "Guards", "question": "What is checked in personal data?"},
        {"id": first["id"], "heading": first["heading"]},
    ]
    edit = {"decision": "edit", "outline": {"title": "My report", "sections": wanted}}
    status, after = await call(asking, "POST", f"/{run}/decision", edit)
    assert (status, after["status"], after["waiting_for"]) == (200, "running", None)
    await state(asking, run, "done")
    _, report = await call(asking, "GET", f"/{run}/report")
    headings = [one["heading"] for one in report["sections"] if one["level"] == 1]
    assert report["title"] == "My report"
    assert [one for one in headings if one not in ("Introduction", "Conclusion")] == [one["heading"] for one in wanted]
    got, used = await call(asking, "GET", f"/{run}/outline")
    assert got == 200, used
    assert (used["title"], [one["heading"] for one in used["sections"]]) == (
        "My report",
        [one["heading"] for one in wanted],
    )
    assert all(one["passages"] for one in used["sections"])
    status, told = await call(asking, "POST", f"/{run}/decision", {"decision": "approve"})
    assert (status, told["error"]["code"]) == (409, "conflict")


async def test_a_run_that_was_ended_while_its_outline_waited_still_shows_it(asking: aiohttp.ClientSession) -> None:
    run = await begin(asking, approve=["outline"])
    await state(asking, run, "waiting")
    planned = await call(asking, "GET", f"/{run}/outline")
    assert planned[0] == 200
    await call(asking, "POST", f"/{run}/cancel")
    assert await call(asking, "GET", f"/{run}/outline") == planned


async def test_a_report_is_read_before_it_is_approved(asking: aiohttp.ClientSession) -> None:
    run = await begin(asking, approve=["report"])
    waiting = await state(asking, run, "waiting")
    assert (waiting["waiting_for"], waiting["has_report"]) == ("report", True)
    status, draft = await call(asking, "GET", f"/{run}/report")
    assert status == 200
    assert (await call(asking, "POST", f"/{run}/decision", {"decision": "approve"}))[0] == 200
    await state(asking, run, "done")
    assert (await call(asking, "GET", f"/{run}/report"))[1] == draft


async def test_a_report_that_is_rejected_without_a_note_ends_the_run(asking: aiohttp.ClientSession) -> None:
    run = await begin(asking, approve=["report"])
    await state(asking, run, "waiting")
    assert (await call(asking, "POST", f"/{run}/decision", {"decision": "reject"}))[0] == 200
    assert (await state(asking, run, "cancelled"))["error"] is None


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"decision": "maybe"}, "decision"),
        ({"decision": "edit"}, "outline"),
        ({"decision": "edit", "outline": {"sections": []}}, "outline.sections"),
        ({"decision": "edit", "outline": {"sections": [{"heading": "  "}]}}, "outline.sections[0].heading"),
        ({"decision": "edit", "outline": {"sections": [{"id": "s9", "heading": "A"}]}}, "outline.sections[0].id"),
        ({"decision": "approve", "note": "x" * 2_001}, "note"),
        ({"decision": "approve", "surprise": 1}, "surprise"),
    ],
)
async def test_a_decision_that_cannot_be_taken_says_what_is_wrong_and_changes_nothing(
    asking: aiohttp.ClientSession, waiting_run: str, body: Any, param: str
) -> None:
    status, told = await call(asking, "POST", f"/{waiting_run}/decision", body)
    assert (status, told["error"]["param"]) in ((400, param), (422, param))
    assert (await call(asking, "GET", f"/{waiting_run}"))[1]["status"] == "waiting"


# --- beginning --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("more", "status", "param"),
    [
        ({"topic": "ab"}, 422, "topic"),
        ({"topic": "   a   "}, 400, "topic"),
        ({"topic": "x" * 2_001}, 422, "topic"),
        ({"topic": "a\x00bc"}, 422, "topic"),
        ({"sources": []}, 422, "sources"),
        ({"sources": ["telepathy"]}, 400, "sources"),
        ({"sources": ["pages"]}, 400, "addresses"),
        ({"collections": ["no-such"]}, 404, "collection"),
        ({"model": "no-such"}, 404, "model"),
        ({"budget": {"tokens": 0}}, 422, "budget.tokens"),
        ({"budget": {"usd": -1}}, 422, "budget.usd"),
        ({"budget": {"seconds": 0}}, 422, "budget.seconds"),
        ({"budget": {"hours": 1}}, 422, "budget.hours"),
        ({"approve": ["lunch"]}, 422, "approve.0"),
        ({"questions": 21}, 422, "questions"),
        ({"passages": 4}, 422, "passages"),
        ({"sections": 0}, 422, "sections"),
        ({"max_revisions": 6}, 422, "max_revisions"),
        ({"orchestrator": "chaos"}, 422, "orchestrator"),
        ({"replay_of": "res_0"}, 422, "replay_of"),
        ({"team": "no-such"}, 404, "team"),
    ],
)
async def test_what_cannot_be_begun_says_which_field_is_wrong(
    asking: aiohttp.ClientSession, more: Any, status: int, param: str
) -> None:
    found, told = await call(asking, "POST", "", {"topic": TOPIC, **more})
    assert (found, told["error"]["param"]) == (status, param)


async def test_who_has_too_many_runs_or_wants_too_much_is_told(tmp_path: Path) -> None:
    tiers = {"free": Allowance(), "pro": Allowance(), "enterprise": Allowance(max_running=1, max_tokens=1_000_000)}
    with serving(opener(tmp_path, Policies(research=Config(tiers)))) as address:
        async with aiohttp.ClientSession(address) as asking:
            first = await begin(asking, model="stalled")
            status, told = await call(asking, "POST", "", {"topic": TOPIC})
            assert (status, told["error"]["code"]) == (429, "rate_limit_exceeded")
            assert (await call(asking, "POST", f"/{first}/cancel"))[1]["status"] == "cancelled"
            status, told = await call(asking, "POST", "", {"topic": TOPIC, "budget": {"tokens": 1_000_001}})
            assert (status, told["error"]["param"]) == (400, "budget.tokens")
            assert (await call(asking, "POST", "", {"topic": TOPIC, "budget": {"tokens": 1_000_000}}))[0] == 201


async def test_runs_are_listed_by_pages_newest_first(
    asking: aiohttp.ClientSession, done: str, waiting_run: str
) -> None:
    _, whole = await call(asking, "GET", "?limit=200")
    ids = [run["id"] for run in whole["data"]]
    assert {done, waiting_run} <= set(ids)
    _, first = await call(asking, "GET", "?limit=1")
    _, second = await call(asking, "GET", f"?limit=1&after={first['next']}")
    assert [first["data"][0]["id"], second["data"][0]["id"]] == ids[:2]
    assert (await call(asking, "GET", "?after=nonsense"))[0] == 400


async def test_another_team_works_within_its_own_budget(asking: aiohttp.ClientSession) -> None:
    _, found = await call(asking, "GET", "/teams")
    team = next(one for one in found["data"] if not one["needs_model"])
    assert team["roles"][0].keys() == {"name", "task"}
    status, run = await call(asking, "POST", "", {"topic": "What do guards check?", "team": team["name"]})
    assert (status, run["settings"]["team"]) == (201, team["name"])
    assert run["settings"]["budget"]["tokens"] == team["budget"]["tokens"]
    await state(asking, run["id"], "waiting" if team["approves"] else "done")


async def test_sources_say_whether_they_are_ready(asking: aiohttp.ClientSession) -> None:
    _, found = await call(asking, "GET", "/sources")
    ready = {one["name"]: one["ready"] for one in found["data"]}
    assert ready["collections"] is True
    assert all(one["ready"] == (one["missing"] is None) for one in found["data"])


# --- again ------------------------------------------------------------------------------------------------------------


async def test_a_replay_gives_the_same_report_with_the_same_decisions_and_asks_nobody(
    asking: aiohttp.ClientSession,
) -> None:
    run = await begin(asking, approve=["outline"])
    await state(asking, run, "waiting")
    _, outline = await call(asking, "GET", f"/{run}/outline")
    sections = [
        {"heading": "Guards", "question": "What is checked in personal data?"},
        {**_kept(outline["sections"][0])},
    ]
    await call(asking, "POST", f"/{run}/decision", {"decision": "edit", "outline": {"sections": sections}})
    spent = (await state(asking, run, "done"))["spent"]
    status, again = await call(asking, "POST", f"/{run}/replay")
    assert (status, again["replay_of"]) == (201, run)
    after = await state(asking, again["id"], "done")
    assert spent["tokens"] > 0
    assert after["spent"]["tokens"] == 0
    reports = [(await call(asking, "GET", f"/{one}/report"))[1] | {"run": ""} for one in (run, again["id"])]
    assert reports[0] == reports[1]
    _, why = await call(asking, "GET", f"/{again['id']}/why?section=s1")
    assert why["steps"][0]["found_by"][0]["question"] == "What is checked in personal data?"
    assert why["written_by"]["tokens"] > 0


def _kept(section: Any) -> dict[str, str]:
    return {"id": section["id"], "heading": section["heading"]}


async def test_a_run_that_failed_is_resumed_and_nothing_else_is(
    asking: aiohttp.ClientSession, research_folder: Path, done: str
) -> None:
    database = await Database(f"sqlite:///{research_folder / 'answerable.db'}").open()
    try:
        row = run_row(OWNER, TOPIC, status="failed", error="the lights went out", report=None)
        await store_run(database, row)
    finally:
        await database.close()
    assert (await call(asking, "GET", f"/{row.id}"))[1]["error"] == "the lights went out"
    status, run = await call(asking, "POST", f"/{row.id}/resume")
    assert (status, run["status"], run["error"]) == (200, "running", None)
    await state(asking, row.id, "done")
    assert (await call(asking, "POST", f"/{row.id}/resume"))[0] == 409
    assert (await call(asking, "POST", f"/{done}/resume"))[0] == 409


async def test_a_run_is_cancelled_and_erased(asking: aiohttp.ClientSession) -> None:
    run = await begin(asking, model="stalled")
    status, found = await call(asking, "POST", f"/{run}/cancel")
    assert (status, found["status"]) == (200, "cancelled")
    assert (await stream(asking, run)).endswith(b"data: [DONE]\n\n")
    assert (await call(asking, "POST", f"/{run}/cancel"))[1]["status"] == "cancelled"
    assert (await call(asking, "POST", f"/{run}/replay"))[0] == 409
    assert (await call(asking, "DELETE", f"/{run}"))[0] == 204
    assert (await call(asking, "GET", f"/{run}"))[0] == 404
    assert (await call(asking, "DELETE", f"/{run}"))[0] == 404
