"""A chat turn on the whole platform with a scripted language model: what it makes up is dropped, what is true is cited,
and the events come in order.
"""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from answerable.config import ModelSettings, Settings
from answerable.core.errors import AllRoutesFailed, ProviderBusy, ProviderDown, StreamBroken
from answerable.core.messages import (
    Abstained,
    Admitted,
    Dropped,
    Event,
    Explained,
    Finished,
    Live,
    Message,
    Placed,
    Retrieved,
    Routed,
    Sentence,
    Text,
    TextDelta,
)
from answerable.core.tasks import Answer, Chat, RewriteQuery
from answerable.core.usage import Usage
from answerable.flows.answering import ABSTENTION
from answerable.flows.chat import chat
from answerable.flows.ingest import GivenFile, GivenText, Ingest, embed, ingest
from answerable.flows.platform import Platform
from answerable.flows.turns import Turn
from answerable.gateway.models import Models
from answerable.providers.scripted import Config, Reply, Scripted
from answerable.wiring import open_platform
from tests.support.paper import pdf
from tests.support.patience import LONG_S
from tests.support.platform import with_models
from tests.support.shelf import Shelf
from tests.support.upstream import Caller, Collected, upstream

MANUAL = """To reset the television, hold the power button for ten seconds until the red light blinks.

The warranty of the television lasts two years. It does not cover water damage.

The remote control was designed by Maria Keller in Zurich. It needs two AA batteries.
"""
SHELF = Shelf("tv", (GivenText("manual.md", "Television manual", MANUAL),))
QUESTION = "How do I reset the television?"
TRUE = "To reset the television, hold the power button for ten seconds [1]."
USAGE = Usage(100, 20)


@pytest.fixture
def platform(p: Platform) -> Platform:
    """On a copy of a library with the manual."""
    return _with(p, Scripted(Config()))


def _models(model: Scripted) -> Models:
    return Models({"scripted": lambda: model}, {}, "scripted", "extractive")


async def _ask(
    p: Platform, replies: Any, question: str = QUESTION, *, collection: str | None = "tv", **more: Any
) -> Any:
    """Every event of a turn, and the model that was asked."""
    model, out = Scripted(Config(replies=replies)), Collected()
    earlier = more.pop("earlier", ())
    turn = Turn(Chat((*earlier, Message("user", (Text(question),)))), collection=collection, **more)
    await chat(turn, Live(out.emit), _with(p, model))
    return out, model


def _with(p: Platform, model: Scripted) -> Platform:
    return with_models(p, _models(model))


def _sentences(events: list[Event]) -> list[Sentence]:
    return [event for event in events if isinstance(event, Sentence)]


async def test_a_true_sentence_is_cited_to_the_words_that_say_it(platform: Platform) -> None:
    out, _ = await _ask(platform, {"Answer": Reply(TRUE, usage=USAGE)})
    (sentence,) = _sentences(out)
    assert "[" not in sentence.text
    (citation,) = sentence.citations
    assert MANUAL.strip()[citation.start : citation.end] == citation.quote
    assert "hold the power button for ten seconds" in citation.quote
    assert out.finished.usage == USAGE


async def test_a_citation_names_the_page_its_sentence_stands_on(platform: Platform, tmp_path: Path) -> None:
    paper = tmp_path / "pump.pdf"
    pages = ["The pump of hall one is green.", "The alarm of the pump rings at noon.", "Call the night shift then."]
    paper.write_bytes(pdf(*pages))
    await ingest(Ingest("plant", files=(GivenFile(paper, "pump.pdf"),)), platform)
    await embed("plant", platform)
    replies = {"Answer": " ".join(f"{page[:-1]} [1]." for page in pages)}
    out, _ = await _ask(platform, replies, "When does the alarm of the pump ring?", collection="plant")
    assert [sentence.citations[0].page for sentence in _sentences(out)] == [1, 2, 3]


@pytest.mark.parametrize(
    ("invented", "reason"),
    [
        ("To reset the television, hold the power button for 30 seconds [1].", "number"),
        ("To reset the television, hold the power button for twelve seconds [1].", "number"),
        ("To reset the television, hold the power button for thirty seconds [1].", "number"),
        ("The warranty of the television lasts 5 years [1].", "number"),
        ("The remote control was designed by Maria Miller in Zurich [1].", "name"),
        ("The warranty covers water damage [1].", "negation"),
        ("The warranty of the television does not last two years [1].", "negation"),
        ("The television supports wireless charging of telephones [1].", "unsupported"),
    ],
)
async def test_what_the_model_makes_up_is_never_shown(platform: Platform, invented: str, reason: str) -> None:
    out, _ = await _ask(platform, {"Answer": f"{TRUE} {invented}"})
    shown = _sentences(out)
    assert len(shown) == 1
    assert "ten seconds" in shown[0].text
    (dropped,) = [event for event in out if isinstance(event, Dropped)]
    assert dropped.reason == reason
    assert not any(isinstance(event, TextDelta) for event in out)


async def test_events_come_in_order(platform: Platform) -> None:
    out, _ = await _ask(platform, {"Answer": f"{TRUE} The warranty lasts two years [1]."}, explain=True)
    kinds = [type(event) for event in out if not isinstance(event, Dropped)]
    assert kinds == [Admitted, Placed, Retrieved, Routed, Sentence, Sentence, Explained, Finished]
    assert _sentences(out)[1].text.startswith(" ")


