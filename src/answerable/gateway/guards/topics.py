"""The topic switch: questions on a topic go to people, or get a fixed notice, seconds after the administrator said so.

Topics are kept in SQL; each worker looks every two seconds whether they changed. A topic is recognised by its keywords,
and by its examples where it has any (the only case in which the question is embedded).
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy.exc import SQLAlchemyError

from answerable.core.errors import GuardUnavailable, StorageDown
from answerable.core.ports import Embedder
from answerable.core.statements import stem, words
from answerable.storage import topics
from answerable.storage.database import Database
from answerable.storage.look import Look
from answerable.storage.topics import Action, TopicRow

if TYPE_CHECKING:
    from answerable.core.ports import Vectors


@dataclass(frozen=True, slots=True)
class Config:
    """`poll_s` is how old the list of topics may be; past `stale_s` without a look at it, questions are refused, and
    past `outage_s` while the database cannot be reached, and nobody can change the list. `similarity` is the cosine to
    an example from which a question is on the topic.
    """

    enabled: bool = True
    poll_s: float = 2.0
    stale_s: float = 15.0
    outage_s: float = 300.0
    similarity: float = 0.62

    def __post_init__(self) -> None:
        if not 0.1 <= self.poll_s <= self.stale_s <= self.outage_s:
            raise ValueError(f"poll_s = {self.poll_s}: from 0.1 to stale_s ({self.stale_s}), and that up to outage_s")
        if not 0.0 < self.similarity <= 1.0:
            raise ValueError(f"similarity = {self.similarity}: above 0, at most 1")


@dataclass(frozen=True, slots=True)
class OnTopic:
    """A question belongs to a topic: what happens to it, the words for the reader, and what gave it away."""

    topic: str
    action: Action
    message: str
    score: float
    by: str


class Topics:
    """The topics as this worker knows them. `find` costs nothing but a look at the clock while there are none."""

    def __init__(
        self,
        database: Database,
        embedder: Embedder | None = None,
        config: Config | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._embedder = embedder
        self._config = config or Config()
        self._clock = clock
        self._version = -1
        self._looked_at = self._tried_at = float("-inf")
        self._failure: Exception | None = None
        self._look = Look(self._read, self._config.poll_s, database.hung)
        self._by_keyword: list[_Keyword] = []
        self._by_example: _Examples | None = None

    async def find(self, text: str) -> OnTopic | None:
        """The topic of a question, the one with a keyword first. Raises GuardUnavailable when topics are not known."""
        if not self._config.enabled:
            return None
        if self._clock() - self._tried_at >= self._config.poll_s and not (self._look.is_running and self._is_known()):
            await self._try_to_look()
        if not self._is_known():
            raise GuardUnavailable("the list of topics cannot be read", retry_after_s=5) from self._failure
        if self._by_keyword and (known := self._keyword_in(text)):
            return known
        if self._embedder and self._by_example and text.strip():
            return await self._like_an_example(self._embedder, self._by_example, text)
        return None

    async def _try_to_look(self) -> None:
        try:
            await self._look()
        except (StorageDown, SQLAlchemyError) as error:
            self._failure, self._tried_at = error, self._clock()

    async def _read(self) -> None:
        began = self._clock()
        async with self._database.watch() as connection:
            version = await topics.get_version(connection)
            rows = await topics.list_topics(connection) if version != self._version else None
        if rows is not None:
            await self._take([row for row in rows if row.enabled])
            self._version = version
        self._looked_at, self._tried_at, self._failure = began, self._clock(), None

    def _is_known(self) -> bool:
        """Whether the list is recent enough to go by."""
        away = isinstance(self._failure, StorageDown) and self._failure.unreachable
        return self._clock() - self._looked_at <= (self._config.outage_s if away else self._config.stale_s)

    async def _take(self, rows: list[TopicRow]) -> None:
        """All of the list at once, after its examples are embedded: a question meanwhile sees the one before, whole."""
        by_keyword = [
            _Keyword(tuple(stem(word) for word in words(keyword)), row) for row in rows for keyword in row.keywords
        ]
        examples = [(example, row) for row in rows for example in row.examples]
        by_example = None
        if self._embedder and examples:
            vectors = await asyncio.to_thread(self._embedder.embed, [example for example, _ in examples])
            by_example = _Examples(vectors, [row for _, row in examples])
        self._by_keyword, self._by_example = by_keyword, by_example

    def _keyword_in(self, text: str) -> OnTopic | None:
        said = f" {' '.join(stem(word) for word in words(text))} "
        for keyword in self._by_keyword:
            if keyword.stems and f" {' '.join(keyword.stems)} " in said:
                return _on(keyword.row, 1.0, "keyword")
        return None

    async def _like_an_example(self, embedder: Embedder, known: "_Examples", text: str) -> OnTopic | None:
        question = (await asyncio.to_thread(embedder.embed, [text[-2_000:]]))[0]
        likeness = known.vectors @ question
        best = int(likeness.argmax())
        if likeness[best] < self._config.similarity:
            return None
        return _on(known.rows[best], float(likeness[best]), "example")


@dataclass(frozen=True, slots=True)
class _Keyword:
    stems: tuple[str, ...]
    row: TopicRow


@dataclass(frozen=True, slots=True)
class _Examples:
    """Vectors of examples, and for each the topic that it is of."""

    vectors: "Vectors"
    rows: list[TopicRow]


def _on(row: TopicRow, score: float, by: str) -> OnTopic:
    return OnTopic(row.name, row.action, row.message, score, by)
