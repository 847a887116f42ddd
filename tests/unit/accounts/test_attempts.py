import pytest

from answerable.accounts.attempts import Attempts, Config
from answerable.core.errors import RateLimited
from tests.support.accounts import Clock

CONFIG = Config(address_burst=5, address_an_hour=60, account_burst=2, account_an_hour=60, most_names=3)


async def test_an_account_is_tried_so_often_and_then_once_a_minute_from_whatever_address() -> None:
    clock = Clock()
    attempts = Attempts(CONFIG, clock)
    await attempts.take("a1", "me")
    await attempts.take("a2", "me")
    with pytest.raises(RateLimited) as caught:
        await attempts.take("a3", "me")
    assert caught.value.retry_after_s == pytest.approx(60)
    clock.pass_by(60)
    await attempts.take("a3", "me")
    with pytest.raises(RateLimited):
        await attempts.take("a3", "me")


async def test_an_address_is_counted_over_all_accounts() -> None:
    attempts = Attempts(CONFIG, Clock())
    for number in range(5):
        await attempts.take("a", f"n{number}")
    with pytest.raises(RateLimited):
        await attempts.take("a", "n5")
    await attempts.take("b", "n5")


async def test_names_are_forgotten_before_they_fill_the_memory() -> None:
    attempts = Attempts(CONFIG, Clock())
    for number in range(50):
        await attempts.take(f"a{number}", f"n{number}")
    assert len(attempts._empty_at) <= 3


@pytest.mark.parametrize("wrong", [{"address_burst": 0}, {"account_an_hour": 0}])
def test_a_bucket_that_lets_nothing_through_is_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="attempts"):
        Config(**wrong)
