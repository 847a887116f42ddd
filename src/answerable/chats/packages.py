"""The file that somebody imports: JSON, JSON Lines, or a zip that holds it. Bounded before anything is unpacked."""

import json
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import IO, Any

from answerable.chats import archive, chatgpt
from answerable.chats.archive import Incoming
from answerable.core.errors import DataError, InvalidRequest, TooLarge

MOST_BYTES = 200_000_000
"""Of unpacked JSON; parsing it takes five times as much memory."""

_MOST_ENTRIES = 20_000
_ZIP = b"PK\x03\x04"


def read_package(file: IO[bytes]) -> list[Any]:
    """The conversations of a file as they are written there. Takes seconds for a large one: call it in a thread.

    Raises InvalidRequest for what is no export, TooLarge.
    """
    file.seek(0)
    if file.read(len(_ZIP)) == _ZIP:
        file.seek(0)
        return [one for text in _unzipped(file) for one in _conversations(text)]
    file.seek(0)
    return list(_conversations(_bounded(file, MOST_BYTES)))


def read_conversation(value: object) -> Incoming:
    """One of them. Raises DataError that says what is wrong with it."""
    if not isinstance(value, Mapping):
        raise DataError("it is no JSON object")
    try:
        return chatgpt.read_conversation(value) if chatgpt.is_chatgpt(value) else archive.read_conversation(value)
    except RecursionError as error:
        raise DataError("it is nested too deep") from error
    except (ValueError, OverflowError) as error:
        raise DataError(f"it holds a value that is none: {error}") from error


def title_in(value: object) -> str:
    """What a conversation that cannot be read calls itself."""
    title = value.get("title") if isinstance(value, Mapping) else None
    return archive.cleaned(" ".join(str(title).split())[:200]) if title else ""


def _unzipped(file: IO[bytes]) -> Iterator[bytes]:
    try:
        with zipfile.ZipFile(file) as package:
            names = [entry for entry in package.infolist() if _holds_conversations(entry.filename)]
            if len(package.infolist()) > _MOST_ENTRIES:
                raise TooLarge(f"the zip has more than {_MOST_ENTRIES:,} files")
            if not names:
                raise InvalidRequest("the zip holds no conversations.json", param="file")
            left = MOST_BYTES
            for entry in names:
                with package.open(entry) as opened:
                    text = _bounded(opened, left)
                left -= len(text)
                yield text
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError) as error:
        raise InvalidRequest(f"the zip cannot be read: {error}", param="file") from error


def _holds_conversations(name: str) -> bool:
    """`conversations.json`, and the numbered pieces of a large export."""
    path = PurePosixPath(name)
    return path.suffix in (".json", ".jsonl") and path.stem.startswith("conversations")


def _bounded(file: IO[bytes], most: int) -> bytes:
    """All of a file, whatever its header says of its size. Raises TooLarge."""
    data = file.read(most + 1)
    if len(data) > most:
        raise TooLarge(f"the export is larger than {MOST_BYTES:,} bytes unpacked: import it in parts")
    return data


def _conversations(data: bytes) -> Iterator[Any]:
    value = _parsed(data)
    if isinstance(value, list):
        yield from value
    elif isinstance(value, Mapping) and isinstance(value.get("conversations"), list):
        yield from value["conversations"]
    elif isinstance(value, Mapping) and ("mapping" in value or value.get("format") == archive.FORMAT):
        yield value
    else:
        raise InvalidRequest("this is neither ChatGPT's conversations.json nor an export of this program", param="file")


def _parsed(data: bytes) -> Any:
    """JSON, or a list of the lines of JSON Lines."""
    try:
        text = data.decode("utf-8-sig")
        try:
            return json.loads(text)
        except json.JSONDecodeError as error:
            if error.msg != "Extra data":
                raise
            return [json.loads(line) for line in text.splitlines() if line.strip()]
    except (ValueError, RecursionError) as error:
        raise InvalidRequest(f"the file is not valid JSON: {error}", param="file") from error
