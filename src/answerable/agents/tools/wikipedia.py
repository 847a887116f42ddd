"""Wikipedia, by the MediaWiki Action API: find articles, read one."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field

from answerable.agents.tools.base.http import Request, Service
from answerable.agents.tools.base.parts import part_of
from answerable.agents.tools.base.services import Services
from answerable.agents.tools.base.tool import Tool, ToolConfig
from answerable.core.errors import ToolFailed

_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[a-z]{2,10}){0,2}")
_LICENCE = "Text of Wikipedia, CC BY-SA 4.0."


@dataclass(frozen=True, slots=True)
class Config(ToolConfig):
    """`base_url` is the API; `{language}` stands for the language of the request. `language` is the usual one."""

    timeout_s: float = 20.0
    max_characters: int = 8_000
    base_url: str = "https://{language}.wikipedia.org/w/api.php"
    language: str = "en"


def build(config: Config, services: Services) -> Tool:
    """The encyclopedia."""
    service = Service(services.http, "Wikipedia", remember_s=3_600.0)

    async def wikipedia(
        query: Annotated[str, Field(max_length=300, description="Words to search for; leave empty with article")] = "",
        article: Annotated[str, Field(max_length=255, description="Exact title of an article to read whole")] = "",
        language: Annotated[str, Field(max_length=20, description="Code of the language edition, such as de")] = "",
        results: Annotated[int, Field(ge=1, le=8, description="How many articles a search returns")] = 3,
        part: Annotated[int, Field(ge=1, le=200, description="Which part of a long article")] = 1,
    ) -> str:
        """Search Wikipedia for articles and their introductions, or read one article whole by its exact title.

        Good for established facts about people, places, events and concepts. Name the article you rely on.
        """
        code = (language or config.language).strip().lower()
        if not _LANGUAGE.fullmatch(code):
            raise ToolFailed(f"'{language}' is no language code; write one such as en, de or pt-br")
        url = config.base_url.replace("{language}", code)
        if article.strip():
            pages = await _pages(service, url, {"titles": article.strip(), "redirects": "1"}, config)
            page = next((one for one in pages if not one.get("missing") and one.get("extract")), None)
            if page is None:
                raise ToolFailed(f"Wikipedia has no article '{article}'; search for it with query")
            return part_of(_heading(page), f"{page['extract']}\n\n{_LICENCE}", part, "", config.max_characters)
        if not query.strip():
            raise ToolFailed("give words to search for in query, or a title in article")
        wanted = {
            "generator": "search", "gsrsearch": query.strip(), "gsrlimit": str(results), "gsrnamespace": "0",
            "exintro": "1", "exlimit": "max",
        }  # fmt: skip
        pages = await _pages(service, url, wanted, config)
        if not pages:
            return f"Wikipedia has nothing for '{query}'. Try other or fewer words."
        room = (config.max_characters - 200) // len(pages) - 250
        entries = [f"{_heading(one)}\n{_short(str(one.get('extract') or ''), room)}" for one in pages]
        return "\n\n".join([*entries, _LICENCE])

    return Tool("wikipedia", wikipedia, config)


async def _pages(service: Service, url: str, wanted: Mapping[str, str], config: Config) -> list[Mapping[str, Any]]:
    """Pages with their extracts, in the order of the search. Raises ToolFailed for the API's own errors."""
    params = {
        "action": "query", "format": "json", "formatversion": "2", "prop": "extracts|info", "inprop": "url",
        "explaintext": "1", "maxlag": "5", **wanted,
    }  # fmt: skip
    response = await service.ask(Request(url, params, timeout_s=config.timeout_s))
    found = response.json("Wikipedia")
    if not isinstance(found, dict):
        raise ToolFailed("Wikipedia answered with something unexpected; try another source")
    if isinstance(error := found.get("error"), dict):
        if error.get("code") in ("maxlag", "ratelimited"):
            service.pause(response.wait_s or 5.0)
        raise ToolFailed(f"Wikipedia refused: {str(error.get('info'))[:200]}")
    query = found.get("query")
    listed = query.get("pages") if isinstance(query, dict) else None
    pages = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    return sorted(pages, key=lambda one: one["index"] if isinstance(one.get("index"), int) else 0)


def _heading(page: Mapping[str, Any]) -> str:
    return f"{page.get('title')} ({page.get('canonicalurl') or page.get('fullurl') or 'no address'})"


def _short(text: str, room: int) -> str:
    return text if len(text) <= room else text[: max(room, 200)].rstrip() + " ..."
