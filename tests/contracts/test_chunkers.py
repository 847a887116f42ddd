"""Every chunker in the folder keeps the contract of `core.ports.Chunker`."""

import random
import re
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from answerable.core.documents import Block, BlockKind, LoadedDocument
from answerable.core.loading import load, names
from answerable.core.ports import Chunker

_PACKAGE = "answerable.knowledge.chunkers"
_WINDOW = 40
_LOCAL = [name for name in names(_PACKAGE) if name != "fixed"]  # fixed sizes cannot be local


class Words:
    """A tokenizer: pieces of up to 6 letters or digits, and each other visible character."""

    def spans(self, text: str) -> list[tuple[int, int]]:
        return [m.span() for m in re.finditer(r"\w{1,6}|[^\w\s]", text)]

    def count(self, text: str) -> int:
        return len(self.spans(text))


def build(name: str) -> Chunker:
    module = load(_PACKAGE, name)
    return cast("Chunker", module.build(module.Config(window=_WINDOW), Words()))


def document_of(parts: list[tuple[BlockKind, str]], title: str = "Title") -> LoadedDocument:
    text, blocks = "", []
    path: tuple[str, ...] = ()
    for kind, part in parts:
        if kind == "heading":
            path = (part,)
        blocks.append(Block(len(text), len(text) + len(part), kind, path))
        text += part + "\n\n"
    return LoadedDocument("a", title, text, tuple(blocks), "text/plain")


_prose = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=300)
_words = st.lists(st.sampled_from(["one", "two.", "three!", "naïve", "漢字", "🙂", "x" * 300, "can't"])).map(" ".join)
_rows = st.lists(st.sampled_from(["a | b | c", "one two | 3 | 4", "|" * 70]), max_size=40).map("\n".join)
_parts = st.lists(
    st.tuples(st.sampled_from(["heading", "prose", "list", "table", "code"]), st.one_of(_prose, _words, _rows)),
    max_size=12,
)


@pytest.mark.parametrize("name", names(_PACKAGE))
@settings(max_examples=25, deadline=None, derandomize=True)
@given(parts=_parts, title=st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=80))
def test_chunks_quote_the_text_fit_the_window_and_leave_nothing_out(
    name: str, parts: list[tuple[BlockKind, str]], title: str
) -> None:
    document = document_of(parts, title)
    chunks = build(name).chunk(document)
    covered: set[int] = set()
    for chunk in chunks:
        assert chunk.text == document.text[chunk.start : chunk.end]
        assert chunk.text.strip()
        assert Words().count(chunk.embedding_text) <= _WINDOW
        if chunk.parent:
            assert chunk.parent[0] <= chunk.start < chunk.end <= chunk.parent[1] <= len(document.text)
        covered.update(range(chunk.start, chunk.end))
    assert all(i in covered for i, c in enumerate(document.text) if not c.isspace())
    assert [c.start for c in chunks] == sorted(c.start for c in chunks)
    assert build(name).chunk(document) == chunks


@pytest.mark.parametrize("name", _LOCAL)
def test_an_edited_paragraph_changes_few_chunks(name: str) -> None:
    """At most three, but for the rare edit that moves a seam between two full chunks (scripts/measure_edits.py)."""
    chance = random.Random(11)
    chunker = build(name)
    changed = []
    for _ in range(8):
        parts = [_paragraph(chance, chance.randint(3, 8)) for _ in range(300)]
        before = {chunk.embedding_text for chunk in chunker.chunk(document_of(parts))}
        assert len(before) >= 100
        for _ in range(10):
            edited = list(parts)
            edited[chance.randrange(300)] = _paragraph(chance, chance.randint(1, 10))
            after = {chunk.embedding_text for chunk in chunker.chunk(document_of(edited))}
            changed.append(len(after - before))
    assert max(changed) <= 5
    assert sum(count <= 3 for count in changed) >= 0.95 * len(changed)


def _paragraph(chance: random.Random, words: int) -> tuple[BlockKind, str]:
    return "prose", " ".join(f"w{chance.randrange(10**9)}" for _ in range(words)) + "."


@pytest.mark.parametrize("name", names(_PACKAGE))
def test_a_document_without_text_has_no_chunks(name: str) -> None:
    assert build(name).chunk(LoadedDocument("a", "Title", " \n\n ", (), "text/plain")) == []
