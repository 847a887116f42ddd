"""The parts that a request passes through, assembled: limits, ledger, guards, caches, routes."""

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from answerable.accounts.assembly import Accounts
from answerable.chats.journal import Journal
from answerable.chats.runs import Runs
from answerable.config import EXTRACTIVE, ModelSettings, Settings
from answerable.core.errors import SetupError
from answerable.core.ports import Embedder
from answerable.flows.platform import Shared
from answerable.gateway import prices, route_policy
from answerable.gateway.breaker import Breaker
from answerable.gateway.cache.facade import Cache
from answerable.gateway.cache.facade import Kind as CacheKind
from answerable.gateway.cache.facade import Outcome as CacheOutcome
from answerable.gateway.fallback import Fallback
from answerable.gateway.guards.pipeline import Guards
from answerable.gateway.guards.topics import Topics
from answerable.gateway.guards.watched import Noticed
from answerable.gateway.ledger import Ledger
from answerable.gateway.limits import Limits
from answerable.gateway.models import Models
from answerable.gateway.prices import FREE, Price, Prices
from answerable.gateway.queue import Queue, Watcher
from answerable.gateway.route_policy import ModelCard
from answerable.gateway.router import Router
from answerable.policies import Policies
from answerable.storage.run_log import MemoryRunLog
from answerable.telemetry.log import logger
from answerable.telemetry.metrics import Metrics
from answerable.telemetry.trace import build_tracer


async def open_shared(settings: Settings) -> Shared:
    """Redis where an address is set; it may be down, and come back. Raises SetupError without its package."""
    if settings.redis_url is None:
        return Shared(log=MemoryRunLog(settings.policies.runs.log))
    try:
        from answerable.storage.redis_counters import RedisCounters, RedisStore
        from answerable.storage.redis_link import RedisLink
        from answerable.storage.redis_run_log import RedisRunLog
    except ModuleNotFoundError as error:
        raise SetupError("ANSWERABLE_REDIS_URL needs the package 'redis': pip install 'answerable[redis]'") from error

    def changed(up: bool, why: str) -> None:
        (logger.info if up else logger.warning)("redis.up" if up else "redis.down", why=why)

    def refused(why: str) -> None:
        logger.error("redis.refused_frames_of_answers", why=why)

    url, timeout_s = settings.redis_url.get_secret_value(), settings.redis_timeout_seconds
    links = RedisLink(url, changed, timeout_s), RedisLink(url, None, timeout_s)  # large answers must not hold up limits
    for link in links:
        await link.open()
    log = RedisRunLog(links[1], settings.policies.runs.log, on_refusal=refused)
    return Shared(RedisCounters(links[0]), RedisStore(links[1]), log, links)


def model_free_parts(
    policies: Policies, folder: Path, shared: Shared, embedder: Embedder, accounts: Accounts, metrics: Metrics
) -> dict[str, Any]:
    """The fields of Platform that know no model."""
    database = accounts.database
    metrics.watch_database(lambda: database.is_up)
    queue = Queue(policies.queue, Watcher(metrics.observe_queue_wait, metrics.count_queue_refused))
    metrics.watch_queue(lambda: queue.waiting, lambda: queue.running, lambda: queue.fullness)
    if shared.links:
        metrics.watch_redis(lambda: all(link.is_up for link in shared.links))
    return {
        "metrics": metrics,
        "tracer": build_tracer(policies.traces),
        "shared": shared,
        "ledger": Ledger(policies.ledger, database, folder / "ledger", metrics),
        "limits": Limits(policies.limits, shared.counters, decided=_decided(metrics), own=accounts.auth.limits_of),
        "queue": queue,
        "guards": Guards(policies.guards, Topics(database, embedder, policies.guards.topics), _noticed(metrics)),
        "cache": Cache(policies.cache, shared.store, embedder, version_of(policies), counted=_counted(metrics)),
        "breaker": Breaker(shared.store, policies.breaker, changed=_moved(metrics)),
        "runs": Runs(policies.runs, shared.log, Journal(policies.runs.journal, database, metrics)),
    }


def model_parts(
    policies: Policies, settings: Mapping[str, ModelSettings], models: Models, given: Mapping[str, Any]
) -> dict[str, Any]:
    """The fields of Platform that follow from the models; `given` holds those that know none, and the embedder.

    Raises SetupError for a policy that names a model that is not there.
    """
    metrics, breaker = given["metrics"], given["breaker"]
    cards = [card_of(name, entry) for name, entry in settings.items()]
    cards += [ModelCard(name) for name in models.names if name not in settings and name != models.engine]
    route_policy.check(policies.router, cards, models.engine)
    embedder: Embedder = given["embedder"]
    free = {models.engine: FREE} | ({embedder.name: FREE} if embedder.local else {})
    priced = Prices({card.name: card.price for card in cards} | free)
    windows = {card.name: card.context_tokens for card in cards if card.context_tokens}
    return {
        "models": models,
        "prices": priced,
        "router": Router(policies.router, cards, embedder, models.engine, models.unavailable, breaker.healthy),
        "fallback": Fallback(models, breaker, priced, policies.fallback, windows, moved=metrics.count_fallback),
    }


def version_of(policies: Policies) -> str:
    """Names the policies that decide what may be answered: an answer given under others is not found in a cache."""
    deciding = repr((policies.guards, policies.router, policies.tools))
    return hashlib.blake2b(deciding.encode(), digest_size=8).hexdigest()


def card_of(name: str, entry: ModelSettings) -> ModelCard:
    """What the router knows of a model. Raises SetupError for a price that is none."""
    can = (entry.tools, entry.images, entry.json_schema)
    return ModelCard(name, entry.provider, entry.context_tokens, price_of(name, entry), *can, entry.tier)


def price_of(name: str, entry: ModelSettings) -> Price:
    """What a model costs. Raises SetupError for a price that is none."""
    if entry.provider == EXTRACTIVE:
        return FREE
    try:
        return prices.from_numbers(
            entry.usd_per_million_input,
            entry.usd_per_million_output,
            entry.usd_per_million_cached_input,
            entry.source,
            entry.as_of,
            entry.free,
        )
    except ValueError as error:
        raise SetupError(f'models.toml, [models."{name}"]: {error}') from error


def _decided(metrics: Metrics) -> Any:
    def decided(limit: str) -> None:
        if limit:
            metrics.count_refused(limit)
        else:
            metrics.count_admitted()

    return decided


def _noticed(metrics: Metrics) -> Noticed:
    def noticed(what: str, guard: str, kind: str) -> None:
        (metrics.count_block if what == "blocked" else metrics.count_masks)(guard, kind)

    return noticed


def _counted(metrics: Metrics) -> Callable[[CacheKind, CacheOutcome], None]:
    def counted(kind: CacheKind, outcome: CacheOutcome) -> None:
        if outcome == "stored":
            metrics.count_store(kind)
        elif outcome != "refused":  # an answer that may not be kept: no look into a cache
            metrics.count_lookup(kind, outcome)

    return counted


def _moved(metrics: Metrics) -> Any:
    def moved(model: str, before: str, after: str) -> None:
        metrics.show_breaker(model, after)
        logger.warning("breaker.moved", model=model, before=before, after=after)

    return moved
