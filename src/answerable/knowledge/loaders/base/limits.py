"""How much one document may cost before it is refused."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on one file. `ratio` is checked only beyond `ratio_floor_bytes`: small XML may shrink a thousandfold."""

    size_bytes: int = 100_000_000
    pages: int = 5_000
    decompressed_bytes: int = 500_000_000
    ratio: float = 200.0
    ratio_floor_bytes: int = 20_000_000
    archive_entries: int = 20_000
    characters: int = 20_000_000
    seconds: float = 60.0
    memory_bytes: int = 1_000_000_000


@dataclass(frozen=True, slots=True)
class LoaderConfig:
    """What every loader can be told; a format with more settings extends it."""

    limits: Limits = Limits()
