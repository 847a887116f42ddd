from pathlib import Path

import pytest

from answerable.config import asset, changed_settings, load_settings, load_teams, setting_names
from answerable.core.errors import SetupError
from answerable.storage.engines import Config as Connections


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """No setting of the machine, and a data folder of its own."""
    for name, _ in setting_names():
        monkeypatch.delenv(name, raising=False)
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "ANSWERABLE_OPENAI_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ANSWERABLE_DATA", str(tmp_path))
    return tmp_path


def test_without_settings_there_is_a_default_for_everything(clean: Path) -> None:
    settings = load_settings()
    assert settings.folder == clean
    assert settings.sql_url == f"sqlite:///{clean / 'answerable.db'}"
    assert settings.connections == Connections()
    assert settings.default_model == "extractive"
    assert settings.host == "127.0.0.1"


def test_a_nested_setting_has_two_underscores_and_an_option_goes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANSWERABLE_RETRIEVAL__PASSAGES", "3")
    monkeypatch.setenv("ANSWERABLE_CHUNKER__OPTIONS", '{"chunk_tokens": 200}')
    monkeypatch.setenv("ANSWERABLE_PORT", "9000")
    settings = load_settings(port=9001, host=None)
    assert settings.retrieval.passages == 3
    assert settings.chunker.options == {"chunk_tokens": 200}
    assert settings.port == 9001
    assert settings.host == "127.0.0.1"


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("ANSWERABLE_PORT", "many", "setting ANSWERABLE_PORT: "),
        ("ANSWERABLE_RETRIEVAL__ALPHA", "2", "setting ANSWERABLE_RETRIEVAL__ALPHA: "),
        ("ANSWERABLE_RETRIEVAL__FUSION", "magic", "'convex' or 'rrf'"),
        ("ANSWERABLE_RETREIVAL__ALPHA", ".4", "did you mean ANSWERABLE_RETRIEVAL__ALPHA?"),
        ("ANSWERABLE_DAT", "x", "did you mean ANSWERABLE_DATA?"),
        ("ANSWERABLE_ZZZZZZZZ", "x", "docs/settings.md"),
    ],
)
def test_a_mistake_is_found_at_start_and_named(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, said: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(SetupError) as caught:
        load_settings()
    assert said in str(caught.value)


def test_tables_take_any_key_and_groups_take_json(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANSWERABLE_EMBEDDER__OPTIONS__THREADS", "2")
    monkeypatch.setenv("ANSWERABLE_LIMITS", '{"file_bytes": 5000}')
    settings = load_settings()
    assert settings.embedder.options == {"threads": "2"}
    assert settings.limits.file_bytes == 5_000


def test_a_key_comes_from_the_variable_that_the_model_names(monkeypatch: pytest.MonkeyPatch, clean: Path) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-shared")
    assert load_settings().secrets["OPENAI_API_KEY"].get_secret_value() == "sk-shared"
    monkeypatch.setenv("ANSWERABLE_OPENAI_API_KEY", "sk-ours")
    settings = load_settings()
    assert settings.secrets["OPENAI_API_KEY"].get_secret_value() == "sk-ours"
    assert "sk-ours" not in repr(settings)
    assert "ANTHROPIC_API_KEY" not in settings.secrets


def test_models_of_the_data_folder_replace_those_that_ship(clean: Path) -> None:
    (clean / "models.toml").write_text(
        '[models."gpt-5.4"]\nprovider = "openai"\nmodel = "mine"\n\n[models.llama]\nprovider = "openai"\n', "utf-8"
    )
    models = load_settings().models
    assert models["gpt-5.4"].model == "mine"
    assert models["gpt-5.4"].api_key_env is None
    assert {"llama", "claude-haiku-4-5"} <= models.keys()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[models", "is not valid TOML"),
        ('[models.x]\nprovidr = "openai"\n', '[models."x"]'),
        ('[models.x]\nprovider = "openai"\ncolour = "red"\n', "colour"),
    ],
)
def test_a_mistake_in_models_toml_names_file_and_entry(clean: Path, text: str, said: str) -> None:
    (clean / "models.toml").write_text(text, "utf-8")
    with pytest.raises(SetupError) as caught:
        load_settings()
    assert str(clean / "models.toml") in str(caught.value)
    assert said in str(caught.value)


def test_what_differs_from_the_defaults_is_named_without_its_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANSWERABLE_EMBEDDER__OPTIONS", '{"api_key": "sk-x"}')
    monkeypatch.setenv("ANSWERABLE_LOG_LEVEL", "info")
    assert changed_settings(load_settings()) == ["ANSWERABLE_DATA", "ANSWERABLE_EMBEDDER__OPTIONS"]


def test_what_ships_beside_the_code_is_found() -> None:
    assert (asset("config") / "models.toml").is_file()
    assert (asset("docs") / "index.md").is_file()


def test_policies_of_the_data_folder_are_laid_on_those_that_ship(tmp_path: Path) -> None:
    (tmp_path / "policies.toml").write_text("[limits.tiers.free]\nrequests_per_hour = 7\n")
    found = load_settings(data=tmp_path).policies.limits.tiers
    assert (found["free"].requests_per_hour, found["free"].tokens_per_minute) == (7, 20_000)
    assert found["pro"].requests_per_hour == 1_000


def test_a_mistake_in_the_policies_refuses_to_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "policies.toml").write_text("[limits.tiers.free]\nrequests_per_our = 7\n")
    with pytest.raises(SetupError, match=r"policies.toml, \[limits.tiers.free\]: there is no 'requests_per_our'"):
        load_settings(data=tmp_path)
    monkeypatch.setenv("ANSWERABLE_POLICIES", '{"limits": {"nothing": 1}}')
    with pytest.raises(SetupError, match="ANSWERABLE_POLICIES"):
        load_settings(data=tmp_path)


