"""The twenty holes that others fell into, each with the tests that keep it shut. `HOLES` names them; those that stood
nowhere else are below.
"""

import ast
import json
import re
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from answerable.api import app
from answerable.config import load_settings
from answerable.flows.ingest import GivenText, Ingest, embed, ingest
from answerable.flows.platform import Platform
from answerable.wiring import open_platform
from tests.support.guarded import Guarded

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "answerable"
HERE = "attacks/test_holes.py"
ACCOUNTS = "attacks/test_accounts.py"
MATRIX = "attacks/test_access_matrix.py"

HOLES: dict[str, tuple[str, ...]] = {
    "1 every id is checked for its owner": (
        f"{MATRIX}::test_a_foreign_id_is_as_missing_as_none",
        f"{MATRIX}::test_every_address_is_in_the_table",
        f"{MATRIX}::test_a_chat_finds_nothing_in_a_collection_of_another_workspace",
    ),
    "2 one guard for all credentials": (
        f"{ACCOUNTS}::test_no_spelling_of_an_address_walks_around_the_guard",
        f"{ACCOUNTS}::test_a_foreign_host_name_is_refused",
        "unit/api/test_access.py::test_what_a_key_may_not_do_it_may_not_do_by_any_header",
    ),
    "3 no mass assignment": (
        f"{ACCOUNTS}::test_no_field_slips_into_an_account",
        f"{ACCOUNTS}::test_no_field_slips_into_a_key_of_ones_own",
        f"{ACCOUNTS}::test_a_narrow_key_of_an_administrator_makes_no_administrator",
    ),
    "4 no fetch into the network": (
        "unit/knowledge/test_fetch.py::test_one_private_address_among_public_ones_condemns_the_name",
        "unit/knowledge/test_fetch.py::test_redirect_to_the_inside_is_refused",
        "unit/knowledge/test_fetch.py::test_name_is_resolved_once_so_that_rebinding_gains_nothing",
        "attacks/test_tool_attacks.py::test_no_private_address_is_fetched_for_a_model",
    ),
    "5 nothing is executed": (f"{HERE}::test_no_text_becomes_code",),
    "6 passwords and keys": (
        "unit/accounts/test_passwords.py::test_an_unknown_account_costs_as_many_hashes_as_a_known_one",
        "unit/accounts/test_keys.py::test_a_key_holds_its_id_and_256_random_bits",
        f"{ACCOUNTS}::test_no_answer_and_no_table_holds_a_secret",
        f"{ACCOUNTS}::test_the_beginning_of_a_good_credential_is_not_enough",
    ),
    "7 no known secret": (
        f"{ACCOUNTS}::test_a_secret_out_of_a_manual_does_not_start",
        "unit/accounts/test_keyring.py::test_secrets_that_others_can_read_refuse_to_start",
    ),
    "8 revocation works at once": (
        f"{ACCOUNTS}::test_what_is_revoked_ends_its_live_streams_within_five_seconds",
        f"{ACCOUNTS}::test_what_is_revoked_ends_its_tokens_within_five_seconds",
        f"{ACCOUNTS}::test_a_stream_ends_that_another_worker_revoked",
    ),
    "9 pages run nothing foreign": (
        "e2e/test_knowledge.py::test_a_document_cannot_run_anything",
        "integration/test_api_errors.py::test_pages_and_answers_carry_the_headers_that_keep_them_safe",
        f"{ACCOUNTS}::test_a_session_in_cookies_is_out_of_reach_of_scripts_and_of_other_sites",
    ),
    "10 uploads": (
        "integration/test_api_collections.py::test_the_name_of_an_upload_is_never_a_path",
        "integration/test_api_errors.py::test_an_upload_beyond_the_limit_is_413",
        "unit/knowledge/loaders/base/test_files.py::test_zip_bomb_is_refused",
    ),
    "11 caches are parted on reading": (
        "attacks/test_caches.py::test_without_the_check_on_reading_the_planted_entry_would_be_given",
        "attacks/test_caches.py::test_a_key_without_the_workspace_is_caught_on_reading",
        "attacks/test_caches.py::test_nothing_that_is_told_to_a_caller_holds_a_key",
    ),
    "12 SQL has parameters": (
        f"{HERE}::test_no_statement_is_put_together_from_text",
        f"{HERE}::test_every_pattern_of_like_is_escaped",
        "unit/storage/test_documents.py::test_a_document_is_found_by_id_source_and_file_name",
    ),
    "13 logs and traces hold no secret": (
        "unit/telemetry/test_log.py::test_credentials_never_reach_the_output_wherever_they_stand",
        "unit/telemetry/test_trace.py::test_a_failure_is_told_by_its_code_and_never_by_its_message",
    ),
    "14 guards and budgets fail closed": (
        "unit/gateway/guards/test_pipeline.py::test_a_guard_that_fails_refuses",
        "unit/gateway/guards/test_window.py::test_no_secret_leaves_however_the_stream_is_cut",
        "unit/gateway/test_limits.py::test_an_unknown_price_under_a_budget_is_refused_and_never_counts_as_nothing",
    ),
    "15 everything is bounded": (
        f"{HERE}::test_a_monstrous_request_is_refused_and_the_next_one_answered",
        "unit/api/test_middleware.py::test_a_body_that_grows_beyond_the_limit_ends_the_request",
        "unit/gateway/guards/test_pii.py::test_a_text_full_of_findings_takes_no_longer_for_each",
        "unit/gateway/guards/test_window.py::test_no_more_than_the_window_is_held",
        "unit/wire/test_http.py::test_a_reply_that_is_too_long_is_an_error",
    ),
    "16 nobody chooses their address": (
        f"{ACCOUNTS}::test_a_client_does_not_choose_its_own_address",
        f"{ACCOUNTS}::test_guessing_is_stopped_before_anything_is_hashed",
        "unit/api/test_address.py::test_by_default_nobody_is_believed",
    ),
    "17 no network at start": (
        f"{HERE}::test_the_program_starts_and_reads_documents_without_a_network",
        f"{HERE}::test_every_locked_package_has_its_hashes",
    ),
    "18 prompts stay with their tenant": (
        f"{HERE}::test_an_answer_under_a_system_prompt_stays_in_its_workspace",
        "unit/gateway/cache/test_key.py::test_every_field_of_a_message_changes_the_fingerprint",
        "unit/flows/test_tools.py::test_a_result_is_marked_as_data_with_marks_that_nobody_can_know",
    ),
    "19 administrators are watched": (
        "unit/accounts/test_audit.py::test_the_database_refuses_to_change_the_log_and_the_chain_shows_who_did_it_anyway",
        f"{MATRIX}::test_lists_searches_and_exports_hold_only_what_is_ones_own",
        f"{HERE}::test_what_does_not_exist_yet_has_no_hole",
    ),
    "20 exports and shares": (
        f"{HERE}::test_a_share_tells_nothing_of_its_owner_and_no_id",
        f"{HERE}::test_the_file_of_an_export_has_a_plain_name",
        f"{HERE}::test_an_import_brings_nothing_under_a_name_of_somebody_else",
        "unit/flows/test_sharing.py::test_what_is_over_withdrawn_erased_or_unknown_is_missing_alike",
        "unit/chats/test_packages.py::test_a_zip_that_unpacks_to_too_much_is_refused_whatever_its_header_says",
    ),
}


