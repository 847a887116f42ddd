"""Hybrid search and ingest without embedding against LanceDB and Chroma: same chunks, same vectors, same questions.

python bench/indexes.py [--chunks 30000] [--questions 110] [--folder FOLDER] [--no-peers] [--json FILE]

Chunks and vectors are taken from the collection that `search.py` builds. Ours is the whole read path (catalogue, both
indexes, fusion, passages from SQL), only without embedding the question. The peers are installed into bench/.venv from
PyPI the first time; where that fails they are left out with a message. Recall is of the ten nearest by exact cosine.
"""

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from answerable.config import load_settings
from answerable.core.documents import Block, Chunk, LoadedDocument
from answerable.core.identity import OWNER
from answerable.flows.platform import Platform
from answerable.knowledge.catalog import Scope
from answerable.knowledge.retriever import Query
from answerable.knowledge.trace import Trace
from answerable.wiring import open_platform
from corpus import COLLECTION, build, load_questions, percentiles, report

HERE = Path(__file__).parent
PEERS = {"lancedb": "LanceDB", "chroma": "Chroma"}
PACKAGES = ("lancedb", "chromadb")
K = 10
PER_DOCUMENT = 10
WARM_UP = 10


class Handed:
    """Embedder: vectors made beforehand, by text."""

    local = True

    def __init__(self, inner: Any, texts: Sequence[str], vectors: Any) -> None:
        self.name, self.dimensions, self.max_tokens = inner.name, inner.dimensions, inner.max_tokens
        self.count, self.spans = inner.count, inner.spans
        self._known = dict(zip(texts, vectors, strict=True))

    def embed(self, texts: Sequence[str]) -> Any:
        return np.stack([self._known[text] for text in texts])


class Blocks:
    """Chunker: a chunk for each block."""

    def chunk(self, document: LoadedDocument) -> list[Chunk]:
        return [Chunk(b.start, b.end, document.text[b.start : b.end]) for b in document.blocks]


async def taken(folder: Path, count: int) -> tuple[list[str], Any]:
    """The first `count` different chunks of the collection in `folder` and their vectors (n, d) float32."""
    p = await open_platform(load_settings(data=folder))
    async with p.database.read() as connection:
        rows = await connection.exec_driver_sql(
            "SELECT c.header || char(10) || c.text AS text, e.vector FROM chunks c "
            "JOIN embeddings e ON e.hash = c.embedding_hash ORDER BY c.id"
        )
        found = {row.text.strip(): row.vector for row in rows}
    await p.close()
    texts = list(found)[:count]
    return texts, np.stack([np.frombuffer(found[text], np.float16).astype(np.float32) for text in texts])


def documents_of(texts: Sequence[str]) -> list[LoadedDocument]:
    """Ten chunks a document."""
    found = []
    for start in range(0, len(texts), PER_DOCUMENT):
        blocks, at = [], 0
        for text in texts[start : start + PER_DOCUMENT]:
            blocks.append(Block(at, at + len(text)))
            at += len(text) + 2
        whole = "\n\n".join(texts[start : start + PER_DOCUMENT])
        found.append(LoadedDocument(f"d{start}", "", whole, tuple(blocks), "text/plain"))
    return found


async def ours(texts: list[str], vectors: Any, questions: list[str], queries: Any, exact: Any) -> dict[str, Any]:
    """Publish, index, ask."""
    with tempfile.TemporaryDirectory() as folder:
        p = await open_platform(load_settings(data=Path(folder)))
        handed = Handed(p.embedder, [*texts, *questions], [*vectors, *queries])
        p.backfill._embedder = p.retriever._embedder = handed  # noqa: SLF001 - embedding is not what is timed
        p.publisher._build_chunker = lambda _name, _options: Blocks()  # noqa: SLF001 - the chunks are given
        documents = documents_of(texts)
        began = time.perf_counter()
        row = await p.publisher.open_collection(COLLECTION, {"name": "blocks"})
        for start in range(0, len(documents), 500):
            await p.publisher.publish(row, documents[start : start + 500])
        searchable = time.perf_counter() - began
        await p.backfill.run(COLLECTION)
        ready = time.perf_counter() - began
        place = {text: number for number, text in enumerate(texts)}
        hits = [
            len({place[text] for text in await ask(p, question, "vector")} & set(row.tolist()))
            for question, row in zip(questions, exact, strict=True)
        ]
        took = []
        for number, question in enumerate(questions):
            began = time.perf_counter()
            await ask(p, question, "hybrid")
            if number >= WARM_UP:
                took.append(time.perf_counter() - began)
        await p.close()
    return {
        "version": "",
        "what": "hybrid",
        "keyword_searchable_s": searchable,
        "ingest_s": ready,
        "recall": sum(hits) / (K * len(hits)),
        "took_s": took,
    }


