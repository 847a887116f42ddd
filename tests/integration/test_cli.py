"""Every command, as it is typed: in this process on a data folder, and as a process of its own where signals matter."""

import json
import os
import re
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from answerable.cli import app
from answerable.flows.answering import ABSTENTION
from tests.support.server import MANUAL, QUESTION

HEAVY = {"faiss", "fastapi", "numpy", "onnxruntime", "pydantic", "sqlalchemy", "starlette", "tantivy", "uvicorn"}


@dataclass
class Done:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass
class Cli:
    data: Path

    def __call__(self, *words: str | Path, code: int = 0) -> Done:
        environment = {"COLUMNS": "80", "ANSWERABLE_DATA": str(self.data)}
        result = CliRunner().invoke(app, [str(word) for word in words], env=environment)
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == code, result.output
        return Done(result.exit_code, result.stdout, result.stderr)


@pytest.fixture(scope="module")
def manuals(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("manuals")
    (folder / "tv.md").write_text(f"# Television\n\n{MANUAL}", "utf-8")
    (folder / "kettle.txt").write_text("Descale the kettle every month with two spoons of citric acid.", "utf-8")
    (folder / "program.exe").write_bytes(b"MZ")
    return folder


@pytest.fixture(scope="module")
def cli(tmp_path_factory: pytest.TempPathFactory, manuals: Path) -> Cli:
    """The command line on a folder that holds the manuals as `default`."""
    command = Cli(tmp_path_factory.mktemp("data"))
    command("add", manuals, "--tag", "product=tv")
    return command


def assert_fits(text: str) -> None:
    """Nothing is wider than the terminal or cut off by it."""
    assert max(len(line) for line in text.splitlines()) <= 80


def started(data: Path, *words: str) -> subprocess.Popen[str]:
    environment = os.environ | {"ANSWERABLE_DATA": str(data), "COLUMNS": "80"}
    command = [sys.executable, "-m", "answerable", *words]
    return subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
        preexec_fn=_heed_interrupts,  # noqa: PLW1509 - no thread is started here
    )