def test_policies_can_come_from_the_environment_as_a_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "policies.toml").write_text("[limits]\nassumed_output_tokens = 5\n")
    monkeypatch.setenv("ANSWERABLE_POLICIES", '{"limits": {"assumed_output_tokens": 9}}')
    assert load_settings(data=tmp_path).policies.limits.assumed_output_tokens == 9


def test_the_password_of_a_database_is_not_shown(clean: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANSWERABLE_DATABASE_URL", "postgresql://me:s3cret@db.example.org/answers")
    monkeypatch.setenv("ANSWERABLE_DATABASE__READERS", "3")
    settings = load_settings()
    assert settings.sql_url == "postgresql://me:s3cret@db.example.org/answers"
    assert settings.connections.readers == 3
    assert "s3cret" not in repr(settings) + str(settings)


def test_teams_ship_and_those_of_the_data_folder_are_laid_on_top(tmp_path: Path) -> None:
    shipped = load_teams(tmp_path)
    assert set(shipped) == {"code", "content", "panel", "support"}
    (tmp_path / "teams").mkdir()
    text = (asset("config") / "teams" / "support.toml").read_text("utf-8")
    (tmp_path / "teams" / "support.toml").write_text(text.replace("Customer support", "Our support"), "utf-8")
    (tmp_path / "teams" / "help-desk.toml").write_text(text, "utf-8")
    found = load_teams(tmp_path)
    assert set(found) == {*shipped, "help-desk"}
    assert found["support"].title == "Our support"


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("x", "[budget", "is not valid TOML"),
        ("x", 'titel = "T"', "did you mean 'title'?"),
        ("research", "", "not 'research'"),
        ("Big Team", "", "a-z 0-9"),
    ],
)
def test_a_mistake_in_a_team_names_its_file(tmp_path: Path, name: str, text: str, said: str) -> None:
    (tmp_path / "teams").mkdir()
    (tmp_path / "teams" / f"{name}.toml").write_text(text, "utf-8")
    with pytest.raises(SetupError) as caught:
        load_teams(tmp_path)
    assert f"teams/{name}.toml" in str(caught.value)
    assert said in str(caught.value)
