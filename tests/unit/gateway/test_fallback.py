"""A failure moves on until the reader has seen a word; refusals of the request do not; limits and breakers hold."""

import asyncio
import functools
from collections.abc import Mapping
from dataclasses import dataclass

import pytest

from answerable.core.errors import (
    AllRoutesFailed,
    Blocked,
    ProviderBusy,
    ProviderDown,
    ProviderRefused,
    ProviderTimeout,
    SetupError,
    StreamBroken,
    UpstreamError,
)
from answerable.core.messages import Collected, Emit, Event, Finished, Live, Message, Routed, Sink, Text, TextDelta
from answerable.core.ports import Model
from answerable.core.tasks import Chat, Task
from answerable.core.usage import Attempt, Usage
from answerable.gateway import breaker
from answerable.gateway.breaker import Breaker
from answerable.gateway.fallback import Config, Fallback
from answerable.gateway.models import Models
from answerable.gateway.prices import Prices
from answerable.providers import scripted
from answerable.providers.scripted import Reply
from tests.support.shared import Shared

CHAT = Chat((Message("user", (Text("Hi"),)),))
PLAIN = Chat(CHAT.messages, stream=False)


@dataclass(frozen=True, slots=True)
class Route:
    model: str
    degraded: bool = False


class Silent:
    """A model that never says anything."""

    def __init__(self, name: str) -> None:
        self.name = name

    async def run(self, task: Task, emit: Emit) -> None:
        await asyncio.Event().wait()

    async def close(self) -> None:
        """Nothing to release."""


class Clock:
    now = 1_000.0

    def __call__(self) -> float:
        return self.now


def _model(name: str, reply: str | Reply | list[str | Reply] | Model) -> Model:
    return scripted.build(scripted.Config(name, reply)) if isinstance(reply, str | Reply | list) else reply


class Desk:
    """Models by script, what came out of them, and what was recorded."""

    def __init__(
        self,
        replies: Mapping[str, str | Reply | list[str | Reply] | Model],
        config: Config | None = None,
        windows: Mapping[str, int] | None = None,
    ) -> None:
        built = {name: _model(name, reply) for name, reply in replies.items()}
        builders = {name: functools.partial(built.__getitem__, name) for name in built}
        models = Models(builders, {"keyless": "set KEY"}, next(iter(replies)), "engine")
        self.clock = Clock()
        self.breaker = Breaker(Shared(), breaker.Config(failures=2, ramp_successes=2), self.clock)
        self.fallback = Fallback(models, self.breaker, Prices({}), config, windows, self.note)
        self.attempts: list[Attempt] = []
        self.moves: list[tuple[str, str]] = []
        self.collected = Collected()
        self.sink: Sink = self.collected

    def note(self, model: str, code: str) -> None:
        self.moves.append((model, code))

    def live(self) -> list[Event]:
        """Let the reader see each event at once."""
        seen: list[Event] = []

        async def emit(event: Event) -> None:
            seen.append(event)

        self.sink = Live(emit)
        return seen

    async def run(self, *names: str, task: Task = CHAT, last: str = "", routed: Routed | None = None) -> None:
        routes = [Route(name) for name in names] + ([Route(last, degraded=True)] if last else [])
        await self.fallback.run(routes, task, self.sink, self.attempts.append, routed)

    @property
    def text(self) -> str:
        return said(self.collected.events)

    @property
    def routed(self) -> Routed:
        """Where it went in the end."""
        return [event for event in self.collected.events if isinstance(event, Routed)][-1]

    @property
    def outcomes(self) -> list[tuple[str, str]]:
        return [(one.model, one.error or one.outcome) for one in self.attempts]


def said(events: list[Event]) -> str:
    return "".join(event.text for event in events if isinstance(event, TextDelta))


def failing(error: UpstreamError, text: str = "") -> Reply:
    return Reply(text, error=error)


BUSY = failing(ProviderBusy("busy: sk-secret", retry_after_s=7))
DOWN = failing(ProviderDown("down", retry_after_s=3))
KEY = failing(ProviderRefused("wrong key", reason="setup"))
LONG = failing(ProviderRefused("too long", reason="context_length"))


