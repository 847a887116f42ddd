"""The caches as a flow uses them: find an answer, replay it, put one, leave.

hit = await cache.find(lookup)          # exact, then by meaning; waits for an equal request under way
if hit: await hit.replay(sink)
else:   ... Recorder(sink) ...; await cache.put(lookup, recorder.events); finally: cache.leave(lookup)
"""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Literal

from answerable.core.messages import CacheHit, Event, Image, Sink
from answerable.core.ports import Embedder, SharedStore
from answerable.core.values import value_class
from answerable.gateway.cache.entry import Entry, make, refusal
from answerable.gateway.cache.exact import Exact
from answerable.gateway.cache.flights import Flights
from answerable.gateway.cache.history import History
from answerable.gateway.cache.hit_gate import HitGate, load_model
from answerable.gateway.cache.key import Lookup, Scope, Ticket, context, digest, fingerprint, partition
from answerable.gateway.cache.semantic import Bounds, Semantic

Kind = Literal["exact", "semantic", "flight"]
Outcome = Literal["hit", "miss", "rejected", "stored", "refused", "bypassed"]
_CLEARED = "answers-cleared:"
_WORKSPACES = 10_000
"""Workspaces whose last clearing is remembered here."""
_DEFAULT_TEMPERATURE = 1.0
"""What providers take where a request names none."""


@dataclass(frozen=True, slots=True)
class SemanticConfig:
    """The cache by meaning. `false_hits` is the share of its hits that may be wrong (see `answerable evaluate cache`);
    the threshold follows from it. `messages` is the longest conversation, its system message included.
    `embedding_share` is the part of a core that embedding questions may take; beyond it requests go without this cache.
    """

    enabled: bool = True
    ttl_s: float = 86_400
    false_hits: float = 0.07
    messages: int = 3
    question_chars: int = 500
    entries_each_context: int = 2_000
    entries: int = 20_000
    size_bytes: int = 32_000_000
    embedding_at_once: int = 4
    embedding_share: float = 0.25

    def __post_init__(self) -> None:
        if not 0 < self.false_hits < 1:
            raise ValueError("cache.semantic.false_hits is a share: above 0 and below 1")
        bounded = (self.ttl_s, self.messages, self.question_chars, self.entries_each_context, self.entries)
        if min(*bounded, self.size_bytes, self.embedding_at_once, self.embedding_share) <= 0:
            raise ValueError("cache.semantic: every bound must be above 0")


@dataclass(frozen=True, slots=True)
class Config:
    """The caches. `scope` says who shares answers; `max_temperature` keeps answers of higher temperatures out (None:
    any may be kept, since the temperature is part of the key). `wait_s` is how long a request waits for an equal one,
    `leaders` how many of them may fail in a row before all go by themselves; 0 seconds: nobody waits."""

    enabled: bool = True
    scope: Scope = "workspace"
    exact_ttl_s: float = 3_600
    history_ttl_s: float = 3_600
    max_temperature: float | None = None
    front_bytes: int = 16_000_000
    entry_bytes: int = 256_000
    wait_s: float = 30
    leaders: int = 2
    refresh_s: float = 1
    semantic: SemanticConfig = field(default_factory=SemanticConfig)

    def __post_init__(self) -> None:
        if min(self.exact_ttl_s, self.history_ttl_s, self.front_bytes, self.entry_bytes, self.leaders) <= 0:
            raise ValueError("cache: exact_ttl_s, history_ttl_s, front_bytes, entry_bytes, leaders must be above 0")
        if self.wait_s < 0 or self.refresh_s < 0:
            raise ValueError("cache: wait_s and refresh_s must not be below 0")


@value_class(frozen=True, slots=True)
class Hit:
    """A stored answer. `similarity` is 1.0 for the same request; `saved_usd` is what the answer cost once."""

    kind: Literal["exact", "semantic"]
    similarity: float
    age_s: float
    entry: Entry

    @property
    def saved_usd(self) -> Decimal | None:
        """What was not paid again; None where no price was known."""
        return self.entry.saved_usd

    async def replay(self, sink: Sink) -> None:
        """Say that it comes from a cache, then stream it: the same events, at no cost."""
        await sink(CacheHit(self.kind, self.similarity, self.age_s))
        for event in self.entry.events:
            await sink(event)
        await sink(self.entry.finished)


