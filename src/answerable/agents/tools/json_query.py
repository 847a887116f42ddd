"""Values out of JSON: from text, or from a file of the collection."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any

import orjson
from pydantic import Field

from answerable.agents.tools.base.services import Caller, Services
from answerable.agents.tools.base.tool import Tool, ToolConfig
from answerable.core.errors import ToolFailed

_STEP = re.compile(r"\.?(?:\[(?:(-?\d{1,9})|(\*)|\"([^\"]*)\")\]|([^.\[\]\s]+))")
_MAX_FOUND = 10_000
_EXAMPLE = 'write a path such as items[0].price, items[*].price or ["odd key"].name'


@dataclass(frozen=True, slots=True)
class Config(ToolConfig):
    """No settings of its own."""

    timeout_s: float = 5.0


def build(config: Config, services: Services) -> Tool:
    """The reader of JSON."""

    async def json_query(
        caller: Caller,
        path: Annotated[str, Field(max_length=500, description="Such as items[*].price; empty for the whole")] = "",
        text: Annotated[str, Field(max_length=40_000, description="JSON text; or leave it empty and name a file")] = "",
        file: Annotated[str, Field(max_length=500, description="A JSON file of this conversation's collection")] = "",
    ) -> str:
        """Take values out of JSON by a path, and count and sum them.

        [*] goes through a list or an object. Without a path the answer describes what is there. With several numbers
        found, their count, sum, smallest and largest are given too.
        """
        value = _parse(text) if text.strip() else await _read(services, caller, file.strip())
        if not path.strip():
            return f"{_outline(value)}\n{_dumped(value)}"
        found = list(_select(value, path.strip()))
        if not found:
            raise ToolFailed(f"'{path}' leads nowhere; at the top there is {_outline(value)}")
        if len(found) == 1 and "[*]" not in path:
            return _dumped(found[0])
        return f"{_totals(found)}\n{_dumped(found)}"

    return Tool("json_query", json_query, config)


async def _read(services: Services, caller: Caller, name: str) -> Any:
    if not name:
        raise ToolFailed("give JSON in text, or the name of a file in file")
    if services.files is None or caller.collection is None:
        raise ToolFailed("no collection of files belongs to this conversation; give the JSON itself")
    return _parse((await services.files.read(caller.collection, name, caller.principal)).text)


def _parse(text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise ToolFailed(f"this is not valid JSON: {error}") from error


def _select(value: Any, path: str) -> Iterator[Any]:
    found, at = [value], 0
    while at < len(path):
        step = _STEP.match(path, at)
        if step is None:
            raise ToolFailed(f"the path cannot be read at '{path[at : at + 30]}'; {_EXAMPLE}")
        index, star, quoted, key = step.groups()
        name = quoted if quoted is not None else key
        found = [inner for one in found for inner in _inner(one, index, star, name)]
        if len(found) > _MAX_FOUND:
            raise ToolFailed(f"the path finds more than {_MAX_FOUND:,} values; make it narrower")
        at = step.end()
    yield from found


def _inner(value: Any, index: str | None, star: str | None, name: str | None) -> Iterator[Any]:
    if star:
        yield from value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    elif index is not None:
        if isinstance(value, list) and -len(value) <= int(index) < len(value):
            yield value[int(index)]
    elif isinstance(value, dict) and name in value:
        yield value[name]


def _outline(value: Any) -> str:
    if isinstance(value, dict):
        return f"an object with the keys {', '.join(list(value)[:40])[:1_000]}" if value else "an empty object"
    if isinstance(value, list):
        return f"a list of {len(value):,}; the first is {_outline(value[0])}" if value else "an empty list"
    return {str: "a text", bool: "true or false", type(None): "null"}.get(type(value), "a number")


def _totals(found: list[Any]) -> str:
    numbers = [one for one in found if isinstance(one, int | float) and not isinstance(one, bool)]
    text = f"{len(found):,} values"
    if numbers and len(numbers) == len(found):
        text += f"; sum {sum(numbers):.15g}, smallest {min(numbers):.15g}, largest {max(numbers):.15g}"
    return text


def _dumped(value: Any) -> str:
    return orjson.dumps(value).decode()
