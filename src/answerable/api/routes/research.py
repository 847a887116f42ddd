"""/v1/research: beginning a run, following it from anywhere, deciding, and reading what came of it.

A run is no connection's: who hangs up leaves it at work, and comes back with `Last-Event-ID`.
"""

from decimal import Decimal
from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Header, Path, Query, Request
from pydantic import Field
from starlette.responses import JSONResponse, Response

from answerable.agents.state import RESEARCH, Gate, Orchestrator, Settings
from answerable.api import sse
from answerable.api.access import Guarded, access_of, allow
from answerable.api.attachments import as_file
from answerable.api.bodies import Strict
from answerable.api.dependencies import platform, reader
from answerable.api.observed import take_over
from answerable.api.research_views import (
    event_json,
    evidence_json,
    outline_json,
    run_json,
    source_json,
    team_json,
    why_json,
)
from answerable.api.routes.conversations import PLAIN, IdQuery, parse_place, place_text
from answerable.core.identity import Principal
from answerable.core.report_json import report_to_json
from answerable.flows import research as flow
from answerable.flows import research_reading as reading
from answerable.flows.platform import Platform
from answerable.flows.research import Decision
from answerable.flows.research_export import export
from answerable.flows.teams import list_teams
from answerable.storage.research import RunRow

router = APIRouter(prefix="/v1/research", tags=["research"], route_class=Guarded)

RunId = Annotated[str, Path(max_length=60, pattern=PLAIN)]
Name = Annotated[str, Field(min_length=1, max_length=64, pattern=PLAIN)]
Names = Annotated[list[Name], Field(max_length=20)]
Address = Annotated[str, Field(min_length=1, max_length=2_000, pattern=PLAIN)]
Note = Annotated[str, Field(max_length=2_000, pattern=PLAIN)]
Form = Literal["md", "html", "pdf", "docx"]
_EVENTS = "text/event-stream"


class BudgetBody(Strict):
    """What a run may spend. What is left out is the usual: 500,000 tokens, 2 USD, 900 seconds of work; of another team
    what its file says.
    """

    tokens: Annotated[int | None, Field(ge=1, le=100_000_000)] = None
    usd: Annotated[float | None, Field(ge=0, le=10_000)] = None
    seconds: Annotated[float | None, Field(gt=0, le=86_400)] = None


class ResearchBody(Strict):
    """POST /v1/research. `collections` empty: the one that is asked by default; `model` empty: the default one. Another
    `team` than the five agents has a budget of its own, where none is given.
    """

    topic: Annotated[str, Field(min_length=3, max_length=flow.MOST_TOPIC, pattern=PLAIN)]
    sources: Annotated[list[Name], Field(min_length=1, max_length=20)] = Field(default_factory=lambda: ["collections"])
    collections: Names = Field(default_factory=list)
    addresses: Annotated[list[Address], Field(max_length=50)] = Field(default_factory=list)
    model: Annotated[str, Field(max_length=200, pattern=PLAIN)] = ""
    budget: BudgetBody = BudgetBody()
    approve: Annotated[list[Gate], Field(max_length=2)] = Field(default_factory=list)
    questions: Annotated[int, Field(ge=1, le=20)] = 6
    passages: Annotated[int, Field(ge=5, le=200)] = 60
    sections: Annotated[int, Field(ge=1, le=8)] = 5
    max_revisions: Annotated[int, Field(ge=0, le=5)] = 2
    orchestrator: Orchestrator = "graph"
    team: Name = RESEARCH


class SectionBody(Strict):
    """A section of an edited outline: `id` keeps one that is there, without it `question` is looked for."""

    id: Annotated[str | None, Field(max_length=20, pattern=PLAIN)] = None
    heading: Annotated[str, Field(min_length=1, max_length=200, pattern=PLAIN)]
    question: Annotated[str | None, Field(max_length=400, pattern=PLAIN)] = None


class OutlineBody(Strict):
    """An edited outline: its sections in their order."""

    title: Annotated[str | None, Field(max_length=200, pattern=PLAIN)] = None
    sections: Annotated[list[SectionBody], Field(min_length=1, max_length=10)]


