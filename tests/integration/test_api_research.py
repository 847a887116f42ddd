"""/v1/research on a real server with the extractive engine: begun, followed, decided, read, taken again."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from answerable.agents.allowance import Allowance, Config
from answerable.config import EXTRACTIVE, Settings
from answerable.core.identity import OWNER
from answerable.flows.ingest import GivenText, Ingest, embed, ingest
from answerable.flows.platform import Platform
from answerable.gateway.models import Models
from answerable.policies import Policies
from answerable.providers import extractive
from answerable.storage.database import Database
from answerable.wiring import build_embedder, open_platform
from tests.support.researched import run_row, store_run
from tests.support.server import Stalled, serving

DOCS = Path(__file__).parents[2] / "docs"
PAGES = ("guards", "caches", "limits-and-budgets", "how-an-answer-is-made", "when-a-model-fails", "privacy", "quality")
TOPIC = "How does Answerable verify citations?"
EVENTS = {"accept": "text/event-stream"}
_USUAL = Policies()


def opener(folder: Path, policies: Policies = _USUAL) -> Callable[[], Awaitable[Platform]]:
    settings = Settings(data=folder, default_collection="pages", policies=policies)

    async def opened() -> Platform:
        engine = extractive.build(extractive.Config(), build_embedder(settings))
        builders: dict[str, Any] = {EXTRACTIVE: lambda: engine, "stalled": Stalled}
        p = await open_platform(settings, models=Models(builders, {}, EXTRACTIVE, EXTRACTIVE))
        texts = [GivenText(f"{name}.md", name, (DOCS / f"{name}.md").read_text("utf-8")) for name in PAGES]
        await ingest(Ingest("pages", texts=tuple(texts)), p)
        await embed("pages", p)
        return p

    return opened


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("research")


@pytest.fixture(scope="module")
def url(folder: Path) -> Iterator[str]:
    with serving(opener(folder)) as address:
        yield address


@pytest.fixture
async def http(url: str) -> Any:
    async with aiohttp.ClientSession(url) as session:
        yield session


async def call(http: aiohttp.ClientSession, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    async with http.request(method, f"/v1/research{path}", json=body) as response:
        is_json = response.content_type == "application/json"
        return response.status, await response.json() if is_json else await response.text()


async def begin(http: aiohttp.ClientSession, **more: Any) -> str:
    status, run = await call(http, "POST", "", {"topic": TOPIC, **more})
    assert status == 201, run
    id_: str = run["id"]
    return id_


async def state(http: aiohttp.ClientSession, run: str, *wanted: str) -> dict[str, Any]:
    """The run, once its status is one of those that are wanted."""
    async with asyncio.timeout(60):
        while True:
            _, found = await call(http, "GET", f"/{run}")
            if found["status"] in wanted:
                assert isinstance(found, dict)
                return found
            assert found["status"] not in ("done", "failed", "cancelled"), found["error"]
            await asyncio.sleep(0.05)


async def stream(
    http: aiohttp.ClientSession, run: str, headers: dict[str, str] | None = None, query: str = ""
) -> bytes:
    """The whole stream, until the server ends it."""
    async with http.get(f"/v1/research/{run}/events{query}", headers=EVENTS | (headers or {})) as response:
        assert (response.status, response.content_type) == (200, "text/event-stream")
        return await response.read()


@pytest.fixture(scope="module")
def done(url: str) -> str:
    """A run that is done."""

    async def work() -> str:
        async with aiohttp.ClientSession(url) as http:
            run = await begin(http)
            await state(http, run, "done")
            return run

    return asyncio.run(work())


# --- following --------------------------------------------------------------------------------------------------------


async def test_a_run_is_followed_from_its_first_event_to_its_end(http: aiohttp.ClientSession) -> None:
    run = await begin(http)
    frames = (await stream(http, run)).split(b"\n\n")
    assert frames[-2:] == [b"data: [DONE]", b""]
    read = [frame.split(b"\ndata: ") for frame in frames[:-2] if frame.startswith(b"id: ")]
    events = [json.loads(data) for _, data in read]
    assert [int(number.removeprefix(b"id: ")) for number, _ in read] == list(range(1, len(events) + 1))
    assert {event["agent"] for event in events} == {"researcher", "analyst", "writer", "critic", "editor"}
    searched = next(event for event in events if event["kind"] == "searched")
    assert searched["data"]["documents"][0].keys() == {"kind", "title", "address", "passages"}
    assert (await call(http, "GET", f"/{run}"))[1]["status"] == "done"


async def test_a_stream_goes_on_byte_for_byte_after_any_event_and_from_any_worker(
    http: aiohttp.ClientSession, done: str, folder: Path
) -> None:
    whole = await stream(http, done)
    starts = [whole.index(b"id: %d\n" % number) for number in range(1, whole.count(b"id: ") + 1)]
    with serving(opener(folder)) as second:
        async with aiohttp.ClientSession(second) as other:
            assert await stream(other, done) == whole
            for at in (1, len(starts) // 2, len(starts) - 1):
                rest = whole[starts[at] :]
                assert await stream(other, done, {"last-event-id": str(at)}) == rest
                assert await stream(http, done, query=f"?after={at}") == rest


async def test_events_are_also_read_by_pages(http: aiohttp.ClientSession, done: str) -> None:
    whole = [
        json.loads(one.split(b"data: ")[1]) for one in (await stream(http, done)).split(b"\n\n")[:-2] if b"id: " in one
    ]
    paged: list[Any] = []
    after, more = 0, True
    while more:
        _, page = await call(http, "GET", f"/{done}/events?after={after}&limit=5")
        paged += page["data"]
        after, more = page["next"], page["has_more"]
    assert paged == whole
    assert page["status"] == "done"


async def test_a_stream_stays_open_while_a_person_is_waited_for(http: aiohttp.ClientSession) -> None:
    run = await begin(http, approve=["outline"])
    await state(http, run, "waiting")
    following = asyncio.create_task(stream(http, run))
    await asyncio.sleep(0)
    assert (await call(http, "POST", f"/{run}/decision", {"decision": "approve"}))[0] == 200
    seen = await asyncio.wait_for(following, 60)
    kinds = [json.loads(one.split(b"data: ")[1])["kind"] for one in seen.split(b"\n\n")[:-2] if b"id: " in one]
    assert kinds.index("waiting") < kinds.index("approval") < kinds.index("ended")


# --- deciding ---------------------------------------------------------------------------------------------------------


async def test_an_outline_is_edited_and_the_report_follows_it(http: aiohttp.ClientSession) -> None:
    run = await begin(http, approve=["outline"])
    waiting = await state(http, run, "waiting")
    assert (waiting["waiting_for"], waiting["has_report"]) == ("outline", False)
    _, outline = await call(http, "GET", f"/{run}/outline")
    first, second, *_ = outline["sections"]
    assert first["passages"] == sum(one["passages"] for one in first["documents"]) > 0
    wanted = [
        {"id": second["id"], "heading": "What comes first"},
        {"heading": "Guards", "question": "What is checked in personal data?"},
        {"id": first["id"], "heading": first["heading"]},
    ]
    edit = {"decision": "edit", "outline": {"title": "My report", "sections": wanted}}
    status, after = await call(http, "POST", f"/{run}/decision", edit)
    assert (status, after["status"], after["waiting_for"]) == (200, "running", None)
    await state(http, run, "done")
    _, report = await call(http, "GET", f"/{run}/report")
    headings = [one["heading"] for one in report["sections"] if one["level"] == 1]
    assert report["title"] == "My report"
    assert [one for one in headings if one not in ("Introduction", "Conclusion")] == [one["heading"] for one in wanted]
    status, told = await call(http, "POST", f"/{run}/decision", {"decision": "approve"})
    assert (status, told["error"]["code"]) == (409, "conflict")


async def test_a_report_is_read_before_it_is_approved(http: aiohttp.ClientSession) -> None:
    run = await begin(http, approve=["report"])
    waiting = await state(http, run, "waiting")
    assert (waiting["waiting_for"], waiting["has_report"]) == ("report", True)
    status, draft = await call(http, "GET", f"/{run}/report")
    assert status == 200
    assert (await call(http, "POST", f"/{run}/decision", {"decision": "approve"}))[0] == 200
    await state(http, run, "done")
    assert (await call(http, "GET", f"/{run}/report"))[1] == draft


async def test_a_report_that_is_rejected_without_a_note_ends_the_run(http: aiohttp.ClientSession) -> None:
    run = await begin(http, approve=["report"])
    await state(http, run, "waiting")
    assert (await call(http, "POST", f"/{run}/decision", {"decision": "reject"}))[0] == 200
    assert (await state(http, run, "cancelled"))["error"] is None


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
    http: aiohttp.ClientSession, waiting_run: str, body: Any, param: str
) -> None:
    status, told = await call(http, "POST", f"/{waiting_run}/decision", body)
    assert (status, told["error"]["param"]) in ((400, param), (422, param))
    assert (await call(http, "GET", f"/{waiting_run}"))[1]["status"] == "waiting"


@pytest.fixture(scope="module")
def waiting_run(url: str) -> str:
    """A run that waits for a decision on its outline."""

    async def work() -> str:
        async with aiohttp.ClientSession(url) as http:
            run = await begin(http, approve=["outline"])
            await state(http, run, "waiting")
            return run

    return asyncio.run(work())


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
    ],
)
async def test_what_cannot_be_begun_says_which_field_is_wrong(
    http: aiohttp.ClientSession, more: Any, status: int, param: str
) -> None:
    found, told = await call(http, "POST", "", {"topic": TOPIC, **more})
    assert (found, told["error"]["param"]) == (status, param)


async def test_who_has_too_many_runs_or_wants_too_much_is_told(tmp_path: Path) -> None:
    tiers = {"free": Allowance(), "pro": Allowance(), "enterprise": Allowance(max_running=1, max_tokens=1_000_000)}
    with serving(opener(tmp_path, Policies(research=Config(tiers)))) as address:
        async with aiohttp.ClientSession(address) as http:
            first = await begin(http, model="stalled")
            status, told = await call(http, "POST", "", {"topic": TOPIC})
            assert (status, told["error"]["code"]) == (429, "rate_limit_exceeded")
            assert (await call(http, "POST", f"/{first}/cancel"))[1]["status"] == "cancelled"
            status, told = await call(http, "POST", "", {"topic": TOPIC, "budget": {"tokens": 1_000_001}})
            assert (status, told["error"]["param"]) == (400, "budget.tokens")
            assert (await call(http, "POST", "", {"topic": TOPIC, "budget": {"tokens": 1_000_000}}))[0] == 201


async def test_runs_are_listed_by_pages_newest_first(http: aiohttp.ClientSession, done: str, waiting_run: str) -> None:
    _, whole = await call(http, "GET", "?limit=200")
    ids = [run["id"] for run in whole["data"]]
    assert {done, waiting_run} <= set(ids)
    _, first = await call(http, "GET", "?limit=1")
    _, second = await call(http, "GET", f"?limit=1&after={first['next']}")
    assert [first["data"][0]["id"], second["data"][0]["id"]] == ids[:2]
    assert (await call(http, "GET", "?after=nonsense"))[0] == 400


async def test_sources_say_whether_they_are_ready(http: aiohttp.ClientSession) -> None:
    _, found = await call(http, "GET", "/sources")
    ready = {one["name"]: one["ready"] for one in found["data"]}
    assert ready["collections"] is True
    assert all(one["ready"] == (one["missing"] is None) for one in found["data"])


# --- reading ----------------------------------------------------------------------------------------------------------


def spans(report: Any) -> Iterator[tuple[str, int, Any]]:
    """Section, number of the sentence, span: every place that a report leans on."""
    for section in report["sections"]:
        said = [one for block in section["blocks"] for one in block.get("sentences", block.get("items", ()))]
        for number, sentence in enumerate(said, start=1):
            for span in sentence["spans"]:
                yield section["id"], number, span


async def test_every_citation_leads_to_its_words_in_the_stored_text(http: aiohttp.ClientSession, done: str) -> None:
    _, report = await call(http, "GET", f"/{done}/report")
    found = list(spans(report))
    assert len(found) >= 4
    for _, _, span in found:
        _, evidence = await call(http, "GET", f"/{done}/evidence/{span['evidence']}")
        context = evidence["context"]
        start = span["start"] - context["start"]
        assert context["text"][start : start + len(span["quote"])] == span["quote"]
        assert evidence["start"] <= span["start"] < span["end"] <= evidence["end"]
        assert evidence["found_by"][0]["question"]
    assert {span["number"] for _, _, span in found} <= {one["number"] for one in report["references"]}


async def test_why_walks_back_from_a_sentence_to_the_question(http: aiohttp.ClientSession, done: str) -> None:
    _, report = await call(http, "GET", f"/{done}/report")
    _, page = await call(http, "GET", f"/{done}/events?limit=1000")
    searched = {one["number"]: one for one in page["data"] if one["kind"] == "searched"}
    for section, number, span in spans(report):
        _, why = await call(http, "GET", f"/{done}/why?section={section}&sentence={number}")
        step = next(one for one in why["steps"] if one["quote"] == span["quote"])
        for search in step["found_by"]:
            event = searched[search["event"]]
            assert step["evidence"]["id"] in event["data"]["evidence"]
            assert search["question"] == event["text"]
        assert (why["written_by"]["agent"], why["written_by"]["model"]) in {
            ("writer", EXTRACTIVE),
            ("editor", EXTRACTIVE),
        }
        assert why["written_by"]["request_id"]
    assert (await call(http, "GET", f"/{done}/why"))[1]["section"] == "summary"
    for query in ("section=s99", "section=s1&sentence=999"):
        assert (await call(http, "GET", f"/{done}/why?{query}"))[0] == 404


@pytest.mark.parametrize(
    ("form", "media_type", "beginning"),
    [
        ("md", "text/markdown", b"# "),
        ("html", "text/html", b"<!doctype html>"),
        ("pdf", "application/pdf", b"%PDF-"),
        ("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", b"PK"),
    ],
)
async def test_a_report_is_downloaded_under_its_name(
    http: aiohttp.ClientSession, done: str, form: str, media_type: str, beginning: bytes
) -> None:
    pytest.importorskip(f"answerable.agents.exports.{form}")
    async with http.get(f"/v1/research/{done}/download?format={form}") as response:
        data = await response.read()
    assert (response.status, response.content_type) == (200, media_type)
    assert 'filename="how-does-answerable-verify-citations' in response.headers["content-disposition"]
    assert response.headers["content-disposition"].endswith(f'.{form}"')
    assert data[: len(beginning)].lower() == beginning.lower()


@pytest.mark.parametrize(
    "path",
    ["", "/events", "/outline", "/report", "/download", "/why", "/evidence/none"],
)
async def test_what_is_not_there_is_missing(http: aiohttp.ClientSession, path: str) -> None:
    status, told = await call(http, "GET", f"/res_0{path}")
    assert (status, told["error"]["param"]) == (404, "run")


async def test_a_cursor_that_we_did_not_give_is_refused(http: aiohttp.ClientSession, done: str) -> None:
    for headers in ({"last-event-id": "seven"}, {"last-event-id": "-1"}):
        async with http.get(f"/v1/research/{done}/events", headers=EVENTS | headers) as response:
            assert response.status == 400
    assert (await call(http, "GET", f"/{done}/events?after=-1"))[0] == 422
    assert (await call(http, "GET", f"/{done}/download?format=exe"))[0] == 422
    assert (await call(http, "GET", f"/{done}/evidence/none"))[0] == 404


# --- again ------------------------------------------------------------------------------------------------------------


async def test_a_replay_gives_the_same_report_with_the_same_decisions_and_asks_nobody(
    http: aiohttp.ClientSession,
) -> None:
    run = await begin(http, approve=["outline"])
    await state(http, run, "waiting")
    _, outline = await call(http, "GET", f"/{run}/outline")
    sections = [
        {"heading": "Guards", "question": "What is checked in personal data?"},
        {**_kept(outline["sections"][0])},
    ]
    await call(http, "POST", f"/{run}/decision", {"decision": "edit", "outline": {"sections": sections}})
    spent = (await state(http, run, "done"))["spent"]
    status, again = await call(http, "POST", f"/{run}/replay")
    assert (status, again["replay_of"]) == (201, run)
    after = await state(http, again["id"], "done")
    assert spent["tokens"] > 0
    assert after["spent"]["tokens"] == 0
    reports = [(await call(http, "GET", f"/{one}/report"))[1] | {"run": ""} for one in (run, again["id"])]
    assert reports[0] == reports[1]
    _, why = await call(http, "GET", f"/{again['id']}/why?section=s1")
    assert why["steps"][0]["found_by"][0]["question"] == "What is checked in personal data?"
    assert why["written_by"]["tokens"] > 0


def _kept(section: Any) -> dict[str, str]:
    return {"id": section["id"], "heading": section["heading"]}


async def test_a_run_that_failed_is_resumed_and_nothing_else_is(
    http: aiohttp.ClientSession, folder: Path, done: str
) -> None:
    database = await Database(f"sqlite:///{folder / 'answerable.db'}").open()
    try:
        row = run_row(OWNER, TOPIC, status="failed", error="the lights went out", report=None)
        await store_run(database, row)
    finally:
        await database.close()
    assert (await call(http, "GET", f"/{row.id}"))[1]["error"] == "the lights went out"
    status, run = await call(http, "POST", f"/{row.id}/resume")
    assert (status, run["status"], run["error"]) == (200, "running", None)
    await state(http, row.id, "done")
    assert (await call(http, "POST", f"/{row.id}/resume"))[0] == 409
    assert (await call(http, "POST", f"/{done}/resume"))[0] == 409


async def test_a_run_is_cancelled_and_erased(http: aiohttp.ClientSession) -> None:
    run = await begin(http, model="stalled")
    status, found = await call(http, "POST", f"/{run}/cancel")
    assert (status, found["status"]) == (200, "cancelled")
    assert (await stream(http, run)).endswith(b"data: [DONE]\n\n")
    assert (await call(http, "POST", f"/{run}/cancel"))[1]["status"] == "cancelled"
    assert (await call(http, "POST", f"/{run}/replay"))[0] == 409
    assert (await call(http, "DELETE", f"/{run}"))[0] == 204
    assert (await call(http, "GET", f"/{run}"))[0] == 404
    assert (await call(http, "DELETE", f"/{run}"))[0] == 404
