"""How much everybody may use: the limits of tiers, users, keys, workspaces and addresses, and the buckets of them."""

import ipaddress
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from answerable.core.errors import InvalidRequest
from answerable.core.identity import Principal
from answerable.core.money import to_nano
from answerable.core.usage import LimitState, LimitUnit
from answerable.storage.counters import Bucket

_ORDER: tuple[LimitUnit, ...] = ("requests", "tokens", "usd", "concurrent")

_NOTHING_OWN: tuple[Mapping[str, Any], Mapping[str, Any]] = ({}, {})

_KEPT = 20_000
"""Plans and address buckets that are remembered; they are cheap to make again."""


@dataclass(frozen=True, slots=True)
class Quota:
    """What one subject may use; None is without limit. A bucket of `requests_per_hour` admits so many at once and then
    refills evenly; tokens are those of prompt and answer together. USD are for a calendar day and month of UTC.
    """

    requests_per_hour: float | None = None
    tokens_per_minute: float | None = None
    tokens_per_request: int | None = None
    concurrent_requests: int | None = None
    usd_per_day: float | None = None
    usd_per_month: float | None = None

    def __post_init__(self) -> None:
        counts = (self.requests_per_hour, self.tokens_per_minute, self.tokens_per_request, self.concurrent_requests)
        if any(count is not None and not (math.isfinite(count) and count >= 1) for count in counts):
            raise ValueError("a limit of requests or tokens is a number from 1; leave it out for no limit")
        if any(usd is not None and not 0 <= usd <= 9_000_000 for usd in (self.usd_per_day, self.usd_per_month)):
            raise ValueError("a budget is a number of USD from 0 to 9,000,000; leave it out for no limit")


FREE = Quota(100, 20_000, 4_000, 4)
PRO = Quota(1_000, 200_000, 64_000, 16)
ENTERPRISE = Quota()


@dataclass(frozen=True, slots=True)
class Config:
    """Limits of a tier hold for each of its users. `users`, `keys` and `workspaces` name those with limits of their own
    (of users: instead of the tier's). A request counts against its user, its key, its workspace and its address, each.

    `assumed_output_tokens` is reserved where a request does not say how long its answer may be. Where there is a budget
    and a model has no known price, `unpriced_under_budget` refuses or allows the request.
    """

    tiers: Mapping[str, Quota] = field(default_factory=lambda: {"free": FREE, "pro": PRO, "enterprise": ENTERPRISE})
    each_key: Quota = Quota()
    each_workspace: Quota = Quota()
    each_address: Quota = Quota(requests_per_hour=500)
    users: Mapping[str, Quota] = field(default_factory=dict)
    keys: Mapping[str, Quota] = field(default_factory=dict)
    workspaces: Mapping[str, Quota] = field(default_factory=dict)
    local_owner_unlimited: bool = True
    assumed_output_tokens: int = 1_000
    unpriced_under_budget: str = "refuse"
    lease_s: float = 900.0

    def __post_init__(self) -> None:
        if missing := {"free", "pro", "enterprise"} - set(self.tiers):
            raise ValueError(f"limits.tiers: {', '.join(sorted(missing))} is missing")
        if self.unpriced_under_budget not in ("refuse", "allow"):
            raise ValueError("limits.unpriced_under_budget is 'refuse' or 'allow'")
        if self.assumed_output_tokens < 1 or self.lease_s < 1:
            raise ValueError("limits.assumed_output_tokens and limits.lease_s are at least 1")
        address = self.each_address
        if address != Quota(address.requests_per_hour):
            raise ValueError("limits.each_address: an address has only requests_per_hour")


@dataclass(frozen=True, slots=True)
class Limit:
    """A bucket with what people call it."""

    name: str
    unit: LimitUnit
    bucket: Bucket
    scale: float = 1.0

    def state(self, spent: float, now: float) -> LimitState:
        """How it stands; USD in USD, and never less than nothing left."""
        bucket, scale = self.bucket, self.scale
        left = bucket.capacity - spent
        if left < 0.0:
            left = 0.0
        rate = bucket.refill_per_s
        if rate:  # the most frequent kind, without its two calls
            return LimitState(self.name, self.unit, bucket.capacity, left, bucket.capacity / rate, spent / rate)
        window_s, reset_s = bucket.window_s(now), bucket.reset_s(spent, now)
        return LimitState(self.name, self.unit, bucket.capacity / scale, left / scale, window_s, reset_s)


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that one principal's requests count against, in the order requests, tokens, USD, slots."""

    limits: tuple[Limit, ...]
    buckets: tuple[Bucket, ...]
    counts: tuple[int, int, int, int]
    tokens_per_request: int | None
    least_tokens: float
    """The smallest of the capacities of tokens: a request above it would never pass."""

    def amounts(self, tokens: float, nano: float) -> list[float]:
        """What one request takes from each bucket."""
        requests, counted, priced, slots = self.counts
        return [1] * requests + [tokens] * counted + [nano] * priced + [1] * slots

    def refunds(self, tokens: float, nano: float) -> list[float]:
        """What it gives back: never the request itself."""
        requests, counted, priced, slots = self.counts
        return [0] * requests + [tokens] * counted + [nano] * priced + [0] * slots

    @property
    def has_budget(self) -> bool:
        """Whether money is counted: only then is a cost asked for."""
        return self.counts[2] > 0


