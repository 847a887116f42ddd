"""Development sets for the fitting scripts, searched by the shipped program: its chunks, its indexes, its retriever.

Two sets are judged by people; the others are made from texts here: pairs of questions that mean the same, the lines of
command pages that say what an example does, questions with the title of a page. Collections are kept in a folder of the
system's temporary directory, outside the repository.
"""

import gzip
import json
import random
import re
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from answerable.config import load_settings
from answerable.core.documents import Passage
from answerable.core.identity import OWNER
from answerable.evaluation.datasets import Dataset, Document, Question, load_dataset
from answerable.flows.platform import Platform
from answerable.flows.subject import PlatformSubject, collection_for
from answerable.knowledge.catalog import Scope
from answerable.knowledge.retriever import Found, Query
from answerable.knowledge.trace import Trace
from answerable.storage import chunks
from answerable.wiring import open_platform

CACHE = Path(tempfile.gettempdir()) / "answerable-fit"
Floats = NDArray[np.float64]
_TEMPLATES = ("How do I use {}?", "What does {} mean?", "{}", "Explain {} please", "When should I use {} in my macro?")
_MADE = 400
_PAGES = 1_300


@dataclass(frozen=True, slots=True)
class Searcher:
    """A set in its collection."""

    dataset: Dataset
    collection: str
    p: Platform

    @property
    def judged(self) -> list[Question]:
        """Questions that have a relevant document."""
        return [question for question in self.dataset.questions if self.dataset.relevant(question.id)]

    async def find(self, text: str, k: int = 50, *, rerank: bool = False) -> Found:
        """As the program searches."""
        return await self.p.retriever.search(self.collection, Query(text, Scope(OWNER), k, rerank=rerank), Trace(text))

    async def documents(self, ids: Sequence[int]) -> dict[int, str]:
        """The record each chunk is from."""
        async with self.p.database.read() as connection:
            found = await chunks.find_passages(connection, ids)
        return {one: document_of(passage) for one, passage in found.items()}

    def ndcg(self, question: Question, documents: Sequence[str], cut: int = 10) -> float:
        """nDCG over documents in order of their first passage, linear gain (trec_eval)."""
        relevance = self.dataset.qrels[question.id]
        discount = 1 / np.log2(np.arange(2, cut + 2))
        gains = np.array([relevance.get(one, 0.0) for one in list(dict.fromkeys(documents))[:cut]])
        ideal = np.array(sorted(relevance.values(), reverse=True)[:cut])
        return float(gains @ discount[: len(gains)]) / float(ideal @ discount[: len(ideal)])


@asynccontextmanager
async def searchers(data: Path) -> AsyncIterator[list[Searcher]]:
    """Every set, indexed."""
    p = await open_platform(load_settings(data=CACHE))
    try:
        out = []
        for dataset in sets(data):
            collection = collection_for(dataset.fingerprint, p)
            await PlatformSubject(p, collection).build(dataset.documents, lambda *_: None)
            out.append(Searcher(dataset, collection, p))
        yield out
    finally:
        await p.close()


def sets(data: Path) -> list[Dataset]:
    """The judged sets and the made ones."""
    judged = [load_dataset(data / name) for name in ("samsung_tv_support", "scifact")]
    return [*judged, _same_questions(data), _examples(data), _titles(data)]


def document_of(passage: Passage) -> str:
    """The id of the record a passage is from."""
    return passage.source.partition("#")[2]


def rows(path: Path) -> list[dict[str, Any]]:
    """Records of a gzipped JSON-lines file."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def spread(found: Sequence[str], count: int) -> list[str]:
    """At most `count` of them, evenly."""
    return [found[index * len(found) // count] for index in range(count)] if len(found) > count else list(found)


def _same_questions(data: Path) -> Dataset:
    pairs = rows(data / "qqp" / "pairs.jsonl.gz")
    ids = {text: f"d{number}" for number, text in enumerate(dict.fromkeys(row["b"] for row in pairs))}
    same: dict[str, dict[str, float]] = {}
    for row in pairs:
        if row["label"] == 1 and row["a"] != row["b"]:
            same.setdefault(row["a"], {})[ids[row["b"]]] = 1.0
    asked = random.Random(1).sample(sorted(same), _MADE)
    documents = tuple(Document(one, "", text) for text, one in ids.items())
    questions = tuple(Question(text, text) for text in asked)
    return Dataset("same_questions", documents, questions, {text: same[text] for text in asked})


def _examples(data: Path) -> Dataset:
    """What an example of a command page does, taken out of its page."""
    chance = random.Random(1)
    documents, questions, qrels = [], [], {}
    for row in rows(data / "tldr_pages" / "corpus.jsonl.gz"):
        text, lines = row["text"], re.findall(r"^- (.+?)[:：]$", row["text"], re.MULTILINE)
        if len(lines) > 2:
            line = chance.choice(lines)
            text = text.replace(f"- {line}", "-", 1)
            questions.append(Question(row["id"], line))
            qrels[row["id"]] = {row["id"]: 1.0}
        documents.append(Document(row["id"], row["title"], text))
    return Dataset("command_examples", tuple(documents), tuple(questions), qrels)


def _titles(data: Path) -> Dataset:
    """Questions made of page titles: easier than real ones."""
    found = rows(data / "office_vba_docs" / "corpus.jsonl.gz")
    pages = [row for row in found if len(row["text"]) > 800 and row["id"][:3] != "F1/"]
    chance = random.Random(1)
    chance.shuffle(pages)
    titles = [(row["id"], re.sub(r"\s*[\[(].*?[\])]", "", row["title"])) for row in pages[:_MADE]]
    questions = tuple(Question(one, chance.choice(_TEMPLATES).format(title)) for one, title in titles)
    documents = tuple(Document(row["id"], row["title"], row["text"]) for row in pages[:_PAGES])
    return Dataset("page_titles", documents, questions, {one: {one: 1.0} for one, _ in titles})
