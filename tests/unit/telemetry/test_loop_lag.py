import asyncio

import pytest

from answerable.telemetry.loop_lag import INTERVAL_S, watch_loop
from answerable.telemetry.metrics import Metrics


async def test_what_a_sleep_took_too_long_is_the_lag() -> None:
    metrics, now, late = Metrics(), [0.0], [0.02, -0.001, 0.3]

    async def sleep(seconds: float) -> None:
        if not late:
            raise asyncio.CancelledError
        now[0] += seconds + late.pop(0)

    with pytest.raises(asyncio.CancelledError):
        await watch_loop(metrics, lambda: now[0], sleep)
    text = metrics.render()[0].decode()
    assert "answerable_event_loop_lag_seconds_count 3.0" in text
    assert 'answerable_event_loop_lag_seconds_bucket{le="0.0001"} 1.0' in text
    assert 'answerable_event_loop_lag_seconds_bucket{le="0.25"} 2.0' in text
    assert INTERVAL_S <= 1
