"""BM25 by tantivy. The cursor is a document of its own, so that one commit holds both; the schema's version is a file.

The writer (and its lock on the folder) lives from the first `add` or `remove` to the end of `commit`.
"""

import contextlib
import fcntl
import shutil
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import tantivy

from answerable.core.errors import Conflict
from answerable.core.ports import KeywordIndex
from answerable.knowledge.indexes._analyser import build_analyser, prepare

if TYPE_CHECKING:
    from answerable.core.ports import Ids, Mask, Vectors

_FORMAT = "2"
_CURSOR_ID = -1
_MAX_QUERY_CHARS = 20_000
_BLOCK = 8
"""Neighbouring ids that share one term. The chunks of a document are neighbours, so a filter is few such terms."""

_FEW_BLOCKS = 200
_HITS_PER_BLOCK = 5
"""A block in the query takes as long as this many hits that are fetched only to be thrown away (122,000 chunks in 8
segments: 2.7 us a term, .55 us a hit; with 1 % allowed 3 ms instead of 5 for single ids and 7 without)."""


@dataclass(frozen=True, slots=True)
class Config:
    """`max_terms` bounds a long query to its rarest terms; `writer_bytes` is held only while writing."""

    max_terms: int = 64
    writer_bytes: int = 32_000_000


def build(config: Config, folder: Path) -> KeywordIndex:
    """Open the index in `folder`; empty with cursor 0 if there is none or it is unusable (it is derived data)."""
    return TantivyIndex(config, folder)