class DecisionBody(Strict):
    """POST /v1/research/{run}/decision. A rejection with a note is made again; `sections` say where."""

    decision: Literal["approve", "edit", "reject"]
    note: Note = ""
    outline: OutlineBody | None = None
    sections: Names = Field(default_factory=list)


@router.get("")
@allow("research.read")
async def list_runs(
    request: Request, limit: Annotated[int, Query(ge=1, le=200)] = 20, after: IdQuery = None
) -> dict[str, Any]:
    """A page of one's own runs, newest first; `next` is the cursor of the following page."""
    place = None if after is None else parse_place(after)
    rows = await flow.list_runs(reader(request), platform(request), limit + 1, place)
    shown, more = rows[:limit], len(rows) > limit
    following = place_text((shown[-1].created_at, shown[-1].id)) if more else None
    return {"object": "list", "data": [run_json(row) for row in shown], "has_more": more, "next": following}


@router.post("", status_code=201)
@allow("research.create")
async def begin(body: ResearchBody, request: Request) -> dict[str, Any]:
    """A new run, which works from now on whether or not anybody follows it."""
    p, who = platform(request), reader(request)
    settings = _settings(body, who, p)
    take_over(request.scope)  # the flow counts and logs the request from here on
    return run_json(await flow.begin(body.topic, settings, who, p, _address(request)))


def _settings(body: ResearchBody, who: Principal, p: Platform) -> Settings:
    asked, usd = body.budget, body.budget.usd
    most_usd = None if usd is None else Decimal(str(usd))
    budget = flow.budget_for(who, p, asked.tokens, most_usd, asked.seconds, team=body.team)
    return Settings(
        sources=tuple(dict.fromkeys(body.sources)),
        collections=tuple(dict.fromkeys(body.collections)),
        addresses=tuple(dict.fromkeys(body.addresses)),
        model=body.model,
        budget=budget,
        approve=tuple(dict.fromkeys(body.approve)),
        questions=body.questions,
        passages=body.passages,
        sections=body.sections,
        max_revisions=body.max_revisions,
        orchestrator=body.orchestrator,
        team=body.team,
    )


@router.get("/sources")
@allow("research.read")
async def list_sources(request: Request) -> dict[str, Any]:
    """Where research can look, and what must be set before the others can be asked."""
    return {"object": "list", "data": [source_json(one) for one in reading.list_sources(platform(request))]}


@router.get("/teams")
@allow("research.read")
async def list_all_teams(request: Request) -> dict[str, Any]:
    """The teams beside the five agents: what each is for, who is in it, whether it needs a language model."""
    return {"object": "list", "data": [team_json(one) for one in list_teams(platform(request))]}


@router.get("/{run}")
@allow("research.read")
async def get_run(run: RunId, request: Request) -> dict[str, Any]:
    """One run."""
    return run_json(await _row(run, request))


@router.delete("/{run}", status_code=204)
@allow("research.create")
async def delete_run(run: RunId, request: Request) -> Response:
    """Stop it, and erase all of it."""
    await flow.delete_run(run, reader(request), platform(request))
    return Response(status_code=204)


@router.get("/{run}/events", response_model=None)
@allow("research.read")
async def list_events(
    run: RunId,
    request: Request,
    after: Annotated[int, Query(ge=0, le=2**31 - 1)] = 0,
    limit: Annotated[int, Query(ge=1, le=1_000)] = 200,
    last_event_id: Annotated[str | None, Header()] = None,
) -> Response:
    """What happened after a number, as a page; or with `Accept: text/event-stream` as it happens, until the run is
    over: numbered frames that are the same bytes from any worker.
    """
    p, who = platform(request), reader(request)
    after = sse.number_of(last_event_id) if last_event_id else after
    row = await flow.get_run(run, who, p)
    if _EVENTS in request.headers.get("accept", ""):
        return _following(run, after, request)
    rows = await flow.list_events(run, after, who, p, limit)
    data, last = [event_json(one) for one in rows], rows[-1].number if rows else after
    page = {"object": "list", "data": data, "has_more": len(rows) == limit, "next": last, "status": row.status}
    return JSONResponse(page)


