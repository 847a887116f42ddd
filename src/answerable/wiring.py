"""Settings -> Platform: the one assembly. Parts are loaded by name; nobody else imports a provider."""

import dataclasses
from collections.abc import Callable
from typing import Any

from answerable import gateway_wiring
from answerable.accounts import assembly
from answerable.accounts.assembly import Accounts
from answerable.accounts.keyring import load_keyring
from answerable.agents import toolbox
from answerable.agents.checkpoints import Checkpoints
from answerable.agents.running import Running
from answerable.agents.toolbox import Toolbox
from answerable.config import EXTRACTIVE, ModelSettings, Settings, load_teams
from answerable.core import loading
from answerable.core.errors import SetupError
from answerable.core.moments import now_us
from answerable.core.ports import Chunker, Embedder, Model, Reranker
from answerable.flows.kept_pages import KeptPages
from answerable.flows.platform import Platform, Policy
from answerable.flows.research_pages import page_cutter
from answerable.flows.runs import sweep, sweep_forever
from answerable.flows.source_services import build_sources, build_visits
from answerable.flows.teams import check_tools
from answerable.flows.tool_services import build_services
from answerable.gateway.breaker import Breaker
from answerable.gateway.models import Models
from answerable.gateway.route_policy import AUTO
from answerable.knowledge import confidence, retriever
from answerable.knowledge.backfill import Backfill
from answerable.knowledge.cite import Verifier
from answerable.knowledge.embedders.base.remembering import Remembering
from answerable.knowledge.fetch import Fetcher
from answerable.knowledge.library import Library
from answerable.knowledge.publish import Publisher
from answerable.knowledge.reading import Limits, Reader
from answerable.storage.database import Database
from answerable.telemetry.metrics import Metrics

_KNOWLEDGE = "answerable.knowledge"
_PROVIDERS = "answerable.providers"


async def open_platform(settings: Settings, **replacements: Any) -> Platform:
    """The assembled, opened program; `replacements` are fields of Platform (tests hand in a scripted model's Models).

    Raises SetupError that says what is missing.
    """
    _make_folder(settings)
    embedder = build_embedder(settings)
    remembering = Remembering(embedder)
    chunker = chunker_builder(embedder)
    chunker(settings.chunker.name, settings.chunker.options)  # a mistake is said now, not kept in a new collection
    metrics = Metrics()
    database = Database(settings.sql_url, settings.connections, metrics.observe_database_wait)
    indexes = settings.folder / "indexes"
    limits = Limits(size_bytes=settings.limits.file_bytes, seconds=settings.limits.file_seconds)
    outage_s = settings.policies.accounts.auth.revocations.outage_s
    library = Library(database, indexes, embedder, _keyword_index, _vector_index, outage_s)
    parts: dict[str, Any] = {
        "database": database,
        "library": library,
        "publisher": Publisher(database, library, embedder.name, chunker, now_us),
        "backfill": Backfill(database, library, embedder, indexes),
        "reader": Reader(limits),
        "fetcher": Fetcher(limits),
        "retriever": retriever.Retriever(
            database, library, embedder, _reranker(settings, remembering), _retrieval(settings)
        ),
        "verifier": Verifier(remembering),
        "embedder": embedder,
        "remembering": remembering,
        "policy": _policy(settings),
        "accounts": build_accounts(settings, database),
    }
    policies, shared = settings.policies, await gateway_wiring.open_shared(settings)
    parts |= gateway_wiring.model_free_parts(policies, settings.folder, shared, embedder, parts["accounts"], metrics)
    models = replacements.get("models") or _models(settings, remembering)
    parts |= gateway_wiring.model_parts(policies, settings.models, models, parts)
    keys = {name: value.get_secret_value() for name, value in settings.secrets.items() if name in toolbox.KEYS}
    contact, store = policies.tools.contact, shared.store
    visits = build_visits(policies.sources, contact, store, parts["reader"], pages=KeptPages(database))
    services = build_services(database, parts["retriever"], visits.page, parts["reader"], keys, contact, store)
    parts["toolbox"] = Toolbox(policies.tools, services)
    cut = page_cutter(chunker(settings.chunker.name, settings.chunker.options))
    teams = load_teams(settings.folder)
    check_tools(teams, parts["toolbox"])
    checkpoints = Checkpoints(settings.sql_url, settings.folder)
    parts["research"] = Running(database, checkpoints, cut, teams, policies.research)
    breaker = Breaker(store, policies.breaker)
    parts["sources"] = build_sources(policies.sources, policies.tools, services, visits, breaker)
    await database.open()  # last: whatever else is wrong leaves nothing open
    platform = Platform(**(parts | replacements))
    try:
        await platform.ledger.start()
        platform.runs.journal.open()
        await sweep(platform)
        platform.runs.tend(sweep_forever(platform))
    except BaseException:
        await platform.close()
        raise
    return platform


