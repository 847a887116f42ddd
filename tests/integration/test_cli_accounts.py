"""`users` and `keys` as they are typed, and a server that starts with accounts for the first time."""

import asyncio
import json
import os
import re
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from answerable.accounts.keyring import FILE, load_keyring
from answerable.config import Settings
from answerable.wiring import open_accounts
from tests.support.typed import FAST, Cli


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    return Cli(tmp_path)


def test_an_account_is_made_listed_changed_and_removed(cli: Cli) -> None:
    made = cli.json("users", "add", "ada@example.org", "--name", "Ada", "--role", "reviewer", "--group", "staff")
    assert re.fullmatch(r"([0-9a-f]{8}-){3}[0-9a-f]{6}", made["password"])
    assert (made["role"], made["groups"], made["workspace"]) == ("reviewer", ["staff"], "default")
    cli("users", "add", "bo@example.org", "--workspace", "other", "--service")
    table = cli("users", "list")
    assert "ada@example.org" in table
    assert "program" in table
    changed = cli.json("users", "set", "ada@example.org", "--tier", "pro", "--disable")
    assert (changed["tier"], changed["disabled"]) == ("pro", True)
    assert cli("users", "set", "ada@example.org", "--new-password").count("\n") == 1
    assert cli.json("users", "remove", made["id"]) == {"removed": made["id"]}
    assert [row["email"] for row in cli.json("users", "list")["users"]] == ["bo@example.org"]


def test_a_mistake_is_one_line_and_an_exit_code(cli: Cli) -> None:
    cli("users", "add", "ada@example.org", "--role", "admin")
    assert "already" in cli("users", "add", "ada@example.org", code=1)
    assert "last administrator" in cli("users", "remove", "ada@example.org", code=1)
    assert "no account" in cli("users", "set", "nobody@example.org", "--tier", "pro", code=1)
    assert "--role" in cli("users", "set", "ada@example.org", code=2)
    assert "e-mail" in cli("users", "add", "ada", code=2)
    assert "no key" in cli("keys", "revoke", "ak_0123456789abcdef", code=1)
    assert "scope" in cli("keys", "create", "--user", "ada@example.org", "--scope", "everything", code=2)


def test_a_key_is_shown_once_alone_on_its_line(cli: Cli) -> None:
    cli("users", "add", "ada@example.org")
    key = cli(
        "keys", "create", "--user", "ada@example.org", "--name", "laptop", "--scope", "chat", "--days", "9"
    ).strip()
    (row,) = cli.json("keys", "list", "--user", "ada@example.org")["keys"]
    assert key.startswith(f"{row['id']}_")
    assert (row["scopes"], row["last_used_at"]) == (["chat"], None)
    table = cli("keys", "list")
    assert "laptop" in table
    assert "ada@example.org" in table
    assert key not in table
    cli("keys", "revoke", row["id"])
    assert cli.json("keys", "list") == {"keys": []}


def test_secrets_are_rotated_and_an_old_one_leaves_when_no_key_needs_it(cli: Cli) -> None:
    cli("users", "add", "ada@example.org")
    key = cli("keys", "create", "--user", "ada@example.org").strip()
    assert cli.json("keys", "rotate-secrets") == {"secrets": ["s1", "s2"], "signs": "s2"}
    assert "1 API keys" in cli("keys", "remove-secret", "s1", code=1)
    asyncio.run(_use(cli.data, key))
    assert "s2" in cli("keys", "remove-secret", "s1")
    assert load_keyring(cli.data).ids == ("s2",)
    asyncio.run(_use(cli.data, key))
    assert "only secret" in cli("keys", "remove-secret", "s2", "--force", code=1)


async def _use(data: Path, key: str) -> None:
    a = await open_accounts(Settings(data=data))
    try:
        await a.auth.identify(key)
    finally:
        await a.database.close()


def test_secrets_that_others_can_read_stop_the_command(cli: Cli) -> None:
    cli("users", "list")
    (cli.data / FILE).chmod(0o644)
    assert "chmod 600" in cli("users", "list", code=1)


def test_the_first_start_with_accounts_shows_a_password_that_signs_in(tmp_path: Path) -> None:
    more = {"ANSWERABLE_DATA": str(tmp_path), "ANSWERABLE_ACCOUNTS": "on", "ANSWERABLE_POLICIES": FAST}
    command = [sys.executable, "-m", "answerable", "serve", "--port", "0", "--no-handbook"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ | more
    ) as server:
        assert server.stdout is not None
        assert server.stderr is not None
        shown = [server.stdout.readline() for _ in range(3)]
        password = shown[2].split()[-1]
        lines = iter(server.stderr.readline, "")
        url = next(found[0] for line in lines if (found := re.search(r"http://[\d.]+:\d+", line)))
        try:
            body = json.dumps({"email": "admin@localhost", "password": password}).encode()
            request = urllib.request.Request(f"{url}/v1/auth/sign-in", body, {"content-type": "application/json"})
            with urllib.request.urlopen(request, timeout=120) as response:
                assert json.load(response)["user"]["role"] == "admin"
            with pytest.raises(urllib.error.HTTPError, match="401") as refused:
                urllib.request.urlopen(f"{url}/v1/models", timeout=120)
            refused.value.close()
        finally:
            server.terminate()
            server.communicate(timeout=180)


def test_a_server_that_others_reach_does_not_start_without_accounts(cli: Cli) -> None:
    assert "ANSWERABLE_ACCOUNTS=on" in cli("serve", "--host", "0.0.0.0", "--port", "0", code=1)


def test_a_topic_is_put_listed_and_removed(cli: Cli) -> None:
    assert "no topics" in cli("topics", "list")
    cli("topics", "put", "refunds", "-k", "refund", "-k", "money back", "-e", "I want to return it")
    assert "people" in cli("topics", "put", "outage", "-k", "outage", "--off")
    table = cli("topics", "list")
    assert all(one in table for one in ("refunds", "refund, money back", "outage", "off"))
    made = cli.json("topics", "put", "outage", "-k", "outage", "--action", "notice", "--message", "We know.")
    assert (made["action"], made["message"], made["enabled"]) == ("notice", "We know.", True)
    assert "removed outage" in cli("topics", "remove", "outage")
    assert [row["name"] for row in cli.json("topics", "list")["topics"]] == ["refunds"]
    assert "no topic" in cli("topics", "remove", "outage", code=1)
    assert "keywords" in cli("topics", "put", "empty", code=2)
