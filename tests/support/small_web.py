"""A small web on loopback: Wikipedia, arXiv, four search services and some pages, in the shapes of the real ones.

Any host name leads to it. `failing` makes a service fail in one of the ways that real ones do.
"""

import contextlib
import ipaddress
import json
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from answerable.agents.sources.base.library import Config, Sources
from answerable.agents.sources.base.means import Guard, Means, unguarded
from answerable.agents.sources.base.reach import MemoryPages, Pages, Reach, Read
from answerable.agents.sources.base.visits import Visits
from answerable.agents.tools.base.http import HttpClient
from answerable.agents.tools.base.services import Services
from answerable.core.ports import SharedStore
from answerable.flows.source_services import visit_of
from answerable.knowledge.fetch import Fetcher
from answerable.knowledge.loaders.base.limits import Limits
from answerable.storage.shared_store import MemoryStore

ARTICLES = {
    "Tea": """Tea is a drink made of the leaves of Camellia sinensis. It contains caffeine and is drunk hot or cold.

== History ==
Tea was first drunk in China. Legend dates it to 2737 BC.

=== Europe ===
The Dutch East India Company brought tea to Amsterdam in 1610.

== Empty ==

== See also ==
Coffee
=== Lists ===
More lists

== Health ==
Green tea holds {\\displaystyle x} catechins.""",
    "Coffee": "Coffee is a drink made of roasted beans, and it is one of the most popular drinks of the world today.",
}
PAPERS = (
    ("1706.03762v7", "Attention Is All\n  You Need", "The dominant sequence models are recurrent.", "2017-06-12"),
)
PAGE = """<!doctype html><html lang=en><head><title>Green tea - Tea Board</title>
<meta name="author" content="Ann Lee"><meta property="article:published_time" content="2024-05-06T07:08:09Z"></head>
<body><nav><ul><li><a href=/>Home</a><li><a href=/shop>Shop</a></ul></nav>
<main><article><h1>Green tea</h1><p>Green tea is steeped at 80 degrees for two minutes.</p>
<h2>Storage</h2><p>It keeps for one year in a closed tin. Light and air spoil it sooner than warmth does: a tin is
better than a bag, and a cupboard better than a shelf by the stove, whatever the shop says about either of them.</p>
<!-- a comment --></article></main><footer>Imprint</footer></body></html>"""

Failure = Callable[[], web.Response]
Answer = Callable[[web.Request], web.StreamResponse | Awaitable[web.StreamResponse]]


def busy(retry_after: str = "0") -> web.Response:
    return web.Response(status=429, headers={"Retry-After": retry_after}, text="Too Many Requests")


def down() -> web.Response:
    return web.Response(status=503, text="upstream connect error")


def broken() -> web.Response:
    return web.Response(text="<html>Bad gateway</html>", content_type="text/html")


def wrong_key() -> web.Response:
    return web.json_response({"detail": {"error": "Unauthorized: missing or invalid API key."}}, status=401)


def no_json() -> web.Response:
    """SearXNG whose settings do not list json."""
    return web.Response(status=403, text="<!doctype html><title>403 Forbidden</title>", content_type="text/html")


def lagged() -> web.Response:
    error = {"code": "maxlag", "info": "Waiting for 10.64.48.35: 5.5 seconds lagged.", "lag": 5.5}
    return web.json_response({"error": error, "servedby": "mw1"}, headers={"Retry-After": "0"})


