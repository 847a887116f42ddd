"""Settings: the only reader of the environment and of configuration files.

Every setting has an environment variable `ANSWERABLE_<NAME>` (nested: `ANSWERABLE_RETRIEVAL__ALPHA=0.4`). Models, with
their prices, are data: `config/models.toml`, then `models.toml` in the data folder on top. Secrets come only from the
environment; an unknown key fails at start.
"""

import difflib
import os
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from answerable import policies
from answerable.agents import toolbox
from answerable.agents.state import RESEARCH
from answerable.agents.teams.team import Team
from answerable.core.errors import SetupError
from answerable.knowledge.fuse import DEFAULT_ALPHA
from answerable.policies import Policies
from answerable.storage.engines import Config as Connections

EXTRACTIVE = "extractive"
"""The engine that is always there."""

_PREFIX = "ANSWERABLE_"
_TEAM_NAME = r"[a-z][a-z0-9_-]{0,40}"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ChunkerSettings(_Part):
    """How new collections are chunked; sizes in tokens of the embedding model, header included."""

    name: str = "semantic"
    options: dict[str, Any] = Field(default_factory=dict)


class EmbedderSettings(_Part):
    """The embedding model: a part of `knowledge/embedders` and its options."""

    name: str = "minilm"
    options: dict[str, Any] = Field(default_factory=dict)


class RetrievalSettings(_Part):
    """The read path. `alpha` is the share of the vectors; a collection's fitted value goes before it."""

    alpha: float = Field(default=DEFAULT_ALPHA, ge=0, le=1)
    fusion: Literal["convex", "rrf"] = "convex"
    depth: int = Field(default=100, ge=10, le=1_000)
    reranker: str = "offline"
    reranker_options: dict[str, Any] = Field(default_factory=dict)
    rerank_depth: int = Field(default=50, ge=1, le=200)
    passages: int = Field(default=8, ge=1, le=50)
    context_tokens: int = Field(default=4_000, ge=200)


class AnswerSettings(_Part):
    """When to answer. `threshold` is the least calibrated probability that retrieval found what is needed."""

    threshold: float | None = Field(default=None, ge=0, le=1)
    max_sentences: int = Field(default=5, ge=1, le=30)


class LimitSettings(_Part):
    """Limits of reading documents and of requests."""

    file_bytes: int = Field(default=100_000_000, ge=1_000)
    file_seconds: float = Field(default=60.0, gt=0)
    request_bytes: int = Field(default=200_000_000, ge=10_000)
    json_bytes: int = Field(default=25_000_000, ge=10_000)


class DatabaseSettings(_Part):
    """Connections to the database: `readers`, and three more (two look for what was taken away, one writes). The rest
    is for Postgres: how long to wait for a connection, for a statement that reads, for one that writes, and for another
    process that writes.
    """

    readers: int = Field(default=8, ge=1, le=200)
    connect_seconds: float = Field(default=5.0, gt=0)
    read_seconds: float = Field(default=30.0, gt=0)
    write_seconds: float = Field(default=300.0, gt=0)
    turn_seconds: float = Field(default=30.0, gt=0)


class ModelSettings(_Part):
    """One entry of models.toml. Prices are USD per million tokens; a price that is not known is left out, never 0, and
    `free` is for a model that costs nothing, on a machine of your own. `tools`, `images` and `json_schema` say what the
    model can do, and `tier` what the router uses it for.
    """

    provider: str
    model: str = ""
    base_url: str | None = None
    api_key_env: str | None = None
    api_version: str | None = None
    context_tokens: int | None = None
    usd_per_million_input: float | None = None
    usd_per_million_output: float | None = None
    usd_per_million_cached_input: float | None = None
    free: bool = False
    source: str | None = None
    as_of: str | None = None
    tools: bool = True
    images: bool = False
    json_schema: bool = False
    tier: Literal["cheap", "strong", "long"] = "cheap"
    options: dict[str, Any] = Field(default_factory=dict)


