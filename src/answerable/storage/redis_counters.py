"""Counters and the shared store in Redis, for several workers or machines: each call is one atomic script.

While Redis is out of reach, limits are kept by this process alone, starting from what it last saw; what was spent
meanwhile is told to Redis when it is back. The shared store then reads as empty.
"""

import contextlib
import hashlib
from collections.abc import Sequence
from typing import Any

from answerable.storage.counters import Bucket, MemoryCounters, Taken, window_of
from answerable.storage.redis_link import Argument, RedisDown, RedisLink

PREFIX = "{answerable}:"
"""Of every key. The braces keep the keys of one script on one node of a cluster."""

_MAX_OWED = 10_000
"""Budgets whose changes are kept for the return of Redis at most."""

_GROUP = 100

# One place for what a count is, for both scripts: "spent stamp" in a string, or a sorted set of holders by expiry.
_READ = """
local function read(key, kind, rate, now)
  if kind == 'lease' then
    redis.call('ZREMRANGEBYSCORE', key, '-inf', now)
    return redis.call('ZCARD', key), now
  end
  local spent, stamp = 0, rate
  if kind == 'refill' then stamp = now end
  local kept = redis.call('GET', key)
  if kept then
    local was, at = string.match(kept, '^(%S+) (%S+)$')
    was, at = tonumber(was), tonumber(at)
    if kind == 'refill' then
      spent = math.max(0, was - math.max(0, now - at) * rate)
      stamp = math.max(at, now)
    elseif at >= rate then
      spent, stamp = was, at
    end
  end
  return spent, stamp
end
local function write(key, kind, rate, spent, stamp)
  local ttl = 40 * 86400
  if kind == 'refill' then ttl = math.ceil(spent / rate) + 60 end
  redis.call('SET', key, string.format('%.17g %.17g', spent, stamp), 'EX', ttl)
end
local now, holder = tonumber(ARGV[1]), ARGV[2]
"""

_TAKE = (
    _READ
    + """
local spent, stamps, fits = {}, {}, 1
for i, key in ipairs(KEYS) do
  local a = 4 * i - 1
  local kind, capacity, rate, amount = ARGV[a], tonumber(ARGV[a + 1]), tonumber(ARGV[a + 2]), tonumber(ARGV[a + 3])
  spent[i], stamps[i] = read(key, kind, rate, now)
  if spent[i] + amount > capacity + 1e-6 then fits = 0 end
end
local reply = {fits}
for i, key in ipairs(KEYS) do
  local a = 4 * i - 1
  local kind, rate, amount = ARGV[a], tonumber(ARGV[a + 2]), tonumber(ARGV[a + 3])
  if fits == 1 and kind == 'lease' then
    redis.call('ZADD', key, now + rate, holder)
    redis.call('EXPIRE', key, math.ceil(rate) + 60)
    spent[i] = redis.call('ZCARD', key)
  elseif fits == 1 then
    spent[i] = spent[i] + amount
    if amount ~= 0 then write(key, kind, rate, spent[i], stamps[i]) end
  end
  reply[i + 1] = string.format('%.17g', spent[i])
end
return reply
"""
)

_SETTLE = (
    _READ
    + """
for i, key in ipairs(KEYS) do
  local a = 3 * i
  local kind, rate, refund = ARGV[a], tonumber(ARGV[a + 1]), tonumber(ARGV[a + 2])
  if kind == 'lease' then
    redis.call('ZREM', key, holder)
  else
    local spent, stamp = read(key, kind, rate, now)
    if kind == 'refill' or stamp == rate then
      write(key, kind, rate, math.max(0, spent - refund), stamp)
    end
  end
end
"""
)

_SWAP = """
local kept = redis.call('GET', KEYS[1])
if (ARGV[1] == '0' and kept) or (ARGV[1] == '1' and kept ~= ARGV[2]) then return 0 end
redis.call('SET', KEYS[1], ARGV[3], 'PX', ARGV[4])
return 1
"""


class Script:
    """A Lua script by its hash; sent whole where Redis does not know it (yet, or after a restart)."""

    def __init__(self, link: RedisLink, text: str) -> None:
        self._link = link
        self._text = text
        self._digest = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()

    async def run(self, keys: Sequence[str], arguments: Sequence[Argument]) -> Any:
        """The script's reply. Raises RedisDown."""
        import redis

        try:
            return await self._link.call("EVALSHA", self._digest, len(keys), *keys, *arguments)
        except redis.exceptions.NoScriptError:
            return await self._link.call("EVAL", self._text, len(keys), *keys, *arguments)


