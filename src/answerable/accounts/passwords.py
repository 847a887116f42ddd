"""Passwords: argon2id in a thread, the same work whether an account exists or not, and what may be a password.

The parameters are the second recommended option of RFC 9106 section 4 (64 MiB, 3 passes, 4 lanes); the cheat sheet of
OWASP asks for at least 19 MiB and 2 passes. At most `at_once` run together, which bounds the memory they take.
"""

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError
from argon2.low_level import Type

from answerable.core.errors import InvalidRequest

T = TypeVar("T")

_LONGEST = 256
_GENERATED_BYTES = 15


@dataclass(frozen=True, slots=True)
class Config:
    """`least_characters`: NIST SP 800-63B asks for at least 8 and advises against rules of composition."""

    memory_kib: int = 65_536
    passes: int = 3
    lanes: int = 4
    least_characters: int = 12
    least_different: int = 5
    at_once: int = 2

    def __post_init__(self) -> None:
        if self.memory_kib < 8 * self.lanes or self.passes < 1 or self.lanes < 1:
            raise ValueError("passwords: memory_kib must be at least 8 for each lane, passes and lanes at least 1")
        if not 8 <= self.least_characters <= _LONGEST or self.at_once < 1:
            raise ValueError(f"passwords: least_characters must be 8 to {_LONGEST}, at_once at least 1")


class Passwords:
    """Hashes and verifies. `computed` counts the hashes that were computed, whatever they were for."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._hasher = PasswordHasher(config.passes, config.memory_kib, config.lanes, type=Type.ID)
        self._at_once = asyncio.Semaphore(config.at_once)
        self._nobody: str | None = None
        self.computed = 0

    def check(self, password: str, email: str) -> None:
        """Raises InvalidRequest that says why something cannot be a password."""
        least = self._config.least_characters
        if not least <= len(password) <= _LONGEST:
            raise InvalidRequest(f"a password has {least} to {_LONGEST} characters", param="password")
        if len(set(password)) < self._config.least_different:
            raise InvalidRequest("this password repeats the same few characters", param="password")
        lowered, name = password.lower(), email.partition("@")[0]
        if lowered in (email, name * 2) or email in lowered or (len(name) >= least and name in lowered):
            raise InvalidRequest("the password must not be the e-mail address", param="password")

    async def hash(self, password: str) -> str:
        """The PHC string of a password, with its parameters and a salt of its own."""
        return await self._run(self._hasher.hash, password)

    async def verify(self, stored: str | None, password: str) -> bool:
        """Whether it is the password. None (no such account) costs the same work and is never right."""
        if len(password) > _LONGEST:
            password = ""  # nobody has it: nothing that long can be set
        if self._nobody is None:
            self._nobody = await self.hash(secrets.token_urlsafe(_GENERATED_BYTES))
        right = await self._run(self._matches, stored or self._nobody, password)
        return right and bool(stored)

    def is_outdated(self, stored: str) -> bool:
        """Whether a hash was made with other parameters than today's."""
        return self._hasher.check_needs_rehash(stored)

    def _matches(self, stored: str, password: str) -> bool:
        try:
            return self._hasher.verify(stored, password)
        except (VerifyMismatchError, VerificationError, InvalidHashError):
            return False

    async def _run(self, work: Callable[..., T], *arguments: str) -> T:
        async with self._at_once:
            self.computed += 1
            return await asyncio.to_thread(work, *arguments)


def generate_password() -> str:
    """A password of 120 random bits, in four groups that can be read out."""
    text = secrets.token_hex(_GENERATED_BYTES)
    return "-".join(text[at : at + 8] for at in range(0, len(text), 8))