async def test_the_first_route_answers_and_nothing_else_is_asked() -> None:
    desk = Desk({"a": "Hello", "b": "Never"})
    await desk.run("a", "b", routed=Routed("a", "cheap", 2.0, 0.9))
    assert desk.text == "Hello"
    assert desk.routed == Routed("a", "cheap", 2.0, 0.9)
    assert desk.outcomes == [("a", "answered")]


@pytest.mark.parametrize("first", [BUSY, DOWN, KEY, failing(ProviderTimeout("late")), Reply(""), Reply(" \n")])
async def test_a_failure_before_the_first_word_moves_on(first: Reply) -> None:
    desk = Desk({"a": first, "b": "Hello"})
    await desk.run("a", "b", routed=Routed("a", "cheap", 2.0, 0.9))
    assert desk.text == "Hello"
    assert (desk.routed.model, desk.routed.fallbacks, desk.routed.degraded) == ("b", 1, False)
    assert (desk.routed.complexity, desk.routed.confidence) == (2.0, 0.9)
    assert desk.outcomes == [("a", desk.attempts[0].error), ("b", "answered")]
    assert desk.attempts[0].outcome == "failed"


async def test_two_failures_reach_the_third_route() -> None:
    desk = Desk({"a": BUSY, "b": DOWN, "c": "Hello"})
    await desk.run("a", "b", "c")
    assert (desk.text, desk.routed.fallbacks) == ("Hello", 2)
    assert desk.routed.reason == "fallback (a: provider_busy; b: provider_down)"
    assert desk.moves == [("a", "provider_busy"), ("b", "provider_down")]


async def test_what_nobody_has_seen_is_taken_back() -> None:
    desk = Desk({"a": failing(ProviderDown("x"), "Half an ans"), "b": "Hello"})
    await desk.run("a", "b")
    assert desk.text == "Hello"
    assert desk.outcomes == [("a", "stream_broken"), ("b", "answered")]


async def test_after_the_first_word_there_is_no_way_back() -> None:
    desk = Desk({"a": failing(ProviderDown("x"), "Half an ans"), "b": "Hello"})
    seen = desk.live()
    with pytest.raises(StreamBroken):
        await desk.run("a", "b")
    assert said(seen) == "Half an ans"
    assert not [event for event in seen if isinstance(event, Finished)]
    assert desk.outcomes == [("a", "stream_broken")]


async def test_words_of_an_earlier_step_do_not_hold_up_a_model_that_has_said_nothing() -> None:
    desk = Desk({"a": BUSY, "b": "world"})
    seen = desk.live()
    await desk.sink(TextDelta("Hello "))
    await desk.run("a", "b")
    assert said(seen) == "Hello world"


async def test_a_first_word_that_is_late_moves_on() -> None:
    desk = Desk({"a": Silent("a"), "b": "Hello"}, Config(first_token_s=0.01))
    await desk.run("a", "b")
    assert desk.outcomes == [("a", "provider_timeout"), ("b", "answered")]


async def test_a_plain_reply_has_its_own_patience() -> None:
    desk = Desk({"a": Silent("a"), "b": "Hello"}, Config(first_token_s=60, whole_reply_s=0.01))
    await desk.run("a", "b", task=PLAIN)
    assert desk.outcomes == [("a", "provider_timeout"), ("b", "answered")]


async def test_a_model_that_thinks_long_can_be_waited_for_longer() -> None:
    class Thinking(Silent):
        async def run(self, task: Task, emit: Emit) -> None:
            await asyncio.sleep(0.05)
            await emit(TextDelta("42"))
            await emit(Finished("stop", Usage(1, 1)))

    desk = Desk({"a": Thinking("a"), "b": "Hello"}, Config(first_token_s=0.01, patience_s={"a": 5}))
    await desk.run("a", "b")
    assert desk.text == "42"


async def test_the_last_route_is_waited_for_as_long_as_there_is_time() -> None:
    desk = Desk({"a": Silent("a")}, Config(first_token_s=0.001, total_s=0.02))
    with pytest.raises(ProviderTimeout):
        await desk.run("a")
    assert desk.attempts[0].total_ms >= 20


