"""arXiv: abstracts of preprints with authors and date. Papers themselves are not copied: their licences differ."""

from typing import Final

from answerable.agents.lookups.arxiv import LICENCE, Arxiv, Paper
from answerable.agents.sources.base.means import TRIES, Means, ask
from answerable.agents.sources.base.source import Found, Source, Text, Traits, Wanted
from answerable.agents.sources.base.texts import structured
from answerable.agents.tools.arxiv import Config
from answerable.core.lexicon import STOP_WORDS

__all__ = ["TOOL", "Config", "build"]

TOOL: Final = "arxiv"

_MOST = 20


def build(config: Config, means: Means) -> Source:
    """The preprint server."""
    archive = Arxiv(means.services.http, config.base_url, config.timeout_s, config.interval_s, TRIES)
    return Preprints(archive, means)


class Preprints:
    """Finds papers by the words of a question."""

    name = "arxiv"
    traits = Traits(network=True)

    def __init__(self, archive: Arxiv, means: Means) -> None:
        self._archive = archive
        self._guard = means.guard

    async def find(self, wanted: Wanted) -> Found:
        """Abstracts, best first. Raises SourceFailed and ToolFailed."""
        query = _words(wanted.query)
        papers = await ask(self._guard, self.name, lambda: self._archive.search(query, min(wanted.k, _MOST)))
        return Found((), [_text(paper) for paper in papers if paper.abstract and paper.address])


def _words(question: str) -> str:
    """A question without the words that say nothing: arXiv looks for papers that hold every word."""
    words = [word.strip("?!.,;:\"'()") for word in question.split()]
    kept = [word for word in words if word and word.lower() not in STOP_WORDS]
    return " ".join(kept or words)


def _text(paper: Paper) -> Text:
    parts = [(0, paper.abstract)] + ([(0, f"Published in {paper.journal}.")] if paper.journal else [])
    authors = ", ".join(paper.authors[:10]) + (" and others" if len(paper.authors) > 10 else "")
    address = paper.address.replace("http://", "https://", 1)
    return structured(Text("arxiv", paper.title, address, "", paper.date, authors, LICENCE), parts)
