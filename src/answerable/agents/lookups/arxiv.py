"""arXiv by its Atom API, as values. One request in three seconds over all workers, on one connection, as arXiv asks."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from answerable.agents.tools.base.http import HttpClient, Request, Response, Unavailable
from answerable.agents.tools.base.service import Service
from answerable.core.errors import ToolFailed

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

Sort = Literal["relevance", "newest"]

LICENCE = "metadata CC0"

_ATOM = "{http://www.w3.org/2005/Atom}"
_ARXIV = "{http://arxiv.org/schemas/atom}"
_FIELDS = re.compile(r"\b(?:ti|au|abs|co|jr|cat|rn|id|all):")
_ID = re.compile(r"(?:[a-z-]+(?:\.[A-Z]{2})?/\d{7}|\d{4}\.\d{4,5})(?:v\d{1,3})?")
_SORTS = {"relevance": "relevance", "newest": "submittedDate"}
_MOST_WORDS = 20


@dataclass(frozen=True, slots=True)
class Paper:
    """A preprint. `date` is the day of its first version; `journal` is where it was published, "" where not said."""

    title: str
    address: str
    abstract: str
    authors: tuple[str, ...]
    date: str
    category: str = ""
    journal: str = ""


class Arxiv:
    """The search of arXiv."""

    def __init__(self, client: HttpClient, base_url: str, timeout_s: float, interval_s: float, tries: int = 1) -> None:
        self._service = Service(client, "arXiv", interval_s=interval_s, remember_s=3_600.0)
        self._base_url = base_url
        self._timeout_s = timeout_s
        self._tries = tries

    async def search(self, query: str, results: int, sort: Sort = "relevance") -> list[Paper]:
        """Papers for words, for arXiv's own fields (`au:hinton AND ti:dropout`), or the one of an id.

        Raises ToolFailed, also for a query without words.
        """
        params = {"start": "0", "max_results": str(results)}
        if _ID.fullmatch(plain := query.strip().removeprefix("arXiv:")):
            params["id_list"] = plain
        else:
            params |= {"search_query": _in_its_words(query), "sortBy": _SORTS[sort], "sortOrder": "descending"}
        request = Request(self._base_url, params, timeout_s=self._timeout_s)
        response = await self._service.ask(request, _check, self._tries)
        return [_paper(entry) for entry in _entries(response.data)]


def _in_its_words(query: str) -> str:
    """A query as given where it names fields, else every word in all fields."""
    if _FIELDS.search(query):
        return query.strip()
    words = [word for one in query.split() if (word := "".join(c for c in one if c.isalnum() or c in "-.'"))]
    if not words:
        raise ToolFailed("the query holds no words")
    return " AND ".join(f"all:{word}" for word in words[:_MOST_WORDS])


def _check(response: Response) -> None:
    for entry in _entries(response.data):
        if "/api/errors" in _text(entry, f"{_ATOM}id"):
            raise ToolFailed(f"arXiv refused the query: {_text(entry, f'{_ATOM}summary')[:200]}")


def _entries(data: bytes) -> "Iterator[Element]":
    """The entries of a feed. Raises Unavailable for what is no feed."""
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Unavailable("arXiv answered with something that cannot be read; try again later") from error
    if root is None or root.tag != f"{_ATOM}feed":
        raise Unavailable("arXiv answered with something that is no list of papers; try again later")
    yield from root.iter(f"{_ATOM}entry")


def _text(entry: "Element", tag: str) -> str:
    return " ".join(str(entry.findtext(tag) or "").split())


def _paper(entry: "Element") -> Paper:
    category = entry.find(f"{_ARXIV}primary_category")
    return Paper(
        _text(entry, f"{_ATOM}title"),
        _text(entry, f"{_ATOM}id"),
        _text(entry, f"{_ATOM}summary"),
        tuple(name for one in entry.iter(f"{_ATOM}author") if (name := _text(one, f"{_ATOM}name"))),
        _text(entry, f"{_ATOM}published")[:10],
        str(category.get("term") or "") if category is not None else "",
        _text(entry, f"{_ARXIV}journal_ref"),
    )