@pytest.mark.parametrize("reason", ["request", "content"])
async def test_a_refusal_of_the_request_is_not_tried_elsewhere(reason: str) -> None:
    refusal = ProviderRefused("no", reason=reason)  # type: ignore[arg-type]
    desk = Desk({"a": failing(refusal), "b": "Hello", "engine": "Quote"})
    with pytest.raises(ProviderRefused):
        await desk.run("a", "b", last="engine")
    assert desk.outcomes == [("a", "provider_refused")]
    assert desk.breaker.state("a") == "closed"


async def test_too_long_a_conversation_goes_to_a_larger_window_only() -> None:
    desk = Desk(
        {"a": LONG, "b": "Same", "c": "Hello", "engine": "Quote"}, windows={"a": 8_000, "b": 8_000, "c": 32_000}
    )
    await desk.run("a", "b", "c", last="engine")
    assert desk.outcomes == [("a", "provider_refused"), ("c", "answered")]


@pytest.mark.parametrize("windows", [{}, {"b": 32_000}, {"a": 8_000}, {"a": 8_000, "b": 8_000}])
async def test_too_long_a_conversation_is_refused_where_no_larger_window_is_known(windows: dict[str, int]) -> None:
    desk = Desk({"a": LONG, "b": "Hello", "engine": "Quote"}, windows=windows)
    with pytest.raises(ProviderRefused, match="too long"):
        await desk.run("a", "b", last="engine")
    assert len(desk.attempts) == 1


async def test_when_all_fail_the_error_lists_models_and_codes_and_no_secret() -> None:
    desk = Desk({"a": BUSY, "b": DOWN})
    with pytest.raises(AllRoutesFailed) as caught:
        await desk.run("a", "keyless", "b")
    error = caught.value
    assert error.attempts == (("a", "provider_busy"), ("keyless", "model_not_found"), ("b", "provider_down"))
    listed = "a (provider_busy), keyless (model_not_found), b (provider_down)"
    assert error.message == f"no model could answer: {listed}; try again later"
    assert error.retry_after_s == 3
    assert desk.text == ""


async def test_the_only_route_fails_with_its_own_error() -> None:
    desk = Desk({"a": BUSY})
    with pytest.raises(ProviderBusy):
        await desk.run("a")


async def test_the_last_resort_answers_and_says_so() -> None:
    desk = Desk({"a": BUSY, "b": DOWN, "engine": "Quote"})
    await desk.run("a", "b", last="engine")
    assert (desk.text, desk.routed.model, desk.routed.degraded) == ("Quote", "engine", True)


async def test_the_engine_may_find_nothing_to_quote() -> None:
    desk = Desk({"a": BUSY, "engine": ""})
    await desk.run("a", last="engine")
    assert (desk.text, desk.attempts[-1].outcome) == ("", "answered")


async def test_an_answer_cut_short_or_filtered_is_an_answer() -> None:
    desk = Desk({"a": Reply("", reason="content_filter"), "b": "Never"})
    await desk.run("a", "b")
    assert desk.outcomes == [("a", "answered")]


async def test_no_more_models_are_called_than_allowed_but_for_the_last_resort() -> None:
    desk = Desk({"a": BUSY, "b": DOWN, "c": "Never", "engine": "Quote"}, Config(attempts=2))
    await desk.run("a", "b", "c", last="engine")
    assert desk.routed.reason.endswith("c: not_tried)")
    assert [one.model for one in desk.attempts] == ["a", "b", "engine"]


async def test_all_routes_together_have_a_time_limit() -> None:
    desk = Desk({"a": Silent("a"), "b": "Never", "engine": "Quote"}, Config(first_token_s=5, total_s=0.02))
    await desk.run("a", "b", last="engine")
    assert desk.outcomes == [("a", "provider_timeout"), ("engine", "answered")]


async def test_an_open_breaker_is_passed_over_without_a_call() -> None:
    desk = Desk({"a": [BUSY, BUSY, "Back"], "b": "Hello"})
    for _ in range(3):
        await desk.run("a", "b")
    assert desk.outcomes[-1] == ("b", "answered")
    assert len(desk.attempts) == 5
    assert desk.routed.reason == "fallback (a: breaker_open)"


