"""The program's own documentation as the collection `handbook`: the first thing a new user can ask."""

import asyncio
from pathlib import Path

from answerable.flows.collections import HANDBOOK
from answerable.flows.ingest import GivenFile, Ingest, ingest
from answerable.flows.platform import Platform
from answerable.storage import collections, documents

EXAMPLES = (
    "How do I add documents?",
    "How do I connect a language model?",
    "What happens when a document changes?",
)

_NOT_ASKED = frozenset({"lab-log.md"})
"""Tables of experiments: they answer no question of a user, and come up for many."""


async def add_handbook(folder: Path, p: Platform) -> bool:
    """Index the documentation when there is no collection at all, and bring it up to date where it is; returns whether
    there is a handbook. Nothing that is unchanged is read again.
    """
    async with p.database.read() as connection:
        names = [row.name for row in await collections.list_collections(connection)]
    if names and HANDBOOK not in names:
        return False
    files = await asyncio.to_thread(_pages, folder)
    await ingest(Ingest(HANDBOOK, files=files), p)
    await _remove_others({file.source for file in files}, p)
    if not names:
        settings = {"examples": list(EXAMPLES)}
        await p.database.write(lambda connection: collections.update_settings(connection, HANDBOOK, settings))
    return True


def _pages(folder: Path) -> tuple[GivenFile, ...]:
    """The pages by their path below `folder`: the same in every clone, so that an update is one."""
    found = ((path, path.relative_to(folder).as_posix()) for path in sorted(folder.rglob("*.md")))
    return tuple(GivenFile(path, name) for path, name in found if name not in _NOT_ASKED)


async def _remove_others(sources: set[str], p: Platform) -> None:
    """Stop serving pages that the documentation no longer has."""
    async with p.database.read() as connection:
        rows = await documents.list_documents(connection, HANDBOOK, 10_000)
    gone = [row.id for row in rows if row.source not in sources]
    if gone:
        await p.publisher.remove(HANDBOOK, gone)