@pytest.mark.parametrize("hole", HOLES)
def test_every_hole_has_tests_that_exist(hole: str) -> None:
    assert HOLES[hole]
    for named in HOLES[hole]:
        path, _, test = named.partition("::")
        functions = [node for node in ast.walk(_tree(ROOT / "tests" / path)) if isinstance(node, _FUNCTIONS)]
        assert test in [function.name for function in functions], named


def test_all_twenty_are_there() -> None:
    assert [int(hole.split()[0]) for hole in HOLES] == list(range(1, 21))


_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def _calls() -> Iterator[tuple[str, ast.Call, str]]:
    """Every call in the source: its file, itself, and what is called as it is written."""
    for path in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(_tree(path)):
            if isinstance(node, ast.Call):
                yield path.relative_to(SOURCE).as_posix(), node, ast.unparse(node.func)


# --- 5 ----------------------------------------------------------------------------------------------------------------

PIPES = {"knowledge/reading.py", "knowledge/loaders/base/worker.py"}
"""A process of ours talks to children of ours over pipes that nobody else can write to."""

EDITOR = ("cli/deciding.py", "subprocess.run")
"""A person at their own terminal edits an outline with the editor that they named, without a shell."""


def test_no_text_becomes_code() -> None:
    wrong = re.compile(
        r"(builtins\.)?(eval|exec|compile|__import__)|os\.(system|popen|exec\w*|spawn\w*)|(marshal|shelve|dill)\.\w+"
        r"|yaml\.(unsafe_)?load|asyncio\.create_subprocess_\w+|subprocess\.\w+|(c?[pP]ickle)\.\w+"
    )
    found = {(path, called) for path, _, called in _calls() if wrong.fullmatch(called) and path not in PIPES}
    assert found == {EDITOR}
    assert [path for path, call, _ in _calls() if "allow_pickle" in {one.arg for one in call.keywords}] == []


