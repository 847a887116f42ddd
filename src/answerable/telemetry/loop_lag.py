"""How late the event loop is: a task sleeps and measures how much longer that took. Whatever blocks it blocks all."""

import asyncio
import time
from collections.abc import Awaitable, Callable

from answerable.telemetry.metrics import Metrics

INTERVAL_S = 0.5


async def watch_loop(
    metrics: Metrics,
    clock: Callable[[], float] = time.perf_counter,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> None:
    """Measure until cancelled."""
    while True:
        before = clock()
        await sleep(INTERVAL_S)
        metrics.observe_lag(max(0.0, clock() - before - INTERVAL_S))
