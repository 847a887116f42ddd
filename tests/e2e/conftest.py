"""A real server in a folder of its own, and a real browser. Skipped, with the reason, where either is missing.

`ANSWERABLE_E2E_URL` names a server that already runs, for working on the pages.
"""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.support.ports import free_port

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
sync_api.expect.set_options(timeout=60_000)  # as long as all else that is waited for: machines that test are busy

ROOT = Path(__file__).resolve().parents[2]
STATIC = ROOT / "src" / "answerable" / "api" / "static" / "index.html"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
START_S = 180.0

FERRY = """# Ferry to Lismore

The passenger ferry to Lismore leaves Port Appin at 9:15 every weekday morning. A return ticket for the ferry costs 7
pounds for adults. Bicycles travel free of charge on the ferry.

## Winter timetable

From November to March the last ferry to Port Appin leaves Lismore at 16:30. The ferry does not run on New Year's Day.
"""
BAKERY = """# The village bakery

The bakery opens at 7 in the morning and closes at noon. Rye bread is baked on Tuesdays and Fridays.

## Orders

Cakes must be ordered two days ahead by telephone. The bakery does not deliver.
"""


@dataclass
class Server:
    """The address of a server, and the few calls that prepare a test."""

    url: str
    key: str = ""
    made: list[str] = field(default_factory=list)
    folder: Path = Path()
    environment: dict[str, str] = field(default_factory=dict)
    process: "subprocess.Popen[bytes] | None" = None

    def start(self) -> None:
        """Run it on its folder, and return when it answers."""
        log, port = self.folder / "server.log", self.url.rpartition(":")[2]
        command = [sys.executable, "-c", "from answerable.cli import main; main()", "serve"]
        command += ["--data", str(self.folder / "data"), "--port", port]
        with log.open("ab") as out:
            self.process = subprocess.Popen(
                command, stdout=out, stderr=subprocess.STDOUT, env=os.environ | self.environment
            )
        deadline = time.monotonic() + START_S
        while not self.is_alive():
            assert self.process.poll() is None, log.read_text()[-3000:]
            assert time.monotonic() < deadline, log.read_text()[-3000:]
            time.sleep(0.1)

    def kill(self) -> None:
        """End it as the kernel does: it is told nothing."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(timeout=120)

    def call(self, method: str, path: str, body: object | None = None) -> Any:
        """One request; the JSON of the reply, None when there is none."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"content-type": "application/json"} | ({"authorization": f"Bearer {self.key}"} if self.key else {})
        request = urllib.request.Request(self.url + path, data, headers, method=method)
        with urllib.request.urlopen(request, timeout=120) as reply:
            text = reply.read()
        return json.loads(text) if text else None

    def collection(self, name: str, **texts: str) -> str:
        """A new collection with these documents, embedded."""
        self.call("POST", "/v1/collections", {"name": name})
        self.made.append(name)
        for title, text in texts.items():
            body = {"title": title, "text": text, "source": f"{title}.md"}
            (result,) = self.call("POST", f"/v1/collections/{name}/documents", body)["data"]
            assert result["status"] == "added", result
        self.wait_until_embedded(name)
        return name

    def wait_until_embedded(self, name: str) -> None:
        """Return when no chunk waits for its embedding."""
        deadline = time.monotonic() + START_S
        while self.call("GET", f"/v1/collections/{name}/progress")["pending"]:
            assert time.monotonic() < deadline, "the embeddings were not made in time"
            time.sleep(0.1)

    def is_alive(self) -> bool:
        """Whether it answers."""
        try:
            self.call("GET", "/health/live")
        except (urllib.error.URLError, OSError):
            return False
        return True


