"""Loader processes: results come back, and a file that hangs, crashes or swells stops only itself."""

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from answerable.core.errors import UnreadableDocument
from answerable.knowledge.loaders.base.limits import Limits
from answerable.knowledge.reading import Item, Reader, _batches, _Worker


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    with Reader(workers=1) as shared:
        yield shared


def page(folder: Path, name: str, text: str = "# Hours\n\nWe open at nine.") -> Item:
    path = folder / name
    path.write_text(text)
    return Item(path, name)


def test_file_is_read_in_another_process(reader: Reader, tmp_path: Path) -> None:
    [document] = reader.read_now(page(tmp_path, "a.md").path, "here")
    assert (document.source, document.title) == ("here", "Hours")


async def test_refusal_crosses_the_process_border_whole(reader: Reader, tmp_path: Path) -> None:
    with pytest.raises(UnreadableDocument) as caught:
        await reader.read(page(tmp_path, "a.pdf", "no pdf").path, "a.pdf")
    assert (caught.value.name, caught.value.reason) == ("a.pdf", "corrupt")


async def test_many_files_come_back_each_once_with_errors_among_them(reader: Reader, tmp_path: Path) -> None:
    items = [page(tmp_path, f"{n}.md", "" if n % 7 == 0 else f"page {n}") for n in range(150)]
    outcomes = [outcome async for outcome in reader.read_many(items)]
    assert sorted(outcome.item.source for outcome in outcomes) == sorted(item.source for item in items)
    assert sum(outcome.error is not None for outcome in outcomes) == 22


async def test_large_corpus_comes_in_pieces(reader: Reader, tmp_path: Path) -> None:
    rows = "\n".join(json.dumps({"id": str(n), "text": f"row {n}"}) for n in range(600))
    outcomes = [outcome async for outcome in reader.read_many([page(tmp_path, "c.jsonl", rows)])]
    assert [outcome.is_last for outcome in outcomes] == [False, False, True]
    assert [d.source for o in outcomes for d in o.documents] == [f"c.jsonl#{n}" for n in range(600)]


async def test_reading_can_be_left_early(reader: Reader, tmp_path: Path) -> None:
    items = [page(tmp_path, f"{n}.md") for n in range(200)]
    stream = reader.read_many(items)
    first = await anext(stream)
    await stream.aclose()  # type: ignore[attr-defined]
    assert first.documents
    assert await reader.read(items[0].path)


def test_slow_file_is_refused_and_the_next_one_read(tmp_path: Path) -> None:
    fifo = tmp_path / "slow.txt"
    os.mkfifo(fifo)
    items = [Item(fifo, "slow"), page(tmp_path, "b.md")]
    with Reader(Limits(seconds=1), workers=1) as reader:
        outcomes = list(reader.run(items))
    assert outcomes[0].error is not None
    assert outcomes[0].error.reason == "too_slow"
    assert outcomes[1].documents


def test_a_worker_that_is_slow_to_start_is_no_slow_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def late(command: list[str], **more: Any) -> "subprocess.Popen[bytes]":
        return start(["sh", "-c", 'sleep 2; exec "$@"', "sh", *command], **more)

    start = subprocess.Popen
    monkeypatch.setattr(subprocess, "Popen", late)
    with Reader(Limits(seconds=1.5), workers=1) as reader:
        assert reader.read_now(page(tmp_path, "a.md").path)


def test_a_worker_whose_time_ends_with_its_answer_reads_no_other_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = _Worker._read

    def at_the_last_moment(worker: _Worker) -> Any:
        found = read(worker)
        if worker._process.poll() is None and not struck:
            struck.append(worker)
            worker._kill(worker._turn)
        return found

    struck: list[_Worker] = []
    monkeypatch.setattr(_Worker, "_read", at_the_last_moment)
    with Reader(workers=1) as reader:
        outcomes = list(reader.run([page(tmp_path, f"{n}.md") for n in range(2)]))
        assert [outcome.error for outcome in outcomes] == [None, None]
        assert reader.read_now(page(tmp_path, "next.md").path)
    assert struck


def test_file_beyond_the_memory_limit_is_refused(tmp_path: Path) -> None:
    text = "[" + ",".join(["{}"] * 2_000_000) + "]"
    with Reader(Limits(memory_bytes=100_000_000), workers=1) as reader, pytest.raises(UnreadableDocument) as caught:
        reader.read_now(page(tmp_path, "a.json", text).path)
    assert caught.value.reason == "too_large"


def test_crash_of_the_worker_refuses_one_file_and_the_rest_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    items = [page(tmp_path, f"{n}.md") for n in range(3)]
    receive = _Worker.receive
    crashed: list[str] = []

    def crash_once(worker: _Worker, item: Item) -> object:
        if item.source == "1.md" and not crashed:
            crashed.append(item.source)
            os.kill(worker._process.pid, signal.SIGSEGV)
            worker._process.wait()
            worker._process.stdout.read()  # type: ignore[union-attr]
        return receive(worker, item)

    monkeypatch.setattr(_Worker, "receive", crash_once)
    with Reader(workers=1) as reader:
        outcomes = list(reader.run(items))
    assert [outcome.error.reason if outcome.error else "" for outcome in outcomes] == ["", "corrupt", ""]


def test_small_files_travel_together_and_large_ones_alone(tmp_path: Path) -> None:
    items = [page(tmp_path, f"{n}.md") for n in range(70)]
    items.append(page(tmp_path, "big.md", "x" * 1_500_000))
    assert [len(batch) for batch in _batches(items)] == [64, 6, 1]
