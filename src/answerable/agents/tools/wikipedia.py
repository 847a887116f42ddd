"""Wikipedia: find articles, read one."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from answerable.agents.lookups.wikipedia import LICENCE, Article, Wikipedia
from answerable.agents.tools.base.parts import part_of
from answerable.agents.tools.base.services import Services
from answerable.agents.tools.base.tool import Tool, ToolConfig
from answerable.core.errors import ToolFailed

_LICENCE = f"Text of Wikipedia, {LICENCE}."


@dataclass(frozen=True, slots=True)
class Config(ToolConfig):
    """`base_url` is the API; `{language}` stands for the language of the request. `language` is the usual one."""

    timeout_s: float = 20.0
    max_characters: int = 8_000
    base_url: str = "https://{language}.wikipedia.org/w/api.php"
    language: str = "en"


def build(config: Config, services: Services) -> Tool:
    """The encyclopedia."""
    encyclopedia = Wikipedia(services.http, config.base_url, config.timeout_s)

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
        code = language or config.language
        if article.strip():
            found = await encyclopedia.article(article.strip(), code)
            if found is None:
                raise ToolFailed(f"Wikipedia has no article '{article}'; search for it with query")
            return part_of(_heading(found), f"{found.text}\n\n{_LICENCE}", part, "", config.max_characters)
        if not query.strip():
            raise ToolFailed("give words to search for in query, or a title in article")
        articles = await encyclopedia.search(query.strip(), results, code)
        if not articles:
            return f"Wikipedia has nothing for '{query}'. Try other or fewer words."
        room = (config.max_characters - 200) // len(articles) - 250
        entries = [f"{_heading(one)}\n{_short(one.text, room)}" for one in articles]
        return "\n\n".join([*entries, _LICENCE])

    return Tool("wikipedia", wikipedia, config)


def _heading(article: Article) -> str:
    return f"{article.title} ({article.address or 'no address'})"


def _short(text: str, room: int) -> str:
    return text if len(text) <= room else text[: max(room, 200)].rstrip() + " ..."
