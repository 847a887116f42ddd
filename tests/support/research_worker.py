"""Research in processes that die: `python -m tests.support.research_worker PLAN.json` carries out a plan of steps.

Everything is imported once; each step runs in a fork, on the same data folder, and may kill itself (-9) at a named
point: when the n-th work of a role ended (its node did not), or when the n-th call was recorded or is about to be. The
next step goes on with the run. The steps' ends are printed as JSON, one a line.
"""

import asyncio
import functools
import json
import os
import signal
import sys
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from answerable.agents import desk as desks
from answerable.agents import running, ways
from answerable.agents.roles import analyst, critic, editor, researcher, writer

Point = tuple[str, int]
_passed = Counter[str]()
_deadly: list[Point] = []


def _pass(name: str) -> None:
    """A point is passed; if it is the deadly one, this process is no more."""
    _passed[name] += 1
    if (name, _passed[name]) in _deadly:
        os.kill(os.getpid(), signal.SIGKILL)


def _marked(name: str, work: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    @functools.wraps(work)
    async def marked(*args: Any) -> Any:
        done = await work(*args)
        _pass(name)
        return done

    return marked


for module, names in (
    (researcher, ("plan", "search", "compile_notes", "supply")),
    (analyst, ("outline",)),
    (writer, ("write", "frame")),
    (critic, ("critique",)),
    (editor, ("revise", "publish")),
    (ways, ("judged", "outline_decided", "report_decided", "ended")),
):
    for one in names:
        setattr(module, one, _marked(one, getattr(module, one)))

_keep = desks.Desk.keep


async def _kept(self: desks.Desk, row: Any, told: Any = ()) -> bool:
    _pass(f"before {row.kind}")
    is_new = await _keep(self, row, told)
    _pass(f"after {row.kind}")
    return is_new


desks.Desk.keep = _kept  # type: ignore[method-assign]

# only now, so that graph and team are made of what is marked; all that a step needs, so that a fork has it
import aiosqlite  # noqa: E402, F401
import faiss  # noqa: E402, F401
import tantivy  # noqa: E402, F401

from answerable import wiring  # noqa: E402
from answerable.agents import graph, team  # noqa: E402, F401
from answerable.agents.sources import arxiv, collections, pages, web, wikipedia  # noqa: E402, F401
from answerable.agents.state import Settings as Wish  # noqa: E402
from answerable.agents.teams import graph as graph_of_teams  # noqa: E402, F401
from answerable.config import ModelSettings, Settings  # noqa: E402
from answerable.core.identity import OWNER  # noqa: E402
from answerable.flows import research, research_work, teams  # noqa: E402
from answerable.flows.ingest import Ingest, embed, ingest  # noqa: E402
from answerable.flows.platform import Platform  # noqa: E402
from answerable.flows.research import Decision  # noqa: E402
from answerable.knowledge.chunkers import semantic  # noqa: E402, F401
from answerable.knowledge.rerankers import offline  # noqa: E402, F401
from answerable.providers import openai  # noqa: E402, F401
from answerable.telemetry import log  # noqa: E402
from answerable.wiring import open_platform  # noqa: E402
from tests.support.embedding import HashEmbedder  # noqa: E402
from tests.support.trams import SMALL, TOPIC, TRAMS  # noqa: E402


def _before(name: str, work: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    @functools.wraps(work)
    async def marked(*args: Any) -> Any:
        _pass(name)
        return await work(*args)

    return marked


for place, attribute, value in (
    (research_work, "_wait", _before("before waiting", research_work._wait)),
    (research_work, "_finish", _before("before the end", research_work._finish)),
    (running, "SILENT_US", 0),  # what a dead process had is taken over at once
    (wiring, "build_embedder", lambda _settings: HashEmbedder()),  # what dies often must begin quickly
):
    setattr(place, attribute, value)


def main() -> None:
    """Carry out a plan: {"data", "database", "model_url", "orchestrator", "steps": [{"begin", "die", "decide"}]}.

    `begin` is true for a run of research, else a list of {"team", "topic"}.
    """
    log.configure("error")
    plan = json.loads(Path(sys.argv[1]).read_text())
    for step in [{"prepare": True}, *plan["steps"]]:
        sys.stdout.flush()
        if (child := os.fork()) == 0:
            asyncio.run(_step(plan, step))
            sys.stdout.flush()
            os._exit(0)
        status = os.waitpid(child, 0)[1]
        print(json.dumps({"step": step, "killed": os.WIFSIGNALED(status), "code": status}))


async def _step(plan: dict[str, Any], step: dict[str, Any]) -> None:
    _deadly[:] = [tuple(step["die"])] if step.get("die") else []
    settings = Settings(
        data=Path(plan["data"]),
        database_url=plan["database"] or None,
        default_collection="trams",
        chunker=SMALL,
        models={
            "clerk": ModelSettings(
                provider="openai", base_url=plan["model_url"], usd_per_million_input=1, usd_per_million_output=2
            )
        },
    )
    p = await open_platform(settings)
    try:
        if step.get("prepare"):
            await ingest(Ingest("trams", sources=(str(TRAMS),)), p)
            await embed("trams", p)
            return
        await _go_on(plan, step, p)
    finally:
        await p.close()


async def _go_on(plan: dict[str, Any], step: dict[str, Any], p: Platform) -> None:
    wanted = step.get("begin")
    if not wanted:
        run = (await research.list_runs(OWNER, p, 1))[0].id
        if step.get("decide"):
            await research.decide(run, Decision(**step["decide"]), OWNER, p)
        else:
            research_work.go_on(run, p)
        await _see_the_end(run, p)
    for one in wanted if isinstance(wanted, list) else [{"topic": TOPIC}] if wanted else []:
        await _see_the_end(await _begun(plan, one, p), p)


async def _begun(plan: dict[str, Any], wanted: dict[str, str], p: Platform) -> str:
    if "team" in wanted:
        wish = replace(teams.on_terms(wanted["team"], p), model="clerk")
    else:
        wish = Wish(
            model="clerk", questions=4, sections=4, approve=tuple(plan["approve"]), orchestrator=plan["orchestrator"]
        )
    return (await research.begin(wanted["topic"], wish, OWNER, p)).id


async def _see_the_end(run: str, p: Platform) -> None:
    await p.research.wait(run)
    row = await research.get_run(run, OWNER, p)
    print(json.dumps({"run": run, "status": row.status, "waiting_for": row.waiting_for, "error": row.error}))


if __name__ == "__main__":
    main()