def _heed_interrupts() -> None:
    """Ctrl+C stops the program as on a terminal, also where the tests run in the background with it switched off."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


# --- help -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("words", "allowed"), [(["--help"], set()), (["ask", "--help"], {"pydantic"})])
def test_help_imports_nothing_heavy(words: list[str], allowed: set[str]) -> None:
    """typer itself needs pydantic as soon as a command has options."""
    code = (
        f"import sys\nfrom answerable.cli import main\nsys.argv = {['answerable', *words]}\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\nprint('\\n', *sorted(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = done.stdout.splitlines()[-1].split()
    assert "answerable.cli" in loaded
    assert HEAVY & set(loaded) <= allowed


@pytest.mark.parametrize(
    "command", ["serve", "add", "list", "show", "remove", "search", "ask", "evaluate", "tools", "doctor"]
)
def test_every_command_has_help_with_an_example_and_json(cli: Cli, command: str) -> None:
    text = cli(command, "--help").out
    assert f"Example: answerable {command}" in text
    assert command == "serve" or "--json" in text
    assert "ANSWERABLE_DATA" in text
    assert_fits(text)


def test_no_command_is_help_and_an_unknown_one_is_bad_usage(cli: Cli) -> None:
    assert "Commands" in cli(code=2).out
    assert "No such command" in cli("destroy", code=2).err


# --- add --------------------------------------------------------------------------------------------------------------


def test_a_folder_is_added_once_and_other_kinds_are_counted(cli: Cli, manuals: Path) -> None:
    first = cli("add", manuals, "-c", "again")
    assert first.out == "again: 2 added; 1 file of another kind skipped\n"
    assert cli("add", manuals, "-c", "again").out.startswith("again: 2 unchanged")


def test_files_and_globs_are_added_with_a_report_for_machines(cli: Cli, manuals: Path) -> None:
    done = cli("add", manuals / "tv.md", f"{manuals}/*.txt", "-c", "some", "--json").json
    assert [(Path(item["source"]).name, item["status"]) for item in done["items"]] == [
        ("tv.md", "added"),
        ("kettle.txt", "added"),
    ]


def test_one_bad_file_is_named_and_the_others_are_added(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "broken.pdf").write_bytes(b"%PDF-1.7 nothing")
    (tmp_path / "fine.txt").write_text("The bridge opens at noon.", "utf-8")
    done = cli("add", tmp_path, "-c", "mixed", code=1)
    assert done.out == "mixed: 1 added, 1 failed\n"
    assert re.search(r"^failed .*broken\.pdf: ", done.err, re.MULTILINE)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("add", "/no/such/file.pdf"), "does not exist"),
        (("add", "x", "--tag", "novalue"), "key=value"),
        (("add", "x", "-c", "../up"), "cannot be a collection's name"),
        (("search", "x", "--filter", "nothing"), "is not a filter"),
        (("ask", "x", "--as-of", "yesterday"), "yesterday"),
        (("ask", " "), "the question is empty"),
    ],
)
def test_bad_usage_is_one_line_and_code_2(cli: Cli, words: tuple[str, ...], said: str) -> None:
    done = cli(*words, code=2)
    assert done.out == ""
    assert done.err.startswith("error: ")
    assert said in done.err
    assert done.err.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("ask", "x", "-c", "none"), "there is no collection 'none'"),
        (("show", "none.md"), "holds no document 'none.md'"),
        (("remove", "none.md"), "holds no document 'none.md'"),
        (("ask", "x", "--model", "gpt-9"), "there is no model 'gpt-9'"),
        (("serve", "--host", "0.0.0.0"), "has no accounts"),
    ],
)
def test_what_fails_is_one_line_and_code_1(cli: Cli, words: tuple[str, ...], said: str) -> None:
    done = cli(*words, code=1)
    assert done.err.startswith("error: ")
    assert said in done.err
    assert done.err.count("\n") == 1


def test_a_data_folder_that_is_none_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    assert "cannot be used" in Cli(tmp_path / "file")("list", code=1).err
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "answerable.db").write_bytes(b"no database" * 500)
    assert "not a database" in Cli(tmp_path / "bad")("list", code=1).err


def test_watching_adds_what_changes_until_it_is_stopped(tmp_path: Path) -> None:
    note = tmp_path / "note.txt"
    note.write_text("The bridge opens at noon.", "utf-8")
    process = started(tmp_path / "data", "add", str(note), "-c", "w", "--watch")
    assert process.stdout
    try:
        assert process.stdout.readline() == "w: 1 added\n"
        (tmp_path / "new").write_text("The bridge opens at midnight.", "utf-8")
        (tmp_path / "new").replace(note)  # whoever looks meanwhile sees no half of it
        assert process.stdout.readline() == "w: 1 updated\n"
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=180)
    finally:
        process.kill()
        process.communicate()
    assert process.returncode == 130
    assert said == "stopped\n"


# --- list, show, remove -----------------------------------------------------------------------------------------------


def test_collections_and_documents_are_listed(cli: Cli) -> None:
    table = cli("list").out
    assert re.search(r"^default +2 +\d+ +100% +\d{4}-\d\d-\d\d \d\d:\d\d$", table, re.MULTILINE)
    documents = cli("list", "-c", "default").out
    assert re.search(r"^Television +1 +1 +\d{4}-\d\d-\d\d +.*tv\.md *$", documents, re.MULTILINE)
    assert_fits(table + documents)
    assert [row["source"] for row in cli("list", "-c", "default", "--contains", "kettle", "--json").json["data"]]
    limited = cli("list", "-c", "default", "--limit", "1")
    assert "--limit shows more" in limited.err
    assert cli("list", "-c", "default", "--contains", "zebra").out == "no documents\n"


def test_an_empty_folder_says_what_to_do(tmp_path: Path) -> None:
    assert "answerable add" in Cli(tmp_path)("list").out
    assert "answerable add" in Cli(tmp_path)("ask", "anything", code=1).err


def test_a_document_is_shown_by_its_file_name_with_text_or_chunks(cli: Cli) -> None:
    text = cli("show", "tv.md").out
    assert text.startswith("Television  doc_")
    assert "served now" in text
    assert "product=tv" in text
    assert "hold the power button" in text
    assert "tokens" in cli("show", "tv.md", "--chunks").out
    assert cli("show", "tv.md", "--json").json["version"] == 1
    assert "has no version 7" in cli("show", "tv.md", "--version", "7", code=1).err


def test_a_document_is_removed_then_erased_then_the_collection(cli: Cli, tmp_path: Path) -> None:
    note = tmp_path / "note.txt"
    note.write_text("The bridge opens at noon.", "utf-8")
    for purge, said in (((), "its history stays"), (("--purge",), "erased with its history")):
        cli("add", note, "-c", "gone")
        assert said in cli("remove", "note.txt", "-c", "gone", *purge).out
        assert cli("search", "bridge", "-c", "gone").out == "nothing found\n"
    assert cli("remove", "gone", "--all", "--json").json["purged"] is True
    assert "there is no collection" in cli("search", "bridge", "-c", "gone", code=1).err


# --- search, ask ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["hybrid", "keyword", "vector"])
def test_passages_are_found_and_fit_the_terminal(cli: Cli, mode: str) -> None:
    text = cli("search", "reset television", "--mode", mode).out
    assert text.startswith(" 1  Television\n")
    assert found(cli("search", "reset television", "--mode", mode, "--json"))[0] == "tv.md"


def test_filters_and_dates_limit_what_is_searched(cli: Cli) -> None:
    assert found(cli("search", "kettle", "--filter", "product=tv", "--json"))
    assert not found(cli("search", "kettle", "--filter", "product=radio", "--json"))
    assert not found(cli("search", "kettle", "--as-of", "2020-01-01", "--json"))


def found(done: Done) -> list[str]:
    return [Path(row["source"]).name for row in done.json["data"]]


def test_an_answer_shows_its_sources_and_how_sure_it_is(cli: Cli) -> None:
    text = cli("ask", QUESTION).out
    assert "ten seconds" in text
    assert re.search(r"^\[1\] Television$", text, re.MULTILINE)
    assert re.search(r"^confidence: (high|fair|low) \(0\.\d\d\)$", text, re.MULTILINE)
    answer = cli("ask", QUESTION, "--json").json
    assert answer["abstained"] is False
    assert answer["sentences"][0]["citations"][0]["quote"]


def test_a_refusal_says_what_was_searched_and_shows_no_reference(cli: Cli) -> None:
    text = cli("ask", "Who won the chess championship of 1927?").out
    assert text.startswith(ABSTENTION)
    assert "searched: default" in text
    assert "[1]" not in text
    answer = cli("ask", "Who won the chess championship of 1927?", "--json").json
    assert answer["abstained"] is True
    assert answer["answer"] == ABSTENTION


def test_explain_shows_both_ranks_the_times_and_the_confidence(cli: Cli) -> None:
    for command in (("ask", QUESTION), ("search", "reset")):
        text = cli(*command, "--explain").out
        assert "how this came about" in text
        assert re.search(r"^ +source +reranked +fused +keyword +vector +chunk +title", text, re.MULTILINE)
        assert re.search(r"^  embed +\d+\.\d", text, re.MULTILINE)
    assert "threshold 0." in cli("ask", QUESTION, "--explain").out
    assert cli("ask", QUESTION, "--explain", "--json").json["trace"]["steps"]


def test_doctor_says_what_works_and_what_is_missing(cli: Cli) -> None:
    text = cli("doctor").out
    assert str(cli.data) in "".join(text.split())  # a long path goes on in the next line
    assert re.search(r"missing .*OPENAI_API_KEY", text)
    assert {"group", "what", "ok", "standing", "detail"} == cli("doctor", "--json").json["checks"][0].keys()


# --- serve ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def server(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    process = started(tmp_path / "data", "serve", "--port", "0")
    yield process
    process.kill()
    process.communicate()


def read_until(server: subprocess.Popen[str], needle: str) -> str:
    """What it says on the error's stream to the line with these words."""
    assert server.stderr
    said = ""
    for line in iter(server.stderr.readline, ""):
        said += line
        if needle in line:
            return said
    raise AssertionError(f"it ended: {said}")


