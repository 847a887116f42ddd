"""A platform without any language model: what is asked of `auto` is asked of the documents."""

from pathlib import Path

from answerable.config import Settings
from answerable.core.messages import Collected, Message, Sentence, Text
from answerable.core.tasks import Chat
from answerable.flows.chat import chat
from answerable.flows.ingest import GivenText, Ingest, embed, ingest
from answerable.flows.turns import Turn
from answerable.wiring import open_platform


async def test_auto_without_any_language_model_asks_the_documents(tmp_path: Path) -> None:
    p = await open_platform(Settings.model_validate({"data": tmp_path}))
    try:
        text = "The kettle boils the water in two minutes and then switches itself off."
        await ingest(Ingest("home", texts=(GivenText("k.md", "Kettle", text),)), p)
        await embed("home", p)
        found = Collected()
        question = Chat((Message("user", (Text("When does the kettle switch itself off?"),)),))
        await chat(Turn(question, "auto"), found, p)
        assert any(isinstance(event, Sentence) for event in found.events)
    finally:
        await p.close()
