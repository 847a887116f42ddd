"""Embeddings fill in behind: each text once, with progress, resumed after a stop."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from answerable.core.errors import UpstreamError
from answerable.knowledge import backfill
from answerable.knowledge.backfill import Progress
from answerable.storage import chunks
from tests.support.stack import document, open_stack

if TYPE_CHECKING:
    from collections.abc import Sequence

    from answerable.core.ports import Vectors


def test_the_time_left_follows_from_the_rate() -> None:
    assert Progress(100, 50, 10.0).eta_s == 10.0
    assert Progress(100).eta_s is None


async def test_equal_texts_are_embedded_once(tmp_path: Path, database_url: str) -> None:
    async with open_stack(tmp_path, url=database_url) as stack:
        await stack.add(document("a", "same", "other"), document("b", "same"))
        assert (await stack.backfill.progress("c")).pending == 3
        assert await stack.embed() == 2
        assert (await stack.backfill.progress("c")).pending == 0
        assert await stack.embed() == 0


async def test_progress_is_reported_until_nothing_is_left(
    tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backfill, "_STEP", 4)
    seen: list[Progress] = []

    async def report(progress: Progress) -> None:
        seen.append(progress)

    async with open_stack(tmp_path, url=database_url) as stack:
        await stack.add(document("a", *(f"text {n}" for n in range(10))))
        await stack.backfill.run("c", report)
    assert [one.done for one in seen] == [4, 8, 10]
    assert [one.pending for one in seen] == [6, 2, 0]
    assert all(one.rate_per_s > 0 for one in seen[:-1])


async def test_what_was_embedded_before_a_failure_is_kept_and_the_rest_resumes(
    tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backfill, "_STEP", 4)
    async with open_stack(tmp_path, url=database_url) as stack:
        await stack.add(document("a", *(f"text {n}" for n in range(10))))
        embed, calls = stack.embedder.embed, 0

        def failing(texts: "Sequence[str]") -> "Vectors":
            nonlocal calls
            calls += 1
            if calls == 2:
                raise UpstreamError("the embedding server is down")
            return embed(texts)

        monkeypatch.setattr(stack.embedder, "embed", failing)
        with pytest.raises(UpstreamError):
            await stack.embed()
        assert (await stack.backfill.progress("c")).pending == 6
    async with open_stack(tmp_path, url=database_url) as again:
        assert await again.embed() == 6
        assert len(await again.find("text", "vector")) == 10


async def test_a_second_process_waits_and_embeds_nothing_again(tmp_path: Path, database_url: str) -> None:
    async with open_stack(tmp_path, url=database_url) as one, open_stack(tmp_path, url=database_url) as two:
        await one.add(document("a", *(f"text {n}" for n in range(40))))
        done = await asyncio.gather(one.embed(), two.embed())
        assert sum(done) == 40
        assert len(await two.find("text", "vector")) == 40


async def test_two_machines_that_embed_the_same_texts_tell_the_indexes_once(tmp_path: Path, database_url: str) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    async with open_stack(here, url=database_url) as one, open_stack(there, url=database_url) as two:
        await one.add(document("a", *(f"text {n}" for n in range(40))))
        await asyncio.gather(one.embed(), two.embed())
        async with one.database.read() as connection:
            log = await chunks.read_log(connection, "c", 0)
        assert sum(entry.chunk_count for entry in log if entry.kind == "vector") == 40
        assert len(await one.find("text", "vector")) == len(await two.find("text", "vector")) == 40
