import os
import stat
from pathlib import Path

import pytest

from answerable.accounts.keyring import FILE, KeyRing, load_keyring, remove, rotate
from answerable.core.errors import NotFound, SetupError

STRONG = "Zq8vN3kT0xWm5LrPy7HdBc2FgJ9sAe4U"


def test_the_first_start_makes_secrets_that_only_their_owner_reads_and_the_next_finds_them(tmp_path: Path) -> None:
    first, second = load_keyring(tmp_path), load_keyring(tmp_path)
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600
    assert first.newest_key("api keys") == second.newest_key("api keys")
    assert len(first.newest_key("api keys")) == 32
    assert [path.name for path in tmp_path.iterdir()] == [FILE]


def test_two_installations_have_different_secrets(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    assert load_keyring(tmp_path / "a").newest_key("api keys") != load_keyring(tmp_path / "b").newest_key("api keys")


def test_each_purpose_has_a_key_of_its_own(tmp_path: Path) -> None:
    ring = load_keyring(tmp_path)
    assert len({ring.newest_key(purpose) for purpose in ("access tokens", "refresh tokens", "api keys")}) == 3


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o777])
def test_secrets_that_others_can_read_refuse_to_start(tmp_path: Path, mode: int) -> None:
    load_keyring(tmp_path)
    (tmp_path / FILE).chmod(mode)
    with pytest.raises(SetupError, match="chmod 600"):
        load_keyring(tmp_path)


@pytest.mark.parametrize(
    "value",
    ["", "short", "x" * 64, "abc" * 20, "t0p-s3cr3t", "this-is-my-very-long-secret-key-1234", "CHANGEME" + STRONG],
)
def test_a_weak_or_known_secret_refuses_to_start_and_is_not_shown(tmp_path: Path, value: str) -> None:
    with pytest.raises(SetupError) as caught:
        load_keyring(tmp_path, {"mine": value})
    assert "mine" in str(caught.value)
    assert not value or value not in str(caught.value)


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"secrets": {"s1": 5}}', '{"secrets": []}'])
def test_a_damaged_file_refuses_to_start(tmp_path: Path, text: str) -> None:
    path = tmp_path / FILE
    path.write_text(text)
    path.chmod(0o600)
    with pytest.raises(SetupError):
        load_keyring(tmp_path)


def test_given_secrets_go_before_the_file_and_leave_none(tmp_path: Path) -> None:
    assert load_keyring(tmp_path, {"a": STRONG}).ids == ("a",)
    assert not list(tmp_path.iterdir())


def test_after_a_rotation_the_new_secret_signs_and_the_old_one_verifies_until_it_is_removed(tmp_path: Path) -> None:
    before = load_keyring(tmp_path)
    old, key = before.newest, before.newest_key("access tokens")
    rotate(tmp_path)
    after = load_keyring(tmp_path)
    assert after.newest != old
    assert after.newest_key("access tokens") != key
    assert after.key("access tokens", old) == key
    remove(tmp_path, old)
    assert load_keyring(tmp_path).key("access tokens", old) is None
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600


def test_the_only_secret_cannot_be_removed_and_an_unknown_one_is_named(tmp_path: Path) -> None:
    ring = load_keyring(tmp_path)
    with pytest.raises(SetupError, match="only secret"):
        remove(tmp_path, ring.newest)
    with pytest.raises(NotFound, match="s9"):
        remove(tmp_path, "s9")
    with pytest.raises(SetupError, match=r"secrets\.json"):
        rotate(tmp_path / "nowhere")


def test_a_ring_never_shows_its_secrets() -> None:
    assert STRONG not in repr(KeyRing({"a": STRONG}))


def test_of_two_first_starts_at_once_both_use_the_same_secrets(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writer, load_keyring(tmp_path).newest_key("api keys"))
        os._exit(0)
    mine = load_keyring(tmp_path).newest_key("api keys")
    os.waitpid(child, 0)
    assert os.read(reader, 64) == mine
    os.close(reader)
    os.close(writer)
