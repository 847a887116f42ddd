"""The chaos matrix again, from outside: the whole program on a socket, its models behind a lying upstream, read byte by
byte. What the parts promise one by one (test_chaos_matrix.py) the wire keeps: status, headers, text, end, ledger row.
"""

import asyncio
import json
import sqlite3
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from answerable.config import Settings
from answerable.flows.ingest import GivenText, Ingest, embed, ingest
from answerable.flows.platform import Platform
from answerable.wiring import open_platform
from tests.attacks.test_chaos_matrix import CELLS, CODES, PROMPT, ROUTES, SECRET, Cell
from tests.support import patience
from tests.support.liar import HALF, RETRY_AFTER_S, WHOLE, liar, nobody
from tests.support.server import MANUAL, PATIENT, QUESTION, serving

ENGINE = "extractive"
TIMES = {"connect_s": 5.0, "first_token_s": 1.5, "idle_s": 1.0, "total_s": 2.0}
QUICK = {"first_token_s": 1.0, "whole_reply_s": 1.0, "total_s": 30.0}


@dataclass(frozen=True, slots=True)
class Seen:
    """What a client of one cell got, and the ledger rows of it."""

    status: int
    headers: Mapping[str, str]
    frames: list[Any]
    done: bool
    rows: list[sqlite3.Row]
    attempts: list[sqlite3.Row]

    @property
    def text(self) -> str:
        """The words of a stream or of a plain reply."""
        found = ""
        for frame in self.frames:
            for choice in frame.get("choices", ()):
                found += (choice.get("delta") or choice.get("message"))["content"] if _says(choice) else ""
        return found

    @property
    def errors(self) -> list[Any]:
        return [frame["error"] for frame in self.frames if "error" in frame]

    @property
    def ends(self) -> list[str]:
        """Reasons that look like the end of an answer."""
        return [c["finish_reason"] for frame in self.frames for c in frame.get("choices", ()) if c["finish_reason"]]


def _says(choice: Mapping[str, Any]) -> bool:
    return bool((choice.get("delta") or choice.get("message") or {}).get("content"))


def _name(number: int, route: str) -> str:
    """Each cell has models of its own: a breaker that one cell opens is none of another's business."""
    return f"{number}-{route}"


def _settings(folder: Path, url: str, nowhere: str) -> Settings:
    models, fallbacks = {}, {}
    for number, cell in enumerate(CELLS):
        for depth, route in enumerate(ROUTES):
            fault = cell.fault if depth < cell.depth else "honest"
            models[_name(number, route)] = {
                "provider": "openai",
                "model": fault,
                "base_url": f"{nowhere if fault == 'refuse' else url}/v1",
                "api_key_env": "LIAR_KEY",
                "usd_per_million_input": 1.0,
                "usd_per_million_output": 2.0,
                "options": TIMES,
            }
        fallbacks[_name(number, ROUTES[0])] = [_name(number, route) for route in ROUTES[1:]]
    policies = {"router": {"fallbacks": fallbacks}, "fallback": QUICK}
    given = {"data": folder, "models": models, "policies": policies, "secrets": {"LIAR_KEY": SECRET}}
    return Settings.model_validate(given)


def _opening(settings: Settings) -> Callable[[], Coroutine[Any, Any, Platform]]:
    async def opened() -> Platform:
        p = await open_platform(settings)
        await ingest(Ingest("tv", texts=(GivenText("manual.md", "Television manual", MANUAL),)), p)
        await embed("tv", p)
        return p

    return opened


async def _ask(http: aiohttp.ClientSession, number: int, cell: Cell) -> tuple[int, Mapping[str, str], bytes]:
    question = QUESTION if cell.last_resort else PROMPT  # the manual answers the first and not the second
    body = {"model": _name(number, ROUTES[0]), "messages": [{"role": "user", "content": question}]}
    async with http.post("/v1/chat/completions", json=body | {"stream": cell.stream}) as response:
        return response.status, response.headers, await response.read()


async def _warm_up(http: aiohttp.ClientSession) -> None:
    """What is loaded for the first request of all stops the others for a moment: too long for limits of a second."""
    for question in (QUESTION, PROMPT):
        body = {"model": ENGINE, "messages": [{"role": "user", "content": question}]}
        async with http.post("/v1/chat/completions", json=body) as response:
            assert response.status == 200, await response.text()


