"""The seams between areas. A Protocol's docstring is its contract; `tests/contracts/` holds every implementation to it.

A part is one file: its stem is its name in the registry (`core/loading.py`), it declares a frozen `Config` and
`build(config, ...)`, and imports its SDK only there.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol, runtime_checkable

from answerable.core.documents import Chunk, LoadedDocument, Passage
from answerable.core.messages import Emit
from answerable.core.tasks import Task

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]
    Ids = NDArray[np.int64]
    Mask = NDArray[np.bool_]


@runtime_checkable
class Tokenizer(Protocol):
    """Counts and locates the tokens of the embedding model. Pure and thread-safe. White space ends a token, and the
    tokens of a word do not depend on its neighbours: counts of words may be added up.
    """

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Character offsets [start, end) of every word piece, in order, special tokens left out."""
        ...

    def count(self, text: str) -> int:
        """Number of word pieces, special tokens left out."""
        ...


@runtime_checkable
class Embedder(Tokenizer, Protocol):
    """Turns text into vectors. Deterministic: a text's vector does not depend on its neighbours in the batch
    (cosine >= 0.9999 to the vector it gets alone). Thread-safe; blocks the calling thread (call it off the loop).
    """

    name: str
    dimensions: int
    local: bool
    """Whether it runs on this machine: then it costs nothing."""
    max_tokens: int
    """Window in word pieces, special tokens left out: longer text is cut, which callers must avoid."""

    def embed(self, texts: Sequence[str]) -> "Vectors":
        """(n, dimensions) float32, L2-normalised, in the order given. An empty list gives shape (0, dimensions)."""
        ...


@runtime_checkable
class Loader(Protocol):
    """Reads one file format. Runs in a process of its own with time and memory limits: it may be killed at any moment
    and must hold no state. Yields one document, or one for each record of a corpus file.

    Raises UnreadableDocument with the file's name and a reason; lets no vendor exception through for input at fault.
    """

    def load(self, path: Path, source: str) -> Iterator[LoadedDocument]:
        """Yield documents whose `source` is `source` (or `source#record`), as `core/documents.py` describes them."""
        ...


@runtime_checkable
class Chunker(Protocol):
    """Cuts a document into chunks. Pure and deterministic; the same document gives the same chunks.

    Every chunk satisfies `chunk.text == document.text[chunk.start:chunk.end]`, is not blank, and has
    `tokenizer.count(chunk.embedding_text) <= window`. Every non-blank character of the document is in some chunk.
    """

    def chunk(self, document: LoadedDocument) -> list[Chunk]:
        """Chunks in reading order."""
        ...


@runtime_checkable
class Reranker(Protocol):
    """Orders passages by how well they answer. Thread-safe; blocks the calling thread."""

    name: str

    def rerank(self, query: str, passages: Sequence[Passage]) -> list[float]:
        """One score a passage, higher is better, in the order given. `Passage.score` holds the first stage's score."""
        ...


@runtime_checkable
class KeywordIndex(Protocol):
    """BM25 over chunk texts, kept in a folder and derived from SQL. One writer process at a time; any number of
    readers, also in other processes. Adding an id again replaces it.
    """

    def add(self, ids: Sequence[int], texts: Sequence[str]) -> None:
        """Index texts; durable and visible to new searches when `commit` returns."""
        ...

    def remove(self, ids: Sequence[int]) -> None:
        """Forget ids; unknown ids are ignored."""
        ...

    def commit(self, cursor: int) -> None:
        """Make it durable, and remember `cursor` (how far into SQL the index has come) in the same step."""
        ...

    @property
    def cursor(self) -> int:
        """The last committed cursor; 0 for a new index."""
        ...

    def search(self, query: str, k: int, allowed: "Mask | None" = None) -> "tuple[Ids, Vectors]":
        """The best k (ids int64, scores float32), best first, ties by id ascending. `allowed[id]` must be true for
        every id returned (ids beyond its length are not allowed); the search goes on until k allowed ones are found.
        """
        ...

    def refresh(self) -> None:
        """See what another process committed."""
        ...

    def release(self) -> None:
        """Let another process write; what was not committed is given up."""
        ...

    def close(self) -> None:
        """Release files and locks."""
        ...


