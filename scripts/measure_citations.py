"""Share of altered sentences the verifier drops, and of true ones it passes: `measure_citations.py CORPUS.jsonl.gz`."""

import gzip
import json
import random
import re
import sys
import time
from collections import Counter

from answerable.core.documents import ChunkId, CollectionName, DocumentId, Passage, VersionId
from answerable.core.sentences import split
from answerable.knowledge.cite import Verifier
from answerable.knowledge.embedders import minilm

_SWAPS = {"increased": "decreased", "before": "after", "on": "off", "higher": "lower", "enable": "disable"}


def _alter(sentence: str, kind: str, rng: random.Random) -> str:
    if kind == "number":
        return re.sub(r"\d+", lambda found: str(int(found.group()) + rng.randint(1, 9)), sentence, count=1)
    if kind == "name":
        return re.sub(r"(?<=[a-z] )[A-Z]\w{3,}", rng.choice(["Velmora", "Quistan", "Brandel"]), sentence, count=1)
    if kind == "insert_not":
        return re.sub(r"\b(is|are|can|will|was|were)\b(?! not)", r"\1 not", sentence, count=1)
    if kind == "remove_not":
        return re.sub(r"\b(is|are|can|will|was|were|do|does) ?not\b", r"\1", sentence, count=1)
    return re.sub(rf"\b({'|'.join(_SWAPS)})\b", lambda found: _SWAPS[found.group()], sentence, count=1)


def main(path: str) -> None:
    """Print the rates."""
    rng = random.Random(7)
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        texts = [record["text"] for record in map(json.loads, lines) if len(record["text"]) > 200]
    verifier = Verifier(minilm.build(minilm.Config()))
    tried: Counter[str] = Counter()
    passed: Counter[str] = Counter()
    began = time.perf_counter()
    for text in rng.sample(texts, min(120, len(texts))):
        name = CollectionName("dev")
        passage = Passage(ChunkId(1), DocumentId("d"), VersionId(1), name, "s", "", text, 0, len(text))
        start, end = rng.choice(split(text))
        sentence = text[start:end]
        for kind in ("true", "number", "name", "insert_not", "remove_not", "opposite"):
            claim = sentence if kind == "true" else _alter(sentence, kind, rng)
            if kind == "true" or claim != sentence:
                tried[kind] += 1
                passed[kind] += verifier.check(f"{claim} [1]", [passage]).supported
    took_ms = (time.perf_counter() - began) * 1_000 / sum(tried.values())
    for kind, count in tried.items():
        print(f"{kind:11} passed {passed[kind]:4} of {count:4}")
    print(f"{took_ms:.1f} ms a sentence, embedding included")


if __name__ == "__main__":
    main(sys.argv[1])
