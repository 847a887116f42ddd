"""A whole platform on the small stack of `stack.py`: no model is loaded, so that a flow is tested in milliseconds."""

import contextlib
import dataclasses
from collections.abc import AsyncIterator
from pathlib import Path

from answerable import gateway_wiring
from answerable.accounts import assembly
from answerable.accounts.keyring import load_keyring
from answerable.agents.checkpoints import Checkpoints
from answerable.agents.running import Running
from answerable.agents.sources.base.library import Sources
from answerable.agents.sources.base.means import Means
from answerable.agents.sources.base.reach import Reach
from answerable.agents.sources.base.visits import Visits
from answerable.agents.toolbox import Toolbox
from answerable.agents.tools.base.services import Services
from answerable.flows.platform import Platform, Policy, Shared
from answerable.flows.source_services import build_visits
from answerable.gateway.cache.facade import Cache
from answerable.gateway.cache.facade import Config as CacheConfig
from answerable.gateway.models import Models
from answerable.knowledge.cite import Verifier
from answerable.knowledge.fetch import Fetcher
from answerable.knowledge.reading import Limits, Reader
from answerable.policies import Policies
from answerable.providers.scripted import Config, Scripted
from answerable.storage.shared_store import MemoryStore
from answerable.telemetry.metrics import Metrics
from tests.support.accounts import CHEAP, Clock
from tests.support.stack import open_stack

POLICIES = Policies()
NO_CACHE = CacheConfig(enabled=False)
_GIVEN = ("metrics", "breaker", "embedder")
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
        accounts = assembly.build(stack.database, load_keyring(folder), CHEAP, Clock().us)
        gateway = gateway_wiring.model_free_parts(POLICIES, folder, Shared(), stack.embedder, accounts, Metrics())
        models = Models({"scripted": lambda: model}, {}, "scripted", "scripted")
        gateway |= gateway_wiring.model_parts(POLICIES, {}, models, gateway | {"embedder": stack.embedder})
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
            remembering=stack.embedder,
            policy=POLICY,
            accounts=accounts,
            toolbox=Toolbox(POLICIES.tools, Services()),
            research=Running(stack.database, Checkpoints(stack.database.url, folder), lambda _: ()),
            sources=Sources(POLICIES.sources, {}, Means(Services(), Visits(Reach(), MemoryStore()))),
            **gateway,
        )
        await platform.ledger.start()
        platform.runs.journal.open()
        try:
            yield platform
        finally:
            await platform.runs.close()
            await platform.ledger.close()
            platform.reader.close()


def with_models(p: Platform, models: Models) -> Platform:
    """The platform with other models, and all that follows from them; no question is answered from a cache."""
    parts = gateway_wiring.model_parts(POLICIES, {}, models, {name: getattr(p, name) for name in _GIVEN})
    return dataclasses.replace(p, cache=Cache(NO_CACHE, p.shared.store, p.embedder), **parts)


def visits_of(p: Platform) -> Visits:
    """The way to pages of the web that tools and sources of this platform would have."""
    return build_visits(POLICIES.sources, "", p.shared.store, p.reader)
