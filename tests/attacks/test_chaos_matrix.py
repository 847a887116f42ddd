"""The chaos matrix: every fault, streamed and plain, on the first route, on the first two, and on all of them.

Before the first visible word the reader gets the whole answer of the next route and no trace of the fault; after it,
the half that was shown and an error. When all routes fail the error names them, unless a last resort answers.
"""

import asyncio
import functools
from collections.abc import Mapping
from dataclasses import dataclass

import pytest

from answerable.core.errors import AllRoutesFailed, AnswerableError, StreamBroken
from answerable.core.messages import Collected, Event, Finished, Live, Message, Routed, Text, TextDelta
from answerable.core.ports import Model
from answerable.core.tasks import Chat
from answerable.core.usage import Attempt, Usage
from answerable.gateway.breaker import Breaker
from answerable.gateway.fallback import Config, Fallback
from answerable.gateway.models import Models
from answerable.gateway.prices import FREE, Prices, from_numbers
from answerable.providers import openai, scripted
from tests.support import patience
from tests.support.liar import FAULTS, HALF, LATE, MORE, RETRY_AFTER_S, WHOLE, liar, nobody
from tests.support.shared import Shared

SECRET = "sk-upstream-secret"
ROUTES = ("first", "second", "third")
ENGINE = "engine"
PROMPT = "What is six times seven?"


@dataclass(frozen=True, slots=True)
class Cell:
    """One fault on the first `depth` of three routes."""

    fault: str
    stream: bool
    depth: int
    last_resort: bool = False

    def __str__(self) -> str:
        where = ("first route", "first two routes", "all routes")[self.depth - 1]
        last = ", last resort" if self.last_resort else ""
        return f"{self.fault}, {'stream' if self.stream else 'plain'}, {where}{last}"

    @property
    def shown(self) -> bool:
        """Whether the reader has seen words when it happens."""
        return self.stream and self.fault in LATE


CELLS = [
    *(Cell(fault, stream, depth) for fault in FAULTS + LATE + MORE for stream in (True, False) for depth in (1, 2, 3)),
    *(Cell(fault, stream, 3, last_resort=True) for fault in FAULTS for stream in (True, False)),
]

CODES: Mapping[str, set[str]] = {
    "refuse": {"provider_down"},
    "429": {"provider_busy"},
    "5xx": {"provider_down"},
    "hang": {"provider_timeout"},
    "drip": {"provider_timeout"},
    "cut": {"provider_down"},
    "garbage": {"provider_down"},
    "error": {"provider_down"},
    **{fault: {"provider_down"} for fault in MORE},
}
"""What a fault is called before a word was said; later it is a broken stream."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the reader got of a cell, and what was recorded."""

    events: list[Event]
    error: AnswerableError | None
    attempts: list[Attempt]

    @property
    def text(self) -> str:
        return "".join(event.text for event in self.events if isinstance(event, TextDelta))

    @property
    def routed(self) -> Routed:
        return [event for event in self.events if isinstance(event, Routed)][-1]

    @property
    def finished(self) -> list[Finished]:
        return [event for event in self.events if isinstance(event, Finished)]


@dataclass(frozen=True, slots=True)
class Route:
    model: str
    degraded: bool = False


async def drive(cell: Cell, url: str, nowhere: str) -> Outcome:
    """Run one cell through the provider and the fallback."""
    models = [
        _provider(name, cell.fault if n < cell.depth else "honest", url, nowhere) for n, name in enumerate(ROUTES)
    ]
    engine = scripted.build(scripted.Config(ENGINE, "A quotation."))
    builders = {model.name: functools.partial(_same, model) for model in (*models, engine)}
    prices = Prices({name: from_numbers(1.0, 2.0) for name in ROUTES} | {ENGINE: FREE})
    quick = Config(first_token_s=1.0, whole_reply_s=1.0, total_s=30.0)
    fallback = Fallback(Models(builders, {}, ENGINE, ENGINE), Breaker(Shared()), prices, quick)
    routes = [*(Route(name) for name in ROUTES), *([Route(ENGINE, degraded=True)] if cell.last_resort else [])]
    events: list[Event] = []
    attempts: list[Attempt] = []

    async def show(event: Event) -> None:
        events.append(event)

    sink = Live(show) if cell.stream else Collected()
    error: AnswerableError | None = None
    try:
        chat = Chat((Message("user", (Text(PROMPT),)),), stream=cell.stream)
        await fallback.run(routes, chat, sink, attempts.append, Routed("first", "named"))
    except AnswerableError as caught:
        error = caught
    finally:
        for model in models:
            await model.close()
    return Outcome(sink.events if isinstance(sink, Collected) else events, error, attempts)


