"""Accounts on a real database, with clocks that a test moves and a hash that is cheap to compute."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from answerable.accounts import assembly, passwords
from answerable.accounts.assembly import Accounts
from answerable.accounts.keyring import load_keyring
from answerable.core.identity import OWNER, Principal
from answerable.flows.admin import NewUser, create_user
from answerable.flows.sign_in import Caller, SignedIn, sign_in
from answerable.storage.accounts import UserRow
from tests.support.stack import open_database

PASSWORD = "correct horse battery"
CALLER = Caller("192.0.2.1", "a test")
CHEAP = assembly.Config(passwords=passwords.Config(memory_kib=8, passes=1, lanes=1))


@dataclass
class Clock:
    """Seconds that pass only when told to; `us` is the same clock in microseconds since 1970 UTC."""

    seconds: float = field(default=1_800_000_000.0)

    def __call__(self) -> float:
        return self.seconds

    def us(self) -> int:
        return int(self.seconds * 1_000_000)

    def pass_by(self, seconds: float) -> None:
        self.seconds += seconds


@dataclass
class Office:
    """A worker's accounts; `another_worker` is a second one on the same database."""

    a: Accounts
    clock: Clock

    def another_worker(self) -> Accounts:
        return assembly.build(self.a.database, self.a.ring, CHEAP, self.clock.us, clock=self.clock)

    async def add(self, email: str, **more: object) -> UserRow:
        user, _ = await create_user(OWNER, replace(NewUser(email, password=PASSWORD), **more), CALLER, self.a)  # type: ignore[arg-type]
        return user

    async def sign_in(self, email: str) -> SignedIn:
        return await sign_in(email, PASSWORD, CALLER, self.a)

    async def principal(self, email: str, **more: object) -> Principal:
        await self.add(email, **more)
        return await self.a.auth.identify((await self.sign_in(email)).access_token)


@contextlib.asynccontextmanager
async def open_office(folder: Path, url: str = "") -> AsyncIterator[Office]:
    """On the database of an address; without one, on SQLite in the folder."""
    clock = Clock()
    database = await open_database(url or f"sqlite:///{folder / 'a.db'}")
    try:
        yield Office(assembly.build(database, load_keyring(folder), CHEAP, clock.us, clock=clock), clock)
    finally:
        await database.close()
