"""The web, by the search service that the operator set up: SearXNG by its address, or Tavily, Brave, Serper by key."""

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from answerable.agents.lookups.web_search import SERVICES, Found, ready, search_of
from answerable.agents.tools.base.services import Services
from answerable.agents.tools.base.tool import Tool, ToolConfig, Traits
from answerable.core.errors import ToolFailed

_MAX_WORDS = 50


@dataclass(frozen=True, slots=True)
class Config(ToolConfig):
    """`service` auto takes SearXNG where its address is set, else the first service whose key is there. `base_url` is
    the address of SearXNG, or another one for the chosen service.
    """

    timeout_s: float = 20.0
    max_characters: int = 8_000
    service: Literal["auto", "searxng", "tavily", "brave", "serper"] = "auto"
    base_url: str = ""

    def __post_init__(self) -> None:
        ToolConfig.__post_init__(self)
        if self.service not in ("auto", *SERVICES):
            raise ValueError(f"service is one of auto, {', '.join(SERVICES)}")
        if self.base_url and not self.base_url.startswith(("http://", "https://")):
            raise ValueError("base_url begins with http:// or https://")


def build(config: Config, services: Services) -> Tool:
    """The search of the web."""
    names, missing = ready(config.service, config.base_url, services.secrets)
    name = names[0] if names else "searxng"
    service = search_of(services.http, name, config.base_url, services.secrets, config.timeout_s)

    async def web_search(
        query: Annotated[str, Field(min_length=1, max_length=400, description="Words to search for, at most 50")],
        results: Annotated[int, Field(ge=1, le=10, description="How many results")] = 5,
    ) -> str:
        """Search the web and return titles, addresses and short extracts of the best results.

        Use it for recent or specific facts that neither you nor the documents hold. Name the addresses you rely on.
        """
        if len(query.split()) > _MAX_WORDS:
            raise ToolFailed(f"a query has at most {_MAX_WORDS} words; keep the important ones")
        found = await service.find(query.strip(), results)
        if not found:
            return f"{service.wire.title} found nothing for '{query}'. Try other words."
        room = (config.max_characters - 100) // len(found) - 300
        return "\n\n".join(_shown(number, one, max(room, 150)) for number, one in enumerate(found, 1))

    return Tool("web_search", web_search, config, Traits(missing=missing))


def _shown(number: int, found: Found, room: int) -> str:
    text = found.text if len(found.text) <= room else found.text[:room].rstrip() + " ..."
    return f"[{number}] {found.title} ({found.url}){f', {found.date}' if found.date else ''}\n{text}"
