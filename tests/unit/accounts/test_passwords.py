import asyncio

import pytest

from answerable.accounts.passwords import Config, Passwords, generate_password
from answerable.core.errors import InvalidRequest

CHEAP = Config(memory_kib=8, passes=1, lanes=1)
GOOD = "correct horse battery"


async def test_a_password_is_found_again_and_no_other() -> None:
    passwords = Passwords(CHEAP)
    stored = await passwords.hash(GOOD)
    assert stored.startswith("$argon2id$")
    assert stored != await passwords.hash(GOOD)
    assert await passwords.verify(stored, GOOD)
    assert not await passwords.verify(stored, GOOD + " ")


@pytest.mark.parametrize("stored", [None, "", "not a hash"])
async def test_no_account_is_no_right_password_even_an_empty_one(stored: str | None) -> None:
    passwords = Passwords(CHEAP)
    for password in ("", GOOD, "x" * 1_000):
        assert not await passwords.verify(stored, password)


async def test_an_unknown_account_costs_as_many_hashes_as_a_known_one() -> None:
    passwords = Passwords(CHEAP)
    stored = await passwords.hash(GOOD)
    await passwords.verify(None, GOOD)
    costs = []
    for one in (stored, None, ""):
        before = passwords.computed
        await passwords.verify(one, "a wrong password")
        costs.append(passwords.computed - before)
    assert costs == [1, 1, 1]


async def test_a_password_that_is_too_long_to_be_one_costs_no_more() -> None:
    passwords = Passwords(CHEAP)
    assert not await passwords.verify(await passwords.hash(GOOD), GOOD + "x" * 100_000)


@pytest.mark.parametrize(
    "password", ["short", "x" * 11, "x" * 300, "aaaabbbbaaaabbbb", "Somebody@Example.org", "my somebody@example.org"]
)
def test_what_cannot_be_a_password(password: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        Passwords(CHEAP).check(password, "somebody@example.org")
    assert caught.value.param == "password"


def test_a_sentence_may_be_a_password() -> None:
    Passwords(CHEAP).check(GOOD, "somebody@example.org")
    Passwords(CHEAP).check(generate_password(), "somebody@example.org")


async def test_a_hash_of_other_parameters_is_outdated() -> None:
    stored = await Passwords(CHEAP).hash(GOOD)
    assert not Passwords(CHEAP).is_outdated(stored)
    assert Passwords(Config(memory_kib=16, passes=1, lanes=1)).is_outdated(stored)


async def test_only_so_many_hashes_are_computed_at_once() -> None:
    passwords = Passwords(CHEAP)
    assert await asyncio.gather(*(passwords.verify(None, GOOD) for _ in range(20))) == [False] * 20


@pytest.mark.parametrize(
    "wrong", [{"memory_kib": 8, "lanes": 4}, {"passes": 0}, {"least_characters": 4}, {"at_once": 0}]
)
def test_weak_parameters_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="passwords"):
        Config(**wrong)
