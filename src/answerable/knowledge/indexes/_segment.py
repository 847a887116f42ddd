"""An immutable set of vectors on disk: sorted ids, float16 rows and 8-bit codes, mapped into memory.

A segment is written under a new name and becomes the current one when the manifest is renamed over the old one.
"""

import json
import os
import shutil
import uuid
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import faiss
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from answerable.core.ports import Ids, Mask, Vectors

    Halves = NDArray[np.float16]

FORMAT = 1
_BLOCK = 16_384
_EXACT_BELOW = 700
"""So many rows are read (.7 us each) sooner than the codes of all are scanned for candidates (122,000 rows: .3 ms)."""


@dataclass(frozen=True, slots=True)
class Segment:
    """What was read from one folder. `ids` ascend; row i belongs to ids[i]."""

    name: str
    ids: "Ids"
    rows: "Halves"
    codes: Any
    """faiss.IndexScalarQuantizer over rows times 127 / their largest component, as signed bytes."""

    def positions(self, ids: "Ids") -> "Ids":
        """Row number of each id, -1 where there is none."""
        if not len(self.ids):
            return np.full(len(ids), -1, dtype=np.int64)
        found = np.minimum(np.searchsorted(self.ids, ids), len(self.ids) - 1)
        return np.where(self.ids[found] == ids, found, -1)

    def allows(self, allowed: "Mask") -> "Mask":
        """The mask over ids, as a mask over rows."""
        mask = np.zeros(len(self.ids), dtype=np.bool_)
        end = int(np.searchsorted(self.ids, len(allowed)))
        if end and self.ids[end - 1] - self.ids[0] == end - 1:
            mask[:end] = allowed[self.ids[0] : self.ids[0] + end]
        else:
            mask[:end] = allowed[self.ids[:end]]
        return mask

    def dot(self, vector: "Vectors", positions: "Ids") -> "Vectors":
        """Inner products with some rows."""
        return inner_products(self.rows[positions].astype(np.float32), vector)

    def search(self, vector: "Vectors", k: int, mask: "Mask | None") -> "tuple[Ids, Vectors]":
        """At least the best k of the rows in `mask` (more when cheap), unordered."""
        count = len(self.ids) if mask is None else int(np.count_nonzero(mask))
        if count <= max(_EXACT_BELOW, 2 * k):
            found = np.arange(len(self.ids)) if mask is None else np.flatnonzero(mask)
        else:
            found = self._candidates(vector, min(count, 2 * k + 100), mask)
        return self.ids[found], self.dot(vector, found)

    def _candidates(self, vector: "Vectors", count: int, mask: "Mask | None") -> "Ids":
        peak = float(np.abs(vector).max()) or 1.0
        scaled = np.rint(vector * (127 / peak)).astype(np.float32)[None, :]
        parts: Any = faiss  # its stubs describe the C++ constructors, not the Python ones
        params = None
        if mask is not None:
            bits = np.packbits(mask, bitorder="little")
            params = parts.SearchParameters(sel=parts.IDSelectorBitmap(bits))
        # One thread a query: a second one saves 1 ms of 2.3 on an idle machine, and its spinning costs 6 on a busy one.
        faiss.omp_set_num_threads(1)
        _, found = self.codes.search(scaled, count, params=params)
        return np.asarray(found[0][found[0] >= 0], dtype=np.int64)


def inner_products(rows: "Vectors", vector: "Vectors") -> "Vectors":
    """(n,) for rows (n, d), in this thread: BLAS shares them among threads that spin (3,600 rows: 16 ms, not .2)."""
    scores: Vectors = np.einsum("ij,j->i", rows, vector)
    return scores


@dataclass(frozen=True, slots=True)
class Manifest:
    """Which segment is current, and how far into SQL it reaches. `segment` is empty when there are no rows."""

    segment: str
    cursor: int
    dimensions: int