class TantivyIndex:
    """KeywordIndex. Searches run on a snapshot and never wait for a writer."""

    def __init__(self, config: Config, folder: Path) -> None:
        self._config = config
        self._folder = folder
        self._schema = _build_schema()
        self._analyser = build_analyser()
        self._lock = threading.Lock()
        self._writer: tantivy.IndexWriter | None = None
        self._index = self._open_or_renew()
        self._load()

    def add(self, ids: Sequence[int], texts: Sequence[str]) -> None:
        """Index texts. Raises Conflict while another process writes."""
        with self._lock:
            writer = self._get_writer()
            for one, text in zip(ids, texts, strict=True):
                writer.delete_documents_by_term("id", int(one))
                writer.add_document(tantivy.Document(id=int(one), block=int(one) // _BLOCK, text=prepare(text)))

    def remove(self, ids: Sequence[int]) -> None:
        """Forget ids. Raises Conflict while another process writes."""
        with self._lock:
            writer = self._get_writer()
            for one in ids:
                writer.delete_documents_by_term("id", int(one))

    def commit(self, cursor: int) -> None:
        """Make it durable together with `cursor`, show it to searches, and let go of the writer's lock."""
        with self._lock:
            writer = self._get_writer()
            writer.delete_documents_by_term("id", _CURSOR_ID)
            writer.add_document(tantivy.Document(id=_CURSOR_ID, cursor=cursor))
            writer.commit()
            self._writer = None
            writer.wait_merging_threads()
            self._load()

    def release(self) -> None:
        """Drop what was not committed, and the writer's lock."""
        with self._lock:
            writer, self._writer = self._writer, None
            if writer is not None:
                writer.rollback()

    @property
    def cursor(self) -> int:
        """The last committed cursor that this process has seen."""
        return self._cursor

    def search(self, query: str, k: int, allowed: "Mask | None" = None) -> "tuple[Ids, Vectors]":
        """See KeywordIndex. `query` is plain text: no syntax, nothing to escape."""
        searcher = self._searcher
        terms = self._terms(searcher, query)
        permitted = searcher.num_docs if allowed is None else int(np.count_nonzero(allowed))
        if not terms or k <= 0 or not permitted:
            return _nothing()
        parsed = tantivy.Query.boolean_query([(tantivy.Occur.Should, self._term(term)) for term in terms])
        if allowed is None:
            return _collect(searcher, parsed, k, None, _Sieve(searcher.num_docs, searcher.num_docs))
        sieve = _Sieve(permitted, searcher.num_docs)
        blocks = _blocks(allowed)
        if len(blocks) <= max(_FEW_BLOCKS, sieve.hits_for(k) // _HITS_PER_BLOCK):
            chosen = tantivy.Query.term_set_query(self._schema, "block", blocks.tolist())
            silent = tantivy.Query.const_score_query(chosen, 0.0)
            parsed = tantivy.Query.boolean_query([(tantivy.Occur.Must, parsed), (tantivy.Occur.Must, silent)])
            sieve = _Sieve(permitted, min(len(blocks) * _BLOCK, searcher.num_docs))
        return _collect(searcher, parsed, k, allowed, sieve)

    def refresh(self) -> None:
        """See what another process committed."""
        with self._lock:
            if not _is_current(self._folder):
                self._index = self._open_or_renew()
            self._load()

    def close(self) -> None:
        """Drop what was not committed and release the lock."""
        self.release()

    def _get_writer(self) -> tantivy.IndexWriter:
        if self._writer is None:
            try:
                self._writer = self._index.writer(self._config.writer_bytes, 1)
            except ValueError as error:
                if "lock" not in str(error).lower():
                    raise
                raise Conflict("another process is writing this keyword index; try again when it is done") from error
            # A writer that was killed leaves files whose names the next one will want to use, and cannot.
            self._writer.garbage_collect_files()
        return self._writer

    def _open_or_renew(self) -> tantivy.Index:
        """Open, or start anew: an unreadable folder is set aside, and the caller fills the index again from SQL."""
        found = self._open_current()
        if found is not None:
            return found
        self._folder.parent.mkdir(parents=True, exist_ok=True)
        with _alone(self._folder.with_name(f"{self._folder.name}.opening")):
            found = self._open_current()  # another process may have been faster
            if found is not None:
                return found
            if self._folder.is_dir() and any(self._folder.iterdir()):
                _set_aside(self._folder)
            self._folder.mkdir(exist_ok=True)
            index = self._open()
            (self._folder / "FORMAT").write_text(_FORMAT)
            return index

    def _open_current(self) -> tantivy.Index | None:
        if not _is_current(self._folder):
            return None
        try:
            index = self._open()
            index.reload()
            _read_cursor(index.searcher(), self._schema)
        except (ValueError, OSError):
            return None
        return index

    def _open(self) -> tantivy.Index:
        index = tantivy.Index(self._schema, path=str(self._folder), reuse=True)
        index.register_tokenizer("terms", self._analyser)
        index.config_reader("manual", 0)
        return index

    def _load(self) -> None:
        self._index.reload()
        self._searcher = self._index.searcher()
        self._cursor = _read_cursor(self._searcher, self._schema)

    def _term(self, term: str) -> tantivy.Query:
        return tantivy.Query.term_query(self._schema, "text", term, "freq")

    def _terms(self, searcher: tantivy.Searcher, query: str) -> list[str]:
        terms = list(dict.fromkeys(self._analyser.analyze(prepare(query[:_MAX_QUERY_CHARS]))))
        if len(terms) <= self._config.max_terms:
            return terms
        rarity = {term: searcher.doc_freq("text", term) for term in terms}
        return sorted((t for t in terms if rarity[t]), key=lambda t: rarity[t])[: self._config.max_terms]


@dataclass(frozen=True, slots=True)
class _Sieve:
    """Of `searched` chunks that a query may hit, `permitted` are wanted."""

    permitted: int
    searched: int

    def hits_for(self, k: int) -> int:
        """How many hits hold k wanted ones, if they are spread evenly, with some to spare."""
        return int(k * 1.2 * max(1.0, self.searched / self.permitted)) + 16


def _collect(
    searcher: tantivy.Searcher, query: tantivy.Query, k: int, allowed: "Mask | None", sieve: _Sieve
) -> "tuple[Ids, Vectors]":
    """Fetch geometrically more until k allowed hits are certain, ties included, or there are no more."""
    total = max(1, searcher.num_docs)
    limit = min(total, sieve.hits_for(k))
    while True:
        hits = searcher.search(query, limit, count=False).hits
        ids = np.asarray(searcher.fast_field_values("id", [address for _, address in hits]), dtype=np.int64)
        scores = np.asarray([score for score, _ in hits], dtype=np.float32)
        exhausted = len(hits) < limit or limit >= total
        lowest = scores[-1] if len(hits) else np.float32(0)
        if allowed is not None:
            keep = ids < len(allowed)
            keep[keep] = allowed[ids[keep]]
            ids, scores = ids[keep], scores[keep]
        if exhausted or (len(ids) > k and scores[k - 1] > lowest) or (len(ids) >= k and limit > 50 * k + 10_000):
            order = np.lexsort((ids, -scores))[:k]
            return ids[order], scores[order]
        limit = min(total, limit * 3)


def _blocks(allowed: "Mask") -> "Ids":
    """The blocks that hold an allowed id."""
    blocks = np.flatnonzero(allowed) // _BLOCK
    return blocks[np.diff(blocks, prepend=-1) > 0]


def _nothing() -> "tuple[Ids, Vectors]":
    return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32)


def _build_schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_integer_field("id", indexed=True, fast=True)
    builder.add_integer_field("block", indexed=True)
    builder.add_integer_field("cursor", fast=True)
    builder.add_text_field("text", tokenizer_name="terms", index_option="freq")
    return builder.build()


def _read_cursor(searcher: tantivy.Searcher, schema: tantivy.Schema) -> int:
    hits = searcher.search(tantivy.Query.term_query(schema, "id", _CURSOR_ID), 1, count=False).hits
    values = searcher.fast_field_values("cursor", [address for _, address in hits])
    return int(values[0]) if values and values[0] is not None else 0


def _is_current(folder: Path) -> bool:
    try:
        return (folder / "FORMAT").read_text() == _FORMAT
    except (OSError, UnicodeDecodeError):
        return False


@contextlib.contextmanager
def _alone(path: Path) -> Iterator[None]:
    """One process at a time; the lock goes with the process."""
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _set_aside(folder: Path) -> None:
    """Keep one unusable copy for a look at what happened."""
    aside = folder.with_name(f"{folder.name}.unusable")
    shutil.rmtree(aside, ignore_errors=True)
    with contextlib.suppress(FileNotFoundError):
        folder.rename(aside)
