"""The program's own documentation as the collection `handbook`: the first thing a new user can ask."""

from pathlib import Path

from answerable.flows.collections import HANDBOOK
from answerable.flows.ingest import Ingest, ingest
from answerable.flows.platform import Platform
from answerable.storage import collections

EXAMPLES = (
    "How do I add documents?",
    "How do I connect a language model?",
    "What happens when a document changes?",
)


async def add_handbook(folder: Path, p: Platform) -> bool:
    """Index the documentation when there is no collection at all; returns whether it did."""
    async with p.database.read() as connection:
        if await collections.list_collections(connection):
            return False
    await ingest(Ingest(HANDBOOK, sources=(str(folder),)), p)
    settings = {"examples": list(EXAMPLES)}
    await p.database.write(lambda connection: collections.update_settings(connection, HANDBOOK, settings))
    return True
