"""Wikipedia by the MediaWiki Action API: articles found by words, or one by its title, as values.

The API's etiquette is kept: one request at a time, a name with a contact, `maxlag`, pauses as it asks for them.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from answerable.agents.tools.base.http import HttpClient, Request, Response, Unavailable
from answerable.agents.tools.base.service import Service
from answerable.core.errors import ToolFailed

LICENCE = "CC BY-SA 4.0"
LONGEST_QUERY = 300

_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[a-z]{2,10}){0,2}")
_TITLE = "Wikipedia"


@dataclass(frozen=True, slots=True)
class Article:
    """An article, or its introduction. `date` is the day of its last revision, "" where it was not said."""

    title: str
    address: str
    text: str
    date: str = ""
    is_disambiguation: bool = False


class Wikipedia:
    """One language edition or another, by `base_url` in which `{language}` stands for the code."""

    def __init__(self, client: HttpClient, base_url: str, timeout_s: float, tries: int = 1) -> None:
        self._service = Service(client, _TITLE, remember_s=3_600.0)
        self._base_url = base_url
        self._timeout_s = timeout_s
        self._tries = tries

    async def search(self, query: str, results: int, language: str) -> list[Article]:
        """Articles with their introductions, in the order of the search. Raises ToolFailed."""
        wanted = {
            "generator": "search", "gsrsearch": query, "gsrlimit": str(results), "gsrnamespace": "0",
            "exintro": "1", "exlimit": "max",
        }  # fmt: skip
        return [_article(page) for page in await self._pages(language, wanted)]

    async def article(self, title: str, language: str) -> Article | None:
        """The whole article of a title, or of one that leads to it. Raises ToolFailed."""
        pages = await self._pages(language, {"titles": title, "redirects": "1"})
        found = next((one for one in pages if not one.get("missing") and one.get("extract")), None)
        return _article(found) if found else None

    async def _pages(self, language: str, wanted: Mapping[str, str]) -> list[Mapping[str, Any]]:
        code = language.strip().lower()
        if not _LANGUAGE.fullmatch(code):
            raise ToolFailed(f"'{language}' is no language code; write one such as en, de or pt-br")
        params = {
            "action": "query", "format": "json", "formatversion": "2", "prop": "extracts|info|revisions|pageprops",
            "inprop": "url", "rvprop": "timestamp", "ppprop": "disambiguation", "explaintext": "1", "maxlag": "5",
            **wanted,
        }  # fmt: skip
        request = Request(self._base_url.replace("{language}", code), params, timeout_s=self._timeout_s)
        response = await self._service.ask(request, _check, self._tries)
        pages = list(_listed(response.json(_TITLE)))
        return sorted(pages, key=lambda one: one["index"] if isinstance(one.get("index"), int) else 0)


def _check(response: Response) -> None:
    """The API's own errors come with status 200."""
    found = response.json(_TITLE)
    if not isinstance(found, dict):
        raise Unavailable(f"{_TITLE} answered with something unexpected; try another source")
    if isinstance(error := found.get("error"), dict):
        said = f"{_TITLE} refused: {str(error.get('info'))[:200]}"
        if error.get("code") in ("maxlag", "ratelimited"):
            wait_s = 5.0 if response.wait_s is None else response.wait_s
            raise Unavailable(said, again=True, pauses=True, retry_after_s=wait_s)
        if str(error.get("code")).startswith("internal_api_error"):
            raise Unavailable(said, again=True)
        raise ToolFailed(said)


def _listed(found: Any) -> Iterator[Mapping[str, Any]]:
    query = found.get("query")
    listed = query.get("pages") if isinstance(query, dict) else None
    return (one for one in listed if isinstance(one, dict)) if isinstance(listed, list) else iter(())


def _article(page: Mapping[str, Any]) -> Article:
    revisions = page.get("revisions")
    last = revisions[0] if isinstance(revisions, list) and revisions and isinstance(revisions[0], dict) else {}
    properties = page.get("pageprops")
    return Article(
        str(page.get("title")),
        str(page.get("canonicalurl") or page.get("fullurl") or ""),
        str(page.get("extract") or ""),
        str(last.get("timestamp") or "")[:10],
        isinstance(properties, dict) and "disambiguation" in properties,
    )
