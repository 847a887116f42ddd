"""Readers beside a bulk add, and several processes on one folder: every answer was true at some moment."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from answerable.core.errors import Conflict
from answerable.knowledge.backfill import Backfill
from answerable.knowledge.indexes import faiss
from answerable.storage.lease import Lease
from tests.support.stack import Stack, document, open_stack

_READERS = 16
_HOLDER = """
import asyncio, sys
from pathlib import Path
from answerable.storage.lease import Lease

async def hold():
    async with Lease(Path(sys.argv[1])).hold():
        print("held", flush=True)
        await asyncio.to_thread(sys.stdin.readline)

asyncio.run(hold())
"""
_WRITER = """
import asyncio, sys
from pathlib import Path
from tests.support.stack import document, open_stack

async def write():
    async with open_stack(Path(sys.argv[1]), url=sys.argv[2]) as stack:
        for number in range(int(sys.argv[4])):
            await stack.add(document(f"{sys.argv[3]}{number}", f"common text {number} of {sys.argv[3]}"))
            print("added", flush=True)
        await stack.embed()

asyncio.run(write())
"""


def _start(script: str, *arguments: object) -> "subprocess.Popen[str]":
    root = Path(__file__).parents[2]
    command = [sys.executable, "-c", script, *map(str, arguments)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=root)


def _finish(process: "subprocess.Popen[str]") -> None:
    process.communicate(timeout=300)
    assert process.returncode == 0


async def _texts(stack: Stack, mode: str = "keyword", words: str = "common") -> list[tuple[str, str]]:
    return sorted((p.source, p.text) for p in await stack.find(words, mode, k=1_000))  # type: ignore[arg-type]


async def test_sixteen_readers_beside_a_bulk_add_see_every_document_once_and_whole(
    tmp_path: Path, database_url: str
) -> None:
    async with open_stack(tmp_path, url=database_url) as stack, open_stack(tmp_path, url=database_url) as elsewhere:
        kept = [f"kept{n}" for n in range(10)]
        await stack.add(*(document(s, f"evergreen {s} state 0", f"evergreen {s} again 0") for s in kept))
        done = asyncio.Event()

        async def read(reader: Stack) -> int:
            rounds = 0
            while not done.is_set() or not rounds:
                found = await _texts(reader, words="evergreen")
                for source in kept:
                    states = [text.split()[-1] for one, text in found if one == source]
                    assert len(states) == 2, f"{source} is seen {len(states)} times"
                    assert len(set(states)) == 1, f"{source} is half old, half new"
                rounds += 1
            return rounds

        async def write() -> None:
            try:
                for state in range(1, 4):
                    await stack.add(*(document(f"new{state}.{n}", f"common text {state} {n}") for n in range(40)))
                    await stack.add(
                        *(document(s, f"evergreen {s} state {state}", f"evergreen {s} again {state}") for s in kept)
                    )
            finally:
                done.set()

        readers = [read(stack if number % 2 else elsewhere) for number in range(_READERS)]
        *rounds, _ = await asyncio.gather(*readers, write())
        assert all(rounds)
        assert len(await _texts(stack)) == len(await _texts(elsewhere)) == 3 * 40


async def test_a_process_that_only_searches_sees_what_another_one_adds_and_merges(
    tmp_path: Path, database_url: str
) -> None:
    async with open_stack(tmp_path, url=database_url) as reader:
        await reader.add(document("first", "common ground"))
        await reader.embed()
        process = _start(_WRITER, tmp_path, database_url, "other", 5)
        assert process.stdout
        process.stdout.readline()
        assert len(await _texts(reader)) >= 2
        _finish(process)
        assert len(await _texts(reader)) == 6
        assert len(await _texts(reader, "vector")) == 6


async def test_two_processes_that_write_at_once_both_succeed(tmp_path: Path, database_url: str) -> None:
    async with open_stack(tmp_path, url=database_url) as stack:
        await stack.add(document("first", "common ground"))
        processes = [_start(_WRITER, tmp_path, database_url, name, 8) for name in ("ann", "bob")]
        for process in processes:
            _finish(process)
        await stack.embed()
        assert len(await _texts(stack)) == 17
        assert len(await _texts(stack, "vector")) == 17
    async with open_stack(tmp_path, url=database_url) as again:
        assert len(await _texts(again)) == len(await _texts(again, "vector")) == 17


async def test_a_writer_that_waits_too_long_is_told_who_holds_the_folder(tmp_path: Path, database_url: str) -> None:
    async with open_stack(tmp_path, url=database_url) as stack:
        await stack.add(document("a", "common ground"))
        process = _start(_HOLDER, tmp_path / "indexes" / "c" / "writer.lock")
        assert process.stdout
        assert process.stdout.readline() == "held\n"
        with pytest.raises(Conflict, match=f"process {process.pid} is writing"):
            await stack.library.catch_up("c", wait_s=0.0)
        assert len(await _texts(stack)) == 1
        _finish(process)
        await stack.library.catch_up("c", wait_s=0.0)


async def test_while_another_process_holds_the_index_an_update_shows_the_version_before(
    tmp_path: Path, database_url: str
) -> None:
    async with open_stack(tmp_path, url=database_url) as stack, open_stack(tmp_path, url=database_url) as writer:
        await stack.add(document("a", "common old"), document("b", "common other"))
        async with Lease(tmp_path / "indexes" / "c" / "writer.lock").hold():
            update = asyncio.create_task(writer.add(document("a", "common new")))
            while (await stack.library.get("c")).catalog.is_complete:
                await asyncio.wait([update], timeout=0.01)
            assert await _texts(stack) == [("a", "common old"), ("b", "common other")]
        await update
        assert await _texts(stack) == [("a", "common new"), ("b", "common other")]


async def test_vectors_that_one_process_merged_leave_the_other_ones_tail(tmp_path: Path, database_url: str) -> None:
    def build(folder: Path, width: int) -> faiss.FaissIndex:
        return faiss.FaissIndex(faiss.Config(merge_rows=10), folder, width)

    async with open_stack(tmp_path, url=database_url) as one, open_stack(tmp_path, url=database_url) as two:
        one.library._build_vectors = two.library._build_vectors = build
        await one.add(*(document(f"s{n}", f"common text {n}") for n in range(30)))
        await one.embed()
        assert len(await _texts(two, "vector")) == 30
        for begin in (30, 60):  # the second process follows by log, then the first one merges what it had followed
            await one.add(*(document(f"s{n}", f"common text {n}") for n in range(begin, begin + 5)))
            await Backfill(one.database, two.library, one.embedder, tmp_path / "indexes").run("c")
            assert len(await _texts(two, "vector")) == begin + 5 if begin == 30 else 40
            await one.add(*(document(f"s{n}", f"common text {n}") for n in range(begin + 5, begin + 30)))
            await one.embed()
        for stack in (one, two):
            assert len(await _texts(stack, "vector")) == 90
            vectors = (await stack.library.get("c")).vectors
            assert isinstance(vectors, faiss.FaissIndex)
            assert len(vectors._state.tail_ids) <= 30
    assert len(list((tmp_path / "indexes" / "c").glob("*/vectors/segment-*"))) == 1