@runtime_checkable
class VectorIndex(Protocol):
    """Inner-product search over L2-normalised vectors, kept in a folder and derived from SQL. Exact to recall >= .999.
    One writer process (`add`, `remove`, `commit`), any number of readers. Adding an id again replaces it.
    """

    def add(self, ids: "Ids", vectors: "Vectors") -> None:
        """Searchable at once in this process."""
        ...

    def remove(self, ids: Sequence[int]) -> None:
        """Forget ids; unknown ids are ignored."""
        ...

    def commit(self, cursor: int) -> None:
        """Make it durable, with `cursor` in the same step. May do nothing for a small tail: it is derived data."""
        ...

    @property
    def cursor(self) -> int:
        """How far into SQL the loaded state has come; 0 for a new index."""
        ...

    def search(self, vector: "Vectors", k: int, allowed: "Mask | None" = None) -> "tuple[Ids, Vectors]":
        """The best k (ids, cosine), best first, ties by id ascending; `vector` is (d,), `allowed` as for keywords."""
        ...

    def score(self, vector: "Vectors", ids: "Ids") -> "Vectors":
        """Cosine of `vector` (d,) to each id, in order; NaN for an id that has no vector."""
        ...

    def refresh(self, seen: int) -> int:
        """Take over what another process made durable. `seen` is how far this one has come with `add` and `remove`;
        returns how far it has come now: go on from there. An id always has the same vector, or this could not work.
        """
        ...

    def close(self) -> None:
        """Release files."""
        ...


@runtime_checkable
class Model(Protocol):
    """Carries out tasks. Cancellation of the awaiting task stops the upstream request at once.

    Order of events: any number of TextDelta and ToolCallDelta, then exactly one Finished. Raises an UpstreamError
    instead of Finished when it fails, whatever was emitted before. Never emits error text as content.
    """

    name: str

    async def run(self, task: Task, emit: Emit) -> None:
        """Carry out `task`, pushing events into `emit`."""
        ...

    async def close(self) -> None:
        """Release connections."""
        ...


@runtime_checkable
class SharedStore(Protocol):
    """Small values that all workers of one installation see: breaker states, cached answers, locks. In process, or
    Redis. Values expire; a caller must work when one is gone. Raises nothing of its own: an outage of the store reads
    as nothing found and nothing written, is logged once, and counts in the metrics.
    """

    async def get(self, key: str) -> bytes | None:
        """The value, or None."""
        ...

    async def put(self, key: str, value: bytes, ttl_s: float) -> None:
        """Set it for `ttl_s` seconds."""
        ...

    async def swap(self, key: str, expected: bytes | None, value: bytes, ttl_s: float) -> bool:
        """Set it only where it is `expected` (None: where there is none); whether it was. Atomic over all workers."""
        ...

    async def drop(self, key: str) -> None:
        """Forget it."""
        ...


class Frames(NamedTuple):
    """Frames of a run in order, from the one after the reader's place; `over`: none will follow these."""

    data: list[bytes]
    over: bool


@runtime_checkable
class RunLog(Protocol):
    """The frames of answers, numbered from 1 a run, for any number of readers in all workers of an installation.

    One writer a run: the process that began it. Writing never waits and never fails. What is written is read here at
    once and elsewhere within a tenth of a second; an outage in between delays readers elsewhere and loses nothing. A
    log is kept for minutes after its end. Its first frames go where it outgrows its bounds: nobody who reads slowly
    holds a writer back. Frames come back byte by byte as they were written.
    """

    def begin(self, run: str, shell: tuple[bytes, bytes]) -> None:
        """A new log. `shell` is how most of its frames begin and end: only what lies between is kept of those."""
        ...

    def append(self, run: str, frame: bytes) -> int:
        """Write the next frame; returns its number."""
        ...

    def end(self, run: str) -> None:
        """No frame will follow."""
        ...

    async def read(self, run: str, after: int) -> Frames | None:
        """The frames after number `after`, as many as are there (the first thousand): waits for one, or for the end.
        None where they are not kept, or not any more. Cancelling it takes nothing away; a log over workers may wait for
        the store between them, so that a reader looks elsewhere from time to time.
        """
        ...

    async def close(self) -> None:
        """Share what was not shared yet, for a second at most, and end."""
        ...
