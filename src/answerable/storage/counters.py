"""Counters that limits are made of: buckets that refill, budgets of a calendar day or month, slots that are leased.

One call takes from all the buckets of a request or from none. Owns the arithmetic and the in-process counters;
`redis_counters` counts the same over many workers. Every count is how much is spent: a bucket admits an amount while
spent + amount <= capacity, so that a changed capacity keeps what was spent.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, Protocol

Kind = Literal["refill", "day", "month", "lease"]

SLACK = 1e-6
"""What rounding may leave of a unit after a refill."""

LEASE_WAIT_S = 1.0
"""When somebody else gives a slot back is not known: ask again after this."""

_DAY_S = 86_400.0
_NEVER = float("inf")


@dataclass(frozen=True, slots=True)
class Bucket:
    """One thing that is counted. Build it once for a principal and keep it: the hot path only reads it.

    `refill`: `capacity` units that come back at `refill_per_s`. `day`, `month`: `capacity` units in a calendar day or
    month of UTC. `lease`: `capacity` holders at a time, each for at most `lease_s`; its amount is always 1.
    Units are whole numbers below 2^53 (Redis scripts count in doubles): requests, tokens, nano-USD.
    """

    key: str
    kind: Kind
    capacity: float
    refill_per_s: float = 0.0
    lease_s: float = 0.0

    def left(self, spent: float) -> float:
        """What may still be taken; below 0 after a settlement above the reservation."""
        return self.capacity - spent

    def wait_s(self, spent: float, amount: float, now: float) -> float:
        """Seconds until `amount` fits: 0 when it does, infinity when it never will."""
        if spent + amount <= self.capacity + SLACK:
            return 0.0
        if self.kind == "lease":
            return LEASE_WAIT_S
        if amount > self.capacity + SLACK:
            return _NEVER
        if self.kind == "refill":
            return (spent + amount - self.capacity) / self.refill_per_s
        return window_of(self.kind, now)[1] - now

    def reset_s(self, spent: float, now: float) -> float:
        """Seconds until nothing is spent any more."""
        if self.kind == "refill":
            return max(0.0, spent) / self.refill_per_s
        if self.kind == "lease":
            return LEASE_WAIT_S if spent else 0.0
        return window_of(self.kind, now)[1] - now

    def window_s(self, now: float) -> float:
        """The span that `capacity` is for: a full refill, the calendar window, the longest lease."""
        if self.kind == "refill":
            return self.capacity / self.refill_per_s
        if self.kind == "lease":
            return self.lease_s
        start, end = window_of(self.kind, now)
        return end - start


@dataclass(slots=True)
class Taken:
    """What became of a take: whether it was admitted, and what is spent of each bucket now, in the order given.

    `shared` says where it was counted: with all workers, or (Redis out of reach) in this process alone.
    """

    admitted: bool
    spent: list[float]
    at: float
    shared: bool = True


class Counters(Protocol):
    """Takes are atomic over their buckets and over all callers. Times are seconds since 1970 UTC; a clock that runs
    behind another worker's only refills less. The keys of one call differ. Never raises for an outage of the store.
    """

    async def take(self, buckets: Sequence[Bucket], amounts: Sequence[float], holder: str, now: float) -> Taken:
        """Take every amount, or nothing when one does not fit. `holder` names the request in lease buckets.

        An amount of 0 asks only that the bucket is not overdrawn.
        """
        ...

    async def settle(
        self, buckets: Sequence[Bucket], refunds: Sequence[float], holder: str, taken: Taken, now: float
    ) -> None:
        """Give back `refunds` (negative: charge more, below zero if need be) and the leases of `holder`. What was taken
        from a calendar window that is over is left alone. Call it once for each admitted take.
        """
        ...


@dataclass(slots=True)
class _Count:
    """`spent` is true until `until`: the moment it was last asked for (refill), the end of the window (day, month)."""

    bucket: Bucket
    spent: float
    until: float
    holders: dict[str, float] | None = None


class MemoryCounters:
    """Counters of this process: 0.3-0.5 microseconds a bucket. Forgets what is whole again, so strangers cost nothing
    for long; with more than `max_keys` half-used counts it forgets the least used refilling ones.
    """

    def __init__(self, max_keys: int = 200_000) -> None:
        self._max_keys = max_keys
        self._counts: dict[str, _Count] = {}
        self._sweep_at = min(10_000, max_keys)

    def __len__(self) -> int:
        return len(self._counts)

    async def take(self, buckets: Sequence[Bucket], amounts: Sequence[float], holder: str, now: float) -> Taken:
        """As the protocol says; nothing in here waits, so nothing can come between."""
        known, counts, admitted = self._counts, [], True
        for bucket, amount in zip(buckets, amounts):  # noqa: B905 - `strict` costs a tenth of the whole
            count = known.get(bucket.key)
            if count is None:
                count = self._begin(bucket, now)
            elif count.until <= now:
                self._renew(count, bucket, now)
            counts.append(count)
            if count.spent + amount > bucket.capacity + SLACK and not self._freed(count, amount, now):
                admitted = False
        if admitted:
            for count, amount in zip(counts, amounts):  # noqa: B905
                if count.holders is None:
                    count.spent += amount
                else:
                    count.holders[holder] = now + count.bucket.lease_s
                    count.spent = len(count.holders)
        return Taken(admitted, [count.spent for count in counts], now)

    async def settle(
        self, buckets: Sequence[Bucket], refunds: Sequence[float], holder: str, taken: Taken, now: float
    ) -> None:
        """As the protocol says."""
        for bucket, refund in zip(buckets, refunds, strict=True):
            if bucket.kind == "lease":
                count = self._counts.get(bucket.key)
                if count is not None and count.holders is not None:
                    count.holders.pop(holder, None)
                    count.spent = len(count.holders)
            elif refund:
                count = self._current(bucket, now)
                if bucket.kind == "refill" or count.until == window_of(bucket.kind, taken.at)[1]:
                    count.spent = max(0.0, count.spent - refund)

    def learn(self, buckets: Sequence[Bucket], taken: Taken) -> None:
        """Take over what another counter knows to be spent, leases left out (those who hold them are not known)."""
        for bucket, spent in zip(buckets, taken.spent, strict=True):
            if bucket.kind != "lease":
                self._current(bucket, taken.at).spent = spent

    def _current(self, bucket: Bucket, now: float) -> _Count:
        """The count of a bucket as it stands at `now`."""
        count = self._counts.get(bucket.key)
        if count is None:
            return self._begin(bucket, now)
        if count.until <= now:
            self._renew(count, bucket, now)
        return count

    def _renew(self, count: _Count, bucket: Bucket, now: float) -> None:
        if bucket.kind == "refill":
            spent = count.spent - (now - count.until) * bucket.refill_per_s
            count.spent = max(0.0, spent)
            count.until = now
        else:
            count.spent, count.until = 0.0, window_of(bucket.kind, now)[1]

    def _begin(self, bucket: Bucket, now: float) -> _Count:
        if len(self._counts) >= self._sweep_at:
            self._sweep(now)
        if bucket.kind == "lease":
            count = _Count(bucket, 0.0, _NEVER, {})
        elif bucket.kind == "refill":
            count = _Count(bucket, 0.0, now)
        else:
            count = _Count(bucket, 0.0, window_of(bucket.kind, now)[1])
        self._counts[bucket.key] = count
        return count

    def _freed(self, count: _Count, amount: float, now: float) -> bool:
        """Whether leases that have run out make room: looked at only when a bucket is full."""
        if count.holders is None:
            return False
        for holder in [one for one, ends in count.holders.items() if ends <= now]:
            del count.holders[holder]
        count.spent = len(count.holders)
        return count.spent + amount <= count.bucket.capacity + SLACK

    def _sweep(self, now: float) -> None:
        """Forget counts that are as good as new; sweeping when the number has doubled keeps its share constant."""
        for key, count in list(self._counts.items()):
            self._freed(self._current(count.bucket, now), 1, now)
            if not count.spent:
                del self._counts[key]
        if len(self._counts) > self._max_keys // 2:
            refilling = [count for count in self._counts.values() if count.bucket.kind == "refill"]
            refilling.sort(key=lambda count: count.spent / count.bucket.capacity)
            for count in refilling[: len(refilling) // 2]:
                del self._counts[count.bucket.key]
        self._sweep_at = max(min(10_000, self._max_keys), 2 * len(self._counts))


_windows: dict[Kind, tuple[float, float]] = {}


def window_of(kind: Kind, now: float) -> tuple[float, float]:
    """Start and end, in seconds since 1970, of the calendar day or month of UTC that holds `now`."""
    known = _windows.get(kind)
    if known is not None and known[0] <= now < known[1]:
        return known
    if kind == "day":
        start = now - now % _DAY_S
        window = (start, start + _DAY_S)
    else:
        first = datetime.fromtimestamp(now, UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        after = first.replace(year=first.year + first.month // 12, month=first.month % 12 + 1)
        window = (first.timestamp(), after.timestamp())
    _windows[kind] = window
    return window