class RedisCounters:
    """Counters that all workers share. Falls back to this process, and comes back, by itself."""

    def __init__(self, link: RedisLink, prefix: str = PREFIX) -> None:
        self._link = link
        self._prefix = prefix
        self._take, self._settle = Script(link, _TAKE), Script(link, _SETTLE)
        self._alone = MemoryCounters()
        self._owed: dict[tuple[str, float], tuple[Bucket, float]] = {}

    async def take(self, buckets: Sequence[Bucket], amounts: Sequence[float], holder: str, now: float) -> Taken:
        """As the protocol says; `shared` is false where Redis could not be asked."""
        if self._owed and self._link.is_up:
            await self._tell_owed(now)
        arguments: list[Argument] = [now, holder]
        for bucket, amount in zip(buckets, amounts, strict=True):
            arguments += (bucket.kind, bucket.capacity, _rate(bucket, now), amount)
        try:
            reply = await self._take.run(self._keys(buckets), arguments)
        except RedisDown:
            return await self._take_alone(buckets, amounts, holder, now)
        taken = Taken(bool(reply[0]), [float(one) for one in reply[1:]], now)
        self._alone.learn(buckets, taken)
        return taken

    async def settle(
        self, buckets: Sequence[Bucket], refunds: Sequence[float], holder: str, taken: Taken, now: float
    ) -> None:
        """As the protocol says. What was taken alone is settled alone, and budgets are made up for later."""
        if not taken.shared:
            await self._alone.settle(buckets, refunds, holder, taken, now)
            self._owe(buckets, refunds, taken.at)
            return
        told = [(b, r) for b, r in zip(buckets, refunds, strict=True) if r or b.kind == "lease"]
        if told and not await self._tell(told, [taken.at] * len(told), holder, now):
            self._owe(buckets, refunds, taken.at)

    async def _take_alone(self, buckets: Sequence[Bucket], amounts: Sequence[float], holder: str, now: float) -> Taken:
        taken = await self._alone.take(buckets, amounts, holder, now)
        taken.shared = False
        if taken.admitted:
            self._owe(buckets, [-amount for amount in amounts], now)
        return taken

    def _owe(self, buckets: Sequence[Bucket], refunds: Sequence[float], at: float) -> None:
        """Remember changes of budgets; what refills or is leased heals by itself."""
        for bucket, refund in zip(buckets, refunds, strict=True):
            if bucket.kind in ("day", "month") and refund:
                key = (bucket.key, window_of(bucket.kind, at)[0])
                owed = self._owed.get(key, (bucket, 0.0))[1] + refund
                if key in self._owed or len(self._owed) < _MAX_OWED:
                    self._owed[key] = (bucket, owed)

    async def _tell_owed(self, now: float) -> None:
        """Tell Redis what it missed. Taken out first: two requests must not tell it twice."""
        owed = [(bucket, refund, start) for (_, start), (bucket, refund) in self._owed.items() if refund]
        self._owed.clear()
        for first in range(0, len(owed), _GROUP):
            group = owed[first : first + _GROUP]
            told, starts = [(b, r) for b, r, _ in group], [start for _, _, start in group]
            if not await self._tell(told, starts, "", now):
                for bucket, refund, start in group:
                    self._owe([bucket], [refund], start)

    async def _tell(self, told: Sequence[tuple[Bucket, float]], at: Sequence[float], holder: str, now: float) -> bool:
        arguments: list[Argument] = [now, holder]
        for (bucket, refund), moment in zip(told, at, strict=True):
            arguments += (bucket.kind, _rate(bucket, moment), refund)
        try:
            await self._settle.run(self._keys([bucket for bucket, _ in told]), arguments)
        except RedisDown:
            return False
        return True

    def _keys(self, buckets: Sequence[Bucket]) -> list[str]:
        return [self._prefix + bucket.key for bucket in buckets]


def _rate(bucket: Bucket, at: float) -> float:
    """The number that a script needs beside the capacity: of a calendar budget, where its window starts."""
    if bucket.kind == "refill":
        return bucket.refill_per_s
    return bucket.lease_s if bucket.kind == "lease" else window_of(bucket.kind, at)[0]


class RedisStore:
    """A SharedStore in Redis. An outage reads as nothing found and nothing written."""

    def __init__(self, link: RedisLink, prefix: str = PREFIX) -> None:
        self._link = link
        self._prefix = prefix
        self._swap = Script(link, _SWAP)

    async def get(self, key: str) -> bytes | None:
        """The value, or None."""
        with contextlib.suppress(RedisDown):
            found: bytes | None = await self._link.call("GET", self._prefix + key)
            return found
        return None

    async def put(self, key: str, value: bytes, ttl_s: float) -> None:
        """Set it for `ttl_s` seconds."""
        with contextlib.suppress(RedisDown):
            await self._link.call("SET", self._prefix + key, value, "PX", _ms(ttl_s))

    async def swap(self, key: str, expected: bytes | None, value: bytes, ttl_s: float) -> bool:
        """Set it only where it is `expected`; whether it was."""
        given = "0" if expected is None else "1"
        with contextlib.suppress(RedisDown):
            return bool(await self._swap.run([self._prefix + key], [given, expected or b"", value, _ms(ttl_s)]))
        return False

    async def drop(self, key: str) -> None:
        """Forget it."""
        with contextlib.suppress(RedisDown):
            await self._link.call("DEL", self._prefix + key)


def _ms(seconds: float) -> int:
    return max(1, round(seconds * 1_000))
