"""arXiv, by its Atom API: preprints with authors, dates and abstracts. One request in three seconds, as arXiv asks."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from answerable.agents.tools.base.http import Request, Service
from answerable.agents.tools.base.services import Services
from answerable.agents.tools.base.tool import Tool, ToolConfig
from answerable.core.errors import ToolFailed

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

_ATOM = "{http://www.w3.org/2005/Atom}"
_ARXIV = "{http://arxiv.org/schemas/atom}"
_FIELDS = re.compile(r"\b(?:ti|au|abs|co|jr|cat|rn|id|all):")
_ID = re.compile(r"(?:[a-z-]+(?:\.[A-Z]{2})?/\d{7}|\d{4}\.\d{4,5})(?:v\d{1,3})?")
_SORTS = {"relevance": "relevance", "newest": "submittedDate"}


@dataclass(frozen=True, slots=True)
class Config(ToolConfig):
    """`interval_s` is the pause between two requests of this process; arXiv asks for 3 seconds."""

    timeout_s: float = 30.0
    max_characters: int = 12_000
    base_url: str = "https://export.arxiv.org/api/query"
    interval_s: float = 3.0


def build(config: Config, services: Services) -> Tool:
    """The preprint server."""
    service = Service(services.http, "arXiv", interval_s=config.interval_s, remember_s=3_600.0)

    async def arxiv(
        query: Annotated[str, Field(min_length=1, max_length=500, description="Words, an arXiv id, or fields")],
        results: Annotated[int, Field(ge=1, le=20, description="How many papers")] = 5,
        sort: Annotated[Literal["relevance", "newest"], Field(description="Which come first")] = "relevance",
    ) -> str:
        """Search arXiv for scientific papers and return titles, authors, dates, abstracts and addresses.

        The query may use arXiv's fields and AND, OR, ANDNOT: au:hinton AND ti:dropout, cat:cs.CL. An id such as
        1706.03762 gives that paper. Preprints are not always reviewed: say so where it matters.
        """
        params = {"start": "0", "max_results": str(results)}
        if _ID.fullmatch(plain := query.strip().removeprefix("arXiv:")):
            params["id_list"] = plain
        else:
            params |= {"search_query": _search(query), "sortBy": _SORTS[sort], "sortOrder": "descending"}
        response = await service.ask(Request(config.base_url, params, timeout_s=config.timeout_s))
        papers = list(_entries(response.data))
        if not papers:
            return f"arXiv has nothing for '{query}'. Try fewer or other words."
        room = (config.max_characters - 200) // len(papers) - 400
        return "\n\n".join(_shown(paper, max(room, 200)) for paper in papers)

    return Tool("arxiv", arxiv, config)


def _search(query: str) -> str:
    """A query in arXiv's words: as given where it names fields, else every word in all fields."""
    if _FIELDS.search(query):
        return query.strip()
    words = [word for one in query.split() if (word := "".join(c for c in one if c.isalnum() or c in "-.'"))]
    if not words:
        raise ToolFailed("the query holds no words")
    return " AND ".join(f"all:{word}" for word in words[:20])


def _entries(data: bytes) -> "Iterator[Element]":
    """The papers of a feed. Raises ToolFailed for what is no feed, and for arXiv's own errors."""
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise ToolFailed("arXiv answered with something that cannot be read; try again later") from error
    for entry in root.iter(f"{_ATOM}entry"):
        if "/api/errors" in _text(entry, f"{_ATOM}id"):
            raise ToolFailed(f"arXiv refused the query: {_text(entry, f'{_ATOM}summary')[:200]}")
        yield entry


def _text(entry: "Element", tag: str) -> str:
    return " ".join(str(entry.findtext(tag) or "").split())


def _shown(entry: "Element", room: int) -> str:
    authors = [name for one in entry.iter(f"{_ATOM}author") if (name := _text(one, f"{_ATOM}name"))]
    names = ", ".join(authors[:6]) + (f" and {len(authors) - 6} more" if len(authors) > 6 else "")
    category = entry.find(f"{_ARXIV}primary_category")
    journal = _text(entry, f"{_ARXIV}journal_ref")
    details = [
        f"submitted {_text(entry, f'{_ATOM}published')[:10]}",
        str(category.get("term") or "") if category is not None else "",
        f"published in {journal}" if journal else "",
    ]
    abstract = _text(entry, f"{_ATOM}summary")
    short = abstract if len(abstract) <= room else abstract[:room].rstrip() + " ..."
    return (
        f"{_text(entry, f'{_ATOM}title')} ({_text(entry, f'{_ATOM}id')})\n{names}; "
        f"{', '.join(filter(None, details))}\n{short}"
    )