class Cache:
    """Exact and by meaning, with one flight for equal requests. Lives on one event loop.

    `policy` is the version of everything that decides what may be answered (guards, access, prompts of the house): an
    answer of another version is never found. What happened is in `counts`, and told to `counted` as it happens. By
    meaning needs the embedding model that the gate was fitted on; with another one it is off.
    """

    def __init__(
        self,
        config: Config,
        store: SharedStore,
        embedder: Embedder,
        policy: str = "",
        clock: Callable[[], float] = time.time,
        counted: Callable[[Kind, Outcome], None] | None = None,
    ) -> None:
        self.config = config
        self.history = History(store, config.history_ttl_s)
        self.counts: Counter[tuple[Kind, Outcome]] = Counter()
        self._store = store
        self._policy = policy
        self._clock = clock
        self._counted = counted
        self._exact = Exact(store, config.front_bytes, config.entry_bytes)
        self._flights = Flights(config.wait_s, config.leaders, clock)
        near = config.semantic
        model = load_model()
        self._knows_vectors = embedder.name == model.record["embedder"]
        bounds = Bounds(
            near.entries_each_context, near.entries, near.size_bytes, near.embedding_at_once, near.embedding_share
        )
        self._semantic = Semantic(embedder, HitGate(model, near.false_hits), bounds)
        self._cleared: dict[str, tuple[float, float]] = {}

    async def find(self, lookup: Lookup) -> Hit | None:
        """The stored answer. None: answer it, then `put` or not, and `leave` in any case."""
        ticket = lookup.ticket = self._ticket(lookup)
        if ticket is None or lookup.control.no_cache:
            self._count("exact", "bypassed")
            return None
        hit = await self._stored(lookup, ticket)
        if hit is not None or lookup.control.no_store or not self.config.wait_s:
            return hit
        joined = await self._flights.join(ticket.print)
        if isinstance(joined, Entry):
            self._count("flight", "hit")
            return self._hit(joined)
        ticket.flight = joined
        return None

    async def put(self, lookup: Lookup, events: Sequence[Event]) -> bool:
        """Keep a finished answer where it may be kept, and give it to those who wait; whether it was kept.

        Call it when the reader has the answer: to learn a question by meaning costs an embedding (2-3 ms, in a thread).
        """
        ticket = lookup.ticket
        if ticket is None or lookup.control.no_store:
            return False
        kept = None if refusal(events) else await self._keep(lookup, ticket, events)
        if ticket.flight is not None:
            self._flights.land(ticket.flight, kept or "unfit")
        self._count("exact", "stored" if kept else "refused")
        if kept is not None and not kept.abstains and self._by_meaning(lookup):
            await self._learn(lookup, ticket, kept)
        return kept is not None

    def leave(self, lookup: Lookup) -> None:
        """The request is over, however it ended: those who wait for an answer that did not come go on. Never blocks."""
        if lookup.ticket is not None and lookup.ticket.flight is not None:
            self._flights.land(lookup.ticket.flight, "failed")

    async def invalidate(self, workspace: str) -> None:
        """Nothing that was asked in this workspace until now is given again: here at once, in other workers within
        `refresh_s` seconds."""
        now = self._clock()
        longest = max(self.config.exact_ttl_s, self.config.semantic.ttl_s)
        self._cleared[workspace] = (now, now)
        await self._store.put(_CLEARED + workspace, repr(now).encode(), longest)

    def _ticket(self, lookup: Lookup) -> Ticket | None:
        """None where the caches are not for this request."""
        config = self.config
        if not config.enabled or lookup.temporary or not lookup.reader.workspace:
            return None
        if (config.scope == "user" or lookup.personalised) and not lookup.reader.id:
            return None
        temperature = lookup.chat.sampling.temperature
        warmth = _DEFAULT_TEMPERATURE if temperature is None else temperature
        if config.max_temperature is not None and warmth > config.max_temperature:
            return None
        owner = partition(lookup, config.scope, self._policy)
        try:
            return Ticket(owner, fingerprint(lookup, owner), self._clock())
        except TypeError:  # a value that JSON cannot hold: no key, no cache
            return None

    def _by_meaning(self, lookup: Lookup) -> bool:
        """Whether another wording may be answered: not where it depends on the person or on more than words."""
        near, messages = self.config.semantic, lookup.chat.messages
        if (
            not near.enabled
            or not self._knows_vectors
            or lookup.personalised
            or lookup.chat.tools
            or len(messages) > near.messages
        ):
            return False
        at = lookup.question_at
        if at is None or not 0 < len(messages[at].text) <= near.question_chars:
            return False
        return not any(isinstance(part, Image) for message in messages for part in message.content)

    async def _stored(self, lookup: Lookup, ticket: Ticket) -> Hit | None:
        owner, now = digest(ticket.owner), ticket.asked_at
        since = await self._cleared_at(ticket.owner.workspace, now)
        entry = await self._exact.find(ticket.print, owner, now)
        if entry is not None and entry.asked_at > since:
            self._count("exact", "hit")
            return self._hit(entry)
        self._count("exact", "miss")
        if not self._by_meaning(lookup):
            self._count("semantic", "bypassed")
            return None
        ticket.context = context(lookup, ticket.owner)
        if not self._semantic.holds(ticket.context):
            self._count("semantic", "miss")
            return None
        question = lookup.chat.messages[-1].text
        ticket.vector = await self._semantic.vector(question)
        if ticket.vector is None:
            self._count("semantic", "bypassed")
            return None
        near = self._semantic.search(ticket.context, owner, question, ticket.vector, now)
        if near.entry is None or near.entry.asked_at <= since:
            self._count("semantic", "rejected" if near.rejected else "miss")
            return None
        self._count("semantic", "hit")
        return self._hit(near.entry, near.similarity)

    def _hit(self, entry: Entry, similarity: float | None = None) -> Hit:
        age_s = max(0.0, self._clock() - entry.asked_at)
        return Hit(
            "exact" if similarity is None else "semantic", 1.0 if similarity is None else similarity, age_s, entry
        )

    async def _keep(self, lookup: Lookup, ticket: Ticket, events: Sequence[Event]) -> Entry | None:
        owner, now, asked = digest(ticket.owner), self._clock(), ticket.asked_at
        if asked <= await self._cleared_at(ticket.owner.workspace, now):
            return None
        ttl_s = min(lookup.control.ttl_s or self.config.exact_ttl_s, self.config.exact_ttl_s)
        try:
            return await self._exact.put(make(owner, ticket.print, asked, ttl_s, events), now)
        except TypeError:  # metadata that JSON cannot hold
            return None

    async def _learn(self, lookup: Lookup, ticket: Ticket, entry: Entry) -> None:
        """Keep it by meaning as well."""
        question, near = lookup.chat.messages[-1].text, self.config.semantic
        if ticket.vector is None:
            ticket.vector = await self._semantic.vector(question)
        if ticket.vector is None:
            return
        if ticket.context is None:  # a request that did not look for an answer
            ticket.context = context(lookup, ticket.owner)
        until = ticket.asked_at + min(lookup.control.ttl_s or near.ttl_s, near.ttl_s)
        self._semantic.put(ticket.context, question, ticket.vector, replace(entry, expires_at=until), self._clock())
        self._count("semantic", "stored")

    def _count(self, kind: Kind, outcome: Outcome) -> None:
        self.counts[kind, outcome] += 1
        if self._counted is not None:
            self._counted(kind, outcome)

    async def _cleared_at(self, workspace: str, now: float) -> float:
        """Since when answers of this workspace count: asked of the store every `refresh_s` seconds, never set back."""
        known, asked_at = self._cleared.get(workspace, (0.0, float("-inf")))
        if now - asked_at >= self.config.refresh_s:
            raw = await self._store.get(_CLEARED + workspace)
            known = max(known, _moment(raw))
            if len(self._cleared) >= _WORKSPACES and workspace not in self._cleared:
                self._cleared.pop(next(iter(self._cleared)))
            self._cleared[workspace] = (known, now)
        return known


def _moment(raw: bytes | None) -> float:
    try:
        return float(raw) if raw else 0.0
    except ValueError:
        return 0.0
