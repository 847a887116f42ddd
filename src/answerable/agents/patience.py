"""Which failures of a call are worth another try, and after how long: nobody reads along, and a run has time."""

from typing import Final

from answerable.core.errors import (
    AnswerableError,
    Overloaded,
    ProviderBusy,
    ProviderDown,
    RateLimited,
    StreamBroken,
)

_OF_LIMITS: Final = (8, 60.0)
_OF_BUSY: Final = (2, 20.0)
"""Further tries, and the longest wait in seconds before one."""
_AT_ONCE_S: Final = 0.2


def wait_s(error: AnswerableError, tried: int) -> float | None:
    """Seconds after which the same call is made again, when `tried` were made again before it; None where that is no
    use. A limit of who asked says itself when it lets the next request in, a model that is busy often too; one that
    breaks off is asked once more at once. Where every route was tried, the gateway was patient already.
    """
    if isinstance(error, RateLimited | ProviderBusy | Overloaded):
        tries, longest = _OF_LIMITS if isinstance(error, RateLimited) else _OF_BUSY
        wait = 2.0**tried if error.retry_after_s is None else max(error.retry_after_s, _AT_ONCE_S)
        return wait if tried < tries and wait <= longest else None
    if isinstance(error, ProviderDown | StreamBroken) and tried == 0:
        return _AT_ONCE_S
    return None
