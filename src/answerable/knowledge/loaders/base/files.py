"""Reading bytes within limits: plain files, gzip files, members of zip archives."""

import gzip
import io
import zipfile
import zlib
from pathlib import Path
from types import TracebackType

from answerable.core.errors import UnreadableDocument
from answerable.knowledge.loaders.base.limits import Limits

_CHUNK = 1 << 20
_DAMAGE = (OSError, EOFError, zlib.error, zipfile.BadZipFile, ValueError, NotImplementedError, RuntimeError)


def read_bytes(path: Path, source: str, limits: Limits) -> bytes:
    """The file's bytes, gunzipped when it is gzip. Raises UnreadableDocument: not_found, empty, too_large, corrupt."""
    try:
        size = path.stat().st_size
        if size > limits.size_bytes:
            raise too_large(source, f"is {size:,} bytes; the limit is {limits.size_bytes:,}")
        data = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise UnreadableDocument(source, "not_found", "does not exist; check the path") from error
    except OSError as error:
        raise UnreadableDocument(source, "not_found", f"cannot be opened: {error.strerror}") from error
    if data.startswith(b"\x1f\x8b"):
        data = _gunzip(data, source, limits)
    if not data:
        raise UnreadableDocument(source, "empty", "is empty (0 bytes)")
    return data


def _gunzip(data: bytes, source: str, limits: Limits) -> bytes:
    budget = min(limits.decompressed_bytes, max(int(len(data) * limits.ratio), limits.ratio_floor_bytes))
    out = io.BytesIO()
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as stream:
            while block := stream.read(_CHUNK):
                out.write(block)
                if out.tell() > budget:
                    raise too_large(source, f"unpacks to more than {budget:,} bytes")
    except _DAMAGE as error:
        raise UnreadableDocument(source, "corrupt", "is a damaged gzip file; download or export it again") from error
    return out.getvalue()


def too_large(source: str, what: str) -> UnreadableDocument:
    """The refusal of a file beyond a limit."""
    return UnreadableDocument(source, "too_large", f"{what}; split it or raise the limit")


class Archive:
    """A zip archive whose members are read within one budget, so that a bomb is refused before it unfolds."""

    def __init__(self, data: bytes, source: str, limits: Limits) -> None:
        self._source = source
        self._budget = min(limits.decompressed_bytes, max(int(len(data) * limits.ratio), limits.ratio_floor_bytes))
        self._limit = self._budget
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
        except _DAMAGE as error:
            raise self._damaged() from error
        self.names = self._zip.namelist()
        if len(self.names) > limits.archive_entries:
            raise too_large(source, f"holds {len(self.names):,} files inside")
        self._by_lower = {name.lower(): name for name in reversed(self.names)}
        if any(info.flag_bits & 1 for info in self._zip.infolist()):
            raise encrypted(source)

    def __enter__(self) -> "Archive":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._zip.close()

    def find(self, name: str) -> bytes | None:
        """A member's bytes, None when it is absent. Part names compare without case (OPC)."""
        found = self._by_lower.get(name.lstrip("/").lower())
        if found is None:
            return None
        out = bytearray()
        try:
            with self._zip.open(found) as stream:
                while block := stream.read(_CHUNK):
                    out += block
                    self._budget -= len(block)
                    if self._budget < 0:
                        raise too_large(self._source, f"unpacks to more than {self._limit:,} bytes")
        except _DAMAGE as error:
            raise self._damaged() from error
        return bytes(out)

    def get(self, name: str) -> bytes:
        """A member's bytes. Raises UnreadableDocument (corrupt) when it is absent."""
        if (data := self.find(name)) is None:
            raise self._damaged(f"the part '{name}' is missing")
        return data

    def _damaged(self, what: str = "the file inside is incomplete") -> UnreadableDocument:
        return UnreadableDocument(self._source, "corrupt", f"is damaged ({what}); open and save it again, or re-export")


def encrypted(source: str) -> UnreadableDocument:
    """The refusal of a file that asks for a password."""
    return UnreadableDocument(source, "encrypted", "is encrypted; save a copy without a password and add that")
