"""Research and teams with language models on the real wires, in every manner that models have: each run ends with a
report whose sentences are verified and whose notes say what fell back, and the money adds up to the nano-dollar.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import select

from answerable import wiring
from answerable.agents.state import Budget
from answerable.agents.state import Settings as Wish
from answerable.config import EXTRACTIVE, ModelSettings, Settings
from answerable.core.identity import OWNER
from answerable.core.money import from_nano
from answerable.core.research_tasks import MOST_WRITTEN
from answerable.flows import research
from answerable.flows.ingest import Ingest, embed, ingest
from answerable.flows.platform import Platform
from answerable.gateway.breaker import Config as BreakerConfig
from answerable.gateway.quotas import FREE, Config, Plans
from answerable.policies import Policies
from answerable.storage import research as rows
from answerable.storage.research import CallRow, EventRow, RunRow
from answerable.storage.schema import metadata
from answerable.wiring import open_platform
from tests.support.clerk import answering
from tests.support.embedding import HashEmbedder
from tests.support.moody import Moody
from tests.support.trams import SMALL, TOPIC, TRAMS

CORPUS = {path.name: path.read_text() for path in TRAMS.glob("*.md")}
PRICED: dict[str, Any] = {"usd_per_million_input": 1, "usd_per_million_output": 2}
QUIET = Policies(breaker=BreakerConfig(failures=50))
"""A model that is moody on purpose stays in service."""

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture(scope="module")
def moody() -> Iterator[Moody]:
    with answering(Moody()) as found:
        yield found


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(tmp_path_factory: pytest.TempPathFactory, moody: Moody) -> AsyncIterator[Platform]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(wiring, "build_embedder", lambda _settings: HashEmbedder())
        p = await open_platform(settings(tmp_path_factory.mktemp("wire"), moody.url))
    await ingest(Ingest("trams", sources=(str(TRAMS),)), p)
    await embed("trams", p)
    try:
        yield p
    finally:
        await p.close()


@pytest.fixture
def model(moody: Moody) -> Moody:
    """The server, in a good mood and with nothing on its bill."""
    moody.moods.clear()
    moody.bills.clear()
    moody.prompts.clear()
    moody.refused.clear()
    moody._versions.clear()
    moody.pause_s = 0
    return moody


def settings(folder: Path, url: str, **more: Any) -> Settings:
    models = {
        "openai": ModelSettings(provider="openai", base_url=url, **PRICED),
        "anthropic": ModelSettings(provider="anthropic", base_url=url, **PRICED),
    }
    return Settings(data=folder, default_collection="trams", chunker=SMALL, models=models, policies=QUIET, **more)


@dataclass(frozen=True)
class Ended:
    """A run that is over, with all that it left."""

    row: RunRow
    report: dict[str, Any]
    calls: list[CallRow]
    events: list[EventRow]
    ledger: list[tuple[str, int, int | None]]

    @property
    def notes(self) -> str:
        return "\n".join(self.report["notes"])

    def of(self, kind: str) -> list[EventRow]:
        return [one for one in self.events if one.kind == kind]


async def carry_out(p: Platform, wish: Wish, topic: str = TOPIC) -> Ended:
    ledger = metadata.tables["requests"].c
    async with p.database.read() as connection:
        before = set((await connection.execute(select(ledger.id))).scalars())
    run = (await research.begin(topic, replace(wish, collections=("trams",)), OWNER, p)).id
    await p.research.wait(run)
    row = await research.get_run(run, OWNER, p)
    assert row.status == "done", row.error
    await p.ledger.flush()
    async with p.database.read() as connection:
        calls, events = await rows.list_calls(connection, run), await rows.list_events(connection, run, limit=9_999)
        paid = select(ledger.id, ledger.prompt_tokens + ledger.completion_tokens, ledger.cost_nano).where(
            (ledger.endpoint == "POST /v1/research") & ledger.id.not_in(before)
        )
        spent = [tuple(one) for one in await connection.execute(paid)]
        body = await rows.find_artifacts(connection, run, [row.report or ""])
    return Ended(row, json.loads(body[row.report or ""]), calls, events, spent)


def blocks_of(report: dict[str, Any]) -> list[dict[str, Any]]:
    return [block for section in report["sections"] for block in section["blocks"]]


def check(ended: Ended, model: Moody, *, torn: bool = False, cites: bool = True) -> None:
    """What holds whatever a model does."""
    told = json.dumps(ended.report, ensure_ascii=False)
    assert not [one for one in ("NASA", "4,711", "We shall fly", "[99]", "Sure!", "Let me know") if one in told]
    sentences = [one for block in blocks_of(ended.report) for one in block.get("sentences", block.get("items", []))]
    cited = [span for one in sentences for span in one["spans"]]
    assert cited or not cites
    corpus = "\n".join(CORPUS.values())
    assert [one["quote"] for one in cited if one["quote"] not in corpus] == []
    assert [one["text"] for one in sentences if one["kind"] == "fact" and not one["spans"]] == []
    assert {one["number"] for one in cited} <= {one["number"] for one in ended.report["references"]}
    # the ledger, the calls of the run and the run itself say the same to the nano-dollar
    assert ended.row.cost_nano == sum(cost or 0 for _, _, cost in ended.ledger) > 0
    assert ended.row.cost_nano == sum(one.cost_nano or 0 for one in ended.calls)
    assert ended.row.tokens == sum(one.tokens for one in ended.calls)
    assert ended.row.tokens - by_engine(ended) == sum(tokens for _, tokens, cost in ended.ledger if cost)
    # and so does the server, but for replies that broke off before it said what they took
    if not torn:
        assert ended.row.cost_nano == sum(one.nano for one in model.bills)
        assert ended.row.tokens - by_engine(ended) == sum(one.prompt + one.completion for one in model.bills)
    assert all(one.completion <= one.most for one in model.bills)


def by_engine(ended: Ended) -> int:
    return sum(one.tokens for one in ended.calls if one.model == EXTRACTIVE)


@dataclass(frozen=True)
class Manner:
    """Moods by purpose; what the engine did in the end, and whether it was waited for the model."""

    moods: Mapping[str, Sequence[str]]
    fell_back: tuple[str, ...] = ()
    waited: int = 0
    torn: bool = False
    wire: str = "openai"


MANNERS = {
    "wraps what it says": Manner(
        {"plan": ["fenced"], "outline": ["chatty"], "write": ["chatty"] * 3, "judge": ["fenced", "chatty"]}
    ),
    "breaks its JSON": Manner(
        {"plan": ["broken"], "outline": ["broken"] * 2, "judge": ["cut"]}, ("Outline",), wire="anthropic"
    ),
    "says nothing": Manner(
        {"plan": ["calls"], "outline": ["thinking"], "write": ["empty"] * 6, "introduction": ["cut"]},
        ("WriteSection",) * 3,
        waited=3,
    ),
    "is away": Manner(
        {"plan": ["busy"], "outline": ["torn", "torn"], "write": ["overloaded"], "conclusion": ["torn"]},
        ("Outline",),
        waited=4,
        torn=True,
    ),
    "invents": Manner({"": ["invented"] * 40}, wire="anthropic"),
}


@pytest.mark.parametrize("wire", ["openai", "anthropic"])
async def test_a_model_of_good_manners_is_taken_at_its_word(shared: Platform, model: Moody, wire: str) -> None:
    ended = await carry_out(shared, Wish(model=wire, questions=3, sections=3))
    check(ended, model)
    assert not ended.of("fallback")
    assert "failed" not in ended.notes


@pytest.mark.parametrize("manner", MANNERS)
async def test_whatever_a_model_does_the_report_is_verified_and_the_money_adds_up(
    shared: Platform, model: Moody, manner: str
) -> None:
    wanted = MANNERS[manner]
    model.moods.update({purpose: list(some) for purpose, some in wanted.moods.items()})
    ended = await carry_out(shared, Wish(model=wanted.wire, questions=3, sections=3, max_revisions=1))
    check(ended, model, torn=wanted.torn)
    assert tuple(one.data["task"] for one in ended.of("fallback")) == wanted.fell_back
    assert len(ended.of("waited")) == wanted.waited
    count = len(wanted.fell_back)
    told = f"{count} of the steps {'was' if count == 1 else 'were'} done by the extractive engine"
    assert (told in ended.notes) == bool(count)
    for one in ended.of("fallback"):
        assert one.data["why"][:100] in ended.notes


@pytest.mark.parametrize("tokens", [9_000, 16_000, 30_000])
async def test_a_model_that_never_stops_is_held_to_what_was_set_aside(
    shared: Platform, model: Moody, tokens: int
) -> None:
    model.moods[""] = ["long"] * 100
    wish = Wish(model="openai", questions=3, sections=3, budget=Budget(tokens=tokens))
    ended = await carry_out(shared, wish)
    check(ended, model, cites=False)
    assert ended.row.tokens <= tokens
    assert model.bills
    assert {one.most for one in model.bills} <= {MOST_WRITTEN, 4 * MOST_WRITTEN}
    assert "The budget of tokens was spent" in ended.notes


async def test_a_budget_of_money_is_kept_to_the_nano_dollar(shared: Platform, model: Moody) -> None:
    model.moods[""] = ["long"] * 100
    wish = Wish(model="openai", questions=3, sections=3, budget=Budget(usd=Decimal("0.02")))
    ended = await carry_out(shared, wish)
    check(ended, model, cites=False)
    assert 0 < from_nano(ended.row.cost_nano) <= Decimal("0.02")
    assert "The budget of usd was spent" in ended.notes


@pytest.fixture
def free(shared: Platform) -> Iterator[None]:
    """The owner has the limits of a free account, for a while."""
    usual = shared.limits._config
    shared.limits._config = replace(usual, local_owner_unlimited=False)
    shared.limits._plans = Plans(replace(usual, users={OWNER.id: replace(FREE, concurrent_requests=1)}))
    yield
    shared.limits._config, shared.limits._plans = usual, Plans(usual)


@pytest.mark.usefixtures("free")
async def test_tasks_are_made_to_fit_a_free_account(
    shared: Platform, model: Moody, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model, "pause_s", 0.2)
    ended = await carry_out(shared, Wish(model="openai", questions=3, sections=3, max_revisions=0))
    check(ended, model)
    assert FREE.tokens_per_request == 4_000
    assert max(one.prompt + one.completion for one in model.bills) <= 4_000
    assert all(one.prompt + one.most <= 4_000 for one in model.bills)
    assert not ended.of("fallback")
    assert ended.of("waited")  # three sections at once, and one request at a time
    assert {one.purpose for one in model.bills} == {"plan", "outline", "write", "introduction", "conclusion", "judge"}


@pytest.mark.usefixtures("free")
async def test_what_found_no_room_is_told(shared: Platform, model: Moody, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        shared.limits, "_plans", Plans(Config(users={OWNER.id: replace(FREE, tokens_per_request=2_000)}))
    )
    ended = await carry_out(shared, Wish(model="openai", questions=3, sections=3, max_revisions=0))
    check(ended, model)
    assert all(one.prompt + one.most <= 2_000 for one in model.bills)
    assert "A request of yours may use 2,000 tokens" in ended.notes
    told = sum(one.data["passages"] for one in ended.of("fitted"))
    assert f"({told} passages were left out" in ended.notes


async def test_what_was_under_way_when_the_time_is_over_is_paid_and_said(shared: Platform, model: Moody) -> None:
    model.pause_s = 30
    ended = await carry_out(shared, Wish(model="openai", questions=3, sections=3, budget=Budget(seconds=4)))
    model.pause_s = 0
    check(ended, model, torn=True, cites=False)
    assert [one.kind for one in ended.calls if one.cost_nano] == ["spent"]
    assert "The budget of seconds was spent" in ended.notes


async def test_what_was_under_way_when_a_person_cancels_is_paid_and_said(shared: Platform, model: Moody) -> None:
    model.pause_s = 30
    run = (await research.begin(TOPIC, Wish(model="openai", collections=("trams",)), OWNER, shared)).id
    async with asyncio.timeout(120):
        while not model.prompts:  # noqa: ASYNC110 - a thread of its own says so
            await asyncio.sleep(0.02)
    await research.cancel(run, OWNER, shared)
    model.pause_s = 0
    await shared.research.wait(run)
    row = await research.get_run(run, OWNER, shared)
    async with shared.database.read() as connection:
        spent = [one for one in await rows.list_calls(connection, run) if one.kind == "spent"]
    await shared.ledger.flush()
    assert row.status == "cancelled"
    assert [one.cost_nano for one in spent] == [row.cost_nano]
    assert row.cost_nano > 0
    assert [one.tokens for one in spent] == [row.tokens]