async def test_the_model_is_asked_for_an_answer_from_the_passages(platform: Platform) -> None:
    out, model = await _ask(platform, {"Answer": TRUE})
    (task,) = model.tasks
    assert isinstance(task, Answer)
    assert isinstance(out[2], Retrieved)
    assert task.passages == out[2].passages
    assert task.question == QUESTION


async def test_a_follow_up_is_rewritten_first_and_its_tokens_counted(platform: Platform) -> None:
    earlier = (Message("user", (Text("My television hangs."),)), Message("assistant", (Text("I see."),)))
    script = {"RewriteQuery": Reply(QUESTION, usage=Usage(10, 5)), "Answer": Reply(TRUE, usage=USAGE)}
    out, model = await _ask(platform, script, "How do I reset it?", earlier=earlier)
    assert [type(task) for task in model.tasks] == [RewriteQuery, Answer]
    assert isinstance(model.tasks[1], Answer)
    assert model.tasks[1].question == QUESTION
    assert out.finished.usage == USAGE + Usage(10, 5)


@pytest.mark.parametrize("said", [ABSTENTION, "The moon is made of cheese [1]."])
async def test_an_abstention_shows_no_references(platform: Platform, said: str) -> None:
    out, _ = await _ask(platform, {"Answer": said})
    assert _sentences(out) == []
    (abstained,) = [event for event in out if isinstance(event, Abstained)]
    assert abstained.message == ABSTENTION
    assert abstained.searched == ("tv",)
    assert isinstance(out[-1], Finished)


async def test_the_model_is_not_asked_when_nothing_was_found(platform: Platform) -> None:
    out, model = await _ask(platform, {"Answer": TRUE}, "Who won the chess championship of 1927?")
    assert model.tasks == []
    assert isinstance(out[2], Retrieved)
    assert out[2].passages == ()
    assert any(isinstance(event, Abstained) for event in out)


async def test_an_invented_marker_proves_nothing(platform: Platform) -> None:
    out, _ = await _ask(platform, {"Answer": "The television costs 900 francs [1][7]."})
    assert _sentences(out) == []


async def test_without_a_collection_the_model_replies_by_itself(platform: Platform) -> None:
    out, model = await _ask(platform, {"Chat": "Hello!"}, "Hi", collection=None)
    assert out.text == "Hello!"
    assert [type(task) for task in model.tasks] == [Chat]
    assert isinstance(out.finished, Finished)


async def test_a_configured_server_writes_the_answer(platform: Platform, tmp_path: Path) -> None:
    async def respond(caller: Caller) -> None:
        choice = {"index": 0, "delta": {"content": TRUE}, "finish_reason": "stop"}
        await caller.say(f"data: {json.dumps({'choices': [choice]})}\n\ndata: [DONE]\n\n".encode())

    await platform.close()
    async with upstream(respond) as server:
        entry = ModelSettings(provider="openai", base_url=server.url, model="x", api_key_env="K")
        settings = Settings(data=tmp_path / "data", models={"mine": entry}, secrets={"K": SecretStr("sk-1")})
        p, out = await open_platform(settings), Collected()
        try:
            turn = Turn(Chat((Message("user", (Text(QUESTION),)),)), "mine", "tv")
            await chat(turn, Live(out.emit), p)
        finally:
            await p.close()
    assert len(_sentences(out)) == 1
    assert out.finished.usage.estimated
    assert server.requests[0].headers["authorization"] == "Bearer sk-1"
    assert "ten seconds" in server.requests[0].body["messages"][-1]["content"]


async def test_a_failure_of_all_routes_before_the_first_token_lists_them(platform: Platform) -> None:
    with pytest.raises(AllRoutesFailed, match=r"scripted \(provider_busy\)"):
        await _ask(platform, {"Answer": Reply(error=ProviderBusy("busy"))})


async def test_a_failure_after_a_sentence_is_a_broken_stream_and_no_finish(platform: Platform) -> None:
    model, out = (
        Scripted(Config(replies={"Answer": Reply(f"{TRUE} The warr", error=ProviderDown("gone"))})),
        Collected(),
    )
    turn = Turn(Chat((Message("user", (Text(QUESTION),)),)), collection="tv")
    with pytest.raises(StreamBroken, match="gone"):
        await chat(turn, Live(out.emit), _with(platform, model))
    assert len(_sentences(out)) == 1
    assert not any(isinstance(event, Finished | Abstained) for event in out)


async def test_a_hang_up_stops_the_model(platform: Platform) -> None:
    waiting, cancelled = asyncio.Event(), asyncio.Event()

    async def stall(_seconds: float) -> None:
        if not any(isinstance(event, Sentence) for event in out):
            return
        waiting.set()
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    out = Collected()
    model = Scripted(Config(replies={"Answer": f"{TRUE} The warranty lasts two years [1]."}, sleep=stall))
    turn = Turn(Chat((Message("user", (Text(QUESTION),)),)), collection="tv")
    task = asyncio.create_task(chat(turn, Live(out.emit), _with(platform, model)))
    await asyncio.wait_for(waiting.wait(), LONG_S)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert cancelled.is_set()
    assert len(_sentences(out)) == 1


async def test_a_sink_that_is_gone_ends_the_turn(platform: Platform) -> None:
    async def emit(event: Event) -> None:
        if isinstance(event, Sentence):
            raise ConnectionResetError

    model = Scripted(Config(replies={"Answer": TRUE}))
    turn = Turn(Chat((Message("user", (Text(QUESTION),)),)), collection="tv")
    with pytest.raises(ConnectionResetError):
        await chat(turn, Live(emit), _with(platform, model))
