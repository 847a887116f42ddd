"""The runs of a process: one at a time each, stopped whole, and told what is not installed."""

import asyncio
import gc
import sys
import warnings
from pathlib import Path
from typing import Any

import pytest

from answerable.agents.checkpoints import Checkpoints
from answerable.agents.running import Running
from answerable.core.errors import NotFound, SetupError


@pytest.fixture
def runs(tmp_path: Path) -> Running:
    nothing: Any = None
    return Running(nothing, Checkpoints("sqlite:///unused", tmp_path), nothing, {})


async def test_what_is_begun_while_a_run_ends_is_done_after_it(runs: Running) -> None:
    ending, done = asyncio.Event(), list[str]()

    async def work(name: str) -> None:
        await ending.wait()
        done.append(name)

    runs.start("r", work("first"))
    await asyncio.sleep(0)
    runs.start("r", work("decided"))
    assert runs.live == {"r"}
    ending.set()
    await runs.wait("r")
    assert done == ["first", "decided"]
    await asyncio.sleep(0)
    assert runs.live == set()


async def test_a_run_is_stopped_with_all_that_is_to_follow(runs: Running) -> None:
    stopped = list[str]()

    async def work(name: str) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            stopped.append(name)

    runs.start("r", work("first"))
    await asyncio.sleep(0)
    runs.start("r", work("never begun"))
    await asyncio.sleep(0)
    assert await runs.stop("r")
    assert stopped == ["first"]
    assert not await runs.stop("r")
    assert runs.live == set()


async def test_a_run_that_is_stopped_before_it_begins_leaves_nothing_behind(
    runs: Running, recwarn: pytest.WarningsRecorder
) -> None:
    async def work() -> None:
        raise AssertionError

    with warnings.catch_warnings():
        warnings.simplefilter("always")
        runs.start("r", work())
        assert await runs.stop("r")
        gc.collect()
    assert runs.live == set()
    assert [str(one.message) for one in recwarn if "never awaited" in str(one.message)] == []


async def test_a_team_without_its_package_says_how_to_get_it(runs: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "autogen_agentchat.agents", None)
    monkeypatch.delitem(sys.modules, "answerable.agents.team", raising=False)
    with pytest.raises(SetupError, match=r"pip install 'answerable\[autogen\]'"):
        await runs.conductor("team")
    with pytest.raises(NotFound, match="no team 'unheard-of'"):
        await runs.conductor("graph", "unheard-of")