def _parse(cell: Cell, status: int, data: bytes) -> tuple[list[Any], bool]:
    if not (cell.stream and status == 200):
        return [json.loads(data)], False
    events = data.decode().split("\n\n")
    assert events[-1] == "", "the last event is whole"
    lines = [event.removeprefix("data: ") for event in events[:-1] if not event.startswith(":")]
    done = "[DONE]" in lines
    assert lines.index("[DONE]") == len(lines) - 1 if done else True
    return [json.loads(line) for line in lines if line != "[DONE]"], done


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[Cell, Seen]:
    """All cells at the same time: most of them wait."""
    folder = tmp_path_factory.mktemp("chaos")

    async def run() -> list[tuple[int, Mapping[str, str], bytes]]:
        with nobody() as nowhere:
            async with liar() as upstream:
                served = serving(_opening(_settings(folder, upstream.url, nowhere)), loop=PATIENT)
                url = await asyncio.to_thread(served.__enter__)
                try:
                    limits = aiohttp.TCPConnector(limit=0)
                    async with aiohttp.ClientSession(url, connector=limits) as http:
                        await _warm_up(http)
                        return await asyncio.gather(*(_ask(http, n, cell) for n, cell in enumerate(CELLS)))
                finally:
                    await asyncio.to_thread(served.__exit__, None, None, None)

    replies = patience.run(run())
    with sqlite3.connect(folder / "answerable.db") as database:
        database.row_factory = sqlite3.Row
        rows = database.execute("SELECT * FROM requests WHERE model_asked != ?", (ENGINE,)).fetchall()
        attempts = database.execute("SELECT * FROM attempts ORDER BY number").fetchall()
    database.close()
    found = {}
    for number, (cell, (status, headers, data)) in enumerate(zip(CELLS, replies, strict=True)):
        mine = [row for row in rows if row["model_asked"] == _name(number, ROUTES[0])]
        tried = [one for one in attempts if one["request_id"] in {row["id"] for row in mine}]
        found[cell] = Seen(status, headers, *_parse(cell, status, data), mine, tried)
    assert len(rows) == len(CELLS)
    return found


@pytest.mark.parametrize("cell", CELLS, ids=str)
def test_what_a_client_sees_of_a_fault(cell: Cell, seen: Mapping[Cell, Seen]) -> None:
    found = seen[cell]
    assert SECRET not in json.dumps(found.frames)
    (row,) = found.rows
    assert row["unpriced"] == 0
    if cell.shown:
        check_broken(found, row)
    elif cell.depth < len(ROUTES):
        check_answered(cell, found, row)
    elif cell.last_resort:
        check_degraded(cell, found, row)
    else:
        check_failed(cell, found, row)


def check_answered(cell: Cell, found: Seen, row: sqlite3.Row) -> None:
    """The whole answer of the next route, no trace of the fault in it, and headers and row that name both."""
    route = ROUTES[cell.depth]
    assert (found.status, found.errors, found.text, found.ends) == (200, [], WHOLE, ["stop"])
    assert found.done is cell.stream
    assert found.headers["x-answerable-model"].endswith(route)
    assert found.headers["x-answerable-fallbacks"] == str(cell.depth)
    assert "x-answerable-degraded" not in found.headers
    assert found.headers["x-request-id"] == row["id"]
    assert (row["outcome"], row["fallbacks"], row["reason"]) == ("answered", cell.depth, "")
    assert row["model"].endswith(route)
    assert [one["outcome"] for one in found.attempts] == ["failed"] * cell.depth + ["answered"]
    assert (row["prompt_tokens"], row["completion_tokens"]) >= (11, 4)


def check_broken(found: Seen, row: sqlite3.Row) -> None:
    """The half that was shown, once; an error event after it, and no end that looks like one."""
    assert (found.status, found.text, found.ends, found.done) == (200, HALF, [], False)
    assert [error["code"] for error in found.errors] == ["stream_broken"]
    assert "error" in found.frames[-1]
    assert (row["outcome"], row["reason"], row["fallbacks"]) == ("failed", "stream_broken", 0)
    assert [one["outcome"] for one in found.attempts] == ["failed"]
    assert row["completion_tokens"] > 0, "what was shown is paid"


def check_degraded(cell: Cell, found: Seen, row: sqlite3.Row) -> None:
    """The documents answer, and header, body and ledger say so."""
    assert (found.status, found.errors, found.ends) == (200, [], ["stop"])
    assert found.done is cell.stream
    assert "ten seconds" in found.text
    assert found.headers["x-answerable-degraded"] == "true"
    assert found.headers["x-answerable-model"] == ENGINE
    assert (row["outcome"], row["model"]) == ("degraded", ENGINE)
    assert [one["outcome"] for one in found.attempts][: cell.depth] == ["failed"] * cell.depth


def check_failed(cell: Cell, found: Seen, row: sqlite3.Row) -> None:
    """A status, never a 200 with an apology; each route is named with why, and when to come back where one said so."""
    (error,) = found.errors
    assert (found.status, found.text, found.done) == (503, "", False)
    assert (error["code"], error["type"]) == ("all_routes_failed", "server_error")
    codes = CODES[cell.fault.removesuffix(" late")] | {"stream_broken"}
    assert all(any(f"{route} ({code})" in error["message"] for code in codes) for route in ROUTES), error["message"]
    assert found.headers.get("retry-after") == (str(RETRY_AFTER_S) if cell.fault == "429" else None)
    assert (row["outcome"], row["reason"]) == ("failed", "all_routes_failed")
    assert [one["outcome"] for one in found.attempts] == ["failed"] * cell.depth
