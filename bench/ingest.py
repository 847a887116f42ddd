"""How fast documents become searchable, and how much of the bare runtime's speed embedding keeps.

python bench/ingest.py [--data FOLDER_WITH_corpus.jsonl.gz] [--texts 400] [--rounds 3] [--json FILE]

The first part is `answerable add`: reading, chunking, publishing, keyword index. The second embeds a sample of the same
chunks through the whole write path (SQL, log, index), in turns with ONNX Runtime alone on ids made beforehand.
"""

import argparse
import asyncio
import tempfile
import time
from pathlib import Path
from typing import Any

from answerable.config import load_settings
from answerable.core.documents import Block, LoadedDocument
from answerable.flows.ingest import Ingest, ingest
from answerable.flows.platform import Platform
from answerable.knowledge.embedders import minilm
from answerable.wiring import open_platform
from corpus import DATA, report
from embedding import BareRuntime


async def add(source: Path) -> dict[str, Any]:
    """Seconds until all pages of a corpus are found by keywords."""
    with tempfile.TemporaryDirectory() as folder:
        p = await open_platform(load_settings(data=Path(folder)))
        began, processor = time.perf_counter(), time.process_time()
        done = await ingest(Ingest("bench", (str(source),)), p)
        took, own = time.perf_counter() - began, time.process_time() - processor
        await p.close()
    pages, chunks = done.count("added"), sum(item.chunks for item in done.items)
    assert pages == len(done.items), "a page could not be added"
    return {
        "pages": pages,
        "chunks": chunks,
        "seconds": round(took, 2),
        "processor_seconds_of_main_process": round(own, 2),
        "pages_a_second": round(pages / took),
    }


async def sample(source: Path, count: int) -> list[str]:
    """Chunks as they are embedded, spread over the corpus."""
    with tempfile.TemporaryDirectory() as folder:
        p = await open_platform(load_settings(data=Path(folder)))
        row = await p.publisher.open_collection("bench", dict(p.policy.chunker))
        documents = (await p.reader.read(source, "bench"))[::10]
        await p.publisher.publish(row, documents)
        async with p.database.read() as connection:
            rows = await connection.exec_driver_sql("SELECT header, text FROM chunks ORDER BY id")
            texts = list(dict.fromkeys(f"{header}\n{text}" if header else text for header, text in rows))
        await p.close()
    return texts[:: max(1, len(texts) // count)][:count]


async def embed(texts: list[str], rounds: int, threads: int) -> dict[str, Any]:
    """Texts a second of the write path and of the bare runtime, in turns, best of `rounds` each."""
    bare = BareRuntime(threads)
    feeds = bare.feeds(texts)
    ours, floor = 0.0, 0.0
    for _ in range(rounds):
        began = time.perf_counter()
        bare.run(feeds)
        floor = max(floor, len(texts) / (time.perf_counter() - began))
        with tempfile.TemporaryDirectory() as folder:
            p = await open_platform(load_settings(data=Path(folder)))
            await publish_whole(p, texts)
            p.embedder.embed(["warm"])
            began = time.perf_counter()
            embedded = await p.backfill.run("bench")
            ours = max(ours, embedded / (time.perf_counter() - began))
            await p.close()
    return {
        "texts": len(texts),
        "threads": threads,
        "texts_a_second": round(ours, 1),
        "bare_texts_a_second": round(floor, 1),
        "share_of_bare": round(ours / floor, 3),
    }


class Whole:
    """Chunker: the text as it is."""

    def chunk(self, document: LoadedDocument) -> Any:
        from answerable.core.documents import Chunk

        return [Chunk(0, len(document.text), document.text)]


async def publish_whole(p: Platform, texts: list[str]) -> None:
    """One document for each text, cut no further: both sides embed the same."""
    p.publisher._build_chunker = lambda _name, _options: Whole()  # noqa: SLF001 - the texts are chunks already
    row = await p.publisher.open_collection("bench", {"name": "whole"})
    documents = [
        LoadedDocument(f"t{number}", "", text, (Block(0, len(text)),), "text/plain")
        for number, text in enumerate(texts)
    ]
    await p.publisher.publish(row, documents)


async def measure(source: Path, texts: int, rounds: int) -> dict[str, Any]:
    """Both parts; the best round of adding counts, all are kept."""
    adds = [await add(source) for _ in range(rounds)]
    threads = minilm.build(minilm.Config())._encoder._threads  # type: ignore[attr-defined]  # noqa: SLF001
    best = min(adds, key=lambda one: one["seconds"])
    return {"add": best, "add_seconds": [one["seconds"] for one in adds]} | {
        "embed": await embed(await sample(source, texts), rounds, threads)
    }


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA / "office_vba_docs")
    parser.add_argument("--texts", type=int, default=400)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    source = options.data / "corpus.jsonl.gz"
    if not source.is_file():
        parser.exit(0, f"skipped: no {source.name} in {options.data.name}\n")
    found = asyncio.run(measure(source, options.texts, options.rounds))
    added, embedded = found["add"], found["embed"]
    rows = [
        ["pages, chunks", f"{added['pages']:,}, {added['chunks']:,}"],
        ["keyword-searchable after", f"{added['seconds']} s (all rounds: {found['add_seconds']})"],
        ["pages a second", added["pages_a_second"]],
        ["embedding, texts a second", f"{embedded['texts_a_second']} (bare runtime {embedded['bare_texts_a_second']})"],
        ["share of the bare runtime", f"{embedded['share_of_bare']:.0%}"],
    ]
    report(f"Ingest of {options.data.name}", ["what", "figure"], rows, found, options.json)


if __name__ == "__main__":
    main()
