"""The citations of a stored answer. What was imported may hold anything: what is no citation is passed over."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Cited:
    """A source of an answer as a reader is told of it; `number` is the one in the text."""

    number: int
    title: str
    quote: str
    page: int | None
    collection: str


def citations_of(answer: Mapping[str, Any] | None) -> tuple[Cited, ...]:
    """Each source once, by its number."""
    found: dict[int, Cited] = {}
    for sentence in _objects((answer or {}).get("sentences")):
        for one in _objects(sentence.get("citations")):
            number, page = one.get("number"), one.get("page")
            if isinstance(number, int) and number not in found:
                texts = (str(one.get(name) or "") for name in ("title", "quote", "collection"))
                title, quote, collection = texts
                found[number] = Cited(number, title, quote, page if isinstance(page, int) else None, collection)
    return tuple(found[number] for number in sorted(found))


def _objects(value: object) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, list | tuple):
        yield from (one for one in value if isinstance(one, Mapping))
