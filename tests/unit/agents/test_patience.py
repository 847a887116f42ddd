import pytest

from answerable.agents.patience import wait_s
from answerable.core.errors import (
    AllRoutesFailed,
    AnswerableError,
    BudgetExceeded,
    Overloaded,
    ProviderBusy,
    ProviderDown,
    ProviderRefused,
    ProviderTimeout,
    RateLimited,
    StreamBroken,
    TooLarge,
)


@pytest.mark.parametrize(
    ("error", "tried", "wait"),
    [
        (RateLimited("a minute", retry_after_s=12), 0, 12),
        (RateLimited("a minute", retry_after_s=12), 7, 12),
        (RateLimited("a minute", retry_after_s=12), 8, None),
        (RateLimited("an hour", retry_after_s=61), 0, None),
        (ProviderBusy("busy", retry_after_s=0), 0, 0.2),
        (ProviderBusy("busy"), 0, 1),
        (ProviderBusy("busy"), 1, 2),
        (ProviderBusy("busy"), 2, None),
        (ProviderBusy("busy", retry_after_s=21), 0, None),
        (Overloaded("full", retry_after_s=3), 1, 3),
        (StreamBroken("broke off"), 0, 0.2),
        (ProviderDown("500"), 0, 0.2),
        (ProviderDown("500"), 1, None),
        # spent, wrong, slow, or tried everywhere: another try changes nothing or costs too much
        (BudgetExceeded("spent", retry_after_s=1), 0, None),
        (TooLarge("too long"), 0, None),
        (ProviderRefused("a bad key"), 0, None),
        (ProviderTimeout("a minute went by"), 0, None),
        (AllRoutesFailed("none", retry_after_s=1), 0, None),
    ],
)
def test_only_what_passes_is_waited_for(error: AnswerableError, tried: int, wait: float | None) -> None:
    assert wait_s(error, tried) == wait