Own = Callable[[Principal], tuple[Mapping[str, Any], Mapping[str, Any]]]
"""What an administrator set for an account and for its key, beyond the file: fields of Quota, empty where nothing."""


def overridden(quota: Quota, own: Mapping[str, Any]) -> Quota:
    """A quota with some fields replaced. Raises InvalidRequest for a field or value that makes no sense: check with it
    what is stored for an account or a key.
    """
    try:
        return replace(quota, **own) if own else quota
    except (TypeError, ValueError) as error:
        raise InvalidRequest(f"limits: {error}", param="limits") from error


class Plans:
    """The plans of principals and addresses, made once each."""

    def __init__(self, config: Config, own: Own | None = None) -> None:
        self._config = config
        self._own = own
        self._plans: dict[object, Plan] = {}
        self._addresses: dict[str, Limit | None] = {}

    def of(self, who: Principal) -> Plan:
        """What `who` counts against, the address left out."""
        user, key = _NOTHING_OWN if self._own is None else self._own(who)
        of: object = (who.id, who.key_id, who.tier, who.workspace)
        if user or key:
            of = (of, *sorted(user.items()), "", *sorted(key.items()))
        found = self._plans.get(of)
        if found is None:
            if len(self._plans) >= _KEPT:
                self._plans.clear()
            found = self._plans[of] = self._plan(who, user, key)
        return found

    def address(self, address: str) -> Limit | None:
        """The limit of a client address; IPv6 by its /64, which one customer has whole."""
        if address not in self._addresses:
            if len(self._addresses) >= _KEPT:
                self._addresses.clear()
            found = _limits("address", subnet_of(address), self._config.each_address, self._config.lease_s)
            self._addresses[address] = found[0] if found else None
        return self._addresses[address]

    def _plan(self, who: Principal, user: Mapping[str, Any], key: Mapping[str, Any]) -> Plan:
        c = self._config
        quotas = [
            ("user", who.id, overridden(c.users.get(who.id) or c.tiers[who.tier], user)),
            ("workspace", who.workspace, c.workspaces.get(who.workspace, c.each_workspace)),
        ]
        if who.key_id is not None:
            quotas.append(("key", who.key_id, overridden(c.keys.get(who.key_id, c.each_key), key)))
        found = [limit for subject, name, quota in quotas for limit in _limits(subject, name, quota, c.lease_s)]
        limits = tuple(sorted(found, key=lambda limit: _ORDER.index(limit.unit)))
        requests, counted, priced, slots = (sum(limit.unit == unit for limit in limits) for unit in _ORDER)
        largest = [quota.tokens_per_request for _, _, quota in quotas if quota.tokens_per_request is not None]
        capacities = [limit.bucket.capacity for limit in limits if limit.unit == "tokens"]
        return Plan(
            limits,
            tuple(limit.bucket for limit in limits),
            (requests, counted, priced, slots),
            min(largest, default=None),
            min(capacities, default=math.inf),
        )


def subnet_of(address: str) -> str:
    """What one client cannot easily leave: an IPv4 address, the /64 of an IPv6 one; anything else as it is."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.IPv6Network((parsed, 64), strict=False))


def _limits(subject: str, name: str, quota: Quota, lease_s: float) -> list[Limit]:
    found: list[Limit] = []

    def add(kind: str, unit: LimitUnit, bucket: Bucket, scale: float = 1.0) -> None:
        found.append(Limit(f"{subject}-{kind}", unit, bucket, scale))

    def key(kind: str) -> str:
        return f"{subject}:{name}:{kind}"

    if (hourly := quota.requests_per_hour) is not None:
        add("requests", "requests", Bucket(key("requests"), "refill", hourly, hourly / 3_600))
    if (minutely := quota.tokens_per_minute) is not None:
        add("tokens", "tokens", Bucket(key("tokens"), "refill", minutely, minutely / 60))
    if (daily := quota.usd_per_day) is not None:
        add("day-budget", "usd", Bucket(key("usd-day"), "day", _nano(daily)), 1e9)
    if (monthly := quota.usd_per_month) is not None:
        add("month-budget", "usd", Bucket(key("usd-month"), "month", _nano(monthly)), 1e9)
    if (slots := quota.concurrent_requests) is not None:
        add("concurrency", "concurrent", Bucket(key("slots"), "lease", slots, lease_s=lease_s))
    return found


def _nano(usd: float) -> int:
    """As it is written: 0.1 is a tenth, not the nearest binary number."""
    return to_nano(Decimal(str(usd)))
