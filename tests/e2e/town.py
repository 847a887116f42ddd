"""A server with accounts: its administrator Ann, its member Bo, how they sign in, and language models to ask."""

import contextlib
import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from .conftest import Server, serving, with_copy
from .talker import Talker

_EMAIL = "ann@example.org"

_MODEL = """
[models."{name}"]
provider = "openai"
base_url = "{url}/v1"
tier = "{tier}"
"""
_PRICE = """usd_per_million_input = 1.0
usd_per_million_output = 2.0
source = "https://example.org/prices"
as_of = "2026-03-20"
"""
_POLICIES = """
[router.routes.fast]
models = { small = 1 }

[accounts.attempts]
account_burst = 200
address_burst = 200
"""


class Person(NamedTuple):
    """What somebody signs in with."""

    email: str
    password: str


class Town(NamedTuple):
    """The server, its administrator and a member."""

    server: Server
    ann: Person
    bo: Person


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory, handbook: Path) -> Iterator[Town]:
    """One server for a file: accounts cannot be turned off again in between."""
    with founded(with_copy(handbook, tmp_path_factory.mktemp("town"))) as found:
        yield found


@pytest.fixture(scope="module", name="town")
def town_with_models(tmp_path_factory: pytest.TempPathFactory, handbook: Path, talker: Talker) -> Iterator[Town]:
    """The same with two models, one of them without a price, and a route."""
    with founded_with_models(with_copy(handbook, tmp_path_factory.mktemp("town")), talker.url) as found:
        yield found


@contextlib.contextmanager
def founded(folder: Path) -> Iterator[Town]:
    """A server on this folder with accounts; its calls are Ann's."""
    with serving(folder, ANSWERABLE_ACCOUNTS="on", ANSWERABLE_ADMIN_EMAIL=_EMAIL) as server:
        found = re.search(r"^ +password +(\S+)$", (folder / "server.log").read_text(), re.MULTILINE)
        assert found, "the first password is shown"
        ann = Person(_EMAIL, found[1])
        server.key = server.call("POST", "/v1/auth/sign-in", ann._asdict())["access_token"]
        server.wait_until_embedded("handbook")  # what no model can answer, it does: there at once, from the copy
        body = {"email": "bo@example.org", "name": "Bo Ek", "password": "a long enough one"}
        server.call("POST", "/v1/admin/users", body)
        yield Town(server, ann, Person(body["email"], body["password"]))


@contextlib.contextmanager
def founded_with_models(folder: Path, url: str) -> Iterator[Town]:
    """The same with two models at an address, one of them without a price, a route, and leave to sign in often."""
    data = folder / "data"
    small = _MODEL.format(name="small", url=url, tier="cheap") + _PRICE
    (data / "models.toml").write_text(small + _MODEL.format(name="priceless", url=url, tier="strong"))
    (data / "policies.toml").write_text(_POLICIES)
    with founded(folder) as found:
        yield found


def wait_for_usage(server: Server, path: str, name: str) -> None:
    """Return when the usage at an address tells of somebody or something: rows of the ledger are written in groups."""
    deadline = time.monotonic() + 60
    while name not in json.dumps(server.call("GET", path)["data"]):
        assert time.monotonic() < deadline, f"{name} is not in the ledger"
        time.sleep(0.1)


def sign_in(page: Any, who: Person, start: str = "/") -> None:
    """Go somewhere, be led to the sign-in page, and sign in."""
    page.goto(start)
    page.get_by_label("E-mail").fill(who.email)
    page.get_by_label("Password").fill(who.password)
    page.keyboard.press("Enter")
    page.get_by_title("Account").wait_for(state="attached")
