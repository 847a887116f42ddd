"""What an import says beside the text of a message: parts and answers, in the shape that readers here rely on.

A file may say anything. A part that is neither image nor a named thing becomes an attachment without content; an answer
of another shape is dropped, for the text says the same.
"""

import math
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from answerable.core.messages import Image

_LARGEST_INTEGER = 2**63 - 1
_LONGEST_NAME = 200


class _Sentence(BaseModel):
    model_config = ConfigDict(extra="allow", strict=True)

    text: str
    citations: list[dict[str, Any]] = []


class _Answer(BaseModel):
    """The fields that readers take apart; the others are shown as they are."""

    model_config = ConfigDict(extra="allow", strict=True)

    abstained: bool = False
    message: str = ""
    searched: list[str] = []
    sentences: list[_Sentence] = []
    passages: list[dict[str, Any]] = []
    closest: list[dict[str, Any]] = []
    tools: list[dict[str, Any]] = []
    trace: dict[str, Any] | None = None
    route: dict[str, Any] | None = None
    cache: dict[str, Any] | None = None
    confidence: float | None = None
    cost_usd: str | None = None


def image_of(part: Mapping[str, Any]) -> Image | None:
    """The image of a stored part; None for any other part, and for one that lacks its address."""
    image = part.get("image_url")
    if part.get("type") != "image_url" or not isinstance(image, Mapping) or not isinstance(image.get("url"), str):
        return None
    detail = image.get("detail")
    return Image(image["url"], detail if detail in ("low", "high") else "auto")


def read_part(part: Mapping[str, Any]) -> Mapping[str, Any]:
    """A part as rows keep it."""
    if (image := image_of(part)) is not None:
        return {"type": "image_url", "image_url": {"url": image.url, "detail": image.detail}}
    name = part.get("name")
    named = name[:_LONGEST_NAME] if isinstance(name, str) else ""
    if part.get("type") == "tool_call":
        return {"type": "tool_call", "name": named}
    kind = part.get("kind" if part.get("type") == "attachment" else "type")
    return {"type": "attachment", "kind": kind[:60] if isinstance(kind, str) else "file", "name": named}


def read_answer(answer: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """What a file says of an answer, without the request it was; None where no reader could show it."""
    if answer is None or not _is_json(answer):
        return None
    try:
        _Answer.model_validate(answer)
    except ValidationError:
        return None
    return {name: value for name, value in answer.items() if name != "request_id"}


def _is_json(value: object) -> bool:
    """Whether every writer of JSON takes it: `NaN` and integers beyond 64 bits come from Python's reader alone."""
    if isinstance(value, Mapping):
        return all(map(_is_json, value.values()))
    if isinstance(value, list):
        return all(map(_is_json, value))
    if isinstance(value, float):
        return math.isfinite(value)
    return not isinstance(value, int) or abs(value) <= _LARGEST_INTEGER
