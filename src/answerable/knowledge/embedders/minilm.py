"""The bundled default: all-MiniLM-L6-v2 (384 numbers, 256 tokens), int8, no network and no download."""

from dataclasses import dataclass
from pathlib import Path

from answerable.core.ports import Embedder
from answerable.knowledge.embedders.base.embedder import FolderEmbedder
from answerable.knowledge.embedders.base.encoder import Encoder, load_folder

MODEL = Path(__file__).parent / "models" / "all_minilm_l6_v2"


@dataclass(frozen=True, slots=True)
class Config:
    """`threads`: texts embedded at the same time; 0 takes every core, four at most."""

    threads: int = 0


def build(config: Config) -> Embedder:
    """The bundled embedder. Loads nothing heavy until the first text."""
    return FolderEmbedder("all-MiniLM-L6-v2", Encoder(load_folder(MODEL, "embedder"), config.threads))
