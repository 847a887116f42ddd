"""Any other sentence-transformers BERT model (a fine-tuned own one, bge, e5, gte), exported to a folder of ours.

python scripts/export_minilm.py SOURCE_FOLDER TARGET_FOLDER --title "name and origin"
"""

from dataclasses import dataclass
from pathlib import Path

from answerable.core.ports import Embedder
from answerable.knowledge.embedders.base.embedder import FolderEmbedder
from answerable.knowledge.embedders.base.encoder import Encoder, load_folder


@dataclass(frozen=True, slots=True)
class Config:
    """`path`: the exported folder. `name`: what indexes remember, the folder's name unless given. `threads`: texts
    embedded at the same time; 0 takes every core, four at most.
    """

    path: str
    name: str = ""
    threads: int = 0


def build(config: Config) -> Embedder:
    """The embedder of `config.path`. Loads nothing heavy until the first text; SetupError when it is no such folder."""
    folder = load_folder(Path(config.path), "embedder")
    return FolderEmbedder(config.name or folder.path.name, Encoder(folder, config.threads))
