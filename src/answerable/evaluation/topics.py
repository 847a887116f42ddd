"""Topics with gold facts over a fixed corpus: what the evaluation of research reads from a folder.

`corpus.jsonl` {id, title, text, metadata} and `topics.jsonl`; a set ships with the program. Every mistake in a file is
an InvalidRequest that names the file, the line and what is wrong with it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from answerable.core.errors import InvalidRequest
from answerable.evaluation.datasets import Dataset, Document, existing, load_documents, load_rows, wrong
from answerable.evaluation.wording import tokens

SHIPPED = Path(__file__).parent / "data" / "research"
"""The set that ships: pages of the handbook and SciFact abstracts. Its README says whose they are."""

COUNTER = "counter/"
"""Prefix of the ids of the documents that contradict."""

Split = Literal["dev", "held_out"]


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that a report on the topic should say: a sentence that holds one alternative of each list in `all`."""

    id: str
    text: str
    all: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class SeededConflict:
    """A contradiction that is put in: `counter` stands in a document of its own against what `document` says."""

    id: str
    document: str
    said: str
    counter: str

    @property
    def counter_id(self) -> str:
        """Id of the document that contradicts."""
        return COUNTER + self.id


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic to research. One that is not `answerable` has no facts: nothing in the corpus is about it."""

    id: str
    topic: str
    facts: tuple[Fact, ...] = ()
    answerable: bool = True
    split: Split = "dev"
    conflicts: tuple[SeededConflict, ...] = ()


@dataclass(frozen=True, slots=True)
class TopicSet:
    """A corpus with its topics. `documents` hold those that contradict, too."""

    name: str
    documents: tuple[Document, ...]
    topics: tuple[Topic, ...]

    @property
    def fingerprint(self) -> str:
        """Of the documents."""
        return Dataset(self.name, self.documents, (), {}).fingerprint


def load_topics(folder: Path, limit: int | None = None) -> TopicSet:
    """A folder of `corpus` and `topics`. `limit` takes only the first so many topics; all documents stay.

    Raises InvalidRequest.
    """
    corpus = load_documents(folder)
    path = existing(folder, "topics")
    texts = {document.id: " ".join(document.text.split()) for document in corpus}
    topics: dict[str, Topic] = {}
    for number, row in load_rows(path):
        topic = _topic(row, path, number, texts)
        if topic.id in topics:
            wrong(path, number, f"the id '{topic.id}' is there twice")
        topics[topic.id] = topic
    if not topics:
        raise InvalidRequest(f"{path}: holds no topics", param="folder")
    titles = {document.id: document.title for document in corpus}
    seeds = {seed.counter_id: seed for topic in topics.values() for seed in topic.conflicts}
    # a neutral title: what contradicts must be found by what it says
    counters = tuple(Document(id_, f"A note on: {titles[seed.document]}", seed.counter) for id_, seed in seeds.items())
    return TopicSet(folder.resolve().name, (*corpus, *counters), tuple(topics.values())[:limit])


def _topic(row: Mapping[str, Any], path: Path, number: int, texts: Mapping[str, str]) -> Topic:
    answerable, split = row.get("answerable", True), row.get("split", "dev")
    if not isinstance(answerable, bool):
        wrong(path, number, "'answerable' is neither true nor false")
    if split not in get_args(Split):
        wrong(path, number, f"'split' is one of {', '.join(get_args(Split))}")
    facts = tuple(_fact(one, path, number, texts) for one in _rows(row, "facts", path, number))
    if answerable and not facts:
        wrong(path, number, "an answerable topic needs 'facts'")
    if not answerable and facts:
        wrong(path, number, "a topic that is not answerable has no 'facts'")
    conflicts = tuple(_conflict(one, path, number, texts) for one in _rows(row, "conflicts", path, number))
    ids = [fact.id for fact in facts] + [conflict.id for conflict in conflicts]
    if len(set(ids)) < len(ids):
        wrong(path, number, "the id of a fact or conflict is there twice")
    return Topic(
        _words(row, "id", path, number), _words(row, "topic", path, number), facts, answerable, split, conflicts
    )


def _fact(row: Mapping[str, Any], path: Path, number: int, texts: Mapping[str, str]) -> Fact:
    id_, needed = _words(row, "id", path, number), row.get("all")
    if not isinstance(needed, list) or not needed or not all(isinstance(one, list) and one for one in needed):
        wrong(path, number, f"fact '{id_}': 'all' is a list of lists of alternatives")
    for alternative in (text for one in needed for text in one):
        if not isinstance(alternative, str) or not tokens(alternative):
            wrong(path, number, f"fact '{id_}': {alternative!r} is not a word or number to look for")
    if "document" in row and row["document"] not in texts:
        wrong(path, number, f"fact '{id_}': there is no document '{row['document']}' in the corpus")
    return Fact(id_, _words(row, "text", path, number), tuple(tuple(one) for one in needed))


def _conflict(row: Mapping[str, Any], path: Path, number: int, texts: Mapping[str, str]) -> SeededConflict:
    names: Sequence[str] = ("id", "document", "said", "counter")
    id_, document, said, counter = (_words(row, name, path, number) for name in names)
    if document not in texts:
        wrong(path, number, f"conflict '{id_}': there is no document '{document}' in the corpus")
    if " ".join(said.split()) not in texts[document]:
        wrong(path, number, f"conflict '{id_}': document '{document}' does not say {said[:60]!r}")
    return SeededConflict(id_, document, said, counter)


def _rows(row: Mapping[str, Any], name: str, path: Path, number: int) -> list[Mapping[str, Any]]:
    found = row.get(name, [])
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        wrong(path, number, f"'{name}' is not a list of objects")
    return found


def _words(row: Mapping[str, Any], name: str, path: Path, number: int) -> str:
    value = row.get(name)
    if not isinstance(value, str) or not value.strip():
        wrong(path, number, f"'{name}' is missing or not a text")
    return value.strip()
