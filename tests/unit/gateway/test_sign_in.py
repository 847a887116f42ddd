import pytest

from answerable.core.errors import RateLimited
from answerable.gateway.sign_in import Config, SignInLimits
from answerable.storage.counters import MemoryCounters


async def test_an_account_is_closed_to_guessing_from_anywhere() -> None:
    now = [1_000_000.0]
    limits = SignInLimits(Config(account_burst=3, account_an_hour=60), MemoryCounters(), lambda: now[0])
    for n in range(3):
        await limits.take(f"203.0.113.{n}", "Ann@example.com")
    with pytest.raises(RateLimited) as caught:
        await limits.take("203.0.113.9", "ann@example.com")
    wait = caught.value.retry_after_s
    assert wait is not None
    assert 60 <= wait <= 61
    now[0] += wait
    await limits.take("203.0.113.9", "ann@example.com")


async def test_an_address_is_closed_to_guessing_many_accounts() -> None:
    limits = SignInLimits(Config(address_burst=5), MemoryCounters(), lambda: 1_000_000.0)
    for n in range(5):
        await limits.take("2001:db8::1", f"user{n}")
    with pytest.raises(RateLimited):
        await limits.take("2001:db8::2", "user9")
    await limits.take("203.0.113.9", "user9")


def test_a_throttle_that_lets_nobody_in_is_refused_at_start() -> None:
    with pytest.raises(ValueError, match="sign_in"):
        Config(account_burst=0)
