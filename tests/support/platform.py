"""A whole platform on the small stack of `stack.py`: no model is loaded, so that a flow is tested in milliseconds."""

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

from answerable.accounts import assembly
from answerable.accounts.keyring import load_keyring
from answerable.flows.platform import Platform, Policy
from answerable.gateway.models import Models
from answerable.knowledge.cite import Verifier
from answerable.knowledge.fetch import Fetcher
from answerable.knowledge.reading import Limits, Reader
from answerable.providers.scripted import Config, Scripted
from tests.support.accounts import CHEAP, Clock
from tests.support.stack import open_stack

POLICY = Policy(
    default_collection=None,
    passages=3,
    context_tokens=1_000,
    max_sentences=5,
    threshold=0.5,
    chunker={"name": "paragraph"},
)


@contextlib.asynccontextmanager
async def open_small_platform(folder: Path, collection: str = "c") -> AsyncIterator[Platform]:
    """A platform that holds one empty collection."""
    limits = Limits()
    model = Scripted(Config())
    async with open_stack(folder, collection) as stack:
        platform = Platform(
            database=stack.database,
            library=stack.library,
            publisher=stack.publisher,
            backfill=stack.backfill,
            reader=Reader(limits),
            fetcher=Fetcher(limits),
            retriever=stack.retriever,
            verifier=Verifier(stack.embedder),
            embedder=stack.embedder,
            models=Models({"scripted": lambda: model}, {}, "scripted", "scripted"),
            policy=POLICY,
            accounts=assembly.build(stack.database, load_keyring(folder), CHEAP, Clock().us),
        )
        try:
            yield platform
        finally:
            platform.reader.close()
