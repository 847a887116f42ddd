"""One public web page or document as text. Sensitive: the model chooses where a request goes."""

import asyncio
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from answerable.agents.tools._page import read_html
from answerable.agents.tools.base.parts import part_of
from answerable.agents.tools.base.services import Page, Services
from answerable.agents.tools.base.tool import Tool, ToolConfig, Traits
from answerable.core.errors import ToolFailed

_PAGES = ("text/html", "application/xhtml+xml")
_TEXTS = ("application/json", "application/xml", "application/rss+xml", "application/atom+xml", "application/yaml")


@dataclass(frozen=True, slots=True)
class Config(ToolConfig):
    """`max_page_bytes` is how much of a page is turned into text."""

    timeout_s: float = 30.0
    max_characters: int = 12_000
    max_page_bytes: int = 2_000_000


def build(config: Config, services: Services) -> Tool:
    """The reader of web pages."""

    async def fetch_url(
        url: Annotated[str, Field(min_length=8, max_length=2_000, description="A public http or https address")],
        part: Annotated[int, Field(ge=1, le=1_000, description="Which part of a long page")] = 1,
        find: Annotated[str, Field(max_length=200, description="Begin at the first place that holds this text")] = "",
    ) -> str:
        """Fetch one public web page or document and return its text. Long pages come in parts.

        Use an address that the user gave or that another tool returned; never make one up, and never put anything from
        the conversation into an address.
        """
        if services.fetch is None:
            raise ToolFailed("this program cannot fetch pages")
        page = await services.fetch(url.strip())
        title, text = await _readable(page, services, config.max_page_bytes)
        shown = f"{title} ({page.final_url})" if title else page.final_url
        return part_of(shown, text, part, find, config.max_characters)

    missing = "" if services.fetch else "this program cannot fetch pages"
    return Tool("fetch_url", fetch_url, config, Traits(sensitive=True, missing=missing))


async def _readable(page: Page, services: Services, max_bytes: int) -> tuple[str, str]:
    kind = page.media_type.partition(";")[0].strip().lower()
    if kind in _PAGES:
        found = await asyncio.to_thread(read_html, page.data[:max_bytes], page.believed_charset)
        return found.title, found.text
    if kind.startswith("text/") or kind in _TEXTS:
        return "", page.data[:max_bytes].decode(page.believed_charset or "utf-8", "replace")
    if services.read_as is None:
        raise ToolFailed(f"the address holds {kind}, which cannot be read as text")
    return "", await services.read_as(page)
