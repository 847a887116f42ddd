"""Reranking by a cross-encoder: a model that reads the query and a passage together, from a folder exported once.

    python scripts/export_minilm.py SOURCE_FOLDER TARGET_FOLDER --title "cross-encoder/ms-marco-MiniLM-L-6-v2"

Nothing is downloaded at run time: without the folder, `build` says what to do.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from answerable.core.documents import Passage
from answerable.core.errors import SetupError
from answerable.core.ports import Reranker
from answerable.knowledge.embedders.base.encoder import Encoder, Folder, load_folder


@dataclass(frozen=True, slots=True)
class Config:
    """`model`: an exported folder, or a name looked up in `models_folder` (`cross-encoder/x` also matches the folder
    `x`). `threads`: passages read at the same time; 0 takes every core, four at most.
    """

    model: str = "cross-encoder/ms-marco-MiniLM-L-6-v2"
    models_folder: str = ""
    threads: int = 0


def build(config: Config) -> Reranker:
    """The reranker. Raises SetupError, saying how to make the folder, when the model is not there."""
    folder = find_folder(config)
    return CrossEncoder(config.model, Encoder(folder, config.threads))


def find_folder(config: Config) -> Folder:
    """The folder of `config.model`: that path itself, else the name within `models_folder`."""
    places = [Path(config.model)]
    if config.models_folder:
        root = Path(config.models_folder)
        places += [root / config.model, root / Path(config.model).name]
    for place in places:
        if (place / "model.json").is_file():
            return load_folder(place, "cross-encoder")
    looked = ", ".join(str(place) for place in places)
    raise SetupError(
        f"cross-encoder '{config.model}' was not found (looked in: {looked}). Get its Hugging Face folder and run "
        "python scripts/export_minilm.py SOURCE_FOLDER TARGET_FOLDER, or choose the reranker 'offline'"
    )


class CrossEncoder:
    """Scores passages with one logit each. The passage's heading path goes before its text."""

    def __init__(self, name: str, encoder: Encoder) -> None:
        self.name = name
        self._encoder = encoder

    def rerank(self, query: str, passages: Sequence[Passage]) -> list[float]:
        """One score a passage, higher is better, in the order given."""
        if not passages:
            return []
        scores = self._encoder.encode_pairs(query, [passage.text for passage in passages])
        return [float(score) for score in scores[:, 0]]
