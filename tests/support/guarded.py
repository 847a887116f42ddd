"""A served platform with accounts: people of every role in two workspaces, and what belongs to each."""

import asyncio
import contextlib
import sqlite3
import threading
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from answerable.accounts import assembly, attempts, passwords, tokens
from answerable.accounts.assembly import Accounts
from answerable.api.access import Door
from answerable.config import EXTRACTIVE, Settings
from answerable.core.errors import StreamBroken
from answerable.core.identity import OWNER, Principal
from answerable.core.messages import Emit, TextDelta
from answerable.core.moments import now_us
from answerable.core.tasks import Task
from answerable.flows.admin import HERE, NewUser, create_user
from answerable.flows.ingest import GivenText, Ingest, ingest
from answerable.flows.keys import NewKey, create_key
from answerable.flows.platform import Platform
from answerable.flows.review import Asked, Reviewed, list_items, queue_for_review
from answerable.flows.sharing import share_conversation
from answerable.flows.sign_in import Caller, sign_in
from answerable.gateway.models import Models
from answerable.policies import Policies
from answerable.providers.scripted import Config, Reply, Scripted
from answerable.storage.conversations import ConversationRow, new_conversation_id
from answerable.wiring import open_accounts, open_platform
from tests.support.researched import run_row, store_run
from tests.support.server import serving
from tests.support.talks import conversation, store

PASSWORD = "correct horse battery"
HERE_AND_THERE = ("default", "other")
FAST = Policies(
    accounts=assembly.Config(
        passwords=passwords.Config(memory_kib=8, passes=1, lanes=1),
        tokens=tokens.Config(access_s=3_600),  # people sign in once a session, which takes longer than ten minutes
        attempts=attempts.Config(address_burst=100_000, account_burst=20),
    )
)


@dataclass
class Person:
    """Somebody with a session and a key of all their scopes; `session` is another session of theirs, `talk` a
    conversation with an `answer`, a `share` with its token, an item in the `review` of their workspace, and a research
    `run` that is done.
    """

    id: str
    email: str
    token: str
    refresh: str
    session: str
    key: str
    key_id: str
    talk: str = ""
    answer: str = ""
    share: str = ""
    token_of_share: str = ""
    review: str = ""
    run: str = ""

    @property
    def headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.token}"}


class Dripping:
    """A model that says a word and then nothing, or breaks; `stopped` is set when it is cancelled."""

    name = "dripping"

    def __init__(self) -> None:
        self.stopped = threading.Event()
        self.breaks = False

    async def run(self, task: Task, emit: Emit) -> None:
        await emit(TextDelta("Well, "))
        if self.breaks:
            raise StreamBroken("cut")
        try:
            await asyncio.Event().wait()
        finally:
            self.stopped.set()

    async def close(self) -> None:
        """Nothing to release."""


@dataclass
class Guarded:
    url: str = ""
    people: dict[str, Person] = field(default_factory=dict)
    dripping: Dripping = field(default_factory=Dripping)
    platform: list[Platform] = field(default_factory=list)
    ready: threading.Event = field(default_factory=threading.Event)

    @property
    def accounts(self) -> Accounts:
        return self.platform[0].accounts

    @contextlib.asynccontextmanager
    async def client(self, who: str | None = None) -> AsyncIterator[aiohttp.ClientSession]:
        headers = self.people[who].headers if who else {}
        async with aiohttp.ClientSession(self.url, headers=headers) as session:
            yield session

    async def conversation(self, who: str) -> str:
        """A new, empty one of somebody's."""
        now, person = now_us(), self.people[who]
        workspace = "other" if who.startswith("other") else "default"
        row = ConversationRow(new_conversation_id(), person.id, workspace, "New conversation", now, now)
        path = self.platform[0].database.url.removeprefix("sqlite:///")
        with contextlib.closing(sqlite3.connect(path, timeout=30)) as db, db:  # the platform lives on another loop
            db.execute(
                "insert into conversations (id, owner, workspace, title, named, folder, tags, settings, archived, "
                "created_at, updated_at) values (?, ?, ?, ?, 0, '', '[]', '{}', 0, ?, ?)",
                (row.id, row.owner, row.workspace, row.title, now, now),
            )
        return row.id

    async def call(self, who: str | None, method: str, path: str, **more: Any) -> tuple[int, Any]:
        async with self.client(who) as http, http.request(method, path, **more) as response:
            is_json = response.content_type == "application/json"
            return response.status, await response.json() if is_json else await response.text()


@contextlib.contextmanager
def serving_with_accounts(folder: Path, door: Door | None = None) -> Iterator[Guarded]:
    guarded = Guarded()
    settings = Settings(data=folder, policies=FAST)

    async def opened() -> Platform:
        said = Scripted(Config(name="scripted", replies=Reply("Hello there.")))
        builders = {EXTRACTIVE: lambda: said, "scripted": lambda: said, "dripping": lambda: guarded.dripping}
        p = await open_platform(settings, models=Models(builders, {}, "scripted", EXTRACTIVE))  # type: ignore[arg-type]
        guarded.platform.append(p)
        for workspace in HERE_AND_THERE:
            for role in ("member", "reviewer", "admin"):
                name = role if workspace == "default" else f"{workspace} {role}"
                guarded.people[name] = await add_person(p.accounts, name, role, workspace)
            await add_shelf(p, guarded.people[name], f"{workspace}-shelf")
        guarded.ready.set()
        return p

    with serving(opened, door or Door(accounts=True)) as url:
        guarded.url = url
        assert guarded.ready.wait(180)
        yield guarded


async def add_shelf(p: Platform, admin: Person, name: str) -> None:
    """A collection of a workspace: a document for everybody there, and one that only `staff` reads."""
    who = await p.accounts.auth.identify(admin.token)
    given = {"open.md": None, "closed.md": ("staff",)}
    for source, readers in given.items():
        text = GivenText(source, source, "The safe opens with the number 4711.")
        await ingest(Ingest(name, texts=(text,), readers=readers, who=who), p)


@contextlib.asynccontextmanager
async def open_worker(path: Path) -> AsyncIterator[Accounts]:
    """Accounts of another process on the database of a server."""
    a = await open_accounts(Settings(data=path.parent, policies=FAST))
    try:
        yield a
    finally:
        await a.database.close()


async def add_person(a: Accounts, name: str, role: str, workspace: str = "default") -> Person:
    email = f"{name.replace(' ', '-')}@example.org"
    user, _ = await create_user(OWNER, NewUser(email, name, role, workspace=workspace, password=PASSWORD), HERE, a)  # type: ignore[arg-type]
    row, key = await create_key(OWNER, user.id, NewKey("all"), HERE, a)
    sessions = [await sign_in(email, PASSWORD, Caller("192.0.2.1"), a) for _ in range(2)]
    first, who = sessions[0], Principal(user.id, role=role, workspace=workspace)  # type: ignore[arg-type]
    talk, said = await store(a.database, conversation(user.id, workspace=workspace), f"A secret of {name}?", "Yes.")
    share, token = await share_conversation(talk.id, who, a.database)
    asked = Reviewed(f"req_of_{user.id}", said[1].id, said[0].text, said[1].text)
    await a.database.write(lambda connection: queue_for_review(connection, who, "abstained", asked))
    (item, *_) = await list_items(Asked(), who, a.database)
    run = await store_run(a.database, run_row(who, f"A secret of {name}?"))
    stored = (talk.id, said[1].id, share.id, token, item.id, run.id)
    tokens = (first.access_token, first.refresh_token or "", sessions[1].session_id)
    return Person(user.id, email, *tokens, key, row.id, *stored)
