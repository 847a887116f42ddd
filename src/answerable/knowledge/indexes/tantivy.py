"""BM25 by tantivy. The cursor is a document of its own, so that one commit holds both; the schema's version is a file.

The writer (and its lock on the folder) lives from the first `add` or `remove` to the end of `commit`.
"""

import contextlib
import shutil
import threading
from collections.abc import Sequence
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

_FORMAT = "1"
_CURSOR_ID = -1
_MAX_QUERY_CHARS = 20_000
_TERM_SET_MAX = 200
"""Up to this many allowed ids are put into the query; beyond, hits are filtered after the search."""


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
                writer.add_document(tantivy.Document(id=int(one), text=prepare(text)))

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
        if allowed is None or permitted > _TERM_SET_MAX:
            return _collect(searcher, parsed, k, allowed, permitted)
        chosen = tantivy.Query.term_set_query(self._schema, "id", np.flatnonzero(allowed).tolist())
        silent = tantivy.Query.const_score_query(chosen, 0.0)
        both = tantivy.Query.boolean_query([(tantivy.Occur.Must, parsed), (tantivy.Occur.Must, silent)])
        return _collect(searcher, both, k, None, permitted)

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
        return self._writer

    def _open_or_renew(self) -> tantivy.Index:
        """Open, or start anew: an unreadable folder is set aside, and the caller fills the index again from SQL."""
        if _is_current(self._folder):
            try:
                index = self._open()
                index.reload()
                _read_cursor(index.searcher(), self._schema)
            except (ValueError, OSError):
                _set_aside(self._folder)
            else:
                return index
        elif self._folder.is_dir() and any(self._folder.iterdir()):
            _set_aside(self._folder)
        self._folder.mkdir(parents=True, exist_ok=True)
        index = self._open()
        (self._folder / "FORMAT").write_text(_FORMAT)
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


def _collect(
    searcher: tantivy.Searcher, query: tantivy.Query, k: int, allowed: "Mask | None", permitted: int
) -> "tuple[Ids, Vectors]":
    """Fetch geometrically more until k allowed hits are certain, ties included, or there are no more."""
    total = max(1, searcher.num_docs)
    limit = min(total, int(k * 1.2 * max(1.0, total / permitted)) + 16)
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


def _nothing() -> "tuple[Ids, Vectors]":
    return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32)


def _build_schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_integer_field("id", indexed=True, fast=True)
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


def _set_aside(folder: Path) -> None:
    """Keep one unusable copy for a look at what happened."""
    aside = folder.with_name(f"{folder.name}.unusable")
    shutil.rmtree(aside, ignore_errors=True)
    with contextlib.suppress(FileNotFoundError):
        folder.rename(aside)