def test_serve_answers_from_the_handbook_and_ends_cleanly(server: subprocess.Popen[str]) -> None:
    greeting = read_until(server, "  3. answerable")
    address = re.search(r"http://127\.0\.0\.1:\d+", greeting)
    assert address, greeting
    with urllib.request.urlopen(f"{address[0]}/v1/collections", timeout=120) as response:
        (handbook,) = json.load(response)["data"]
    assert handbook["name"] == "handbook"
    assert handbook["examples"]
    server.send_signal(signal.SIGTERM)
    out, said = server.communicate(timeout=180)
    assert server.returncode == -signal.SIGTERM
    assert out == ""
    (logged,) = (json.loads(line) for line in said.splitlines() if line)
    assert (logged["event"], logged["endpoint"]) == ("request.done", "GET /v1/collections")


def test_a_port_in_use_is_said(server: subprocess.Popen[str], tmp_path: Path, cli: Cli) -> None:
    port = read_until(server, "http://").rpartition(":")[2].split()[0]
    assert f"port {port} is in use" in cli("serve", "--port", port, code=1).err


# --- tools ------------------------------------------------------------------------------------------------------------


def test_tools_are_listed_with_what_is_missing(cli: Cli) -> None:
    text = cli("tools").out
    assert re.search(r"^calculator +ready", text, re.MULTILINE)
    assert re.search(r"^fetch_url +sensitive", text, re.MULTILINE)
    assert "web_search: set base_url" in " ".join(text.split())
    found = {one["name"]: one for one in cli("tools", "--json").json["data"]}
    assert found["calculator"]["parameters"]["required"] == ["expression"]


def test_a_tool_is_run_as_a_model_would(cli: Cli) -> None:
    assert cli("tools", "run", "calculator", '{"expression": "2 + 2"}').out == "2 + 2 = 4\n"
    assert "hold the power button" in cli("tools", "run", "knowledge_search", '{"query": "reset"}').out
    done = cli("tools", "run", "read_file", '{"name": "kettle.txt"}', "-c", "default", "--json").json
    assert "citric acid" in done["result"]


def test_a_tool_that_fails_says_why(cli: Cli) -> None:
    assert "division by zero" in cli("tools", "run", "calculator", '{"expression": "1/0"}', code=1).err
    assert "there is no tool 'nope'" in cli("tools", "run", "nope", code=2).err
    assert "is not a public address" in cli("tools", "run", "fetch_url", '{"url": "http://127.0.0.1/"}', code=1).err
