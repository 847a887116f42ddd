"""What is up, and whether anything can be answered."""

from dataclasses import dataclass
from typing import Literal

from answerable.core.errors import StorageDown
from answerable.flows.platform import Platform

State = Literal["up", "failing", "down"]
"""`failing`: it can be read, and the last write failed."""


@dataclass(frozen=True, slots=True)
class Health:
    """`redis` is None where none is configured. `can_answer`: at least some request can be answered."""

    database: State
    redis: State | None
    can_answer: bool

    @property
    def is_whole(self) -> bool:
        """Whether every part works."""
        return self.database == "up" and self.redis in (None, "up")


async def check_health(p: Platform, *, accounts: bool) -> Health:
    """How the parts stand now. Without the database, models answer those whose credential is known by now."""
    database = await _database(p)
    redis: State | None = None
    if p.shared.links:
        redis = "up" if all(link.is_up for link in p.shared.links) else "down"
    can_answer = database != "down" or _can_without_database(p, accounts)
    return Health(database, redis, can_answer)


async def _database(p: Platform) -> State:
    try:
        await p.database.probe()
    except StorageDown:
        return "down"
    return "up" if p.database.is_up else "failing"


def _can_without_database(p: Platform, accounts: bool) -> bool:
    models = any(name != p.models.engine and p.breaker.healthy(name) for name in p.models.names)
    return models and (not accounts or p.accounts.auth.revocations.is_fresh())