def read_manifest(folder: Path) -> Manifest | None:
    """The manifest, None where it is missing or unusable."""
    try:
        found = json.loads((folder / "manifest.json").read_text())
        if found["format"] != FORMAT:
            return None
        return Manifest(str(found["segment"]), int(found["cursor"]), int(found["dimensions"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Switch over: durable when it returns, the old state or the new one after a crash."""
    fields = {"format": FORMAT, "segment": manifest.segment, "cursor": manifest.cursor}
    fresh = folder / f"manifest.{uuid.uuid4().hex}.tmp"
    with fresh.open("w") as file:
        json.dump({**fields, "dimensions": manifest.dimensions}, file)
        _sync(file.fileno())
    fresh.replace(folder / "manifest.json")
    _sync_folder(folder)


def open_segment(folder: Path, name: str, dimensions: int) -> Segment | None:
    """Map a segment into memory, None where a file is missing, cut short or belongs to another."""
    place = folder / name
    try:
        ids = np.load(place / "ids.npy")
        rows = np.load(place / "rows.npy", mmap_mode="r")
        meta = json.loads((place / "meta.json").read_text())
        if meta["codes_bytes"] != (place / "codes.faiss").stat().st_size or meta["ids_crc"] != zlib.crc32(
            ids.tobytes()
        ):
            return None
        codes = faiss.read_index(str(place / "codes.faiss"), faiss.IO_FLAG_MMAP_IFC)
    except (OSError, ValueError, KeyError, TypeError, EOFError, RuntimeError):
        return None
    fits = rows.shape == (len(ids), dimensions) and rows.dtype == np.float16
    return Segment(name, ids, rows, codes) if fits and codes.ntotal == len(ids) else None


def write_segment(folder: Path, ids: "Ids", parts: list["Halves"], sources: "Ids") -> str:
    """Write rows `sources` (row numbers of `parts` laid end to end), which belong to the ascending `ids`."""
    name = f"segment-{uuid.uuid4().hex}"
    place = folder / name
    place.mkdir(parents=True)
    dimensions = parts[0].shape[1]
    rows = np.lib.format.open_memmap(place / "rows.npy", mode="w+", dtype=np.float16, shape=(len(ids), dimensions))
    peak = 0.0
    for start, block in _blocks(parts, sources):
        rows[start : start + len(block)] = block
        peak = max(peak, float(np.abs(block).max()))
    codes = faiss.IndexScalarQuantizer(
        dimensions, faiss.ScalarQuantizer.QT_8bit_direct_signed, faiss.METRIC_INNER_PRODUCT
    )
    for start in range(0, len(ids), _BLOCK):
        codes.add(np.rint(rows[start : start + _BLOCK].astype(np.float32) * (127 / (peak or 1.0))))
    rows.flush()
    np.save(place / "ids.npy", ids)
    faiss.write_index(codes, str(place / "codes.faiss"))
    size = (place / "codes.faiss").stat().st_size
    (place / "meta.json").write_text(json.dumps({"codes_bytes": size, "ids_crc": zlib.crc32(ids.tobytes())}))
    for path in place.iterdir():
        with path.open("rb+") as file:
            _sync(file.fileno())
    _sync_folder(place)
    return name


def drop_other_segments(folder: Path, name: str) -> None:
    """Delete all segments but the current one, also what a crash left behind; those who have one mapped keep it."""
    for place in folder.glob("segment-*"):
        if place.name != name:
            shutil.rmtree(place, ignore_errors=True)


def _blocks(parts: list["Halves"], sources: "Ids") -> "Iterator[tuple[int, Halves]]":
    starts = np.cumsum([0, *(len(part) for part in parts)])
    for start in range(0, len(sources), _BLOCK):
        wanted = sources[start : start + _BLOCK]
        block = np.empty((len(wanted), parts[0].shape[1]), dtype=np.float16)
        for part, low, high in zip(parts, starts[:-1], starts[1:], strict=True):
            inside = (wanted >= low) & (wanted < high)
            block[inside] = part[wanted[inside] - low]
        yield start, block


def _sync(descriptor: int) -> None:
    os.fsync(descriptor)


def _sync_folder(folder: Path) -> None:
    """Make renames durable where a folder can be opened (not on Windows)."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        _sync(descriptor)
    finally:
        os.close(descriptor)
