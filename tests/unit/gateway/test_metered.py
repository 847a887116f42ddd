"""Exactly one Attempt whatever becomes of a run, with its tokens, its cost and its times."""

import asyncio
from collections.abc import Awaitable, Callable
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from answerable.core.errors import (
    AnswerableError,
    Blocked,
    ProviderBusy,
    ProviderDown,
    ProviderRefused,
    ProviderTimeout,
    StreamBroken,
    UpstreamError,
)
from answerable.core.messages import Emit, Event, Finished, Message, Text, TextDelta, ToolCall
from answerable.core.tasks import Chat, Task
from answerable.core.usage import Attempt, Usage
from answerable.gateway.metered import Deadlines, Metered
from answerable.gateway.prices import FREE, UNKNOWN, Price, from_numbers
from answerable.providers.scripted import Config, Reply, Script, Scripted
from tests.support.upstream import Collected

CHAT = Chat((Message("user", (Text("x" * 400),)),))
PRICE = from_numbers(1.0, 10.0)
REPORTED = Usage(120, 7)


class Ticks:
    """A second passes with each look at it."""

    now = 0.0

    def __call__(self) -> float:
        self.now += 1.0
        return self.now


class Doing:
    """A model that does what a test says."""

    name = "m"

    def __init__(self, run: Callable[[Emit], Awaitable[None]]) -> None:
        self._run = run

    async def run(self, task: Task, emit: Emit) -> None:
        await self._run(emit)

    async def close(self) -> None:
        """Nothing to release."""


def scripted(replies: Script) -> Scripted:
    return Scripted(Config("m", replies))


async def attempt(
    model: Scripted | Doing,
    price: Price = PRICE,
    emit: Emit | None = None,
    deadlines: Deadlines | None = None,
    error: type[BaseException] | None = None,
) -> Attempt:
    """The one attempt that was recorded."""
    recorded: list[Attempt] = []
    run = Metered(model, price, recorded.append, deadlines, Ticks()).run(CHAT, emit or Collected().emit)
    if error:
        with pytest.raises(error):
            await run
    else:
        await run
    (found,) = recorded
    return found


async def test_an_answer_costs_what_the_provider_reports() -> None:
    found = await attempt(scripted(Reply("Hello", usage=REPORTED)))
    assert found == Attempt("m", "Chat", "answered", REPORTED, Decimal("0.00019"), 2_000.0, 1_000.0)


async def test_the_reader_gets_the_cost_with_the_end_and_all_else_unchanged() -> None:
    plain, out = Collected(), Collected()
    model = scripted(Reply("Hello", (ToolCall("1", "f", "{}"),), usage=REPORTED))
    await model.run(CHAT, plain.emit)
    await Metered(model, PRICE, lambda _: None).run(CHAT, out.emit)
    assert out[:-1] == plain[:-1]
    assert out.finished.cost_usd == Decimal("0.00019")


async def test_tokens_are_counted_where_a_server_reports_only_zeros() -> None:
    found = await attempt(scripted(Reply("x" * 40, usage=Usage())))
    assert found.usage == Usage(100, 10, estimated=True)


async def test_an_unknown_price_is_no_cost_and_a_free_one_is_zero() -> None:
    assert (await attempt(scripted("Hello"), UNKNOWN)).cost_usd is None
    free = await attempt(scripted(Reply("Hello", usage=Usage())), FREE)
    assert (free.cost_usd, free.usage) == (Decimal(0), Usage())


@pytest.mark.parametrize(
    ("error", "usage"),
    [
        (ProviderTimeout("x"), Usage(100, 0, estimated=True)),
        (ProviderDown("x"), Usage(100, 0, estimated=True)),
        (ProviderBusy("x"), Usage()),
        (ProviderRefused("x"), Usage()),
    ],
)
async def test_a_failed_run_paid_for_its_prompt_unless_the_provider_did_no_work(
    error: UpstreamError, usage: Usage
) -> None:
    found = await attempt(scripted(Reply(error=error)), error=type(error))
    assert (found.outcome, found.error, found.usage) == ("failed", error.code, usage)
    assert found.first_token_ms is None


async def test_a_connection_that_was_refused_costs_nothing() -> None:
    error = ProviderDown("nobody there")
    error.billable = False
    assert (await attempt(scripted(Reply(error=error)), error=ProviderDown)).cost_usd == 0


async def test_what_was_streamed_before_a_failure_is_counted() -> None:
    found = await attempt(scripted(Reply("x" * 40, error=ProviderBusy("x"))), error=StreamBroken)
    assert (found.outcome, found.error, found.usage) == ("failed", "stream_broken", Usage(100, 10, estimated=True))
    assert found.first_token_ms == 1_000.0


async def test_what_was_streamed_is_counted_whatever_the_error_says() -> None:
    async def busy_in_the_middle(emit: Emit) -> None:
        await emit(TextDelta("x" * 40))
        raise ProviderBusy("x")

    assert (await attempt(Doing(busy_in_the_middle), error=ProviderBusy)).usage == Usage(100, 10, estimated=True)


async def test_a_hang_up_is_counted_up_to_where_it_happened() -> None:
    async def hang_up(event: Event) -> None:
        if isinstance(event, TextDelta) and event.text == "ghi":
            raise asyncio.CancelledError

    found = await attempt(scripted("abcdefghijklm"), emit=hang_up, error=asyncio.CancelledError)
    assert (found.outcome, found.error, found.usage) == ("cancelled", "", Usage(100, 3, estimated=True))


