"""The loader process: reads batches of (path, source) from stdin, writes outcomes to stdout, one pickle each. It says
first that it is ready, with an empty one: how long a busy machine takes to start it is no file's fault.

Its memory is limited by the operating system; a document beyond it is refused as too large.
"""

import contextlib
import os
import pickle
import struct
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from answerable.core import loading
from answerable.core.documents import LoadedDocument
from answerable.core.errors import UnreadableDocument
from answerable.core.ports import Loader
from answerable.knowledge.loaders.base.detection import detect
from answerable.knowledge.loaders.base.files import too_large
from answerable.knowledge.loaders.base.limits import Limits

_PACKAGE = "answerable.knowledge.loaders"
_HEADER = struct.Struct("<I")
_BATCH_DOCUMENTS = 256
_BATCH_CHARACTERS = 2_000_000
Answer = tuple[tuple[LoadedDocument, ...], UnreadableDocument | None, bool]


def load_file(path: Path, source: str, limits: Limits, passwords: tuple[str, ...] = ()) -> Iterator[LoadedDocument]:
    """Documents of one file, in this process. Raises UnreadableDocument."""
    yield from _loader(detect(path, source), limits, passwords).load(path, source)


def _loader(name: str, limits: Limits, passwords: tuple[str, ...]) -> Loader:
    module = loading.load(_PACKAGE, name)
    extra = {"passwords": passwords} if name == "pdf" else {}
    loader: Loader = module.build(module.Config(limits=limits, **extra))
    return loader


def answers(path: Path, source: str, limits: Limits, passwords: tuple[str, ...]) -> Iterator[Answer]:
    """Documents in batches; the last answer says so, and carries the error if there was one."""
    batch: list[LoadedDocument] = []
    characters = 0
    error: UnreadableDocument | None = None
    try:
        for document in load_file(path, source, limits, passwords):
            batch.append(document)
            characters += len(document.text)
            if len(batch) >= _BATCH_DOCUMENTS or characters > _BATCH_CHARACTERS:
                yield tuple(batch), None, False
                batch, characters = [], 0
    except UnreadableDocument as problem:
        error = problem
    except MemoryError:
        error = too_large(source, f"needs more than {limits.memory_bytes:,} bytes of memory")
    except RecursionError:
        error = UnreadableDocument(source, "corrupt", "is nested too deeply to be read")
    yield (() if error else tuple(batch)), error, True


def _limit_memory(limit: int) -> None:
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _receive(pipe: IO[bytes]) -> Any:
    header = pipe.read(_HEADER.size)
    if len(header) < _HEADER.size:
        raise EOFError
    return pickle.loads(pipe.read(_HEADER.unpack(header)[0]))  # noqa: S301  written by our parent process


def serve(requests: IO[bytes], replies: IO[bytes]) -> None:
    """Answer until the parent closes the pipe."""
    with contextlib.suppress(EOFError, BrokenPipeError):
        limits, passwords = _receive(requests)
        _limit_memory(limits.memory_bytes)
        replies.write(_HEADER.pack(0))
        replies.flush()
        while True:
            for path, source in _receive(requests):
                for answer in answers(Path(path), source, limits, passwords):
                    data = pickle.dumps(answer, pickle.HIGHEST_PROTOCOL)
                    replies.write(_HEADER.pack(len(data)) + data)
                    replies.flush()


def main() -> None:
    """Run on a private copy of stdout: a library that prints must not break the protocol."""
    with os.fdopen(os.dup(1), "wb") as replies:
        os.dup2(2, 1)
        serve(sys.stdin.buffer, replies)


if __name__ == "__main__":
    main()