class Settings(BaseSettings):
    """Everything that can be set. Built by `load_settings`."""

    model_config = SettingsConfigDict(
        env_prefix=_PREFIX, env_nested_delimiter="__", extra="forbid", frozen=True, env_ignore_empty=True
    )

    data: Path = Path("~/.answerable")
    database_url: SecretStr | None = None
    redis_url: SecretStr | None = None
    redis_timeout_seconds: float = Field(default=0.04, gt=0, le=60)
    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65_535)
    default_model: str = EXTRACTIVE
    default_collection: str | None = None
    accounts: Literal["off", "on"] = "off"
    admin_email: str = "admin@localhost"
    hosts: str | None = None
    trusted_proxies: str | None = None
    forwarded_header: Literal["x-forwarded-for", "forwarded"] = "x-forwarded-for"
    secure_cookies: bool | None = None
    key_ring: dict[str, SecretStr] = Field(default_factory=dict, repr=False)
    sentry_dsn: SecretStr | None = None
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    database: DatabaseSettings = DatabaseSettings()
    chunker: ChunkerSettings = ChunkerSettings()
    embedder: EmbedderSettings = EmbedderSettings()
    retrieval: RetrievalSettings = RetrievalSettings()
    answer: AnswerSettings = AnswerSettings()
    limits: LimitSettings = LimitSettings()
    models: dict[str, ModelSettings] = Field(default_factory=dict)
    policies: Policies = Field(default_factory=Policies)
    secrets: dict[str, SecretStr] = Field(default_factory=dict, repr=False)

    @field_validator("policies", mode="before")
    @classmethod
    def _read_policies(cls, value: Any) -> Any:
        return policies.read(Policies, value, f"{_PREFIX}POLICIES") if isinstance(value, Mapping) else value

    @property
    def folder(self) -> Path:
        """The data folder, absolute."""
        return self.data.expanduser().resolve()

    @property
    def sql_url(self) -> str:
        """The database; SQLite in the data folder unless a URL is set. It may hold a password."""
        if self.database_url is not None:
            return self.database_url.get_secret_value()
        return f"sqlite:///{self.folder / 'answerable.db'}"

    @property
    def connections(self) -> Connections:
        """How many connections to the database, and how long to wait for it."""
        wanted = self.database
        seconds = (wanted.connect_seconds, wanted.read_seconds, wanted.write_seconds, wanted.turn_seconds)
        return Connections(wanted.readers, *seconds)


def load_settings(**overrides: Any) -> Settings:
    """Settings from the environment, model files and `overrides` (None values are left out).

    Raises SetupError that names the setting and what is wrong with it.
    """
    given = {key: value for key, value in overrides.items() if value is not None}
    try:
        settings = Settings(**given)
        models = _load_models(settings.folder) | settings.models
        policy = settings.policies if "policies" in settings.model_fields_set else _load_policies(settings.folder)
        wanted = {entry.api_key_env for entry in models.values() if entry.api_key_env} | set(toolbox.KEYS)
        _check_environment(wanted)
        secrets = {name: SecretStr(value) for name in wanted if (value := _secret(name))}
        found = {"models": models, "policies": policy, "secrets": secrets | settings.secrets}
        return settings.model_copy(update=found)
    except ValidationError as error:
        raise SetupError("; ".join(_problem(item) for item in error.errors())) from error


def asset(name: str) -> Path:
    """A folder that ships beside the code (`config`, `docs`): in the clone, or inside the installed package."""
    packaged = Path(__file__).parent / "assets" / name
    return packaged if packaged.is_dir() else Path(__file__).parents[2] / name


def _load_models(folder: Path) -> dict[str, ModelSettings]:
    """What ships, with the data folder's own entries on top. Raises SetupError that names file and entry."""
    models: dict[str, ModelSettings] = {}
    for path in (asset("config") / "models.toml", folder / "models.toml"):
        entries = _read_toml(path).get("models", {}) if path.is_file() else {}
        for name, entry in entries.items():
            try:
                models[name] = ModelSettings(**entry)
            except ValidationError as error:
                first = error.errors()[0]
                field = ".".join(str(part) for part in first["loc"])
                raise SetupError(f'{path}, [models."{name}"], {field}: {first["msg"]}') from error
    return models


