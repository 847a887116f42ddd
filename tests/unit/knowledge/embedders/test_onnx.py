"""A model of one's own, by folder."""

import json
import shutil
from pathlib import Path

import pytest

from answerable.core.errors import SetupError
from answerable.knowledge.embedders import minilm, onnx

TINY_CROSS_ENCODER = Path(__file__).parents[3] / "fixtures" / "tiny_cross_encoder"


def test_the_name_is_the_folder_unless_given() -> None:
    assert onnx.build(onnx.Config(str(minilm.MODEL))).name == "all_minilm_l6_v2"
    assert onnx.build(onnx.Config(str(minilm.MODEL), name="mine")).name == "mine"


def test_a_missing_folder_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match=r"scripts/export_minilm\.py"):
        onnx.build(onnx.Config(str(tmp_path / "absent")))


def test_a_damaged_description_is_a_setup_error(tmp_path: Path) -> None:
    (tmp_path / "model.json").write_text("{", "utf-8")
    with pytest.raises(SetupError, match="damaged"):
        onnx.build(onnx.Config(str(tmp_path)))


def test_a_model_of_another_kind_is_refused() -> None:
    with pytest.raises(SetupError, match="cross-encoder"):
        onnx.build(onnx.Config(str(TINY_CROSS_ENCODER)))


def test_a_damaged_model_file_is_a_setup_error_at_the_first_text(tmp_path: Path) -> None:
    shutil.copy(minilm.MODEL / "tokenizer.json", tmp_path)
    about = {"kind": "embedder", "max_length": 256, "dimensions": 384}
    (tmp_path / "model.json").write_text(json.dumps(about), "utf-8")
    (tmp_path / "model.onnx").write_bytes(b"not a model")
    embedder = onnx.build(onnx.Config(str(tmp_path)))
    with pytest.raises(SetupError, match="cannot be loaded"):
        embedder.embed(["text"])


def test_a_folder_without_tokenizer_is_a_setup_error(tmp_path: Path) -> None:
    shutil.copy(minilm.MODEL / "model.json", tmp_path)
    (tmp_path / "model.onnx").write_bytes(b"")
    with pytest.raises(SetupError, match=r"tokenizer\.json is missing"):
        onnx.build(onnx.Config(str(tmp_path))).count("text")
