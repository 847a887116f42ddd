"""How many chunks a one-paragraph edit changes, by chunker, at the default sizes: random edits of long documents.

    python scripts/measure_edits.py [--documents 12] [--edits 40]

A document is 260 paragraphs of 15 to 120 words drawn from LICENSE; an edit changes a word, replaces, adds or removes a
paragraph.
"""

import argparse
import random
from collections import Counter
from pathlib import Path

from answerable.core.documents import Block, LoadedDocument
from answerable.core.loading import load
from answerable.knowledge.embedders import minilm

CHUNKERS = ("semantic", "parent_child", "sentence")
PARAGRAPHS = 260


def main() -> None:
    """Print a line for each chunker."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--documents", type=int, default=12)
    parser.add_argument("--edits", type=int, default=40)
    wanted = parser.parse_args()
    words = [word for word in (Path(__file__).parents[1] / "LICENSE").read_text().split() if word.isalpha()]
    embedder = minilm.build(minilm.Config())
    for name in CHUNKERS:
        module = load("answerable.knowledge.chunkers", name)
        chunker = module.build(module.Config(), embedder)
        chance, counts, sizes = random.Random(5), Counter[int](), []
        for _ in range(wanted.documents):
            parts = [_paragraph(chance, words, 15, 120) for _ in range(PARAGRAPHS)]
            before = {chunk.embedding_text for chunk in chunker.chunk(_document(parts))}
            sizes.append(len(before))
            for _ in range(wanted.edits):
                after = {chunk.embedding_text for chunk in chunker.chunk(_document(_edited(chance, words, parts)))}
                counts[len(after - before)] += 1
        few = sum(count for changed, count in counts.items() if changed <= 3) / counts.total()
        table = dict(sorted(counts.items()))
        print(f"{name:13} {min(sizes)}-{max(sizes)} chunks; edits by chunks changed {table}; at most 3: {few:.1%}")


def _edited(chance: random.Random, words: list[str], parts: list[str]) -> list[str]:
    found, at, kind = list(parts), chance.randrange(len(parts)), chance.random()
    if kind < 0.5:
        inside = found[at].split()
        inside[chance.randrange(len(inside))] = "changed"
        found[at] = " ".join(inside)
    elif kind < 0.8:
        found[at] = _paragraph(chance, words, 5, 150)
    elif kind < 0.9:
        found.insert(at, _paragraph(chance, words, 5, 100))
    else:
        del found[at]
    return found


def _paragraph(chance: random.Random, words: list[str], low: int, high: int) -> str:
    return " ".join(chance.choice(words) for _ in range(chance.randint(low, high))) + "."


def _document(parts: list[str]) -> LoadedDocument:
    text, blocks = "", []
    for part in parts:
        blocks.append(Block(len(text), len(text) + len(part)))
        text += part + "\n\n"
    return LoadedDocument("a", "Title", text, tuple(blocks), "text/plain")


if __name__ == "__main__":
    main()
