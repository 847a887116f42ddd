"""Research and every team with a language model on the wire, from the command line and over HTTP: what a run says it
spent, what the ledger reports and what the server of the model counted are the same to the nano-dollar.
"""

import json
from collections.abc import AsyncIterator, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from answerable.config import ModelSettings, Settings
from answerable.flows.ingest import Ingest, embed, ingest
from answerable.flows.platform import Platform
from answerable.wiring import open_platform
from tests.support.clerk import answering
from tests.support.moody import INVENTED, Moody
from tests.support.researching import call, state
from tests.support.server import serving
from tests.support.trams import SMALL, TOPIC, TRAMS
from tests.support.typed import Cli

MANNERS = {
    "plan": ["fenced"], "compose": ["chatty", "invented"], "assess": ["chatty", "broken"], "write": ["invented"] * 9,
    "code": ["cut"],
}  # fmt: skip
TEAMS = {
    "content": "A leaflet on the trams of Velmark",
    "code": "Sort a list of numbers in Python",
    "support": "What does a single ticket for a Velmark tram cost?",
    "panel": "The trams of Velmark",
}

IN_ONE_LOOP = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture(scope="module")
def moody() -> Iterator[Moody]:
    with answering(Moody()) as found:
        yield found


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory, moody: Moody) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("faces")
    models = {
        "moody": ModelSettings(provider="openai", base_url=moody.url, usd_per_million_input=1, usd_per_million_output=2)
    }

    async def opened() -> Platform:
        p = await open_platform(Settings(data=folder, default_collection="trams", chunker=SMALL, models=models))
        await ingest(Ingest("trams", sources=(str(TRAMS),)), p)
        await embed("trams", p)
        return p

    with serving(opened) as address:
        yield address


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def http(url: str) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(url) as session:
        yield session


async def used(http: aiohttp.ClientSession) -> tuple[int, Decimal]:
    """Tokens and USD in the ledger, of models that cost something."""
    async with http.get("/v1/usage", params={"by": "model"}) as response:
        found = await response.json()
    mine = [one for one in found["data"] if one["model"] == "moody"]
    return (
        sum(one["prompt_tokens"] + one["completion_tokens"] for one in mine),
        sum((Decimal(one["cost_usd"]) for one in mine), Decimal(0)),
    )


@IN_ONE_LOOP
@pytest.mark.parametrize("team", TEAMS)
async def test_a_team_over_http_with_a_model_of_bad_manners(
    http: aiohttp.ClientSession, moody: Moody, team: str
) -> None:
    moody.moods.update({purpose: list(some) for purpose, some in MANNERS.items()})
    moody.bills.clear()
    tokens, usd = await used(http)
    status, run = await call(http, "POST", "", {"topic": TEAMS[team], "team": team, "model": "moody"})
    assert status == 201, run
    done = await state(http, run["id"], "done")
    _, report = await call(http, "GET", f"/{run['id']}/report")
    spent = await used(http)
    nano = sum(one.nano for one in moody.bills)
    assert Decimal(done["spent"]["usd"]) == spent[1] - usd == Decimal(nano).scaleb(-9)
    assert nano > 0
    assert sum(one.prompt + one.completion for one in moody.bills) == spent[0] - tokens <= done["spent"]["tokens"]
    told = json.dumps(report)
    cited = {span["quote"] for span in spans_of(report)}
    corpus = "\n".join(path.read_text() for path in TRAMS.glob("*.md"))
    assert not [quote for quote in cited if quote not in corpus]
    assert bool(cited) == (team != "code")
    # a free text may hold its author's own words, and says so; no number of a source stands beside them
    assert not [one for one in INVENTED if f'{one.strip()}", "spans": [{{' in told]
    if team in ("panel", "support"):
        assert "NASA" not in told
    if team == "code":
        assert "sorted(items)" in told
        assert "never run" in told


def spans_of(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        if "quote" in value:
            yield value
        value = list(value.values())
    for one in value if isinstance(value, list) else ():
        yield from spans_of(one)


@IN_ONE_LOOP
async def test_research_over_http_says_what_it_spent(http: aiohttp.ClientSession, moody: Moody) -> None:
    moody.moods.clear()
    moody.moods.update({"plan": ["chatty"], "outline": ["busy"], "judge": ["broken"] * 2})
    moody.bills.clear()
    tokens, usd = await used(http)
    _, run = await call(http, "POST", "", {"topic": TOPIC, "model": "moody"})
    done = await state(http, run["id"], "done")
    _, report = await call(http, "GET", f"/{run['id']}/report")
    spent = await used(http)
    assert Decimal(done["spent"]["usd"]) == spent[1] - usd == Decimal(sum(one.nano for one in moody.bills)).scaleb(-9)
    assert spent[0] - tokens == sum(one.prompt + one.completion for one in moody.bills)
    assert "1 of the steps was done by the extractive engine, because the model failed: " in "".join(report["notes"])


def test_research_on_the_command_line_says_what_it_spent(tmp_path: Path, moody: Moody) -> None:
    moody.moods.clear()
    moody.moods.update({"plan": ["fenced"], "write": ["cut"]})
    (tmp_path / "models.toml").write_text(
        f'[models.moody]\nprovider = "openai"\nbase_url = "{moody.url}"\n'
        "usd_per_million_input = 1\nusd_per_million_output = 2\n"
    )
    cli = Cli(tmp_path)
    cli("add", str(TRAMS))
    moody.bills.clear()
    found = cli.json("research", TOPIC, "--model", "moody")
    (ledger,) = [one for one in cli.json("usage", "--by", "model")["data"] if one["model"] == "moody"]
    nano = sum(one.nano for one in moody.bills)
    assert found["run"]["cost_usd"] == ledger["cost_usd"] == f"{Decimal(nano).scaleb(-9).normalize():f}"
    assert found["run"]["tokens"] >= ledger["prompt_tokens"] + ledger["completion_tokens"]
    assert ledger["prompt_tokens"] + ledger["completion_tokens"] == sum(
        one.prompt + one.completion for one in moody.bills
    )
    assert found["report"]["references"]
