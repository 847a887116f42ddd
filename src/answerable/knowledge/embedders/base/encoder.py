"""A model folder run on ONNX Runtime: word piece ids in, one row of numbers out.

Every text runs alone, several at once on threads: no padding, no neighbours, so its row is the same to the last bit
in any batch. On texts as long as chunks this is also the fastest way (docs/decisions/0002-embedding-runtime.md).
"""

import json
import os
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from answerable.core.errors import SetupError
from answerable.knowledge.embedders.base.word_pieces import WordPieces

if TYPE_CHECKING:
    import onnxruntime  # type: ignore[import-untyped]

    from answerable.core.ports import Vectors

MOST_THREADS = 4
SPECIAL_TOKENS = 2
"""[CLS] and [SEP] around a single text."""


@dataclass(frozen=True, slots=True)
class Folder:
    """`model.json` of an exported model. `max_length` counts tokens, special ones included."""

    path: Path
    kind: Literal["embedder", "cross-encoder"]
    max_length: int
    dimensions: int


def load_folder(path: Path, kind: Literal["embedder", "cross-encoder"]) -> Folder:
    """Read `model.json`. Raises SetupError when the folder is not an exported model of this kind."""
    advice = "make it with: python scripts/export_minilm.py SOURCE_FOLDER TARGET_FOLDER"
    try:
        about = json.loads((path / "model.json").read_text("utf-8"))
        folder = Folder(path, about["kind"], int(about["max_length"]), int(about["dimensions"]))
    except FileNotFoundError as error:
        raise SetupError(f"no exported model in {path}; {advice}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise SetupError(f"{path / 'model.json'} is damaged; {advice}") from error
    if folder.kind != kind:
        raise SetupError(f"{path} holds a model of kind '{folder.kind}', not '{kind}'")
    if not (path / "model.onnx").is_file():
        raise SetupError(f"{path} has no model.onnx; {advice}")
    return folder


class Encoder:
    """Runs one model folder. The model is read at the first use; thread-safe; the run releases the GIL."""

    def __init__(self, folder: Folder, threads: int = 0) -> None:
        """`threads`: texts run at the same time; 0 takes every core, MOST_THREADS at most."""
        self.folder = folder
        self.pieces = WordPieces(folder.path)
        self._threads = threads or min(MOST_THREADS, os.cpu_count() or 1)
        self._lock = threading.Lock()
        self._loaded: onnxruntime.InferenceSession | None = None
        self._workers = ThreadPoolExecutor(self._threads, thread_name_prefix="encoder")

    def encode(self, texts: Sequence[str]) -> "Vectors":
        """The model's output for each text (n, width) float32; a text longer than the window is cut."""
        first, last = self.pieces.id_of("[CLS]"), self.pieces.id_of("[SEP]")
        room = self.folder.max_length - SPECIAL_TOKENS
        inputs = [[first, *ids[:room], last] for ids in self.pieces.ids(texts)]
        return self._run_all([(ids, len(ids)) for ids in inputs])

    def encode_pairs(self, query: str, texts: Sequence[str]) -> "Vectors":
        """The output for `[CLS] query [SEP] text [SEP]`, text by text (n, width); the text is cut, then the query."""
        first, last = self.pieces.id_of("[CLS]"), self.pieces.id_of("[SEP]")
        room = self.folder.max_length - SPECIAL_TOKENS - 1
        head = [first, *self.pieces.ids([query])[0][: room // 2], last]
        room -= len(head) - SPECIAL_TOKENS
        return self._run_all([([*head, *ids[:room], last], len(head)) for ids in self.pieces.ids(texts)])

    def _run_all(self, inputs: list[tuple[list[int], int]]) -> "Vectors":
        import numpy as np

        self._session()
        if len(inputs) == 1 or self._threads == 1:
            rows = [self._run(each) for each in inputs]
        else:
            rows = list(self._workers.map(self._run, inputs))
        return np.concatenate(rows)

    def _run(self, given: tuple[list[int], int]) -> "Vectors":
        """One text; tokens from position `given[1]` on are of the second segment."""
        import numpy as np

        ids, first_segment = given
        types = np.zeros((1, len(ids)), np.int64)
        types[:, first_segment:] = 1
        feed = {"input_ids": np.array([ids], np.int64), "token_type_ids": types}
        output: Vectors = self._session().run(None, feed)[0]
        return output

    def _session(self) -> "onnxruntime.InferenceSession":
        if self._loaded is None:
            with self._lock:
                if self._loaded is None:
                    self._loaded = self._read()
        return self._loaded

    def _read(self) -> "onnxruntime.InferenceSession":
        import onnxruntime
        from onnxruntime.capi.onnxruntime_pybind11_state import Fail, InvalidGraph, InvalidProtobuf  # type: ignore[import-untyped]

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        path = self.folder.path / "model.onnx"
        try:
            return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        except (Fail, InvalidGraph, InvalidProtobuf) as error:
            raise SetupError(f"{path} cannot be loaded: {error}") from error
