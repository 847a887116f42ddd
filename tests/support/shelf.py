"""Runs of research in tests: a small library on disk, a platform on a copy of it, scripted models beside the engine."""

import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

from answerable.config import Settings
from answerable.core.identity import OWNER, Principal
from answerable.flows import research
from answerable.flows.ingest import GivenText, Ingest, embed, ingest
from answerable.flows.platform import Platform
from answerable.gateway.models import Models
from answerable.providers import extractive
from answerable.providers.scripted import Config, Scripted
from answerable.storage.research import EventRow, RunRow
from answerable.wiring import open_platform
from tests.support.platform import with_models


class Shelf(NamedTuple):
    """A collection and what is in it."""

    collection: str
    papers: Sequence[GivenText]


async def fill(folder: Path, shelf: Shelf) -> None:
    """A data folder with the papers, indexed."""
    p = await open_platform(Settings.model_validate({"data": folder}))
    await ingest(Ingest(shelf.collection, texts=tuple(shelf.papers)), p)
    await embed(shelf.collection, p)
    await p.close()


@asynccontextmanager
async def opened(library: Path, folder: Path) -> AsyncIterator[Platform]:
    """A platform on a copy of the library."""
    shutil.copytree(library, folder)
    p = await open_platform(Settings.model_validate({"data": folder}))
    try:
        yield p
    finally:
        await p.close()


def talking(p: Platform, **replies: Any) -> tuple[Platform, Scripted]:
    """The platform with a language model whose replies to tasks are these; the engine stays beside it."""
    model = Scripted(Config(replies=replies))
    engine = extractive.build(extractive.Config(), p.embedder)
    models = Models({"extractive": lambda: engine, "scripted": lambda: model}, {}, "scripted", "extractive")
    return with_models(p, models), model


async def ended(row: RunRow, p: Platform, who: Principal = OWNER) -> tuple[RunRow, list[EventRow]]:
    """The run when this process has no more to do for it, and all its events."""
    events = [event async for event in research.follow(row.id, 0, who, p)]
    await p.research.wait(row.id)
    return await research.get_run(row.id, who, p), events
