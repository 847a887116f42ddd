import pytest

from answerable.accounts.keyring import KeyRing
from answerable.accounts.keys import find_id, hash_of, matches, new_key
from tests.unit.accounts.test_keyring import STRONG

RING = KeyRing({"a": STRONG})


def test_a_key_holds_its_id_and_256_random_bits() -> None:
    key_id, key = new_key()
    assert find_id(key) == key_id
    assert key.startswith("ak_")
    assert len(key.removeprefix(f"{key_id}_")) == 43
    assert new_key()[1] != key


def test_a_key_matches_its_hash_and_nothing_else_does() -> None:
    key_id, key = new_key()
    stored = hash_of(RING, "a", key)
    assert stored is not None
    assert key not in stored
    assert matches(RING, "a", stored, key)
    for other in (key[:-1], key + "x", new_key()[1], key_id + "_", stored):
        assert not matches(RING, "a", stored, other)


def test_a_hash_needs_the_secret_it_was_made_with() -> None:
    _, key = new_key()
    assert hash_of(RING, "gone", key) is None
    assert not matches(RING, "gone", "", key)
    assert hash_of(KeyRing({"a": STRONG[::-1]}), "a", key) != hash_of(RING, "a", key)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ak_",
        "ak_12",
        "ak_0123456789abcdef",
        "ak_0123456789abcdef_",
        "sk_0123456789abcdef_x",
        "ak_0123456789abcdef_é",
    ],
)
def test_what_is_no_key(text: str) -> None:
    assert find_id(text) is None
