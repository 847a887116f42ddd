from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from answerable.core.errors import InvalidRequest
from answerable.core.identity import Principal
from answerable.gateway.quotas import Config, Plans, Quota, overridden, subnet_of

NOW = datetime(2026, 11, 26, 10, 0, tzinfo=UTC).timestamp()


def names(plans: Plans, who: Principal) -> list[str]:
    return [limit.name for limit in plans.of(who).limits]


def test_a_request_counts_against_its_user_its_key_and_its_workspace() -> None:
    config = Config(each_key=Quota(requests_per_hour=10), each_workspace=Quota(usd_per_month=100))
    plans = Plans(config)
    assert names(plans, Principal("ann", key_id="k")) == [
        "user-requests",
        "key-requests",
        "user-tokens",
        "workspace-month-budget",
        "user-concurrency",
    ]
    assert names(plans, Principal("ann", tier="enterprise")) == ["workspace-month-budget"]


def test_limits_of_ones_own_go_before_those_of_the_tier() -> None:
    config = Config(users={"ann": Quota(requests_per_hour=7)}, keys={"k": Quota(usd_per_day=0.1)})
    plan = Plans(config).of(Principal("ann", key_id="k"))
    assert [(limit.name, limit.bucket.capacity) for limit in plan.limits] == [
        ("user-requests", 7),
        ("key-day-budget", 100_000_000),
    ]
    assert plan.amounts(500, 20) == [1, 20]
    assert plan.refunds(500, 20) == [0, 20]


def test_two_users_two_keys_and_two_workspaces_share_no_bucket() -> None:
    plans = Plans(Config(each_key=Quota(1), each_workspace=Quota(1)))
    one = plans.of(Principal("ann", key_id="k", workspace="w"))
    other = plans.of(Principal("ben", key_id="l", workspace="v"))
    assert not {bucket.key for bucket in one.buckets} & {bucket.key for bucket in other.buckets}


def test_a_changed_tier_is_another_plan_of_the_same_buckets() -> None:
    plans = Plans(Config())
    free, pro = plans.of(Principal("ann")), plans.of(Principal("ann", tier="pro"))
    assert free.buckets[0].key == pro.buckets[0].key
    assert (free.buckets[0].capacity, pro.buckets[0].capacity) == (100, 1_000)


def test_the_state_of_a_limit_is_in_its_own_unit() -> None:
    plan = Plans(Config(tiers={**Config().tiers, "free": Quota(60, usd_per_day=2)})).of(Principal("ann"))
    requests, budget = plan.limits
    assert tuple(requests.state(3, NOW)) == ("user-requests", "requests", 60, 57, 3_600, 180)
    assert tuple(budget.state(500_000_000, NOW)) == ("user-day-budget", "usd", 2, 1.5, 86_400, 14 * 3_600)
    assert budget.state(5_000_000_000, NOW).remaining == 0


@pytest.mark.parametrize(
    ("address", "subnet"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:aaaa::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:bbbb::2", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("testclient", "testclient"),
    ],
)
def test_an_address_is_what_one_client_cannot_leave(address: str, subnet: str) -> None:
    assert subnet_of(address) == subnet


def test_an_address_without_a_limit_has_no_bucket() -> None:
    assert Plans(Config(each_address=Quota())).address("203.0.113.9") is None
    limit = Plans(Config()).address("203.0.113.9")
    assert limit is not None
    assert limit.bucket.capacity == 500


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: Quota(requests_per_hour=0),
        lambda: Quota(tokens_per_minute=float("nan")),
        lambda: Quota(usd_per_day=-1),
        lambda: Quota(usd_per_month=10_000_000),
        lambda: Config(tiers={"free": Quota()}),
        lambda: Config(unpriced_under_budget="maybe"),
        lambda: Config(lease_s=0),
        lambda: Config(each_address=Quota(usd_per_day=1)),
    ],
)
def test_a_limit_that_makes_no_sense_is_refused_at_start(wrong: object) -> None:
    assert callable(wrong)
    with pytest.raises(ValueError, match=r"limit|budget|missing|refuse"):
        wrong()


def test_a_budget_is_what_was_written() -> None:
    plan = Plans(Config(users={"ann": Quota(usd_per_day=float(Decimal("0.1")))})).of(Principal("ann"))
    assert plan.buckets[0].capacity == 100_000_000


def test_what_an_administrator_set_goes_before_the_file_and_holds_at_once() -> None:
    own: dict[str, Any] = {}
    plans = Plans(Config(), lambda who: (own, {"usd_per_day": 1}))
    ann = Principal("ann", key_id="k")
    assert plans.of(ann).buckets[0].capacity == 100
    own["requests_per_hour"] = 7
    assert plans.of(ann).buckets[0].capacity == 7
    assert [limit.name for limit in plans.of(ann).limits if limit.unit == "usd"] == ["key-day-budget"]
    own["requests_per_hour"] = None
    assert [limit.name for limit in plans.of(ann).limits if limit.unit == "requests"] == []


@pytest.mark.parametrize("own", [{"requests_per_day": 5}, {"requests_per_hour": -5}, {"usd_per_day": "many"}])
def test_limits_that_make_no_sense_are_not_stored(own: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequest, match="limits"):
        overridden(Quota(), own)