def _load_policies(folder: Path) -> Policies:
    """What ships, with the data folder's own file laid on top. Raises SetupError that names file and entry."""
    shipped, own = asset("config") / "policies.toml", folder / "policies.toml"
    table = _read_toml(shipped)
    found: Policies = policies.read(Policies, table, str(shipped))
    if own.is_file():
        found = policies.read(Policies, policies.merged(table, _read_toml(own)), str(own))
    return found


def load_teams(folder: Path) -> dict[str, Team]:
    """The teams that ship, with those of the data folder on top, by the stems of their files. Raises SetupError that
    names file, entry and what is allowed.
    """
    teams: dict[str, Team] = {}
    for place in (asset("config") / "teams", folder / "teams"):
        for path in sorted(place.glob("*.toml")):
            if not re.fullmatch(_TEAM_NAME, path.stem) or path.stem == RESEARCH:
                raise SetupError(f"{path}: a team's file is named with a-z 0-9 _ -, and not '{RESEARCH}'")
            try:
                teams[path.stem] = policies.read(Team, _read_toml(path), str(path))
            except OSError as error:
                raise SetupError(f"{path} cannot be read: {error.strerror}") from error
    return teams


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SetupError(f"{path} is not valid TOML: {error}") from error


def _secret(name: str) -> str | None:
    """A key from the environment; our own prefix goes first, so that a key can be meant for us alone."""
    return os.environ.get(f"{_PREFIX}{name}") or os.environ.get(name)


def setting_names(part: type[BaseModel] = Settings, prefix: str = _PREFIX) -> Iterator[tuple[str, bool]]:
    """Every setting as its environment variable, and whether it holds a table whose keys are the user's."""
    for name, field in part.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, _Part):
            yield from setting_names(kind, f"{prefix}{name.upper()}__")
        else:
            yield prefix + name.upper(), getattr(kind, "__origin__", None) is dict


def policy_source(settings: Settings) -> str | None:
    """What changes the policies that ship: a variable or a file of the data folder; None where nothing does."""
    variable, own = f"{_PREFIX}POLICIES", settings.folder / "policies.toml"
    return variable if os.environ.get(variable) else str(own) if own.is_file() else None


def changed_settings(settings: Settings) -> list[str]:
    """The environment variables of the settings that are not at their defaults; no values: one may be a secret."""
    default = Settings.model_construct()
    tables = {_PREFIX + name for name in ("MODELS", "POLICIES", "SECRETS")}
    names = [name for name, _ in setting_names() if name not in tables]
    return [name for name in names if _value(settings, name) != _value(default, name)]


def _value(settings: Settings, name: str) -> object:
    found: object = settings
    for part in name.removeprefix(_PREFIX).lower().split("__"):
        found = getattr(found, part)
    return found


def _check_environment(secrets: Iterable[str]) -> None:
    """Raises SetupError for a variable that begins like ours and is none: a typing mistake would go unnoticed."""
    known = dict(setting_names())
    parts = {name.rpartition("__")[0] for name in known}
    keys = {f"{_PREFIX}{name}".upper() for name in secrets}
    for variable in sorted(os.environ):
        name = variable.upper()
        if not name.startswith(_PREFIX) or name in {*known, *parts, *keys} or name.endswith("_API_KEY"):
            continue
        if not any(is_table and name.startswith(f"{setting}__") for setting, is_table in known.items()):
            short = {setting.removeprefix(_PREFIX): setting for setting in known}
            near = difflib.get_close_matches(name.removeprefix(_PREFIX), short, 1)
            hint = f"did you mean {short[near[0]]}?" if near else "docs/settings.md lists the settings"
            raise SetupError(f"there is no setting {variable}; {hint}")


def _problem(item: Mapping[str, Any]) -> str:
    path = "__".join(str(part) for part in item["loc"]).upper()
    return f"setting {_PREFIX}{path}: {item['msg']}"
