"""A collection large enough to measure: the development data, published as often as needed with small changes.

In every further copy one word in ten is another word of the same length, so that texts, terms and embeddings differ.
Vectors: the bundled model embeds a sample; every other chunk gets a mixture of two sampled vectors, which lies among
real ones (random noise would not, and graph indexes would fail on it). All else is real: reader, chunker, stores.
"""

import asyncio
import gzip
import hashlib
import json
import os
import platform
import random
import re
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from answerable.config import load_settings
from answerable.core.documents import LoadedDocument
from answerable.core.ports import Embedder
from answerable.flows.platform import Platform
from answerable.knowledge.reading import Reader
from answerable.wiring import build_embedder, open_platform

DATA = Path(__file__).parents[2] / "shared" / "data"
SETS = ("office_vba_docs", "scifact", "samsung_tv_support", "tldr_pages")
COLLECTION = "bench"
_WORD = re.compile(r"[^\W\d_]{4,}")
_BATCH_CHARS = 2_000_000


class SampledEmbedder:
    """The bundled embedder for queries and the first `sample` texts; after that, mixtures of two of them."""

    local = True

    def __init__(self, inner: Embedder, sample: int) -> None:
        self.name, self.dimensions, self.max_tokens = inner.name, inner.dimensions, inner.max_tokens
        self.count, self.spans = inner.count, inner.spans
        self._inner = inner
        self._sample = sample
        self._known = np.empty((0, inner.dimensions), np.float32)

    def embed(self, texts: Sequence[str]) -> Any:
        if len(texts) == 1:
            return self._inner.embed(texts)
        if len(self._known) < self._sample:
            rows = self._inner.embed(texts)
            self._known = np.concatenate([self._known, rows])
            return rows
        seed = int.from_bytes(hashlib.blake2b(texts[0].encode(), digest_size=8).digest(), "little")
        rng = np.random.default_rng(seed)
        one, other = (self._known[rng.integers(0, len(self._known), len(texts))] for _ in range(2))
        share = rng.uniform(0.05, 0.4, (len(texts), 1)).astype(np.float32)
        rows = (1 - share) * one + share * other
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def load_documents(sets: Sequence[str] = SETS, data: Path = DATA) -> list[LoadedDocument]:
    """The documents of the sets that are there, as the readers give them."""
    found: list[LoadedDocument] = []
    with Reader() as reader:
        for name in sets:
            path = data / name / "corpus.jsonl.gz"
            if path.is_file():
                found += reader.read_now(path, name)
    if not found:
        sys.exit(f"no corpus under {data}: these benchmarks need the development data")
    return found


def load_questions(count: int, sets: Sequence[str] = ("scifact", "samsung_tv_support"), data: Path = DATA) -> list[str]:
    """Real questions, the sets in turns."""
    lists = []
    for name in sets:
        with gzip.open(data / name / "queries.jsonl.gz", "rt", encoding="utf-8") as lines:
            lists.append([json.loads(line)["text"] for line in lines])
    mixed = [text for pair in zip(*lists, strict=False) for text in pair]
    return (mixed * (count // len(mixed) + 1))[:count]


class Editions:
    """Documents again and again, each time a little different; `part` (0..99) is for filters."""

    def __init__(self, documents: Sequence[LoadedDocument]) -> None:
        self._documents = documents
        self._by_length: dict[int, list[str]] = {}
        for document in documents[::7]:
            for word in _WORD.findall(document.text):
                self._by_length.setdefault(len(word), []).append(word)

    def edition(self, number: int) -> list[LoadedDocument]:
        return [self._changed(document, number, place) for place, document in enumerate(self._documents)]

    def _changed(self, document: LoadedDocument, number: int, place: int) -> LoadedDocument:
        rng = random.Random(f"{document.source} {number}")
        text = document.text
        if number:
            text = _WORD.sub(lambda found: self._other(found.group(), rng), text)
        metadata = {"part": (place + number) % 100, "edition": number}
        return replace(document, source=f"{document.source}?{number}", text=text, metadata=metadata)

    def _other(self, word: str, rng: random.Random) -> str:
        return rng.choice(self._by_length.get(len(word), [word])) if rng.random() < 0.1 else word


async def open_sampled(folder: Path, sample: int = 2_000, **options: Any) -> Platform:
    """The whole program on a folder, with the sampling embedder."""
    settings = load_settings(data=folder, **options)
    platform = await open_platform(settings)
    sampled = SampledEmbedder(build_embedder(settings), sample)
    platform.library._embedder = sampled  # noqa: SLF001 - the one part that is exchanged
    platform.backfill._embedder = sampled  # noqa: SLF001
    return platform


async def build(folder: Path, chunks: int) -> dict[str, Any]:
    """Fill `folder` with at least `chunks` chunks unless it is there already; returns what was built and how fast."""
    note = folder / "built.json"
    if note.is_file():
        built: dict[str, Any] = json.loads(note.read_text())
        if built["asked"] == chunks:
            return built
        sys.exit(f"{folder} holds a collection for --chunks {built['asked']}: remove it, or name another folder")
    p = await open_sampled(folder)
    try:
        editions = Editions(load_documents())
        row = await p.publisher.open_collection(COLLECTION, dict(p.policy.chunker))
        began, stored, number = time.perf_counter(), 0, 0
        while stored < chunks:
            for batch in _batches(editions.edition(number)):
                stored += sum(one.chunks for one in await p.publisher.publish(row, batch))
                print(f"\rpublished {stored:,} chunks", end="", file=sys.stderr, flush=True)
            number += 1
        published = time.perf_counter() - began
        began = time.perf_counter()
        await p.backfill.run(COLLECTION)
        built = {
            "asked": chunks,
            "chunks": stored,
            "editions": number,
            "publish_s": round(published, 1),
            "vectors_s": round(time.perf_counter() - began, 1),
        }
    finally:
        await p.close()
    note.write_text(json.dumps(built))
    print(f"\r{built}", file=sys.stderr)
    return built


def _batches(documents: Sequence[LoadedDocument]) -> list[list[LoadedDocument]]:
    batches: list[list[LoadedDocument]] = [[]]
    size = 0
    for document in documents:
        if size > _BATCH_CHARS:
            batches.append([])
            size = 0
        batches[-1].append(document)
        size += len(document.text)
    return batches


def machine() -> dict[str, Any]:
    """What the figures were measured on, and how busy it was."""
    return {
        "machine": f"{os.cpu_count()}-core {platform.machine()}",
        "python": platform.python_version(),
        "date": time.strftime("%Y-%m-%d"),
        "load_1_5_15": [round(one, 1) for one in os.getloadavg()],
    }


def table(head: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)


def report(
    title: str, head: Sequence[str], rows: Sequence[Sequence[Any]], figures: dict[str, Any], to: Path | None
) -> None:
    """Print the table; write the figures as JSON where asked."""
    about = machine()
    print(f"\n{title}\n{about['machine']}, load {about['load_1_5_15']}\n\n{table(head, rows)}", flush=True)
    if to is not None:
        to.parent.mkdir(parents=True, exist_ok=True)
        to.write_text(json.dumps(about | figures, indent=1) + "\n")


def percentiles(seconds: Sequence[float]) -> dict[str, float]:
    """p50, p95 and p99 in milliseconds."""
    return {f"p{q}_ms": round(float(np.percentile(seconds, q)) * 1_000, 2) for q in (50, 95, 99)}


if __name__ == "__main__":
    asyncio.run(build(Path(sys.argv[1]), int(sys.argv[2])))
