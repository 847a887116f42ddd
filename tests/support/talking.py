"""Conversations in tests: a small platform with models to talk to, a plain way to write frames, and what was said."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from answerable.chats.run import Run
from answerable.core.errors import AnswerableError
from answerable.core.identity import Principal
from answerable.core.messages import Emit, Event, Finished, Message, Text, TextDelta
from answerable.core.moments import now_us
from answerable.core.ports import Model
from answerable.core.tasks import Chat, Task
from answerable.core.usage import Usage
from answerable.flows import runs
from answerable.flows.conversations import get_conversation
from answerable.flows.platform import Platform
from answerable.flows.stored_turn import Saying
from answerable.flows.turns import Turn
from answerable.gateway.models import Models
from answerable.providers.scripted import Config, Scripted
from answerable.storage.conversations import ConversationRow, insert_conversation, new_conversation_id
from answerable.storage.database import Connection
from answerable.storage.messages import MessageRow, find_messages, list_tree
from tests.support.patience import LONG_S
from tests.support.platform import open_small_platform, with_models

ANN, EVE = Principal("ann", workspace="w1"), Principal("eve", workspace="w2")


class Plain:
    """Frames that are the text itself; the last one is the status or the code of the error."""

    shell = (b"<", b">")

    def started(self, row: MessageRow) -> bytes:
        return b"started"

    def frames(self, event: Event) -> list[bytes]:
        return [b"<%b>" % event.text.encode()] if isinstance(event, TextDelta) else []

    def text(self, event: Event) -> str:
        return event.text if isinstance(event, TextDelta) else ""

    def whole(self, row: MessageRow) -> bytes:
        return b"stored " + row.text.encode()

    def last(self, row: MessageRow, error: AnswerableError | None) -> bytes:
        return (error.code if error else row.status).encode()

    def answer(self, events: Iterable[Event]) -> Mapping[str, Any]:
        return {"events": [type(one).__name__ for one in events]}


class Slow:
    """A model that says a word each time it is let, and ends when it is told to."""

    def __init__(self, name: str = "slow") -> None:
        self.name = name
        self.words: asyncio.Queue[str | BaseException | None] = asyncio.Queue()
        self.asked = asyncio.Event()
        self.stopped = asyncio.Event()
        self.tasks: list[Task] = []

    async def run(self, task: Task, emit: Emit) -> None:
        self.tasks.append(task)
        self.asked.set()
        try:
            while (word := await self.words.get()) is not None:
                if isinstance(word, BaseException):
                    raise word
                await emit(TextDelta(word))
            await emit(Finished("stop", Usage(3, 2), self.name))
        except asyncio.CancelledError:
            self.stopped.set()
            raise

    async def close(self) -> None:
        """Nothing to release."""

    def say(self, *words: str | BaseException | None) -> None:
        for word in words:
            self.words.put_nowait(word)


@dataclass
class Room:
    """A platform with one conversation of Ann's."""

    p: Platform
    slow: Slow
    other: Slow
    id: str
    watching: Callable[[], AbstractContextManager[object]] = field(default=nullcontext)

    async def conversation(self) -> ConversationRow:
        return await get_conversation(self.id, ANN, self.p.database)

    async def say(self, text: str | None, parent: str | None = "at the leaf", model: str = "slow") -> Run:
        content = None if text is None else (Text(text),)
        saying = Saying(content, None if parent == "at the leaf" else parent, parent == "at the leaf")
        turn = Turn(Chat(()), model=model, reader=ANN)
        return await runs.say(await self.conversation(), saying, turn, Plain(), self.watching, self.p)

    async def rows(self) -> list[MessageRow]:
        async with self.p.database.read() as connection:
            ids = [node.id for node in await list_tree(connection, self.id)]
            return await find_messages(connection, self.id, ids)

    async def follow(self, run: str, after: int = 0) -> list[bytes]:
        frames: list[bytes] = []
        await follow(self.p, runs.Place(self.id, run, after), frames)
        return frames


async def finished(room: Room, said: str = "Hello?", *words: str) -> MessageRow:
    """A turn that is over; its answer."""
    run = await room.say(said)
    room.slow.say(*(words or ("Well, ", "yes.")), None)
    async with asyncio.timeout(LONG_S):
        await run.over.wait()
    return run.row()


async def begun(room: Room, said: str = "Hello?") -> Run:
    """A turn whose answer has said a word and goes on."""
    run = await room.say(said)
    room.slow.say("Well, ")
    async with asyncio.timeout(LONG_S):
        await run.begun.wait()
    return run


async def follow(p: Platform, place: runs.Place, frames: list[bytes]) -> None:
    async def send(first: int, more: Sequence[bytes]) -> None:
        frames.extend(more)

    async with asyncio.timeout(LONG_S):
        await runs.follow(place, lambda _: Plain(), send, p)


def texts(messages: Iterable[Message]) -> list[tuple[str, str]]:
    return [(one.role, one.text) for one in messages]


@contextlib.asynccontextmanager
async def open_room(folder: Path) -> AsyncIterator[Room]:
    async with open_small_platform(folder) as p:
        slow, other = Slow(), Slow("other")
        talking: dict[str, Model] = {"slow": slow, "other": other, "scripted": Scripted(Config(replies=""))}
        models = Models({name: _giving(model) for name, model in talking.items()}, {}, "slow", "scripted")
        p = with_models(p, models)
        now = now_us()
        row = ConversationRow(new_conversation_id(), ANN.id, ANN.workspace, "New conversation", now, now)

        async def store(connection: Connection) -> None:
            await insert_conversation(connection, row)

        await p.database.write(store)
        yield Room(p, slow, other, row.id)


def _giving(model: Model) -> Callable[[], Model]:
    return lambda: model