def _provider(name: str, fault: str, url: str, nowhere: str) -> Model:
    base = nowhere if fault == "refuse" else url
    times = {"connect_s": 5.0, "first_token_s": 1.5, "idle_s": 1.0, "total_s": 2.0}
    return openai.build(openai.Config(name, fault, f"{base}/v1", SECRET, **times))  # type: ignore[arg-type]


def _same(model: Model) -> Model:
    return model


@pytest.fixture(scope="module")
def outcomes() -> dict[Cell, Outcome]:
    """All cells at the same time: most of them wait."""

    async def run() -> dict[Cell, Outcome]:
        with nobody() as nowhere:
            async with liar() as upstream:
                results = await asyncio.gather(*(drive(cell, upstream.url, nowhere) for cell in CELLS))
        return dict(zip(CELLS, results, strict=True))

    return patience.run(run())


@pytest.mark.parametrize("cell", CELLS, ids=str)
def test_a_fault_is_unseen_before_the_first_word_and_plain_after_it(
    cell: Cell, outcomes: Mapping[Cell, Outcome]
) -> None:
    found = outcomes[cell]
    check_ledger(cell, found)
    if cell.shown:
        check_broken(found)
    elif cell.depth < len(ROUTES):
        check_answered(found, ROUTES[cell.depth], cell.depth)
    elif cell.last_resort:
        check_degraded(found)
    else:
        check_failed(cell, found)


def check_answered(found: Outcome, model: str, fallbacks: int) -> None:
    assert found.error is None
    assert found.text == WHOLE
    assert (found.routed.model, found.routed.fallbacks, found.routed.degraded) == (model, fallbacks, False)
    (finished,) = found.finished
    assert found.events[-1] is finished
    assert finished.usage == Usage(11, 4)


def check_broken(found: Outcome) -> None:
    """The half that was shown, once; an error, and no end that looks like one."""
    assert isinstance(found.error, StreamBroken)
    assert found.text == HALF
    assert found.finished == []
    assert found.routed.fallbacks == 0


def check_degraded(found: Outcome) -> None:
    assert found.error is None
    assert found.text == "A quotation."
    assert (found.routed.model, found.routed.fallbacks, found.routed.degraded) == (ENGINE, 3, True)


def check_failed(cell: Cell, found: Outcome) -> None:
    error = found.error
    assert isinstance(error, AllRoutesFailed)
    assert [model for model, _ in error.attempts] == list(ROUTES)
    assert {code for _, code in error.attempts} <= CODES[cell.fault.removesuffix(" late")] | {"stream_broken"}
    assert SECRET not in error.message
    assert error.retry_after_s == (RETRY_AFTER_S if cell.fault == "429" else None)
    assert found.text == ""
    assert found.finished == []


def check_ledger(cell: Cell, found: Outcome) -> None:
    """One attempt for each model that was called, each with its cost."""
    failed = [one for one in found.attempts if one.outcome == "failed"]
    answered = [one for one in found.attempts if one.outcome == "answered"]
    assert len(failed) == (1 if cell.shown else cell.depth)
    assert len(answered) == (0 if found.error else 1)
    assert len(found.attempts) == len(failed) + len(answered)
    assert all(one.cost_usd is not None and one.total_ms > 0 for one in found.attempts)
    for one in failed:
        assert one.error in (
            {"stream_broken"} if cell.shown else CODES[cell.fault.removesuffix(" late")] | {"stream_broken"}
        )
    if cell.fault == "429":
        assert [one.usage for one in failed] == [Usage()] * len(failed)
    if cell.shown:
        assert failed[0].usage.completion_tokens == -(-len(HALF) // 4)