# --- 12 ---------------------------------------------------------------------------------------------------------------

FIXED = ("storage/sqlite.py", "storage/migrations/", "agents/tools/_tables.py")
"""`PRAGMA` and triggers take no parameters, and ours are constants. The tables of a document lie in a database of their
own in memory, and their names were reduced to letters, digits and underscores.
"""


def test_no_statement_is_put_together_from_text() -> None:
    def wrong() -> Iterator[str]:
        for path, call, called in _calls():
            runs_sql = called.rpartition(".")[2] in (
                "execute",
                "executemany",
                "executescript",
                "text",
                "exec_driver_sql",
            )
            built = call.args and isinstance(call.args[0], ast.JoinedStr | ast.BinOp)
            if runs_sql and built and not path.startswith(FIXED):
                yield f"{path}:{call.lineno} {ast.unparse(call)[:80]}"

    assert list(wrong()) == []


def test_every_pattern_of_like_is_escaped() -> None:
    for path, call, called in _calls():
        is_pattern = called.rpartition(".")[2] in ("like", "ilike", "contains", "icontains", "startswith", "endswith")
        if is_pattern and path.startswith("storage/") and ".c." in called:
            assert {"escape", "autoescape"} & {one.arg for one in call.keywords}, f"{path}:{call.lineno}"


# --- 15 ---------------------------------------------------------------------------------------------------------------

SAID = [{"role": "user", "content": "Hi"}]
TOOL = {"type": "function", "function": {"name": "f", "parameters": {}}}
MONSTERS: dict[str, bytes] = {
    "depth": b'{"messages":' + b"[" * 100_000,
    "deep and whole": b'{"model":"scripted","messages":' + b"[" * 50_000 + b"]" * 50_000 + b"}",
    "messages": json.dumps({"messages": SAID * 2_001}).encode(),
    "tools": json.dumps({"messages": SAID, "tools": [TOOL] * 1_001}).encode(),
    "a number": b'{"messages": [], "seed": 1' + b"0" * 100_000 + b"}",
    "the body": b'{"messages": "' + b"x" * 400_000 + b'"}',
    "a name of a tool": json.dumps({"messages": SAID, "answerable_tools": ["x" * 100_000]}).encode(),
    "a name of a model": json.dumps({"messages": SAID, "model": "x" * 100_000}).encode(),
}


@pytest.mark.parametrize("monster", MONSTERS)
async def test_a_monstrous_request_is_refused_and_the_next_one_answered(guarded: Guarded, monster: str) -> None:
    headers = {"content-type": "application/json"}
    path = "/v1/chat/completions"
    status, answer = await guarded.call("member", "POST", path, data=MONSTERS[monster], headers=headers)
    assert 400 <= status < 500, answer
    assert len(json.dumps(answer)) < 2_000, "a refusal does not give back what it refused"
    assert (await guarded.call(None, "GET", "/health/live"))[0] == 200


# --- 17 ---------------------------------------------------------------------------------------------------------------


async def test_the_program_starts_and_reads_documents_without_a_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*where: object, **_more: object) -> Any:
        raise AssertionError(f"the program called {where[1:] or where}")

    for name in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, name, refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-never-used")
    p = await open_platform(load_settings(data=tmp_path))
    try:
        assert "gpt-5.4-mini" in p.models.names
        await ingest(Ingest("c", texts=(GivenText("a.md", "A", "The safe opens with a key."),)), p)
        await embed("c", p)
    finally:
        await p.close()


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_every_locked_package_has_its_hashes(lock: str) -> None:
    text = (ROOT / lock).read_text("utf-8").replace("\\\n", " ")
    packages = [line for line in text.splitlines() if line and not line.startswith(("#", " "))]
    assert packages
    assert [line for line in packages if "==" not in line or "--hash=sha256:" not in line] == []


