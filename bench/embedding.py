"""Speed and sameness of the bundled embedder against the bare runtime, and against peers where they are installed.

python bench/embedding.py [--seconds 2] [--data FOLDER_WITH_corpus.jsonl.gz]
"""

import argparse
import gzip
import itertools
import json
import os
import platform
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

from answerable.core.ports import Embedder
from answerable.knowledge.embedders import minilm

SENTENCE = "The quick support engineer explains how to reset the device, update it and read the warranty terms. "
WORKLOADS = {"16 tokens alone": (16, 1), "16 in 32s": (16, 32), "64 alone": (64, 1), "200 in 32s": (200, 32)}
WINDOW = 254
INVARIANCE = 0.9999


def texts_of(tokenizer: Tokenizer, tokens: int, count: int) -> list[str]:
    """`count` different texts of exactly `tokens` tokens, [CLS] and [SEP] included."""
    words = (SENTENCE * 20).split()
    made = []
    for shift in range(count):
        text = " ".join(words[shift % 17 :])
        offsets = tokenizer.encode(text, add_special_tokens=False).offsets
        made.append(text[: offsets[tokens - 3][1]])
    return made


def chunks_of(folder: Path, count: int) -> list[str]:
    """Real texts from a corpus."""
    with gzip.open(folder / "corpus.jsonl.gz", "rt", encoding="utf-8") as lines:
        return [f"{row['title']} {row['text']}" for row in map(json.loads, itertools.islice(lines, count))]


def rates(runs: Sequence[Callable[[], object]], texts: int, seconds: float) -> list[float]:
    """Texts a second of processor time for each run, in turns: neighbours on the machine then count the least."""
    spent, done = [0.0] * len(runs), 0
    for run in runs:
        run()
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        for index, run in enumerate(runs):
            began = time.process_time()
            run()
            spent[index] += time.process_time() - began
        done += texts
    return [done / each for each in spent]


def wall_rate(run: Callable[[], object], texts: int, seconds: float) -> float:
    """Texts a second by the clock: the best of three rounds."""
    best = 0.0
    for _ in range(3):
        began, done = time.perf_counter(), 0
        while time.perf_counter() - began < seconds / 3:
            run()
            done += texts
        best = max(best, done / (time.perf_counter() - began))
    return best


class BareRuntime:
    """The floor: ONNX Runtime on ids made beforehand, nothing else."""

    def __init__(self, threads: int) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(str(minilm.MODEL / "model.onnx"), options)
        self.tokenizer = Tokenizer.from_file(str(minilm.MODEL / "tokenizer.json"))
        self.workers = ThreadPoolExecutor(threads)

    def feeds(self, texts: Sequence[str]) -> list[dict[str, np.ndarray]]:
        found = self.tokenizer.encode_batch(list(texts), add_special_tokens=False)
        ids = [np.array([[101, *each.ids[:WINDOW], 102]]) for each in found]
        return [{"input_ids": row, "token_type_ids": np.zeros_like(row)} for row in ids]

    def run(self, feeds: list[dict[str, np.ndarray]]) -> list[object]:
        if len(feeds) == 1:
            return [self.session.run(None, feeds[0])]
        return list(self.workers.map(lambda feed: self.session.run(None, feed), feeds))


def compare(name: str, texts: list[str], threads: int, seconds: float) -> None:
    """One line: ours, the bare runtime, and the share of it that is left."""
    ours, bare = minilm.build(minilm.Config(threads=threads)), BareRuntime(threads)
    feeds = bare.feeds(texts)
    mine, floor = rates([lambda: ours.embed(texts), lambda: bare.run(feeds)], len(texts), seconds)
    clock = wall_rate(lambda: ours.embed(texts), len(texts), seconds)
    print(f"| {name} | {threads} | {clock:,.1f} | {mine:,.1f} | {floor:,.1f} | {mine / floor:.0%} |", flush=True)


def query_latency(embedder: Embedder, texts: list[str]) -> str:
    """p50 and p99 of one text at a time, in milliseconds."""
    took = []
    for text in texts * 20:
        began = time.perf_counter()
        embedder.embed([text])
        took.append((time.perf_counter() - began) * 1000)
    return f"query of 16 tokens: p50 {np.percentile(took, 50):.1f} ms, p99 {np.percentile(took, 99):.1f} ms"


def sameness(embedder: Embedder, texts: list[str]) -> str:
    """The least cosine between a text's vector alone and in the whole batch."""
    together = embedder.embed(texts)
    least = min(float(embedder.embed([text])[0] @ row) for text, row in zip(texts, together, strict=True))
    return (
        f"alone against in a batch of {len(texts)}: least cosine {least:.7f} ({'ok' if least >= INVARIANCE else 'BAD'})"
    )


def peers(texts: list[str], seconds: float) -> None:
    """sentence-transformers, if this environment has it and its model."""
    try:
        from sentence_transformers import SentenceTransformer
    except ImportError:
        print("sentence-transformers: not installed")
        return
    model = SentenceTransformer("sentence-transformers/all-MiniLM-L6-v2", device="cpu")
    pace = wall_rate(lambda: model.encode(texts), len(texts), seconds)
    print(f"sentence-transformers: {pace:,.1f} texts a second by the clock (200 tokens)")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--data", type=Path, help="a folder with corpus.jsonl.gz: real chunks as well")
    options = parser.parse_args()
    print(f"ONNX Runtime {onnxruntime.__version__}, {platform.machine()}, {os.cpu_count()} cores; texts a second\n")
    print(
        "| workload | threads | by the clock | a core-second | bare runtime, a core-second | share |\n"
        + "|---" * 6
        + "|"
    )
    tokenizer = Tokenizer.from_file(str(minilm.MODEL / "tokenizer.json"))
    for threads in (1, 2):
        for name, (tokens, count) in WORKLOADS.items():
            compare(name, texts_of(tokenizer, tokens, count), threads, options.seconds)
        if options.data:
            compare(f"{options.data.name}, 64 texts", chunks_of(options.data, 64), threads, options.seconds)
    embedder = minilm.build(minilm.Config())
    mixed = [text for tokens in (4, 16, 64, 200, 256) for text in texts_of(tokenizer, tokens, 5)]
    print("\n" + query_latency(embedder, texts_of(tokenizer, 16, 10)))
    print(sameness(embedder, mixed))
    peers(texts_of(tokenizer, 200, 32), options.seconds)


if __name__ == "__main__":
    main()