@router.get("/{run}/outline")
@allow("research.read")
async def get_outline(run: RunId, request: Request) -> dict[str, Any]:
    """The outline as it stands, or as it was at the end, with the documents that each section is written from."""
    p, row = platform(request), await _row(run, request)
    outline = await flow.get_outline(row, p)
    return outline_json(outline, await reading.documents_by_section(row, outline, p))


@router.post("/{run}/decision")
@allow("research.create")
async def decide(run: RunId, body: DecisionBody, request: Request) -> dict[str, Any]:
    """Decide what the run waits for: approve or reject its outline or report, or give it an edited outline."""
    outline = None if body.outline is None else body.outline.model_dump(exclude_none=True)
    decision = Decision(body.decision, body.note, outline, tuple(body.sections))
    return run_json(await flow.decide(run, decision, reader(request), platform(request)))


@router.post("/{run}/cancel")
@allow("research.create")
async def cancel(run: RunId, request: Request) -> dict[str, Any]:
    """End it where it stands, whichever worker works on it. One that is over stays as it is."""
    return run_json(await flow.cancel(run, reader(request), platform(request)))


@router.post("/{run}/resume")
@allow("research.create")
async def resume(run: RunId, request: Request) -> dict[str, Any]:
    """Go on with a run that failed, from where it failed."""
    return run_json(await flow.resume(run, reader(request), platform(request)))


@router.post("/{run}/replay", status_code=201)
@allow("research.create")
async def replay(run: RunId, request: Request) -> dict[str, Any]:
    """A new run that is given what this one was given by models and sources, and asks nobody."""
    p, who = platform(request), reader(request)
    await flow.get_run(run, who, p)
    take_over(request.scope)
    return run_json(await flow.replay(run, who, p, _address(request)))


@router.get("/{run}/report")
@allow("research.read")
async def get_report(run: RunId, request: Request) -> dict[str, Any]:
    """The report, published or waiting for a person: sections, sentences with their places in stored texts, sources."""
    found = await reading.get_report(await _row(run, request), platform(request))
    return {"object": "research.report", "run": run, **report_to_json(found)}


@router.get("/{run}/download", response_model=None)
@allow("research.read")
async def download(run: RunId, request: Request, kind: Annotated[Form, Query(alias="format")] = "pdf") -> Response:
    """The report as a file."""
    report = await reading.get_report(await _row(run, request), platform(request))
    made = await export(report, kind)
    return Response(made.data, headers=as_file(made.name), media_type=made.media_type)


@router.get("/{run}/evidence/{evidence}")
@allow("research.read")
async def get_evidence(
    run: RunId, evidence: Annotated[str, Path(max_length=64, pattern=PLAIN)], request: Request
) -> dict[str, Any]:
    """A passage that was found, the stored text around it, where it is from, and which searches gave it."""
    p, who, row = platform(request), reader(request), await _row(run, request)
    return evidence_json(await reading.get_evidence(row, evidence, who, p))


@router.get("/{run}/why")
@allow("research.read")
async def why(
    run: RunId,
    request: Request,
    section: Annotated[str, Query(min_length=1, max_length=20, pattern=PLAIN)] = reading.SUMMARY,
    sentence: Annotated[int, Query(ge=1, le=10_000)] = 1,
) -> dict[str, Any]:
    """The way back from a sentence of the report: places, searches, questions, and who wrote it. `section` is an id of
    the report, or `summary`; sentences count from 1.
    """
    row = await _row(run, request)
    return why_json(await reading.why(row, section, sentence, platform(request)))


async def _row(run: str, request: Request) -> RunRow:
    return await flow.get_run(run, reader(request), platform(request))


def _address(request: Request) -> str:
    return access_of(request.scope).address(request.scope)


def _following(run: str, after: int, request: Request) -> Response:
    p, who = platform(request), reader(request)

    async def follow(write: sse.Write) -> None:
        async for event in flow.follow(run, after, who, p, while_waiting=True):
            await write(sse.framed(orjson.dumps(event_json(event)), event.number))
        await write(sse.DONE)

    return sse.EventStream(follow, begin_at_once=True)