# --- 18 ---------------------------------------------------------------------------------------------------------------


async def test_an_answer_under_a_system_prompt_stays_in_its_workspace(guarded: Guarded) -> None:
    async def hit(who: str, prompt: str) -> bool:
        messages = [{"role": "system", "content": prompt}, {"role": "user", "content": "What is our secret plan?"}]
        body = {"model": "scripted", "messages": messages}
        async with guarded.client(who) as http, http.post("/v1/chat/completions", json=body) as response:
            assert response.status == 200
            return "x-answerable-cache" in response.headers

    ours = "You work for a company of boats."
    assert not await hit("member", ours)
    assert await hit("member", ours), "the test would pass without a cache"
    assert not await hit("other member", ours)
    assert not await hit("member", "You work for a company of trains.")


# --- 19, 20 -----------------------------------------------------------------------------------------------------------

LATER = re.compile(r"webhook", re.IGNORECASE)
"""There are no webhooks yet. An address for one fails here until its hole has a test and this says so."""


def test_what_does_not_exist_yet_has_no_hole() -> None:
    async def never() -> Platform:
        raise AssertionError

    paths = app.build(never, max_request_bytes=1).openapi()["paths"]
    assert [path for path in paths if LATER.search(path)] == []


async def test_a_share_tells_nothing_of_its_owner_and_no_id(guarded: Guarded) -> None:
    person = guarded.people["member"]
    async with guarded.client() as http, http.get(f"/v1/shared/{person.token_of_share}") as response:
        told, headers = await response.text(), response.headers
    assert response.status == 200
    assert "A secret of member?" in told
    assert not re.search(r"(usr|conv|msg|shr|req)_|example\.org|workspace|owner", told)
    assert (headers["x-robots-tag"], headers["cache-control"]) == ("noindex, nofollow", "no-store")
    assert headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize("name", ['x"; filename="evil.html', "../../secret", "a\r\nset-cookie: x=y", "空"])
async def test_the_file_of_an_export_has_a_plain_name(guarded: Guarded, name: str) -> None:
    _, made = await guarded.call("member", "POST", "/v1/conversations", json={"title": name})
    for kind in ("json", "markdown"):
        path = f"/v1/conversations/{made['id']}/export?format={kind}"
        async with guarded.client("member") as http, http.get(path) as response:
            sent = response.headers["content-disposition"]
        assert re.fullmatch(r'attachment; filename="[a-z0-9-]+\.(json|md)"', sent)
    assert (await guarded.call("member", "DELETE", f"/v1/conversations/{made['id']}"))[0] == 204


async def test_an_import_brings_nothing_under_a_name_of_somebody_else(guarded: Guarded) -> None:
    """What a file says of owners is not read, and the id of a foreign conversation neither opens nor hides it."""
    other, own = guarded.people["admin"], guarded.people["member"]
    message = {"id": other.answer, "role": "user", "content": "planted", "owner": other.id, "request_id": "req_0"}
    times = {"created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01T00:00:00Z"}
    talk = {
        "id": other.talk,
        "title": "planted",
        "owner": other.id,
        "workspace": "other",
        "messages": [message | times],
    }
    file = {"format": "answerable.conversations", "version": 1, "conversations": [talk | times]}
    status, report = await guarded.call("member", "POST", "/v1/conversations/import", json=file)
    assert (status, report["imported"]) == (200, 1)
    _, theirs = await guarded.call("admin", "GET", "/v1/conversations/search?q=planted")
    assert theirs["data"] == []
    _, mine = await guarded.call("member", "GET", "/v1/conversations/search?q=planted")
    brought = {hit["conversation"] for hit in mine["data"]}
    assert len(brought) == 1
    assert not brought & {other.talk, own.talk}
    assert (await guarded.call("member", "DELETE", f"/v1/conversations/{brought.pop()}"))[0] == 204
