"""A model under a meter: whatever becomes of a run, exactly one Attempt is recorded with its tokens and its cost.

Tokens are those the provider reports; where it reports none, and where a run fails or is stopped, they are counted.
"""

import asyncio
import time
from collections.abc import Callable
from decimal import Decimal

from answerable.core import counting
from answerable.core.errors import AnswerableError, ProviderDown, ProviderTimeout, StreamBroken, UpstreamError
from answerable.core.messages import Emit, Event, Finished, TextDelta, ToolCallDelta, Visible
from answerable.core.ports import Model
from answerable.core.tasks import Task
from answerable.core.usage import Attempt, AttemptOutcome, Usage
from answerable.core.values import value_class
from answerable.gateway.prices import Price

Record = Callable[[Attempt], None]
Clock = Callable[[], float]


@value_class(frozen=True, slots=True)
class Deadlines:
    """Seconds until the first visible event, and for the whole run; None sets no limit."""

    first_token_s: float | None = None
    total_s: float | None = None


class Metered:
    """A `Model` that records what each run consumed. Makes and takes nothing but what the inner model does: events pass
    unchanged, except that `Finished` gets its cost.

    A run past a deadline is cut: ProviderTimeout, or StreamBroken when it had begun to speak. `clock` gives seconds.
    """

    def __init__(
        self,
        model: Model,
        price: Price,
        record: Record,
        deadlines: Deadlines | None = None,
        clock: Clock = time.perf_counter,
    ) -> None:
        self.name = model.name
        self._model = model
        self._price = price
        self._record = record
        self._deadlines = deadlines or Deadlines()
        self._clock = clock

    async def run(self, task: Task, emit: Emit) -> None:
        """Carry out `task`; the Attempt is recorded when this returns or raises."""
        begun = self._clock()
        tap = _Tap(task, emit, self._price, self._clock)
        try:
            await self._within(tap)
            if tap.usage is None:
                raise _cut(tap, ProviderDown(f"{self.name}: the provider ended its reply without finishing it"))
        except BaseException as error:
            self._note(tap, begun, error)
            raise
        self._note(tap, begun, None)

    async def close(self) -> None:
        """Release connections."""
        await self._model.close()

    async def _within(self, tap: "_Tap") -> None:
        limits = self._deadlines
        limits_s = [limit for limit in (limits.first_token_s, limits.total_s) if limit is not None]
        if not limits_s:
            return await self._model.run(tap.task, tap)
        timer = _Timer(tap, min(limits_s), limits.total_s)
        try:
            return await self._model.run(tap.task, tap)
        except asyncio.CancelledError as error:
            if not timer.is_ours():
                raise
            said = "did not finish in time" if tap.spoke else "did not begin to answer in time"
            raise _cut(tap, ProviderTimeout(f"{self.name}: the provider {said}")) from error
        finally:
            timer.stop()

    def _note(self, tap: "_Tap", begun: float, error: BaseException | None) -> None:
        outcome, code = _outcome(error)
        usage = _consumed(tap, error)
        now = self._clock()
        self._record(
            Attempt(
                model=self.name,
                task=type(tap.task).__name__,
                outcome=outcome,
                usage=usage,
                cost_usd=tap.cost_usd if usage is tap.usage else self._price.cost(usage),
                total_ms=(now - begun) * 1_000,
                first_token_ms=(tap.first_at - begun) * 1_000 if tap.spoke else None,
                error=code,
            )
        )


class _Tap:
    """The `Emit` in between: watches what passes."""

    def __init__(self, task: Task, emit: Emit, price: Price, clock: Clock) -> None:
        self.task = task
        self.spoke = False
        self.first_at = 0.0
        self.characters = 0
        self.usage: Usage | None = None
        self.cost_usd: Decimal | None = None
        self._emit = emit
        self._price = price
        self._clock = clock

    async def __call__(self, event: Event) -> None:
        """Pass on."""
        if type(event) is TextDelta:
            self.characters += len(event.text)
        elif isinstance(event, ToolCallDelta):
            self.characters += len(event.arguments) + len(event.name or "")
        elif isinstance(event, Finished):
            event = self._finished(event)
        if not self.spoke and isinstance(event, Visible):
            self.spoke = True
            self.first_at = self._clock()
        await self._emit(event)

    def _finished(self, event: Finished) -> Finished:
        """With the cost; with our own count where a server reports nothing but zeros for a reply that has a price."""
        usage = event.usage
        if not usage.total_tokens and not self._price.free:
            usage = counting.usage(self.task, self.characters)
        self.usage, self.cost_usd = usage, self._price.cost(usage)
        return Finished(event.reason, usage, event.model, self.cost_usd, event.request_id)


class _Timer:
    """Cancels the run at its deadline. One timer serves both limits: the first to strike looks whether the model has
    spoken by then. Adds 3.5 microseconds to a run, where `asyncio.timeout` and its rescheduling added 9.5.
    """

    def __init__(self, tap: _Tap, first_s: float, total_s: float | None) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._task = task
        self._cancelling = task.cancelling()
        self._tap = tap
        self._loop = task.get_loop()
        now = self._loop.time()
        self._total_at = None if total_s is None else now + total_s
        self._struck = False
        self._timer = self._loop.call_at(now + first_s, self._strike)

    def is_ours(self) -> bool:
        """Whether a cancellation came from here alone: nobody else has asked for one. Ask once."""
        if not self._struck:
            return False
        self._struck = False
        return self._task.uncancel() <= self._cancelling

    def stop(self) -> None:
        """The run is over."""
        self._timer.cancel()
        if self._struck:  # the run ended with another error just then
            self._task.uncancel()

    def _strike(self) -> None:
        if self._tap.spoke and self._total_at is None:
            return
        if self._tap.spoke and self._total_at is not None and self._loop.time() < self._total_at:
            self._timer = self._loop.call_at(self._total_at, self._strike)
            return
        self._struck = True
        self._task.cancel()


def _cut(tap: _Tap, error: UpstreamError) -> UpstreamError:
    return StreamBroken(f"the answer broke off: {error.message}") if tap.spoke else error


def _outcome(error: BaseException | None) -> tuple[AttemptOutcome, str]:
    """Only the model's own failures are `failed`: where the reader went, or a guard said no, the run was cancelled."""
    if error is None:
        return "answered", ""
    if isinstance(error, AnswerableError):
        return "failed" if isinstance(error, UpstreamError) else "cancelled", error.code
    if isinstance(error, OSError) or not isinstance(error, Exception):
        return "cancelled", ""
    return "failed", AnswerableError.code


def _consumed(tap: _Tap, error: BaseException | None) -> Usage:
    """As reported, else counted: a prompt is paid for even when the answer fails, unless the provider did no work."""
    if tap.usage:
        return tap.usage
    if isinstance(error, UpstreamError) and not error.billable and not tap.characters:
        return Usage()
    return counting.usage(tap.task, tap.characters)
