"""What reaches an error tracker: a small server takes the envelopes, and nothing that anybody wrote is in them."""

import gzip
import json
import logging
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from answerable.core.errors import ProviderDown, SetupError
from answerable.telemetry.log import configure, logger
from answerable.telemetry.tracking import Tracker, exception_of
from tests.support.patience import LONG_S

SECRET = "my card is 4111 1111 1111 1111"
PATH = "/v1/secret"

needs_sentry = pytest.mark.skipif(
    subprocess.run([sys.executable, "-c", "import sentry_sdk"], capture_output=True, check=False).returncode != 0,
    reason="the extra 'sentry' is not installed",
)


class Inbox:
    """A tracker's server: `events` are the reports it got, `raw` all that was sent."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.raw = ""
        inbox = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                text = (gzip.decompress(body) if self.headers["content-encoding"] == "gzip" else body).decode()
                inbox.raw += f"{self.path}\n{self.headers}\n{text}"
                inbox.events += [found for line in text.splitlines() if "level" in (found := json.loads(line))]
                self.send_response(200)
                self.end_headers()

            def log_message(self, *args: Any) -> None:
                """Nothing to say."""

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self.dsn = f"http://key@127.0.0.1:{self._server.server_port}/7"
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    found = Inbox()
    yield found
    found.close()


@pytest.fixture(autouse=True)
def own_configuration(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr("answerable.telemetry.tracking._CLOSE_S", LONG_S)  # a busy machine sends later
    root = logging.getLogger()
    before = root.handlers[:]
    yield
    root.handlers[:] = before
    configure("warning")
    root.handlers[:] = before


def fail(question: str) -> None:
    try:
        int(question)
    except ValueError as error:
        raise ProviderDown(f"it said {question}") from error


@needs_sentry
def test_an_error_is_reported_with_its_places_and_nothing_that_anybody_wrote(inbox: Inbox) -> None:
    tracker = Tracker(inbox.dsn)
    configure("info", tracker.report)
    try:
        fail(SECRET)
    except ProviderDown as error:
        logger.error("request.failed", path=PATH, question=SECRET, exc_info=error)
    tracker.close()
    (event,) = inbox.events
    assert [one["type"] for one in event["exception"]["values"]] == ["ValueError", "ProviderDown"]
    functions = [frame["function"] for frame in event["exception"]["values"][-1]["stacktrace"]["frames"]]
    assert functions[-1] == "fail"
    assert event["tags"] == {"line": "request.failed", "code": "provider_down"}
    assert event["release"].startswith("answerable@")
    for never in (SECRET, "4111 1111", "it said my", PATH, '"vars"', '"user"', "server_name", "breadcrumbs"):
        assert never not in inbox.raw
    assert set(event) <= {"event_id", "timestamp", "level", "platform", "release", "sdk", "tags", "exception"}


@needs_sentry
def test_error_lines_without_an_exception_and_those_of_libraries_are_reported_by_their_name(inbox: Inbox) -> None:
    tracker = Tracker(inbox.dsn)
    configure("error", tracker.report)
    logger.warning("not.this")
    logger.error("ledger.rows_given_up", question=SECRET)
    try:
        fail(SECRET)
    except ProviderDown:
        logging.getLogger("some.library").exception("could not send %s", SECRET)
    tracker.close()
    first, second = inbox.events
    assert (first["message"], first["tags"]) == ("ledger.rows_given_up", {"line": "ledger.rows_given_up"})
    assert second["tags"]["line"] == "some.library"
    assert SECRET not in inbox.raw


@needs_sentry
def test_a_tracker_that_is_away_holds_nothing_up() -> None:
    tracker = Tracker("http://key@127.0.0.1:9/7")
    for _ in range(200):
        tracker.report("request.failed", ValueError("gone"))
    tracker.close()


@needs_sentry
def test_an_address_that_is_none_refuses_to_start() -> None:
    with pytest.raises(SetupError, match="ANSWERABLE_SENTRY_DSN is no address"):
        Tracker("not an address")


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sentry_sdk", None)
    with pytest.raises(SetupError, match=r"pip install 'answerable\[sentry\]'"):
        Tracker("http://key@127.0.0.1:9/7")


def test_the_exception_is_found_in_every_form_of_exc_info() -> None:
    error = ValueError("x")
    assert exception_of(error) is error
    assert exception_of((ValueError, error, None)) is error
    assert [exception_of(one) for one in (None, True, (None, None, None))] == [None, None, None]