@dataclass
class SmallWeb:
    """`hits` counts requests by service or path, `queries` are what was searched for."""

    url: str = ""
    port: int = 0
    hits: Counter[str] = field(default_factory=Counter)
    queries: list[str] = field(default_factory=list)
    agents: set[str] = field(default_factory=set)
    failing: dict[str, Failure] = field(default_factory=dict)
    results: list[str] = field(default_factory=list)
    pages: dict[str, str | int | Answer] = field(default_factory=dict)
    """Bodies, statuses without one, or what says the answer."""

    def page(self, path: str, host: str = "site.test") -> str:
        return f"http://{host}:{self.port}{path}"

    async def answer(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["service"]
        self.hits[name] += 1
        self.agents.add(request.headers.get("User-Agent", ""))
        if name in self.failing:
            return self.failing[name]()
        body: Mapping[str, Any] = await request.json() if request.method == "POST" else {}
        query = request.query
        self.queries += [body.get("query") or body.get("q") or query.get("gsrsearch") or query.get("q") or ""]
        found: dict[str, Callable[[], web.Response]] = {
            "wikipedia": lambda: web.json_response(_wikipedia(query)),
            "arxiv": lambda: web.Response(text=_arxiv(), content_type="application/atom+xml"),
            "searxng": as_json({"query": "", "results": self._hits("url", "content"), "unresponsive_engines": []}),
            "tavily": as_json({"query": "", "answer": None, "results": self._hits("url", "content")}),
            "brave": as_json({"type": "search", "web": {"results": self._hits("url", "description")}}),
            "serper": as_json({"searchParameters": {"q": ""}, "organic": self._hits("link", "snippet")}),
        }
        return found[name]() if name in found else web.Response(status=500)

    def _hits(self, address: str, text: str) -> list[dict[str, Any]]:
        return [{"title": f"Result {one}", address: one, text: "An extract.", "score": 0.9} for one in self.results]

    async def visit(self, request: web.Request) -> web.StreamResponse:
        self.hits[request.path] += 1
        found = self.pages.get(request.path)
        if found is None:
            return web.Response(status=404)
        if isinstance(found, int):
            return web.Response(status=found)
        if isinstance(found, str):
            return web.Response(text=found, content_type="text/html")
        answer = found(request)
        return answer if isinstance(answer, web.StreamResponse) else await answer

    def options(self, **web_search: Any) -> dict[str, dict[str, Any]]:
        """Options of the tools that lead here."""
        return {
            "wikipedia": {"base_url": f"{self.url}/api/wikipedia"},
            "arxiv": {"base_url": f"{self.url}/api/arxiv", "interval_s": 0.0},
            "web_search": {"base_url": f"{self.url}/api/searxng"} | web_search,
        }

    def means(
        self,
        read: Read,
        store: SharedStore | None = None,
        guard: Guard = unguarded,
        pages: Pages | None = None,
        services: Services | None = None,
    ) -> Means:
        fetcher = Fetcher(Limits(size_bytes=1_000_000, seconds=20.0), is_allowed=_loopback, resolve=_here)
        store = store or MemoryStore()
        given = services or Services(http=HttpClient("Answerable/test (ops@example.org)", store=store))
        return Means(given, Visits(Reach(visit_of(fetcher), read, pages or MemoryPages()), store), guard)

    def sources(self, read: Read, config: Config | None = None, **means: Any) -> Sources:
        return Sources(config or Config(), self.options(), self.means(read, **means))


@contextlib.asynccontextmanager
async def small_web() -> AsyncIterator[SmallWeb]:
    found, application = SmallWeb(), web.Application()
    application.router.add_route("*", "/api/{service}", found.answer)
    application.router.add_route("*", "/api/{service}/search", found.answer)
    application.router.add_route("*", "/api/{service}/res/v1/web/search", found.answer)
    application.router.add_route("*", "/{path:.*}", found.visit)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    found.port = int(runner.addresses[0][1])
    found.url = f"http://127.0.0.1:{found.port}"
    found.pages |= {"/green": PAGE, "/black": PAGE.replace("Green", "Black").replace("80 degrees", "95 degrees")}
    found.results += [found.page("/green"), found.page("/black")]
    try:
        yield found
    finally:
        await runner.cleanup()


def _wikipedia(query: Mapping[str, str]) -> dict[str, Any]:
    if "titles" in query:
        names: Sequence[str] = [query["titles"]]
    else:
        names = [name for name in ARTICLES if name.lower() in query["gsrsearch"].lower()][: int(query["gsrlimit"])]
    pages = [_wiki_page(name, number, whole="titles" in query) for number, name in enumerate(names, 1)]
    return {"batchcomplete": True, "query": {"pages": pages}} if pages else {"batchcomplete": True}


def _wiki_page(name: str, number: int, *, whole: bool) -> dict[str, Any]:
    if name not in ARTICLES:
        return {"ns": 0, "title": name, "missing": True}
    text = ARTICLES[name]
    return {
        "pageid": number, "ns": 0, "title": name, "index": number, "pagelanguage": "en",
        "extract": text if whole else text.partition("\n")[0],
        "canonicalurl": f"https://en.wikipedia.org/wiki/{name}",
        "revisions": [{"timestamp": "2026-10-01T02:03:04Z"}],
    }  # fmt: skip


def _arxiv() -> str:
    entries = "".join(
        f"<entry><id>http://arxiv.org/abs/{number}</id><published>{day}T00:00:00Z</published><title>{title}</title>"
        f"<summary>  {abstract}\n</summary><author><name>Ashish Vaswani</name></author></entry>"
        for number, title, abstract, day in PAPERS
    )
    return f'<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom">{entries}</feed>'


async def _here(host: str) -> Sequence[str]:
    return ["127.0.0.1"]


def _loopback(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    return str(address) == "127.0.0.1"


def as_json(value: object) -> Failure:
    """A service that answers with this."""
    return lambda: web.Response(text=json.dumps(value), content_type="application/json")
