"""`answerable research` and `answerable reports` as they are typed, at a terminal too."""

import asyncio
import os
import pty
import re
import select
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiohttp import web

from tests.support.clerk import Clerk, answering
from tests.support.town_papers import FOLDER, PAPERS, TOPIC
from tests.support.typed import Cli


@pytest.fixture(scope="module")
def cli(tmp_path_factory: pytest.TempPathFactory) -> Cli:
    found = Cli(tmp_path_factory.mktemp("cli") / "data")
    found("add", str(FOLDER))
    return found


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ((" ",), 2, "the topic has 3 to 2,000 characters"),
        (("x" * 10_000,), 2, "the topic has 3 to 2,000 characters"),
        ((TOPIC, "-c", "nope"), 1, "there is no collection 'nope'"),
        ((TOPIC, "-s", "nope"), 2, "there is no source 'nope'; sources: arxiv"),
        ((TOPIC, "-m", "nope"), 1, "there is no model 'nope'"),
        ((TOPIC, "-o", "report.exe"), 2, "'report.exe' cannot be written: a report is docx, html, md, pdf"),
        ((TOPIC, "-o", "/no/such/report.md"), 2, "there is no folder /no/such"),
    ],
)
def test_what_cannot_be_begun_is_said_in_a_line(cli: Cli, words: tuple[str, ...], code: int, said: str) -> None:
    assert said in " ".join(cli("research", *words, code=code).split())


def test_a_report_is_made_shown_written_in_each_form_and_erased(cli: Cli, tmp_path: Path) -> None:
    printed = cli("research", TOPIC)
    assert "The crossing takes" in " ".join(printed.split())
    run = cli.json("reports", "list")["data"][0]["id"]
    for form, beginning in (("md", b"# "), ("html", b"<!doctype"), ("pdf", b"%PDF-"), ("docx", b"PK")):
        path = tmp_path / f"report.{form}"
        assert cli("reports", "show", run[:12], "--out", str(path)) == ""
        assert path.read_bytes()[: len(beginning)].lower() == beginning.lower()
    assert "it was done already" in cli("reports", "cancel", run)
    assert "erased" in cli("reports", "delete", run)
    assert "there is no research run" in cli("reports", "show", run, code=1)


def test_what_waits_is_decided_later(cli: Cli) -> None:
    assert "it waits for a decision: answerable reports resume res_" in cli("research", TOPIC, "--approve")
    run = cli.json("reports", "list")["data"][0]["id"]
    assert "waits: outline" in cli("reports", "list")
    assert "ended" in cli("reports", "cancel", run)
    assert cli.json("reports", "list")["data"][0]["status"] == "cancelled"


@pytest.mark.parametrize("keys", [b"\x03", b"\x04"], ids=["ctrl-c", "ctrl-d"])
def test_at_a_terminal_neither_key_hangs_or_loses_what_waits(cli: Cli, keys: bytes) -> None:
    said, code = _at_a_terminal(cli, "[l]ater", keys, "research", TOPIC, "--approve")
    assert code == 0
    assert "it waits for a decision: answerable reports resume res_" in said


class Slow(Clerk):
    """It makes no outline before it is let."""

    def __init__(self) -> None:
        super().__init__(0)
        self.let = threading.Event()

    async def complete(self, request: web.Request) -> web.StreamResponse:
        system = (await request.json())["messages"][0]["content"]
        if "plan the outline" in system:
            await asyncio.to_thread(self.let.wait)
        return await super().complete(request)


@pytest.fixture
def slow(cli: Cli) -> Iterator[Slow]:
    """A model of the command line."""
    models = cli.data / "models.toml"
    with answering(Slow()) as found:
        models.write_text(f'[models.slow]\nprovider = "openai"\nbase_url = "{found.url}"\nfree = true\n')
        yield found
        models.unlink()
        found.let.set()


def test_ctrl_c_in_the_middle_says_how_to_go_on(cli: Cli, slow: Slow) -> None:
    said, code = _at_a_terminal(cli, "looks for", b"\x03", "research", TOPIC, "--model", "slow")
    assert code == 130
    assert "go on with: answerable reports resume res_" in said
    run = cli.json("reports", "list")["data"][0]
    assert "interrupted" in cli("reports", "list")
    slow.let.set()
    printed = " ".join(cli("reports", "resume", run["id"]).split())
    assert re.search(r"judged \d+(\.\d)? of 10", printed)
    assert any(paper.title in printed for paper in PAPERS)  # it is cited
    assert cli.json("reports", "list")["data"][0]["status"] == "done"


def _at_a_terminal(cli: Cli, needle: str, keys: bytes, *words: str) -> tuple[str, int]:
    """All that is shown, and the exit code, where somebody presses keys once they have read the needle."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ.update(ANSWERABLE_DATA=str(cli.data), COLUMNS="100", TERM="dumb")
        os.execv(sys.executable, [sys.executable, "-c", "from answerable.cli import main; main()", *words])
    said, pressed_at, deadline = b"", 0, time.monotonic() + 240
    while time.monotonic() < deadline:
        if not select.select([terminal], [], [], 3)[0]:
            if pressed_at and b"\n" not in said[pressed_at:]:
                os.write(terminal, keys)  # one that comes just before the program reads is lost, as a person would see
            continue
        try:
            more = os.read(terminal, 4096)
        except OSError:  # its other end is closed
            break
        if not more:
            break
        said += more
        if not pressed_at and needle.encode() in said:
            os.write(terminal, keys)
            pressed_at = len(said)
    os.close(terminal)
    _, status = os.waitpid(pid, 0)
    return said.decode(), os.waitstatus_to_exitcode(status)
