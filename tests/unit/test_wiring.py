import dataclasses
from pathlib import Path

import pytest
from pydantic import SecretStr

from answerable.config import ModelSettings, Settings
from answerable.core.errors import ModelNotFound, SetupError
from answerable.gateway.models import Models
from answerable.gateway_wiring import open_shared
from answerable.providers.scripted import Config, Scripted
from answerable.wiring import build_embedder, build_part, chunker_builder, open_platform


def settings(folder: Path, **more: object) -> Settings:
    return Settings.model_validate({"data": folder, **more})


async def test_the_data_folder_is_made_for_its_owner_only(tmp_path: Path) -> None:
    platform = await open_platform(settings(tmp_path / "new"))
    await platform.close()
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "new" / "answerable.db").is_file()


async def test_a_part_can_be_replaced(tmp_path: Path) -> None:
    model = Scripted(Config())
    models = Models({"scripted": lambda: model}, {}, "scripted", "extractive")
    platform = await open_platform(settings(tmp_path), models=models)
    await platform.close()
    assert platform.models is models


async def test_a_model_is_offered_when_its_key_is_there(tmp_path: Path) -> None:
    entries = {
        "ready": ModelSettings(provider="openai", api_key_env="READY_KEY"),
        "keyless": ModelSettings(provider="openai", base_url="http://localhost:1/v1"),
        "locked": ModelSettings(provider="anthropic", api_key_env="LOCKED_KEY"),
    }
    platform = await open_platform(settings(tmp_path, models=entries, secrets={"READY_KEY": SecretStr("k")}))
    try:
        assert platform.models.names == ["extractive", "ready", "keyless"]
        assert platform.models.get("ready").name == "ready"
        with pytest.raises(ModelNotFound, match="set LOCKED_KEY in the environment"):
            platform.models.get("locked")
    finally:
        await platform.close()


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"embedder": {"name": "none"}}, "unknown embedder 'none'; known: minilm"),
        ({"embedder": {"options": {"speed": 9}}}, "'minilm' has no option 'speed'; known: threads"),
        ({"embedder": {"name": "onnx"}}, "options of 'onnx'"),
        ({"chunker": {"name": "none"}}, "unknown chunker 'none'"),
        ({"retrieval": {"reranker": "cross"}}, "unknown reranker 'cross'"),
        ({"default_model": "gpt-9"}, "the default model 'gpt-9' cannot be used"),
        ({"database_url": "mysql://x"}, "unknown database 'mysql'"),
    ],
)
async def test_what_is_missing_is_said_at_start(tmp_path: Path, more: dict[str, object], said: str) -> None:
    with pytest.raises(SetupError) as caught:
        await open_platform(settings(tmp_path, **more))
    assert said in str(caught.value)


async def test_no_reranker_is_a_choice(tmp_path: Path) -> None:
    platform = await open_platform(settings(tmp_path, retrieval={"reranker": "none"}))
    await platform.close()


def test_a_chunker_is_built_once_for_equal_options(tmp_path: Path) -> None:
    build = chunker_builder(build_embedder(settings(tmp_path)))
    assert build("semantic", {"chunk_tokens": 100}) is build("semantic", {"chunk_tokens": 100})
    assert build("semantic", {"chunk_tokens": 100}) is not build("semantic", {})


def test_every_part_has_a_config_whose_fields_are_its_options() -> None:
    part = build_part("answerable.providers", "scripted", {"replies": "hello"})
    assert isinstance(part, Scripted)
    assert {field.name for field in dataclasses.fields(Config)} >= {"name", "replies"}


async def test_redis_is_waited_for_as_long_as_is_set(tmp_path: Path) -> None:
    shared = await open_shared(settings(tmp_path, redis_url=f"unix://{tmp_path}/none.sock", redis_timeout_seconds=7.5))
    await shared.close()
    assert [link._timeout_s for link in shared.links] == [7.5, 7.5]