@pytest.fixture(scope="session")
def handbook(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of a server that was started and has embedded its handbook, which takes half a minute: the others
    begin with a copy of it.
    """
    if not STATIC.is_file():
        pytest.skip("the web pages are not built: npm run build in web/")
    folder = tmp_path_factory.mktemp("handbook")
    with serving(folder) as found:
        found.wait_until_embedded("handbook")
    return folder / "data"


@pytest.fixture(scope="session")
def real_server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for all journeys."""
    if running := os.environ.get("ANSWERABLE_E2E_URL"):
        yield Server(running.rstrip("/"))
        return
    with serving(with_copy(request.getfixturevalue("handbook"), tmp_path_factory.mktemp("e2e"))) as found:
        yield found


def with_copy(handbook: Path, folder: Path) -> Path:
    """The folder of a server, with a data folder to begin with."""
    shutil.copytree(handbook, folder / "data")
    return folder


@contextlib.contextmanager
def serving(folder: Path, **environment: str) -> Iterator[Server]:
    """A server with its data and its log in a folder."""
    found = Server(f"http://127.0.0.1:{free_port()}", folder=folder, environment=environment)
    try:
        found.start()
        yield found
    finally:
        if found.process is not None:
            found.process.terminate()
            found.process.wait(timeout=120)


@pytest.fixture
def server(real_server: Server) -> Iterator[Server]:
    """The server; the collections that a test made go afterwards."""
    yield real_server
    for name in real_server.made:
        with contextlib.suppress(urllib.error.HTTPError):
            real_server.call("DELETE", f"/v1/collections/{name}")
    real_server.made.clear()


@pytest.fixture(scope="session")
def island(real_server: Server) -> str:
    """A collection that tests only read: the ferry and the bakery."""
    name = real_server.collection("island", ferry=FERRY, bakery=BAKERY)
    real_server.made.remove(name)
    return name


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """The browser of the system; closed with the file: its event loop would disturb the async tests that follow."""
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if path is None:
        pytest.skip("no Chromium is installed (Debian: apt-get install chromium)")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS, timeout=180_000)
        yield browser
        browser.close()


_EXPECTED = ("ERR_INTERNET_DISCONNECTED", "status of 401")
"""A test took the network away, or nobody is signed in yet."""


def _is_problem(message: Any, expected: tuple[str, ...]) -> bool:
    return message.type in ("error", "warning") and not any(text in message.text for text in (*_EXPECTED, *expected))


def open_page(browser: Any, server: Server, expected: tuple[str, ...] = (), **options: Any) -> Iterator[Any]:
    """A page in a context of its own; afterwards it must have asked nobody else, and have logged no error but the
    expected ones.
    """
    options = {"viewport": {"width": 1280, "height": 800}, "reduced_motion": "reduce", **options}
    context = browser.new_context(base_url=server.url, **options)
    page = context.new_page()
    page.set_default_timeout(60_000)  # a machine that runs all tests at once is slow
    asked: list[str] = []
    problems: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: problems.append(message.text) if _is_problem(message, expected) else None)
    page.on("pageerror", lambda error: problems.append(str(error)))
    yield page
    context.close()
    elsewhere = [url for url in asked if not url.startswith((server.url, "data:", "blob:"))]
    assert not elsewhere, "a page asked a third party"
    assert not problems, problems


def put(page: Any, collection: str, question: str) -> None:
    """Type a question to a collection into an open chat and send it."""
    page.get_by_label("Collection to search").select_option(collection)
    page.get_by_label("Your question").fill(question)
    page.keyboard.press("Enter")


def ask(page: Any, collection: str, question: str) -> Any:
    """Put a question; its turn, when that is finished."""
    put(page, collection, question)
    return answer_of(page, question)


def answer_of(page: Any, question: str) -> Any:
    """The finished turn of a question."""
    turn = page.get_by_role("article", name=question)
    turn.get_by_role("button", name="Edit", exact=True).wait_for()
    return turn


def pick(page: Any, title: str, act: str) -> None:
    """Choose an act from the menu of a conversation in the rail."""
    page.get_by_role("navigation").get_by_role("link", name=title).first.hover()
    page.get_by_role("button", name=f"More for “{title}”").first.click()
    page.get_by_role("menuitem", name=act).click()


@pytest.fixture
def page(chromium: Any, server: Server) -> Iterator[Any]:
    """A page on a desk."""
    yield from open_page(chromium, server)


@pytest.fixture
def phone(chromium: Any, server: Server) -> Iterator[Any]:
    """A page on a phone, in the dark."""
    small = {"width": 390, "height": 844}
    yield from open_page(chromium, server, viewport=small, has_touch=True, color_scheme="dark")
