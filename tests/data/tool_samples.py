"""For every tool a call that works with the services below, and what its result must hold."""

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from answerable.agents.tools.base.services import FileEntry, FileText, Page, Services
from answerable.core.documents import ChunkId, CollectionName, DocumentId, Passage, VersionId
from answerable.core.errors import NotFound
from answerable.core.identity import Principal

NOW = datetime(2026, 11, 26, 9, 30, tzinfo=UTC)
TABLE = "| item | price | qty |\n| TV | 499.5 | 3 |\n| Radio | 20 | 10 |\n| Lamp | 15 |  |"
FILES = {
    "sales.csv": FileText("sales.csv", "Sales", "text/csv", TABLE),
    "list.json": FileText("list.json", "List", "application/json", '{"items": [{"price": 2}, {"price": 3.5}]}'),
    "manual.md": FileText("manual.md", "Manual", "text/markdown", "Hold the power button for ten seconds.\n" * 50),
}
HTML = b"<html><head><title>A page</title></head><body><h1>Hello</h1><p>Some text of a page.</p></body></html>"
PASSAGE = Passage(
    ChunkId(1), DocumentId("d"), VersionId(1), CollectionName("c"), "manual.md", "Manual",
    "Hold the power button for ten seconds.", 0, 38, page=4, heading_path=("Manual", "Reset"),
)  # fmt: skip

WIKIPEDIA = b"""{"batchcomplete": true, "query": {"pages": [
 {"pageid": 2, "ns": 0, "title": "Zurich Airport", "index": 2, "extract": "An airport.",
  "canonicalurl": "https://en.wikipedia.org/wiki/Zurich_Airport"},
 {"pageid": 1, "ns": 0, "title": "Zurich", "index": 1, "extract": "Zurich is the largest city in Switzerland.",
  "canonicalurl": "https://en.wikipedia.org/wiki/Zurich"}]}}"""
ARXIV = b"""<?xml version="1.0" encoding="UTF-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/">
  <title type="html">ArXiv Query: search_query=all:attention</title>
  <opensearch:totalResults>1</opensearch:totalResults>
  <entry>
    <id>http://arxiv.org/abs/1706.03762v7</id>
    <published>2017-06-12T17:57:34Z</published>
    <title>Attention Is All
  You Need</title>
    <summary>  The dominant sequence transduction models are based on recurrent networks.
</summary>
    <author><name>Ashish Vaswani</name></author><author><name>Noam Shazeer</name></author>
    <arxiv:primary_category xmlns:arxiv="http://arxiv.org/schemas/atom" term="cs.CL"/>
    <link href="http://arxiv.org/pdf/1706.03762v7" rel="related" type="application/pdf"/>
  </entry>
</feed>"""
SEARXNG = b"""{"query": "zurich", "results": [{"url": "https://example.org/a", "title": "About Zurich",
 "content": "A city &amp; more", "engine": "mojeek", "publishedDate": null}], "unresponsive_engines": []}"""

SAMPLES: dict[str, tuple[dict[str, object], str]] = {
    "arxiv": ({"query": "attention"}, "Attention Is All You Need"),
    "calculator": ({"expression": "(1250 * 1.19) / 12"}, "about 123.958333333333"),
    "convert_units": ({"value": "72", "from_unit": "mph", "to_unit": "km/h"}, "115.872768 km/h"),
    "date_time": ({"zone": "Europe/Berlin"}, "2026-11-26T10:30:00+01:00 (Thursday, week 48"),
    "fetch_url": ({"url": "https://example.org/page"}, "# Hello\nSome text of a page."),
    "json_query": ({"file": "list.json", "path": "items[*].price"}, "2 values; sum 5.5"),
    "knowledge_search": ({"query": "reset"}, "[1] Manual, Reset, page 4 (manual.md)\nHold the power"),
    "query_table": ({"file": "sales.csv", "sql": "SELECT sum(price * qty) AS total FROM data"}, "total\n1698.5"),
    "random_draw": ({"low": 3, "high": 3}, "3"),
    "read_file": ({"name": "manual.md"}, "Manual (manual.md)\n\nHold the power"),
    "text_statistics": ({"text": "strawberry", "find": "r"}, "'r' occurs 3 times"),
    "web_search": ({"query": "zurich"}, "[1] About Zurich (https://example.org/a)\nA city & more"),
    "wikipedia": ({"query": "zurich"}, "Zurich (https://en.wikipedia.org/wiki/Zurich)\nZurich is the largest"),
}
"""Arguments, and a piece of the result."""

ON_THE_WIRE = {"arxiv": ARXIV, "web_search": SEARXNG, "wikipedia": WIKIPEDIA}
"""Tools that ask a service by HTTP, and what it answers; their option `base_url` is its address."""


class Folder:
    """The documents above."""

    async def list(self, collection: str, principal: Principal) -> Sequence[FileEntry]:
        return [FileEntry(one.name, one.title, one.media_type, len(one.text)) for one in FILES.values()]

    async def read(self, collection: str, name: str, principal: Principal) -> FileText:
        if name not in FILES:
            raise NotFound(f"there is no file '{name}'")
        return FILES[name]


async def search(
    collection: str, query: str, k: int, principal: Principal, sources: Sequence[str] = (), *, rerank: bool = True
) -> Sequence[Passage]:
    return [PASSAGE] * min(k, 2)


async def fetch(url: str) -> Page:
    return Page(HTML, url, "text/html; charset=utf-8")


def services(**replaced: object) -> Services:
    """Everything a tool may need, in this process."""
    given = Services(search, Folder(), fetch, now=lambda: NOW, chance=random.Random(7))
    return replace(given, **replaced)  # type: ignore[arg-type]