def build_accounts(settings: Settings, database: Database) -> Accounts:
    """Accounts on a database; the first time, their secrets are made. Raises SetupError for weak or open secrets."""
    given = {name: value.get_secret_value() for name, value in settings.key_ring.items()}
    ring = load_keyring(settings.folder, given)
    return assembly.build(database, ring, settings.policies.accounts, now_us)


async def open_accounts(settings: Settings) -> Accounts:
    """Accounts alone, for administration: no index, no model. Close its `database`."""
    _make_folder(settings)
    database = await Database(settings.sql_url, settings.connections).open()
    try:
        return build_accounts(settings, database)
    except SetupError:
        await database.close()
        raise


def _make_folder(settings: Settings) -> None:
    try:
        settings.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise SetupError(f"the data folder {settings.folder} cannot be used: {error.strerror}") from error


def build_embedder(settings: Settings) -> Embedder:
    """The configured embedding model (loaded on first use)."""
    embedder: Embedder = build_part(f"{_KNOWLEDGE}.embedders", settings.embedder.name, settings.embedder.options)
    return embedder


def build_part(package: str, name: str, options: dict[str, Any], *more: Any) -> Any:
    """Build the part `name` of a package with options for its Config. Raises SetupError for a wrong option."""
    module = loading.load(package, name)
    known = [field.name for field in dataclasses.fields(module.Config)]
    if unknown := [option for option in options if option not in known]:
        raise SetupError(f"'{name}' has no option '{unknown[0]}'; known: {', '.join(known)}")
    try:
        config = module.Config(**options)
    except TypeError as error:  # one that must be given is not
        raise SetupError(f"options of '{name}': {error}") from error
    return module.build(config, *more)


def chunker_builder(embedder: Embedder) -> Callable[[str, dict[str, Any]], Chunker]:
    """Builds a chunker by name and options, once each."""
    built: dict[str, Chunker] = {}

    def build(name: str, options: dict[str, Any]) -> Chunker:
        key = f"{name} {sorted(options.items())}"
        if key not in built:
            built[key] = build_part(f"{_KNOWLEDGE}.chunkers", name, options, embedder)
        return built[key]

    return build


def _keyword_index(folder: Any) -> Any:
    return build_part(f"{_KNOWLEDGE}.indexes", "tantivy", {}, folder)


def _vector_index(folder: Any, dimensions: int) -> Any:
    return build_part(f"{_KNOWLEDGE}.indexes", "faiss", {}, folder, dimensions)


def _reranker(settings: Settings, embedder: Embedder) -> Reranker | None:
    name = settings.retrieval.reranker
    if name == "none":
        return None
    more = (embedder,) if name == "offline" else ()
    found: Reranker = build_part(f"{_KNOWLEDGE}.rerankers", name, settings.retrieval.reranker_options, *more)
    return found


def _retrieval(settings: Settings) -> retriever.Config:
    wanted = settings.retrieval
    return retriever.Config(wanted.alpha, wanted.fusion, wanted.depth, wanted.rerank_depth)


def _policy(settings: Settings) -> Policy:
    threshold = settings.answer.threshold
    return Policy(
        default_collection=settings.default_collection,
        passages=settings.retrieval.passages,
        context_tokens=settings.retrieval.context_tokens,
        max_sentences=settings.answer.max_sentences,
        threshold=confidence.THRESHOLD if threshold is None else threshold,
        chunker={"name": settings.chunker.name, **settings.chunker.options},
    )


def _models(settings: Settings, embedder: Embedder) -> Models:
    builders: dict[str, Callable[[], Model]] = {EXTRACTIVE: lambda: build_part(_PROVIDERS, EXTRACTIVE, {}, embedder)}
    unavailable: dict[str, str] = {}
    for name, entry in settings.models.items():
        if entry.api_key_env and entry.api_key_env not in settings.secrets:
            unavailable[name] = f"set {entry.api_key_env} in the environment"
        else:
            builders[name] = _model_builder(name, entry, settings)
    routes = (AUTO, *settings.policies.router.routes)
    return Models(builders, unavailable, settings.default_model, EXTRACTIVE, routes)


def _model_builder(name: str, entry: ModelSettings, settings: Settings) -> Callable[[], Model]:
    options = dict(entry.options) | {"name": name, "model": entry.model or name}
    if entry.base_url:
        options["base_url"] = entry.base_url
    if entry.api_version:
        options["api_version"] = entry.api_version
    if entry.api_key_env:
        options["api_key"] = settings.secrets[entry.api_key_env].get_secret_value()
    return lambda: build_part(_PROVIDERS, entry.provider, options)
