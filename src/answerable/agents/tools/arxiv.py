"""arXiv: preprints with authors, dates and abstracts."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from answerable.agents.lookups.arxiv import Arxiv, Paper, Sort
from answerable.agents.tools.base.services import Services
from answerable.agents.tools.base.tool import Tool, ToolConfig


@dataclass(frozen=True, slots=True)
class Config(ToolConfig):
    """`interval_s` is the pause between two requests of all workers; arXiv asks for 3 seconds."""

    timeout_s: float = 30.0
    max_characters: int = 12_000
    base_url: str = "https://export.arxiv.org/api/query"
    interval_s: float = 3.0


def build(config: Config, services: Services) -> Tool:
    """The preprint server."""
    archive = Arxiv(services.http, config.base_url, config.timeout_s, config.interval_s)

    async def arxiv(
        query: Annotated[str, Field(min_length=1, max_length=500, description="Words, an arXiv id, or fields")],
        results: Annotated[int, Field(ge=1, le=20, description="How many papers")] = 5,
        sort: Annotated[Sort, Field(description="Which come first")] = "relevance",
    ) -> str:
        """Search arXiv for scientific papers and return titles, authors, dates, abstracts and addresses.

        The query may use arXiv's fields and AND, OR, ANDNOT: au:hinton AND ti:dropout, cat:cs.CL. An id such as
        1706.03762 gives that paper. Preprints are not always reviewed: say so where it matters.
        """
        papers = await archive.search(query, results, sort)
        if not papers:
            return f"arXiv has nothing for '{query}'. Try fewer or other words."
        room = (config.max_characters - 200) // len(papers) - 400
        return "\n\n".join(_shown(paper, max(room, 200)) for paper in papers)

    return Tool("arxiv", arxiv, config)


def _shown(paper: Paper, room: int) -> str:
    authors = paper.authors
    names = ", ".join(authors[:6]) + (f" and {len(authors) - 6} more" if len(authors) > 6 else "")
    published = f"published in {paper.journal}" if paper.journal else ""
    details = ", ".join(filter(None, (f"submitted {paper.date}", paper.category, published)))
    short = paper.abstract if len(paper.abstract) <= room else paper.abstract[:room].rstrip() + " ..."
    return f"{paper.title} ({paper.address})\n{names}; {details}\n{short}"
