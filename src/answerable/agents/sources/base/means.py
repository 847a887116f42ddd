"""What sources are given when they are built: the tools' services, visits of pages, a breaker; no other area."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar

from answerable.agents.sources.base.visits import Visits
from answerable.agents.tools.base.http import Unavailable
from answerable.agents.tools.base.services import Services
from answerable.core.errors import SourceFailed

T = TypeVar("T")

TRIES = 3
"""Requests at most for one question: the first, and two more where the service was only busy."""


class Guard(Protocol):
    """A circuit breaker for each name, shared by all workers: SourceFailed counts, other ends do not."""

    async def __call__(self, name: str, work: Callable[[], Awaitable[T]]) -> T:
        """What `work` gives. Raises what it raises, and SourceFailed without asking after failures in a row."""
        ...


async def unguarded(name: str, work: Callable[[], Awaitable[T]]) -> T:
    """The work, whatever came before under that `name`."""
    del name
    return await work()


@dataclass(frozen=True, slots=True)
class Means:
    """Everything that a source may be built with."""

    services: Services
    visits: Visits
    guard: Guard = unguarded


async def ask(guard: Guard, name: str, work: Callable[[], Awaitable[T]]) -> T:
    """What a service says, behind its breaker. Raises SourceFailed where the service is at fault."""

    async def attempt() -> T:
        try:
            return await work()
        except Unavailable as error:
            raise SourceFailed(error.message, retry_after_s=error.retry_after_s) from error

    return await guard(name, attempt)
