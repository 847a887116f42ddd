"""Passages made of a title and a text, each of a document of its own, for what agents do with evidence."""

from collections.abc import Sequence

from answerable.core.documents import ChunkId, CollectionName, DocumentId, Passage, VersionId


def passages(texts: Sequence[tuple[str, str]]) -> list[Passage]:
    """One passage for each (title, text), which is the whole document."""
    return [
        Passage(
            ChunkId(n), DocumentId(f"doc_{n}"), VersionId(n), CollectionName("c"), f"{n}.md", title, text, 0, len(text)
        )
        for n, (title, text) in enumerate(texts, start=1)
    ]
