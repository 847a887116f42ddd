"""What was taken away, known to every worker within about a second, and the live work that must end with it.

Each worker reads on in the table `account_changes`. An ended session, key or account version is remembered, everything
cached of it is forgotten, and tasks inside `watch` are cancelled.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType

from sqlalchemy.exc import SQLAlchemyError

from answerable.core.errors import ServiceError, StorageDown, Unauthenticated
from answerable.core.identity import Principal
from answerable.storage import accounts
from answerable.storage.accounts import Change
from answerable.storage.database import Database
from answerable.storage.look import Look

WITHDRAWN = "your access was withdrawn: sign in again, or use another key"


@dataclass(frozen=True, slots=True)
class Config:
    """`poll_s` between two looks; after `stale_s` without one, nothing that is cached is believed, but while the
    database cannot be reached, in which nobody can take access away either: then after `outage_s`.
    """

    poll_s: float = 1.0
    stale_s: float = 2.0
    outage_s: float = 300.0
    most_remembered: int = 100_000

    def __post_init__(self) -> None:
        if not 0 < self.poll_s < self.stale_s <= 4:
            raise ValueError("revocations: poll_s must be above 0 and below stale_s, which is at most 4 seconds")
        if self.outage_s < 0:
            raise ValueError("revocations: outage_s must be at least 0")


class Watch:
    """A block that ends when its principal's access does: it raises Unauthenticated then, inside and out of the block.

    Entering costs about a microsecond; one that is entered too late raises at once. Clean-up that is shielded runs.
    """

    __slots__ = ("_cancelling", "_ended", "_live", "_revocations", "_task", "principal")

    def __init__(self, revocations: "Revocations", live: "set[Watch]", principal: Principal) -> None:
        self._revocations = revocations
        self._live = live
        self.principal = principal
        self._task: asyncio.Task[object] | None = None
        self._cancelling = 0
        self._ended = False

    def __enter__(self) -> "Watch":
        if self._revocations.is_ended(self.principal):
            raise Unauthenticated(WITHDRAWN)
        self._task = asyncio.current_task()
        self._cancelling = self._task.cancelling() if self._task else 0
        self._live.add(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._live.discard(self)
        if self._ended and self._task is not None:
            ours = self._task.uncancel() <= self._cancelling  # else somebody else cancels too, and goes first
            if ours and kind is not None and issubclass(kind, asyncio.CancelledError):
                raise Unauthenticated(WITHDRAWN) from error

    def end(self) -> None:
        """Cancel the block, unless it is the block itself that takes its access away: it has to say so."""
        if not self._ended and self._task is not None and self._task is not asyncio.current_task():
            self._ended = True
            self._task.cancel()


class Revocations:
    """`forget` is called with each change, or with None when everything may have changed. `clock` gives seconds."""

    def __init__(
        self, database: Database, config: Config, clock: Callable[[], float], forget: Callable[[Change | None], None]
    ) -> None:
        self.config = config
        self.seen = -1
        self._database = database
        self._clock = clock
        self._forget = forget
        self._polled_at = float("-inf")
        self._away = False
        self._found: tuple[float, int, list[Change]] | None = None
        self._ended: dict[str, int] = {}
        self._live: set[Watch] = set()
        self._look = Look(self._read, config.stale_s, database.hung)

    def is_fresh(self) -> bool:
        """Whether the last look was recent enough to believe what is cached."""
        age = self._clock() - self._polled_at
        return age <= self.config.stale_s or (self._away and age <= self.config.outage_s)

    def is_ended(self, who: Principal) -> bool:
        """Whether somebody's session, key or account version has ended."""
        ended = self._ended
        if not ended:
            return False
        return ended.get(who.id, 0) > who.version or who.session_id in ended or who.key_id in ended

    def watch(self, who: Principal) -> Watch:
        """`with watch(who): ...` ends with the access of `who`."""
        return Watch(self, self._live, who)

    async def poll(self) -> None:
        """Read on. Raises StorageDown, ServiceError where it fails in another way. Only while the database cannot be
        reached is something cached believed for long: one that is busy takes revocations.
        """
        try:
            await self._look()
        except StorageDown as error:
            self._away = error.unreachable
            raise
        except SQLAlchemyError as error:
            self._away = False
            raise ServiceError("accounts cannot be checked now: the database does not answer") from error
        else:
            self._away = False
        finally:  # also what an earlier look found for which nobody waited so long
            self._take_found()

    async def refresh(self) -> None:
        """Poll unless somebody just did. Raises ServiceError."""
        if self._clock() - self._polled_at > self.config.stale_s:
            await self.poll()

    async def _read(self) -> None:
        """Find when it began, from which change on, and the changes."""
        began, seen = self._clock(), self.seen
        async with self._database.watch() as connection:
            if seen < 0:
                self._found = began, await accounts.last_change(connection), []
            else:
                self._found = began, seen, await accounts.list_changes(connection, seen)

    def _take_found(self) -> None:
        """In the task of who polls, which must not be cancelled by what it took away itself."""
        if self._found is None:
            return
        (began, known, changes), self._found = self._found, None
        self.seen = max(self.seen, known)
        fresh = [change for change in changes if change.seq > self.seen]
        if fresh and fresh[0].seq != self.seen + 1:
            self._end_everything()  # what came between was cleaned up: this worker slept for more than a day
        for change in fresh:
            self._apply(change)
        self._polled_at = began

    def _apply(self, change: Change) -> None:
        self.seen = change.seq
        self._forget(change)
        if not change.ends_below:
            return
        self._ended.pop(change.subject, None)
        self._ended[change.subject] = change.ends_below
        if len(self._ended) > self.config.most_remembered:
            del self._ended[next(iter(self._ended))]
        for watch in [one for one in self._live if self.is_ended(one.principal)]:
            watch.end()

    def _end_everything(self) -> None:
        self._forget(None)
        for watch in list(self._live):
            watch.end()