@pytest.mark.parametrize(
    ("error", "outcome", "code"),
    [
        (Blocked("a guard"), "cancelled", "content_filter"),
        (BrokenPipeError(), "cancelled", ""),
        (ZeroDivisionError(), "failed", "internal_error"),
    ],
)
async def test_a_run_that_the_reader_ends_is_not_the_models_failure(error: Exception, outcome: str, code: str) -> None:
    async def refuse(event: Event) -> None:
        raise error

    found = await attempt(scripted("abc"), emit=refuse, error=type(error))
    assert (found.outcome, found.error) == (outcome, code)


async def test_a_failure_after_the_end_keeps_what_was_reported() -> None:
    async def refuse(event: Event) -> None:
        if isinstance(event, Finished):
            raise ProviderDown("empty")

    found = await attempt(scripted(Reply("", usage=REPORTED)), emit=refuse, error=ProviderDown)
    assert (found.outcome, found.usage) == ("failed", REPORTED)


async def test_a_model_that_forgets_to_finish_has_failed() -> None:
    async def silent(emit: Emit) -> None:
        """Say nothing at all."""

    async def half(emit: Emit) -> None:
        await emit(TextDelta("Half"))

    assert (await attempt(Doing(silent), error=ProviderDown)).outcome == "failed"
    assert (await attempt(Doing(half), error=StreamBroken)).outcome == "failed"


async def _forever(emit: Emit) -> None:
    await asyncio.Event().wait()


async def _half_forever(emit: Emit) -> None:
    await emit(TextDelta("Half"))
    await asyncio.Event().wait()


async def test_a_first_token_that_is_late_is_a_timeout() -> None:
    found = await attempt(Doing(_forever), deadlines=Deadlines(first_token_s=0.01), error=ProviderTimeout)
    assert (found.outcome, found.error, found.usage.prompt_tokens) == ("failed", "provider_timeout", 100)


async def test_an_answer_that_does_not_end_breaks_off() -> None:
    found = await attempt(Doing(_half_forever), deadlines=Deadlines(5.0, 0.01), error=StreamBroken)
    assert (found.error, found.usage) == ("stream_broken", Usage(100, 1, estimated=True))


async def test_after_the_first_token_only_the_whole_counts() -> None:
    async def slow(emit: Emit) -> None:
        await emit(TextDelta("a"))
        await asyncio.sleep(0.03)
        await emit(Finished("stop", REPORTED))

    assert (await attempt(Doing(slow), deadlines=Deadlines(first_token_s=0.02))).outcome == "answered"


async def test_a_hang_up_at_the_deadline_stays_a_hang_up() -> None:
    async def cut(emit: Emit) -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            run.cancel()  # the reader leaves while the deadline strikes
            raise

    recorded: list[Attempt] = []
    metered = Metered(Doing(cut), PRICE, recorded.append, Deadlines(first_token_s=0.01))
    run = asyncio.ensure_future(metered.run(CHAT, Collected().emit))
    with pytest.raises(asyncio.CancelledError):
        await run
    assert [one.outcome for one in recorded] == ["cancelled"]


async def test_after_a_deadline_the_task_goes_on_as_if_nothing_had_been_cancelled() -> None:
    async def another_error(emit: Emit) -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            raise ProviderDown("closed") from None

    for model, error in ((Doing(_forever), ProviderTimeout), (Doing(another_error), ProviderDown)):
        await attempt(model, deadlines=Deadlines(first_token_s=0.01), error=error)
        task = asyncio.current_task()
        assert task is not None
        assert task.cancelling() == 0
        async with asyncio.timeout(5):
            await asyncio.sleep(0)


async def test_without_a_limit_on_the_whole_a_model_that_has_spoken_may_go_on() -> None:
    async def slow(emit: Emit) -> None:
        await emit(TextDelta("a"))
        await asyncio.sleep(0.03)
        await emit(Finished("stop", REPORTED))

    assert (await attempt(Doing(slow), deadlines=Deadlines(0.01, 5))).outcome == "answered"
    assert (await attempt(Doing(slow), deadlines=Deadlines(total_s=5))).outcome == "answered"


async def test_a_timeout_of_the_model_itself_is_not_taken_for_ours() -> None:
    async def own(emit: Emit) -> None:
        raise TimeoutError

    assert (await attempt(Doing(own), deadlines=Deadlines(5.0), error=TimeoutError)).outcome == "cancelled"


async def test_closing_closes_the_model() -> None:
    model = scripted("x")
    await Metered(model, PRICE, lambda _: None).close()
    assert model.closed


ERRORS = [None, ProviderBusy("x"), ProviderDown("x"), ProviderRefused("x"), Blocked("x"), asyncio.CancelledError()]


@given(st.text(max_size=30), st.sampled_from(ERRORS), st.booleans(), st.integers(0, 12))
async def test_there_is_one_attempt_whatever_happens(
    text: str, error: BaseException | None, by_reader: bool, when: int
) -> None:
    async def emit(event: Event) -> None:
        nonlocal when
        when -= 1
        if by_reader and error and when < 0:
            raise error

    recorded: list[Attempt] = []
    ours = error if isinstance(error, UpstreamError) and not by_reader else None
    try:
        await Metered(scripted(Reply(text, error=ours)), PRICE, recorded.append).run(CHAT, emit)
    except (AnswerableError, asyncio.CancelledError):
        assert recorded[0].outcome in ("failed", "cancelled")
    else:
        assert recorded[0].outcome == "answered"
    assert len(recorded) == 1
    assert recorded[0].cost_usd == PRICE.cost(recorded[0].usage)
