import asyncio
from pathlib import Path
from typing import cast

import pytest

from answerable.core.errors import InvalidRequest
from answerable.flows import ingest as ingest_flow
from answerable.flows.collections import list_documents
from answerable.flows.ingest import GivenFile, GivenText, Ingest, ItemResult, embed, embed_in_background, ingest
from answerable.flows.platform import Platform
from tests.support.embedding import HashEmbedder
from tests.support.outage import away
from tests.support.patience import LONG_S, until
from tests.support.platform import open_small_platform


async def add(p: Platform, *sources: Path | str, **more: object) -> list[tuple[str, str]]:
    """What became of each source, by its last part."""
    done = await ingest(Ingest("c", tuple(map(str, sources)), **more), p)  # type: ignore[arg-type]
    return [(Path(item.source).name, item.status) for item in done.items]


async def test_a_folder_is_read_with_everything_below_and_other_kinds_are_counted(tmp_path: Path) -> None:
    docs = tmp_path / "docs"
    (docs / "deep").mkdir(parents=True)
    (docs / "a.txt").write_text("alpha words", "utf-8")
    (docs / "deep" / "b.md").write_text("# B\n\nbeta words", "utf-8")
    (docs / "c.exe").write_bytes(b"MZ")
    async with open_small_platform(tmp_path) as p:
        done = await ingest(Ingest("c", (str(docs),)), p)
        assert (done.count("added"), done.skipped) == (2, 1)


async def test_a_file_is_read_again_only_when_its_bytes_or_labels_change(tmp_path: Path) -> None:
    note = tmp_path / "note.txt"
    note.write_text("first words", "utf-8")
    async with open_small_platform(tmp_path) as p:
        assert await add(p, note) == [("note.txt", "added")]
        assert await add(p, note) == [("note.txt", "unchanged")]
        note.write_text("second words", "utf-8")
        assert await add(p, note) == [("note.txt", "updated")]
        assert await add(p, note, metadata={"team": "red"}) == [("note.txt", "updated")]
        (row,) = (await list_documents("c", p))[0]
        assert (row.version.number, row.version.metadata["team"]) == (3, "red")


async def test_a_bad_file_stops_no_other_and_is_tried_again(tmp_path: Path) -> None:
    bad, good = tmp_path / "bad.pdf", tmp_path / "good.txt"
    bad.write_bytes(b"%PDF-1.7 broken")
    good.write_text("good words", "utf-8")
    async with open_small_platform(tmp_path) as p:
        reported: list[ItemResult] = []

        async def report(result: ItemResult) -> None:
            reported.append(result)

        done = await ingest(Ingest("c", (str(bad), str(good))), p, report)
        assert {Path(item.source).name: item.status for item in done.items} == {
            "bad.pdf": "failed",
            "good.txt": "added",
        }
        assert reported == list(done.items)
        (failed,) = [item for item in done.items if item.error]
        assert "bad.pdf" in str(failed.error)
        assert dict(await add(p, bad, good)) == {"bad.pdf": "failed", "good.txt": "unchanged"}


async def test_records_that_a_file_no_longer_holds_are_removed(tmp_path: Path) -> None:
    records = tmp_path / "r.jsonl"
    records.write_text('{"id": "1", "text": "one"}\n{"id": "2", "text": "two"}\n', "utf-8")
    async with open_small_platform(tmp_path) as p:
        assert len(await add(p, records)) == 2
        records.write_text('{"id": "2", "text": "two"}\n', "utf-8")
        assert ("r.jsonl", "removed") in await add(p, records)
        assert [row.source.rpartition("#")[2] for row in (await list_documents("c", p))[0]] == ["2"]


async def test_an_upload_is_known_by_its_name_and_a_text_by_its_source(tmp_path: Path) -> None:
    (tmp_path / "x.tmp").write_text("uploaded words", "utf-8")
    async with open_small_platform(tmp_path) as p:
        files = (GivenFile(tmp_path / "x.tmp", "letter.txt"),)
        texts = (GivenText("note", "A note", "first\r\n\r\nsecond\0"),)
        await ingest(Ingest("c", files=files, texts=texts), p)
        rows = {row.source: row.version.title for row in (await list_documents("c", p))[0]}
        assert rows.keys() == {"letter.txt", "note"}
        assert rows["note"] == "A note"


async def test_only_addresses_are_taken_where_a_stranger_may_not_name_files(tmp_path: Path) -> None:
    async with open_small_platform(tmp_path) as p:
        with pytest.raises(InvalidRequest, match="http://"):
            await ingest(Ingest("c", ("/etc/passwd",), urls_only=True), p)


async def test_an_address_inside_the_network_is_refused_and_named(tmp_path: Path) -> None:
    async with open_small_platform(tmp_path) as p:
        done = await ingest(Ingest("c", ("http://127.0.0.1:1/x",)), p)
        (item,) = done.items
        assert item.status == "failed"
        assert "127.0.0.1" in str(item.error)


async def test_embedding_goes_on_after_an_outage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ingest_flow, "_IDLE_S", 0.01)
    async with open_small_platform(tmp_path) as p:
        await ingest(Ingest("c", texts=(GivenText("a", "a", "one"),)), p)
        with away(p.database):
            beside = asyncio.create_task(embed_in_background(p))
            await asyncio.sleep(0.1)
            assert not beside.done()
        embedder = cast("HashEmbedder", p.embedder)
        await until(lambda: "one" in embedder.embedded)
        beside.cancel()
        with pytest.raises(asyncio.CancelledError):
            await beside


async def test_embedding_waits_for_all_or_runs_beside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with open_small_platform(tmp_path) as p:
        await ingest(Ingest("c", texts=(GivenText("a", "a", "one\n\ntwo"),)), p)
        assert await embed("c", p) == 2
        await ingest(Ingest("c", texts=(GivenText("b", "b", "three"),)), p)
        run, embedded = p.backfill.run, asyncio.Event()

        async def noticed(name: str) -> int:
            count = await run(name)
            embedded.set()
            return count

        monkeypatch.setattr(p.backfill, "run", noticed)
        beside = asyncio.create_task(embed_in_background(p))
        await asyncio.wait_for(embedded.wait(), LONG_S)
        assert not (await p.backfill.progress("c")).pending
        beside.cancel()
        with pytest.raises(asyncio.CancelledError):
            await beside
