"""The server is killed while it answers: what the page shows meanwhile, and what is left when it runs again."""

import contextlib
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from .conftest import answer_of, open_page
from .talker import SLOWLY, Talker, talker
from .town import Town, sign_in, town_with_models

__all__ = ["talker", "town_with_models"]

pytestmark = pytest.mark.e2e
expect = pytest.importorskip("playwright.sync_api", reason="playwright is not installed").expect
GONE = ("net::ERR_",)


def wait_until_stored(folder: Path, text: str) -> None:
    """Return when an answer that is being given is in the database with these words: within a second or two."""
    deadline = time.monotonic() + 60
    with contextlib.closing(sqlite3.connect(folder / "data" / "answerable.db", timeout=60)) as database:
        while not database.execute("SELECT 1 FROM messages WHERE text LIKE ?", (f"%{text}%",)).fetchone():
            assert time.monotonic() < deadline, "it is not stored"
            time.sleep(0.1)


@pytest.fixture
def street(chromium: Any, town: Town) -> Iterator[Any]:
    """A page where Bo is signed in."""
    for page in open_page(chromium, town.server, GONE):
        sign_in(page, town.bo)
        yield page


def test_what_was_said_before_the_server_was_killed_is_there_when_it_is_back(
    street: Any, town: Town, talker: Talker
) -> None:
    question = f"How long is a year, {SLOWLY}?"
    street.get_by_label("Who answers").select_option("small")
    street.get_by_label("Collection to search").select_option("")
    street.get_by_label("Your question").fill(question)
    street.keyboard.press("Enter")
    turn = street.get_by_role("article", name=question)
    turn.get_by_text("Answer 1 of small: two").wait_for()
    wait_until_stored(town.server.folder, "Answer 1 of small: two")
    town.server.kill()
    street.get_by_text("The server cannot be reached.").wait_for()
    turn.get_by_text("Answer 1 of small: two").wait_for()
    talker.go_on()
    town.server.start()
    turn.get_by_text("The server stopped before this answer was finished.").wait_for()
    expect(street.get_by_text("The server cannot be reached.")).to_have_count(0)
    street.reload()
    turn.get_by_text("The server stopped before this answer was finished.").wait_for()
    assert "Answer 1 of small: two" in turn.inner_text()
    turn.get_by_role("button", name="Answer again").click()
    turn.get_by_text("120 minutes.").wait_for()
    turn.get_by_text("2 of 2").wait_for()
    answer_of(street, question)