async def test_when_all_are_open_one_request_probes_and_the_others_are_told_when_to_come_back() -> None:
    desk = Desk({"a": [DOWN, DOWN, "Back"]})
    for _ in range(2):
        with pytest.raises(ProviderDown):
            await desk.run("a")
    with pytest.raises(AllRoutesFailed, match=r"a \(breaker_open\)") as caught:
        await desk.run("a")
    assert caught.value.retry_after_s == pytest.approx(10)
    desk.clock.now += 10
    await desk.run("a")
    assert (desk.text, desk.breaker.state("a")) == ("Back", "ramping")


async def test_a_probe_is_judged_when_it_speaks_and_again_when_it_breaks_off() -> None:
    desk = Desk({"a": [DOWN, DOWN, failing(ProviderDown("x"), "Half")]})
    for _ in range(2):
        with pytest.raises(ProviderDown):
            await desk.run("a")
    desk.clock.now += 10
    states: list[str] = []

    async def look(event: Event) -> None:
        if isinstance(event, TextDelta):
            states.append(desk.breaker.state("a"))

    with pytest.raises(StreamBroken):
        await desk.fallback.run([Route("a")], CHAT, Live(look), desk.attempts.append)
    assert set(states) == {"ramping"}
    assert desk.breaker.state("a") == "open"


async def test_a_model_that_is_coming_back_is_used_when_nothing_else_is_left() -> None:
    desk = Desk({"a": [DOWN, DOWN, "Back"], "b": BUSY, "engine": "Quote"})
    for _ in range(2):
        await desk.run("a", "b", last="engine")
    desk.clock.now += 10
    await desk.run("a", last="engine")
    assert desk.breaker.state("a") == "ramping"
    await desk.run("a", "b", last="engine")
    assert desk.attempts[-1].model == "a"
    assert not desk.routed.degraded


async def test_a_caller_who_hangs_up_leaves_no_probe_behind() -> None:
    desk = Desk({"a": [DOWN, DOWN, "Back"]})
    for _ in range(2):
        with pytest.raises(ProviderDown):
            await desk.run("a")
    desk.clock.now += 10

    async def hang_up(event: Event) -> None:
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await desk.fallback.run([Route("a")], CHAT, Live(hang_up), desk.attempts.append)
    await desk.run("a")
    assert desk.text == "Back"


async def test_a_guard_that_says_no_ends_the_run_and_counts_against_nobody() -> None:
    async def guard(event: Event) -> None:
        if isinstance(event, TextDelta):
            raise Blocked("a secret")

    desk = Desk({"a": "Hello", "b": "Never"})
    for _ in range(3):
        with pytest.raises(Blocked):
            await desk.fallback.run([Route("a"), Route("b")], CHAT, Live(guard), desk.attempts.append)
    assert desk.outcomes == [("a", "content_filter")] * 3
    assert desk.breaker.state("a") == "closed"


async def test_a_model_that_cannot_be_built_is_passed_over() -> None:
    def broken() -> Model:
        raise SetupError("no such option")

    ready = scripted.build(scripted.Config("b", "Hello"))
    models = Models({"a": broken, "b": lambda: ready}, {}, "b", "b")
    desk = Desk({"a": "x"})
    fallback = Fallback(models, desk.breaker, Prices({}))
    await fallback.run([Route("a"), Route("b")], CHAT, desk.sink, desk.attempts.append)
    assert desk.routed.reason == "fallback (a: setup_error)"


async def test_no_route_at_all_is_an_error() -> None:
    with pytest.raises(AllRoutesFailed, match="no route"):
        await Desk({"a": "x"}).run()


@pytest.mark.parametrize("wrong", [{"first_token_s": 0}, {"attempts": 0}, {"patience_s": {"a": -1}}, {"total_s": 0}])
def test_a_wrong_setting_says_what_is_allowed(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="must be"):
        Config(**wrong)  # type: ignore[arg-type]
