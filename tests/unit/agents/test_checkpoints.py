"""A checkpoint holds ids: that of the largest run stays small, also where it holds what is sent to workers."""

import asyncio
import hashlib
from pathlib import Path
from typing import Any

import pytest

from answerable.agents import ways
from answerable.agents.checkpoints import Checkpoints
from answerable.agents.graph import OnGraph
from answerable.agents.roles import analyst, critic, editor, researcher, writer
from answerable.agents.state import Settings, State

MOST_BYTES = 50_000
LARGEST = Settings(questions=20, passages=200, sections=8, max_revisions=5, approve=("outline", "report"))
QUESTIONS = [
    f"What is known about the {at}th of the many facets of the subject of this report, and why?" for at in range(20)
]


def id_of(*parts: object) -> str:
    return hashlib.blake2b(repr(parts).encode(), digest_size=12).hexdigest()


class Desk:
    """As much of a desk as ways need; the roles are stood in for."""

    run, topic, settings = "res_largest", QUESTIONS[0], LARGEST

    def as_(self, agent: str) -> "Desk":
        return self

    async def note(self, kind: str, text: str, **data: object) -> None:
        """Nobody reads it."""

    async def get(self, id_: str) -> Any:
        sections = [{"id": f"s{at}"} for at in range(1, 9)]
        return {"sections": sections, "issues": [{"section": one["id"]} for one in sections]}


# --- roles that change as much of the state as those of the largest run do -------------------------------------------


async def plan(desk: Any, state: State) -> State:
    return {"questions": QUESTIONS}


async def search(desk: Any, state: State, key: str) -> State:
    assert state["questions"][int(key)] == QUESTIONS[int(key)]
    return {"found": {key: [id_of(key, at) for at in range(16)]}}


async def compile_notes(desk: Any, state: State) -> State:
    return {"evidence": [id_of(at // 10, at % 10) for at in range(200)], "gaps": QUESTIONS[:10]}


async def outline(desk: Any, state: State) -> State:
    return {"outline": id_of("outline"), "outlines": 1}


async def supply(desk: Any, state: State) -> State:
    return {}


async def write(desk: Any, state: State, key: str) -> State:
    assert set(state) == {"topic", "outline"}
    return {"sections": {key: id_of(key)}}


async def frame(desk: Any, state: State) -> State:
    return {"sections": {"intro": id_of("intro"), "end": id_of("end")}}


async def critique(desk: Any, state: State) -> State:
    version = {"score": 5.0 + len(state["tried"]) / 2, "sections": dict(state["sections"]), "critique": id_of("c")}
    return {"critique": id_of("c"), "tried": [version]}


async def revise(desk: Any, state: State, key: str) -> State:
    assert set(state) == {"topic", "critique", "sections"}
    return {"sections": {key: id_of(key, state["sections"][key])}}


async def publish(desk: Any, state: State) -> State:
    return {"report": id_of("report")}


@pytest.fixture
def roles(monkeypatch: pytest.MonkeyPatch) -> None:
    for module, names in (
        (researcher, (plan, search, compile_notes, supply)), (analyst, (outline,)), (writer, (write, frame)),
        (critic, (critique,)), (editor, (revise, publish)),
    ):  # fmt: skip
        for one in names:
            monkeypatch.setattr(module, one.__name__, one)


@pytest.mark.usefixtures("roles")
async def test_the_checkpoints_of_the_largest_run_are_small(tmp_path: Path) -> None:
    checkpoints = Checkpoints("sqlite:///unused", tmp_path)
    desk: Any = Desk()
    graph, sizes = OnGraph(checkpoints), dict[str, int]()

    async def told(step: str) -> None:
        sizes[step] = max(sizes.get(step, 0), await checkpoints.size_bytes(desk.run))

    try:
        for waits_for in ("outline", "report", ""):
            decision = {"decision": "approve"} if sizes else None
            await graph.go_on(desk, decision, told)
            standing = await graph.standing(desk)
            assert standing.waits_for == waits_for
            sizes[f"waits for {waits_for}"] = await checkpoints.size_bytes(desk.run)
            await graph.rest(desk.run)
            assert (await graph.standing(desk)).state == standing.state
            assert await _count(checkpoints) == 1
        assert standing.state["iteration"] == LARGEST.max_revisions
        assert len(standing.state["evidence"]) == 200
        assert {"search", "write", "revise", "critique"} <= set(sizes)
        assert max(sizes.values()) <= MOST_BYTES, sizes
        assert min(sizes.values()) > 1_000, sizes
        await graph.leave(desk.run)
        assert await _count(checkpoints) == 0
        assert await ways.sections(desk, State(spent="usd")) == []
    finally:
        await checkpoints.close()


async def _count(checkpoints: Checkpoints) -> int:
    connection = (await checkpoints.saver()).conn  # type: ignore[attr-defined]
    async with connection.execute("SELECT COUNT(*) FROM checkpoints") as found:
        (count,) = await found.fetchone()
    return int(count)


async def test_the_store_is_opened_once_however_many_ask_for_it(tmp_path: Path) -> None:
    checkpoints = Checkpoints("sqlite", tmp_path)
    savers = await asyncio.gather(*(checkpoints.saver() for _ in range(5)))
    assert len({id(one) for one in savers}) == 1
    await checkpoints.close()
