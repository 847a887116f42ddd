"""`doctor` as it is typed: what is set up, what is missing, and what is wrong with policies, accounts and Redis."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from answerable.cli import app
from tests.support.postgres import PostgresServer

ROUTE = """
[limits.tiers.free]
requests_per_hour = 5
[router.routes.fast]
models = { "gpt-5.4-mini" = 3, "claude-haiku-4-5" = 1 }
"""


def doctor(data: Path, *words: str, code: int = 0, **environment: str) -> str:
    given = {"COLUMNS": "80", "ANSWERABLE_DATA": str(data), "OPENAI_API_KEY": "", "ANTHROPIC_API_KEY": ""}
    result = CliRunner().invoke(app, ["doctor", *words], env=given | environment)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == code, result.output
    return result.stdout


def found(data: Path, *, code: int = 0, **environment: str) -> dict[str, dict[str, Any]]:
    report = json.loads(doctor(data, "--json", code=code, **environment))
    assert report["ok"] is (code == 0)
    return {check["what"]: check for check in report["checks"]}


def test_a_fresh_folder_is_in_order_and_fits_the_terminal(tmp_path: Path) -> None:
    text = doctor(tmp_path)
    assert max(len(line) for line in text.splitlines()) <= 80
    checks = found(tmp_path)
    assert checks["policies"]["detail"].startswith("as shipped")
    assert checks["accounts"]["detail"].startswith("off")
    assert checks["secrets"]["detail"].endswith("mode 0600")
    assert checks["gpt-5.4"]["standing"] == checks["web_search"]["standing"] == "missing"
    assert checks["auto"]["detail"] == "extractive: no language model is set up"


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("[limits.tiers.free]\nrequests_per_huor = 5", "[limits.tiers.free]: there is no 'requests_per_huor'; did you"),
        ("[guards.leakage]\nwords = 2", "words = 2: from 8 to"),
        ('[router.routes.fast]\nmodels = { "nope" = 1 }', "[router.routes.fast], models: there is no model 'nope'"),
        ('[tools.options.web_search]\nservice = "x"', "the tool 'web_search'"),
        ("[limits", "is not valid TOML"),
    ],
)
def test_broken_policies_are_named_and_the_rest_is_looked_at(tmp_path: Path, table: str, said: str) -> None:
    (tmp_path / "policies.toml").write_text(table, "utf-8")
    checks = found(tmp_path, code=1)
    assert checks["policies"]["standing"] == "wrong"
    assert said in checks["policies"]["detail"]
    assert checks["embeddings"]["standing"] == "ok"


def test_policies_of_ones_own_are_told_by_entry_and_routes_by_what_they_lead_to(tmp_path: Path) -> None:
    (tmp_path / "policies.toml").write_text(ROUTE, "utf-8")
    checks = found(tmp_path, OPENAI_API_KEY="sk-test", ANSWERABLE_DEFAULT_MODEL="auto")
    assert checks["policies"]["detail"].endswith("limits.tiers.free.requests_per_hour, router.routes.fast")
    assert checks["default"]["detail"] == "auto"
    assert checks["auto, cheap"]["detail"] == "gpt-5.4-mini, then gpt-5.4"
    assert checks["fast"] | {"group": ""} == {
        "group": "",
        "what": "fast",
        "ok": False,
        "standing": "missing",
        "detail": "gpt-5.4-mini (without claude-haiku-4-5)",
    }
    assert checks["gpt-5.4"]["detail"] == "ready; price not known: its cost is not counted"
    assert checks["gpt-5.4"]["standing"] == "note"


def test_an_old_price_is_told(tmp_path: Path) -> None:
    prices = 'provider = "openai"\nusd_per_million_input = 1\nusd_per_million_output = 2\n'
    (tmp_path / "models.toml").write_text(
        f'[models.old]\n{prices}as_of = "2020-01-31"\n[models.new]\n{prices}', "utf-8"
    )
    checks = found(tmp_path)
    assert checks["old"]["detail"] == "ready; price of 2020-01-31, more than a year old: check it"
    assert checks["new"]["detail"] == "ready; price without a date (as_of)"


def test_accounts_without_an_administrator_are_wrong(tmp_path: Path) -> None:
    assert found(tmp_path, ANSWERABLE_ACCOUNTS="on")["accounts"]["standing"] == "missing"
    environment = {"ANSWERABLE_DATA": str(tmp_path)}
    CliRunner().invoke(app, ["users", "add", "ada@example.org"], env=environment)
    assert "nobody is an administrator" in found(tmp_path, code=1, ANSWERABLE_ACCOUNTS="on")["accounts"]["detail"]
    CliRunner().invoke(app, ["users", "set", "ada@example.org", "--role", "admin"], env=environment)
    assert found(tmp_path, ANSWERABLE_ACCOUNTS="on")["accounts"]["detail"] == "on; accounts: 1, administrators: 1"


def test_an_open_address_without_accounts_is_wrong(tmp_path: Path) -> None:
    assert "set ANSWERABLE_ACCOUNTS=on" in found(tmp_path, code=1, ANSWERABLE_HOST="0.0.0.0")["accounts"]["detail"]


def test_a_redis_that_does_not_answer_is_told_without_its_password(tmp_path: Path) -> None:
    text = doctor(tmp_path, code=1, ANSWERABLE_REDIS_URL="redis://:hidden@127.0.0.1:1/0")
    assert "127.0.0.1:1 does not answer" in text
    assert "hidden" not in text


def test_the_database_is_told_with_its_version_and_place(tmp_path: Path, postgres: PostgresServer) -> None:
    assert found(tmp_path)["database"]["detail"].startswith("SQLite 3.")
    url = postgres.database()
    assert found(tmp_path, ANSWERABLE_DATABASE_URL=url)["database"]["detail"].startswith("PostgreSQL ")
    postgres.drop(url)
    text = doctor(tmp_path, code=1, ANSWERABLE_DATABASE_URL=url)
    assert "does not exist" in text
    assert "s3cret" not in text


def test_secrets_that_others_can_read_and_settings_that_are_none_stop_the_report(tmp_path: Path) -> None:
    doctor(tmp_path)
    (tmp_path / "secrets.json").chmod(0o644)
    assert "chmod 600" in found(tmp_path, code=1)["start"]["detail"]
    assert "there is no setting ANSWERABLE_PORTT" in found(tmp_path, code=1, ANSWERABLE_PORTT="1")["start"]["detail"]
