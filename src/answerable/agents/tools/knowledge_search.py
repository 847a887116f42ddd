"""Passages of the program's own collections."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from answerable.agents.tools.base.services import Caller, Services
from answerable.agents.tools.base.tool import Tool, ToolConfig, Traits
from answerable.core.documents import Passage
from answerable.core.errors import ToolFailed


@dataclass(frozen=True, slots=True)
class Config(ToolConfig):
    """`passages` is how many are given where the model does not say."""

    timeout_s: float = 15.0
    max_characters: int = 12_000
    passages: int = 5

    def __post_init__(self) -> None:
        ToolConfig.__post_init__(self)
        if not 1 <= self.passages <= 20:
            raise ValueError("passages is between 1 and 20")


def build(config: Config, services: Services) -> Tool:
    """The search of our own documents."""

    async def knowledge_search(
        caller: Caller,
        query: Annotated[str, Field(min_length=1, max_length=1_000, description="A question or words to look for")],
        passages: Annotated[int, Field(ge=0, le=20, description="How many passages; 0 for the usual number")] = 0,
    ) -> str:
        """Search the documents of this conversation's collection and return the passages that fit best.

        Each passage comes with its document, heading and page. Prefer it to outside sources for anything that the
        organisation's own documents may answer, and name the document you rely on.
        """
        if services.search is None or caller.collection is None:
            raise ToolFailed("no collection of documents belongs to this conversation; answer without one")
        found = await services.search(caller.collection, query, passages or config.passages, caller.principal)
        if not found:
            return f"Nothing in collection '{caller.collection}' fits. Try other words, or say that it is not there."
        room = config.max_characters // len(found) - 200
        return "\n\n".join(_shown(number, passage, max(room, 200)) for number, passage in enumerate(found, 1))

    missing = "" if services.search else "this program has no document search"
    return Tool("knowledge_search", knowledge_search, config, Traits(missing=missing, needs_documents=True))


def _shown(number: int, passage: Passage, room: int) -> str:
    headings = " > ".join(one for one in passage.heading_path if one != passage.title)
    where = ", ".join(filter(None, (passage.title, headings, f"page {passage.page}" if passage.page else "")))
    text = passage.text if len(passage.text) <= room else passage.text[:room].rstrip() + " ..."
    return f"[{number}] {where} ({passage.source})\n{text}"
