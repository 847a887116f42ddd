"""The bundled model: its facts, its published similarities, and that importing it loads nothing heavy."""

import subprocess
import sys

import numpy as np
import pytest

from answerable.core.ports import Embedder
from answerable.knowledge.embedders import minilm


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return minilm.build(minilm.Config(threads=2))


def test_it_is_the_model_it_says(embedder: Embedder) -> None:
    assert (embedder.name, embedder.dimensions, embedder.max_tokens) == ("all-MiniLM-L6-v2", 384, 254)


def test_similarities_are_those_of_the_model_card_within_rounding(embedder: Embedder) -> None:
    weather, sunny, stadium = embedder.embed(
        ["The weather is lovely today.", "It's so sunny outside!", "He drove to the stadium."]
    )
    assert float(weather @ sunny) == pytest.approx(0.6660, abs=0.02)
    assert float(weather @ stadium) == pytest.approx(0.1046, abs=0.02)
    assert float(sunny @ stadium) == pytest.approx(0.1411, abs=0.02)


def test_vectors_are_equal_to_the_last_bit_in_any_batch_and_any_run(embedder: Embedder) -> None:
    texts = ["short", "a rather longer text about the remote control " * 9, "question?"]
    together = embedder.embed(texts)
    again = minilm.build(minilm.Config(threads=1))
    for text, vector in zip(texts, together, strict=True):
        assert np.array_equal(again.embed([text])[0], vector)


def test_import_and_build_load_no_runtime() -> None:
    code = (
        "import sys; from answerable.knowledge.embedders import minilm; minilm.build(minilm.Config());"
        "sys.exit(any(name in sys.modules for name in ('onnxruntime', 'tokenizers', 'numpy')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