async def ask(p: Platform, question: str, mode: Any) -> list[str]:
    found = await p.retriever.search(COLLECTION, Query(question, Scope(OWNER), K, mode, False), Trace(question))
    return [one.text for one in found.passages]


def peers_python() -> Path | None:
    """The interpreter of an environment with the peers, made where it is missing; None when that fails."""
    python = HERE / ".venv" / "bin" / "python"
    check = [str(python), "-c", "import lancedb, chromadb"]
    if python.is_file() and subprocess.run(check, capture_output=True, check=False).returncode == 0:
        return python
    print("installing LanceDB and Chroma into bench/.venv ...", file=sys.stderr)
    make = [sys.executable, "-m", "venv", str(HERE / ".venv")]
    install = [str(python), "-m", "pip", "install", "--quiet", *PACKAGES]
    for command in (make, install, check):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            print(f"skipped LanceDB and Chroma: {done.stderr.strip()[-300:]}", file=sys.stderr)
            return None
    return python


def peer(python: Path, name: str, given: Path) -> dict[str, Any] | None:
    """One peer's figures, or None with its last words shown."""
    command = [str(python), str(HERE / "peers.py"), name, str(given)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        print(f"skipped {name}: {done.stderr.strip()[-1_000:]}", file=sys.stderr)
        return None
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


async def measure(folder: Path, chunks: int, count: int, with_peers: bool) -> dict[str, Any]:
    """Everything, one system after the other."""
    await build(folder, max(chunks, 100_000))
    texts, vectors = await taken(folder, chunks)
    questions = list(dict.fromkeys(load_questions(count)))
    p = await open_platform(load_settings(data=folder))
    queries = p.embedder.embed(questions)
    await p.close()
    exact = np.argsort(-(queries @ vectors.T), axis=1)[:, :K]
    found = {"Answerable": await ours(texts, vectors, questions, queries, exact)}
    python = peers_python() if with_peers else None
    with tempfile.TemporaryDirectory() as name:
        given = Path(name)
        (given / "texts.json").write_text(json.dumps(texts))
        (given / "questions.json").write_text(json.dumps(questions))
        (given / "target.json").write_text(json.dumps(min(0.99, found["Answerable"]["recall"])))
        for key, rows in (("vectors", vectors), ("queries", queries), ("exact", exact)):
            np.save(given / f"{key}.npy", rows)
        for key, shown in PEERS.items() if python else ():
            figures = peer(python, key, given)
            if figures:
                found[shown] = figures
    return {"chunks": len(texts), "questions": len(questions), "systems": found}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--chunks", type=int, default=30_000)
    parser.add_argument("--questions", type=int, default=110)
    parser.add_argument("--folder", type=Path, default=HERE / ".data" / "search")
    parser.add_argument("--no-peers", action="store_true")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    found = asyncio.run(measure(options.folder, options.chunks, options.questions, not options.no_peers))
    rows = []
    for name, one in found["systems"].items():
        one["latency"] = percentiles(one.pop("took_s"))
        text_s = "-" if one["keyword_searchable_s"] is None else f"{one['keyword_searchable_s']:.1f}"
        rows.append([f"{name} {one['version']}", one["what"], f"{one['recall']:.3f}", *one["latency"].values()])
        rows[-1] += [text_s, f"{one['ingest_s']:.1f}"]
    head = ["system", "search", "recall@10", "p50 ms", "p95 ms", "p99 ms", "keyword-searchable s", "ingest s"]
    report(f"{found['chunks']:,} chunks, {found['questions']} questions", head, rows, found, options.json)


if __name__ == "__main__":
    main()
